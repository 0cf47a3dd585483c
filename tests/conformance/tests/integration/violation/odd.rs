//! Violations in how the id is read from the path.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use zerogate_conformance::Operation::{CancelSession, CreateSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Serving, Upstream};

/// Rewrites the target before it is routed.
fn reads(upstream: Arc<Upstream>, asked: Asked, rewrite: fn(&str) -> String) -> Serving {
    Box::pin(async move {
        let asked = if asked.method == hyper::Method::POST { asked.at(rewrite(&asked.target)) } else { asked };
        upstream.respond(&asked).await
    })
}

/// The target with its dot segments resolved.
fn resolved(target: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in target.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

/// For an unknown id, cancels the created session that `finds` selects.
fn finds(
    upstream: Arc<Upstream>,
    asked: Asked,
    is_told: bool,
    finds: fn(&str, &[String]) -> Option<String>,
) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        let mut created: Vec<String> = serde_json::from_value(upstream.remembered("created")).unwrap_or_default();
        if asked.is(CreateSession) && !response.is_error() {
            created.push(response.json()["id"].as_str().unwrap().to_owned());
            upstream.remember("created", created.into());
        } else if response.status == 404
            && asked.method == hyper::Method::POST
            && let Some(found) = finds(asked.id(), &created)
        {
            let cancelled = upstream.respond(&asked.cancelling(&found)).await;
            if is_told {
                return cancelled;
            }
        }
        response
    })
}

fn by_prefix(id: &str, created: &[String]) -> Option<String> {
    // The latest, since consecutive ids begin alike.
    created.iter().rfind(|found| id.len() > 8 && found.starts_with(id) && *found != id).cloned()
}

/// Remembers the sessions by what their creations say of them, and cancels the one that is found by it.
fn knows(upstream: Arc<Upstream>, asked: Asked, fields: &'static [&'static str]) -> Serving {
    Box::pin(async move {
        let known = upstream.remembered(&format!("known {}", asked.id()));
        let asked = match known.as_str() {
            Some(id) if asked.is(CancelSession) => asked.cancelling(id),
            _ => asked,
        };
        let response = upstream.respond(&asked).await;
        if asked.is(CreateSession) && !response.is_error() {
            let created = response.json();
            for field in fields {
                upstream.remember(&format!("known {}", created[field].as_str().unwrap()), created["id"].clone());
            }
        }
        response
    })
}

/// Edits the response to a cancellation with this kind of odd id.
fn odd(asked: &Asked, response: &mut Response, is_odd: impl Fn(&str) -> bool, edit: impl Fn(&mut Response)) {
    if asked.target.ends_with("/cancel") && is_odd(asked.id()) {
        edit(response);
    }
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "prefix-cancels",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| finds(upstream, asked, true, by_prefix)),
    ),
    violation(
        "prefix-cancels-behind-404",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| finds(upstream, asked, false, by_prefix)),
    ),
    violation(
        "longer-id-is-cut",
        &["cancel-odd-id-refused", "cancel-other-spelling"],
        Serve(|upstream, asked| {
            finds(upstream, asked, true, |id, created| created.iter().find(|found| id.starts_with(*found)).cloned())
        }),
    ),
    violation(
        "reference-cancels",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| knows(upstream, asked, &["user_reference"])),
    ),
    violation(
        "client-secret-cancels",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| knows(upstream, asked, &["client_secret"])),
    ),
    violation(
        "latest-cancels",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            finds(upstream, asked, true, |id, created| created.last().filter(|_| id == "latest").cloned())
        }),
    ),
    violation(
        "empty-id-cancels-the-newest",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            finds(upstream, asked, true, |id, created| created.last().filter(|_| id.is_empty()).cloned())
        }),
    ),
    violation(
        "type-prefix-is-cut",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.replace("/gs_6", "/6"))),
    ),
    violation(
        "several-ids-cancel",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let Some((first, second)) = asked.id().split_once(',') else { return upstream.respond(&asked).await };
                upstream.respond(&asked.cancelling(second)).await;
                upstream.respond(&asked.cancelling(first)).await
            })
        }),
    ),
    violation(
        "collection-cancels",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                if asked.method != hyper::Method::POST || asked.target != "/v1/gate_sessions/cancel" {
                    return finds(upstream, asked, true, |_, _| None).await;
                }
                let created: Vec<String> = serde_json::from_value(upstream.remembered("created")).unwrap_or_default();
                let mut last = None;
                for id in &created {
                    last = Some(upstream.respond(&asked.cancelling(id)).await);
                }
                last.unwrap_or(upstream.respond(&asked).await)
            })
        }),
    ),
    violation(
        "wildcard-cancels",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            finds(upstream, asked, false, |id, created| created.last().filter(|_| id == "%25").cloned())
        }),
    ),
    violation(
        "other-case-cancels-another",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            finds(upstream, asked, true, |id, created| {
                let meant = created.iter().position(|found| found.eq_ignore_ascii_case(id) && found != id)?;
                created.get(meant.checked_sub(1)?).cloned()
            })
        }),
    ),
    violation(
        "other-case-cancels-behind-404",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            finds(upstream, asked, false, |id, created| {
                created.iter().find(|found| found.eq_ignore_ascii_case(id) && *found != id).cloned()
            })
        }),
    ),
    violation(
        "trailing-slash-cancels",
        &["cancel-other-spelling"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.trim_end_matches('/').to_owned())),
    ),
    violation("dots-resolved", &["cancel-other-spelling"], Serve(|upstream, asked| reads(upstream, asked, resolved))),
    violation(
        "escaped-dots-resolved",
        &["cancel-other-spelling"],
        Serve(|upstream, asked| {
            reads(upstream, asked, |target| {
                let decoded = target.replace("%2e", ".").replace("%2F", "/");
                if decoded.contains("/../") { resolved(&decoded) } else { target.to_owned() }
            })
        }),
    ),
    violation(
        "decoded-twice",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            reads(upstream, asked, |target| {
                let once = percent_decode_str(target).decode_utf8_lossy();
                let is_escaped_twice =
                    target.contains("%25") && once.is_ascii() && once != "/v1/gate_sessions/%/cancel";
                if is_escaped_twice { once.into_owned() } else { target.to_owned() }
            })
        }),
    ),
    violation(
        "space-trimmed",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.replace("%20/", "/"))),
    ),
    violation(
        "null-ends-the-id",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.replace("%00/", "/"))),
    ),
    violation(
        "extension-stripped",
        &["cancel-other-spelling"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.replace(".json/", "/"))),
    ),
    violation(
        "matrix-parameter-stripped",
        &["cancel-other-spelling"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.replace(";x/", "/"))),
    ),
    violation(
        "escaped-slash-splits",
        &["cancel-other-spelling"],
        Serve(|upstream, asked| {
            reads(upstream, asked, |target| {
                target.strip_suffix("%2Fcancel").map_or(target.to_owned(), |id| format!("{id}/cancel"))
            })
        }),
    ),
    violation(
        "slashes-merged",
        &["cancel-other-spelling"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.replace("//", "/"))),
    ),
    violation(
        "route-in-any-case",
        &["cancel-other-spelling"],
        Serve(|upstream, asked| reads(upstream, asked, |target| target.replace("/CANCEL", "/cancel"))),
    ),
    violation(
        "spelled-otherwise-cancels-another",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            finds(upstream, asked, true, |id, created| {
                let meant = created.iter().position(|found| id.strip_suffix(".json") == Some(found))?;
                created.get(meant.checked_sub(1)?).cloned()
            })
        }),
    ),
    violation(
        "spelled-otherwise-cancels-behind-404",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            finds(upstream, asked, false, |id, created| {
                created.iter().find(|found| id.strip_suffix(".json") == Some(found)).cloned()
            })
        }),
    ),
    violation(
        "widths-folded",
        &["cancel-odd-id-refused"],
        Serve(|upstream, asked| {
            reads(upstream, asked, |target| {
                let decoded = percent_decode_str(target).decode_utf8_lossy();
                let folded = |character: char| match character {
                    '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xFEE0).unwrap(),
                    other => other,
                };
                let folded: String = decoded.chars().map(folded).collect();
                if folded.is_ascii() && folded != decoded { folded } else { target.to_owned() }
            })
        }),
    ),
    violation(
        "unicode-id-500",
        &["cancel-odd-id-not-found"],
        Edit(|asked, response| {
            odd(asked, response, |id| id.starts_with("%E4"), |response| response.become_error(500, "server_error"));
        }),
    ),
    violation(
        "long-id-500",
        &["cancel-odd-id-not-found"],
        Edit(|asked, response| {
            odd(asked, response, |id| id.len() > 64, |response| response.become_error(500, "server_error"));
        }),
    ),
    violation(
        "long-id-414",
        &["cancel-odd-id-not-found"],
        Edit(|asked, response| {
            odd(asked, response, |id| id.len() > 64, |response| response.become_error(414, "invalid_request"));
        }),
    ),
    violation(
        "odd-id-400",
        &["cancel-odd-id-not-found"],
        Edit(|asked, response| {
            odd(asked, response, |id| id.contains('%'), |response| response.become_error(400, "invalid_request"));
        }),
    ),
    violation(
        "odd-id-html",
        &["cancel-odd-id-not-found"],
        Edit(|asked, response| odd(asked, response, |id| id.contains('%'), Response::become_html)),
    ),
];
