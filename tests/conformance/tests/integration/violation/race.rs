//! Violations that only parallel cancellations show.

use std::sync::Arc;

use serde_json::Value;
use zerogate_conformance::Operation::CancelSession;

use super::state::forge;
use super::{Violation, violation};
use crate::proxy::Act::Serve;
use crate::proxy::{Asked, Response, Serving, Upstream};

/// How many cancellations the suite sends at once.
const RUNNERS: u64 = 8;

/// Edits the responses to cancellations that lose a race.
fn losers(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Response, &Value)) -> Serving {
    Box::pin(async move {
        if !asked.is(CancelSession) {
            return upstream.respond(&asked).await;
        }
        let [flying, raced, all] = ["flying", "raced", "all"].map(|what| format!("{what} {}", asked.id()));
        if upstream.count(&flying) > 1 {
            upstream.remember(&raced, true.into());
        }
        upstream.count(&all);
        upstream.linger(&asked, |upstream| upstream.remembered(&all).as_u64() >= Some(RUNNERS)).await;
        let mut response = upstream.respond(&asked).await;
        let still = upstream.remembered(&flying).as_u64().unwrap_or(1) - 1;
        upstream.remember(&flying, still.into());
        if let (true, 409, Some(session)) =
            (upstream.remembered(&raced) == true, response.status, upstream.peek(asked.id()).await)
        {
            edit(&mut response, &session);
        }
        response
    })
}

pub(super) const ALL: &[Violation] = &[
    violation("parallel-losers-succeed", &["cancel-parallel"], Serve(|upstream, asked| losers(upstream, asked, forge))),
    violation(
        "parallel-losers-404",
        &["cancel-parallel"],
        Serve(|upstream, asked| losers(upstream, asked, |response, _| response.become_error(404, "not_found"))),
    ),
    violation(
        "parallel-losers-500",
        &["cancel-parallel"],
        Serve(|upstream, asked| losers(upstream, asked, |response, _| response.become_error(500, "server_error"))),
    ),
    violation(
        "one-parallel-loser-succeeds",
        &["cancel-parallel"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let id = format!("losers {}", asked.id());
                let mut response = losers(upstream.clone(), asked.clone(), |response, session| {
                    forge(response, session);
                    response.header("x-forged", "yes");
                })
                .await;
                if response.headers.remove("x-forged").is_some() && upstream.count(&id) > 1 {
                    response.become_error(409, "conflict");
                }
                response
            })
        }),
    ),
];
