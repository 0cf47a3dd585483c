//! Violations in the pages of a list: limits, cursors, and what says whether there are more.

use serde_json::{Value, json};
use zerogate_conformance::Operation::ListSessions;

use super::list::{Listing, lists};
use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Upstream};

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
        "has-more-as-text",
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
        "has-more-ignores-the-filter",
        &["list-filter-before-page"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(ListSessions) && !response.is_error() && asked.target.contains("status=") {
                    let (path, query) = asked.target.split_once('?').unwrap();
                    let others: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("status=")).collect();
                    let unfiltered = upstream.respond(&asked.at(format!("{path}?{}", others.join("&")))).await;
                    response.set("has_more", unfiltered.json()["has_more"].clone());
                }
                response
            })
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
                listing.after = place(listing).and_then(|place| id(listing.sessions.get(place.checked_sub(1)?)?));
            })
        }),
    ),
    violation(
        "cursor-skips-one",
        &["list-cursor"],
        Serve(|upstream, asked| {
            lists(upstream, asked, |listing| {
                if let Some(next) = place(listing).and_then(|place| listing.sessions.get(place + 1)) {
                    listing.after = id(next);
                }
            })
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
        "foreign-cursor-is-taken",
        &["list-bad-query"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if is_foreign_cursor(&upstream, &asked, &response).await {
                    return upstream.respond(&asked.at("/v1/gate_sessions")).await;
                }
                response
            })
        }),
    ),
    violation(
        "foreign-cursor-500",
        &["list-bad-query"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if is_foreign_cursor(&upstream, &asked, &response).await {
                    response.become_error(500, "server_error");
                }
                response
            })
        }),
    ),
    violation(
        "empty-list-404",
        &["list-cursor"],
        Edit(|asked, response| {
            if is_empty_page(asked, response) {
                response.become_error(404, "not_found");
            }
        }),
    ),
    violation(
        "empty-list-null",
        &["list-cursor"],
        Edit(|asked, response| {
            if is_empty_page(asked, response) {
                response.set("data", Value::Null);
            }
        }),
    ),
    violation(
        "empty-list-204",
        &["list-cursor"],
        Edit(|asked, response| {
            if is_empty_page(asked, response) {
                response.status = 204;
                response.body = bytes::Bytes::new();
            }
        }),
    ),
    violation(
        "limit-exceeded-by-one",
        &["list-limit", "list-shape"],
        Serve(|upstream, asked| lists(upstream, asked, |listing| listing.limit += 1)),
    ),
    violation(
        "limit-not-reached-by-one",
        &["list-filter-before-page"],
        Serve(|upstream, asked| lists(upstream, asked, |listing| listing.limit -= 1)),
    ),
];

/// Whether the suite asked for the page after the last session.
fn is_empty_page(asked: &Asked, response: &Response) -> bool {
    asked.is(ListSessions) && !response.is_error() && response.json()["data"] == json!([])
}

/// Whether the response refuses a cursor that is another partner's session.
async fn is_foreign_cursor(upstream: &Upstream, asked: &Asked, response: &Response) -> bool {
    match asked.target.split_once("?starting_after=") {
        Some((_, cursor)) if response.status == 400 => upstream.peek(cursor).await.is_some(),
        _ => false,
    }
}

/// The place of the cursor in the list.
fn place(listing: &Listing) -> Option<usize> {
    let after = listing.after.as_deref()?;
    listing.sessions.iter().position(|session| session["id"] == after)
}

fn id(session: &Value) -> Option<String> {
    session["id"].as_str().map(str::to_owned)
}
