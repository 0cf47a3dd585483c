//! Lists with queries that the server must refuse.

use std::sync::Arc;

use super::attempt::Attempt;
use super::core::Lab;
use super::listing::whole_page;
use super::obstacle::{Need, Obstacle, or_lacking};
use crate::wire::{Operation, Request, Written, escaped};

/// A query that the server must refuse.
#[derive(Clone, Copy)]
pub(crate) struct BadQuery {
    /// The case of its findings.
    pub(crate) case: &'static str,
    /// A description that follows "for a list with".
    pub(crate) words: &'static str,
    query: Query,
}

#[derive(Clone, Copy)]
enum Query {
    Literal(&'static str),
    /// A `starting_after` that is no session.
    AfterUnknown,
    /// A `starting_after` that is another partner's session.
    AfterForeign,
}

/// Every query that the server must refuse.
pub(crate) const BAD_QUERIES: [BadQuery; 6] = [
    bad("limit-too-small", "a `limit` of 0", Query::Literal("limit=0")),
    bad("limit-too-large", "a `limit` of 101", Query::Literal("limit=101")),
    bad("limit-not-a-number", "a `limit` that is not a number", Query::Literal("limit=ten")),
    bad("status-unknown", "a `status` that no session can have", Query::Literal("status=opened")),
    bad("starting-after-unknown", "a `starting_after` that is not a session", Query::AfterUnknown),
    bad("starting-after-foreign", "a `starting_after` that is another partner's session", Query::AfterForeign),
];

const fn bad(case: &'static str, words: &'static str, query: Query) -> BadQuery {
    BadQuery { case, words, query }
}

/// The queries that were sent, with the results, and what the others need.
pub(crate) struct Tried {
    pub(crate) queries: Vec<(BadQuery, Attempt)>,
    pub(crate) lacking: Vec<Need>,
}

/// Sends queries that the server must refuse; done once.
pub(crate) async fn bad_queries(lab: &Lab<'_>) -> Result<Arc<Tried>, Obstacle> {
    lab.once("bad queries", async {
        whole_page(lab, "limit=1").await?;
        let after = |id: &str| format!("starting_after={}", escaped(id));
        let mut tried = Tried { queries: Vec::new(), lacking: Vec::new() };
        for bad in BAD_QUERIES {
            let query = match bad.query {
                Query::Literal(query) => query.to_owned(),
                Query::AfterUnknown => after(&lab.unknown_id("bad query").await),
                Query::AfterForeign => match or_lacking(lab.foreign_sessions().await, &mut tried.lacking)? {
                    Some(foreign) => foreign.first().map(|one| after(&one.id)).unwrap_or_default(),
                    None => continue,
                },
            };
            let request = lab.own_request(Operation::ListSessions, "")?;
            let target = request.target.clone().and(Written::from(format!("?{query}")));
            tried.queries.push((bad, lab.tested(Request { target, ..request }.called("bad query")).await?));
        }
        Ok(tried)
    })
    .await
}
