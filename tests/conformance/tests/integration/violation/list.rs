//! Violations in listSessions.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use zerogate_conformance::Operation::ListSessions;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Serving, Upstream};

/// A parsed request for a list, and all sessions, newest first.
struct Listing {
    limit: usize,
    status: Option<String>,
    after: Option<String>,
    sessions: Vec<Value>,
}

impl Listing {
    async fn of(upstream: &Upstream, asked: &Asked) -> Self {
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
fn lists(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Listing)) -> Serving {
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
        "limit-100-refused",
        &["list-limit"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && asked.target.contains("limit=100") {
                response.become_error(400, "invalid_request");
            }
        }),
    ),
    violation(
        "list-without-has-more",
        &["list-shape"],
        Edit(|asked, response| {
            // Kept where the rules on pages rely on it.
            if asked.is(ListSessions) && !response.is_error() && !asked.target.contains('?') {
                let more = response.json()["has_more"].to_string();
                response.set("has_more", more);
            }
        }),
    ),
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
        "cursor-ignored",
        &["list-cursor"],
        Serve(|upstream, asked| lists(upstream, asked, |listing| listing.after = None)),
    ),
    violation(
        "cursor-inclusive",
        &["list-cursor"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                let place = listing.sessions.iter().position(|session| Some(&session["id"]) == after(listing).as_ref());
                listing.after = place.and_then(|place| id(listing.sessions.get(place.checked_sub(1)?)?));
            })
        }),
    ),
    violation(
        "cursor-skips-one",
        &["list-cursor"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                let place = listing.sessions.iter().position(|session| Some(&session["id"]) == after(listing).as_ref());
                if let Some(place) = place
                    && let Some(next) = listing.sessions.get(place + 1)
                {
                    listing.after = id(next);
                }
            })
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
        "filter-after-page",
        &["list-filter-before-page"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                if listing.status.is_some() {
                    listing.sessions.truncate(listing.limit);
                }
            })
        }),
    ),
    violation(
        "has-more-on-a-full-page",
        &["list-full-last-page"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(ListSessions) && !response.is_error() {
                    let limit = Listing::of(&upstream, &asked).await.limit;
                    let is_full = response.json()["data"].as_array().is_some_and(|data| data.len() == limit);
                    response.set("has_more", is_full);
                }
                response
            })
        }),
    ),
    violation(
        "bad-limit-clamped",
        &["list-bad-query"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let target = asked.target.replace("limit=0", "limit=1").replace("limit=101", "limit=100");
                upstream.respond(&asked.at(target)).await
            })
        }),
    ),
    violation(
        "unknown-cursor-is-the-start",
        &["list-bad-query"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                match asked.target.split_once("?starting_after=") {
                    Some((list, _)) if response.status == 400 => upstream.respond(&asked.at(list)).await,
                    _ => response,
                }
            })
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
        "limit-ignored",
        &["list-limit"],
        Serve(|upstream, asked| lists(upstream, asked, |listing| listing.limit = 10.max(listing.limit))),
    ),
    violation(
        "has-more-always-false",
        &["list-limit"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() {
                response.set("has_more", false);
            }
        }),
    ),
    violation(
        "has-more-always-true",
        &["list-filter-before-page", "list-full-last-page", "list-limit"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() {
                response.set("has_more", true);
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
        "limit-ignored-with-a-filter",
        &["list-limit"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                if listing.status.is_some() {
                    listing.limit = 100;
                }
            })
        }),
    ),
    violation(
        "cursor-ignored-with-a-filter",
        &["list-cursor"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                if listing.status.is_some() {
                    listing.after = None;
                }
            })
        }),
    ),
    violation(
        "has-more-without-the-filter",
        &["list-filter-before-page"],
        Edit(|asked, response| {
            if asked.is(ListSessions) && !response.is_error() && asked.target.contains("status=") {
                response.set("has_more", true);
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
        "foreign-cursor-is-taken",
        &["list-bad-query"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if response.status == 400
                    && let Some((_, cursor)) = asked.target.split_once("?starting_after=")
                    && upstream.peek(cursor).await.is_some()
                {
                    return upstream.respond(&asked.at("/v1/gate_sessions")).await;
                }
                response
            })
        }),
    ),
];

fn after(listing: &Listing) -> Option<Value> {
    listing.after.clone().map(Value::from)
}

fn id(session: &Value) -> Option<String> {
    session["id"].as_str().map(str::to_owned)
}
