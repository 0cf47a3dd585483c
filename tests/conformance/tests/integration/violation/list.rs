//! Violations in listSessions.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use zerogate_conformance::Operation::ListSessions;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Serving, Upstream};

/// A parsed request for a list, and all sessions, newest first.
pub(super) struct Listing {
    pub(super) limit: usize,
    pub(super) status: Option<String>,
    pub(super) after: Option<String>,
    pub(super) sessions: Vec<Value>,
}

impl Listing {
    pub(super) async fn of(upstream: &Upstream, asked: &Asked) -> Self {
        let query = asked.target.split_once('?').map_or("", |(_, query)| query);
        let given: HashMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let mut sessions: Vec<Value> = Vec::new();
        loop {
            let cursor = sessions.last().map(|last| format!("&starting_after={}", last["id"].as_str().unwrap()));
            let target = format!("/v1/gate_sessions?limit=100{}", cursor.unwrap_or_default());
            let page = upstream.respond(&asked.at(target)).await.json();
            sessions.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                break;
            }
        }
        Self {
            limit: given.get("limit").map_or(10, |limit| limit.parse().unwrap()),
            status: given.get("status").map(|status| (*status).to_owned()),
            after: given.get("starting_after").map(|after| (*after).to_owned()),
            sessions,
        }
    }

    /// The correct page for these sessions in this order.
    fn page(self) -> Value {
        let place = |id: &String| self.sessions.iter().position(|session| session["id"] == *id).unwrap();
        let start = self.after.as_ref().map_or(0, |after| place(after) + 1);
        let rest = self.sessions[start..].iter();
        let mut matching =
            rest.filter(|session| self.status.as_ref().is_none_or(|status| session["status"] == *status));
        let data: Vec<Value> = matching.by_ref().take(self.limit).cloned().collect();
        json!({ "object": "list", "data": data, "has_more": matching.next().is_some() })
    }
}

/// Lists sessions with a custom function.
pub(super) fn lists(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Listing)) -> Serving {
    Box::pin(async move {
        let mut response = upstream.respond(&asked).await;
        if asked.is(ListSessions) && !response.is_error() {
            let mut listing = Listing::of(&upstream, &asked).await;
            edit(&mut listing);
            response.set_json(&listing.page());
        }
        response
    })
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "list-object-sessions",
        &["list-shape"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() {
                response.set("object", "gate_sessions");
            }
        }),
    ),
    violation(
        "list-is-bare",
        &["list-shape"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() && !asked.target.contains('?') {
                let sessions = response.json()["data"].clone();
                response.set_json(&sessions);
            }
        }),
    ),
    violation(
        "list-of-a-hundred",
        &["list-shape"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_default = asked.is(ListSessions) && !asked.target.contains('?');
                let asked = if is_default { asked.at(format!("{}?limit=100", asked.target)) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "list-206",
        &["list-shape"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() {
                response.status = 206;
            }
        }),
    ),
    violation(
        "list-is-stale",
        &["list-matches-retrieve", "list-status-filter"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() && !asked.target.contains("status=") {
                response.alter_sessions(|session| {
                    session.insert("status".to_owned(), "open".into());
                });
            }
        }),
    ),
    violation(
        "list-entries-are-summaries",
        &["list-matches-retrieve"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() {
                response.alter_sessions(|session| drop(session.remove("metadata")));
            }
        }),
    ),
    violation(
        "list-without-key",
        &["list-missing-key"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_let_in = asked.is(ListSessions) && asked.authorization().is_none();
                let asked = if is_let_in { asked.with_key(&upstream.keys.partner) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "list-without-key-403",
        &["list-missing-key"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && asked.authorization().is_none() {
                response.become_error(403, "forbidden");
            }
        }),
    ),
    violation(
        "client-secret-in-list",
        &["list-no-client-secret"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() {
                response.alter_sessions(|session| {
                    session.insert("client_secret".to_owned(), json!("gs_test_secret_fake"));
                });
            }
        }),
    ),
    violation(
        "client-secret-nested-in-list",
        &["list-no-client-secret"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() {
                response.alter_sessions(|session| {
                    session.insert("widget".to_owned(), json!({ "client_secret": "gs_test_secret_fake" }));
                });
            }
        }),
    ),
    violation(
        "list-oldest-first",
        &["list-order"],
        Serve(|upstream, asked| lists(upstream, asked, |listing| listing.sessions.reverse())),
    ),
    violation(
        "list-by-amount",
        &["list-order"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| listing.sessions.sort_by_key(|session| session["amount"].to_string()))
        }),
    ),
    violation(
        "status-filter-ignored",
        &["list-status-filter"],
        Serve(|upstream, asked| lists(upstream, asked, |listing| listing.status = None)),
    ),
    violation(
        "status-filter-inverted",
        &["list-status-filter"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                listing.status = listing
                    .status
                    .take()
                    .map(|status| if status == "open" { "cancelled".to_owned() } else { "open".to_owned() });
            })
        }),
    ),
    violation(
        "status-filter-finds-nothing",
        &["list-status-filter"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                if listing.status.is_some() {
                    listing.sessions.clear();
                    listing.after = None;
                }
            })
        }),
    ),
    violation(
        "status-filter-refused",
        &["list-status-filter"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && asked.target.contains("status=") && !response.is_error() {
                response.become_error(400, "invalid_request");
            }
        }),
    ),
    violation(
        "bad-status-500",
        &["list-bad-query"],
        Edit(|asked, response| {
            if asked.target.ends_with("status=opened") && response.status == 400 {
                response.become_error(500, "server_error");
            }
        }),
    ),
    violation(
        "client-secret-in-filtered-list",
        &["list-no-client-secret"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() && asked.target.contains("status=") {
                response.alter_sessions(|session| {
                    session.insert("client_secret".to_owned(), json!("gs_test_secret_fake"));
                });
            }
        }),
    ),
    violation(
        "cancelled-left-out",
        &["list-matches-retrieve"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                if listing.status.is_none() && listing.after.is_none() {
                    listing.sessions.retain(|session| session["status"] != "cancelled");
                }
            })
        }),
    ),
    violation(
        "list-by-id",
        &["list-order"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                // The ids of most servers are random.
                listing.sessions.sort_by_key(|session| session["id"].to_string().chars().rev().collect::<String>());
            })
        }),
    ),
];
