//! The responses of listSessions, while the suite knows some of the sessions.

use std::sync::Arc;

use serde_json::Value;
use tokio::time::sleep;

use super::attempt::offered;
use super::core::Lab;
use super::neighbours::{Neighbours, neighbours};
use super::observation::observe;
use super::obstacle::Obstacle;
use super::patience::FIRST_WAIT;
use super::sessions::unusable;
use super::situation::Situation;
use super::target::State;
use crate::evidence::page::{Page, page};
use crate::wire::{Exchange, Operation, Role, Written, escaped};

/// The maximum page size.
pub(crate) const WHOLE: usize = 100;

/// A page size so small that another page follows.
pub(crate) const SHORT: usize = 2;

/// The statuses to list by.
pub(crate) const FILTERS: [&str; 2] = ["open", "cancelled"];

/// The maximum number of pages to follow.
pub(crate) const PAGES: usize = 3;

/// How often the list is read again while it lacks the suite's own sessions.
const LAGGING: u32 = 4;

/// The pages that were listed after [`neighbours`].
///
/// Others may create sessions meanwhile, so only sessions of the first page are compared.
pub(crate) struct Listing {
    /// The suite's own sessions that nothing changes meanwhile.
    pub(crate) own: Vec<String>,
    /// The newest sessions, and the pages that follow while `has_more` is true.
    pub(crate) pages: Vec<Arc<Exchange>>,
    /// The newest sessions, [`SHORT`] per page.
    pub(crate) short: Arc<Exchange>,
    /// A session of the first page, and the pages after it, [`SHORT`] per page.
    pub(crate) walk: Option<(String, Vec<Arc<Exchange>>)>,
    /// The sessions with a status, for each status.
    pub(crate) filtered: Vec<Listed>,
    /// The newest session with a status, for each status.
    pub(crate) newest: Vec<Listed>,
    /// The id of the newest cancelled session, and the cancelled one after it.
    pub(crate) next_cancelled: Option<(String, Arc<Exchange>)>,
    /// The sessions with a status, if a limit can be above their number and below that of all sessions; with the limit.
    pub(crate) roomy: Vec<(usize, Listed)>,
    /// The last sessions, and a page of exactly that length; none if no end was seen.
    pub(crate) last: Option<(Vec<String>, Arc<Exchange>)>,
    /// The page after the last session; none if no end was seen.
    pub(crate) beyond: Option<Arc<Exchange>>,
    /// The cancellation of one of the suite's own sessions.
    pub(crate) cancellation: Arc<Exchange>,
    /// Some of the suite's own sessions as read now, including a cancelled one.
    pub(crate) looked: Vec<Arc<Exchange>>,
    /// The suite's own open sessions that the first page shows as cancelled, as read now.
    pub(crate) strays: Vec<Arc<Exchange>>,
}

/// The list for a status.
pub(crate) struct Listed {
    pub(crate) status: &'static str,
    pub(crate) exchange: Arc<Exchange>,
}

/// Lists sessions in every way; done once.
pub(crate) async fn listing(lab: &Lab<'_>) -> Result<Arc<Listing>, Obstacle> {
    lab.once("listing", list_all(lab)).await
}

async fn list_all(lab: &Lab<'_>) -> Result<Listing, Obstacle> {
    // Check this before creating sessions.
    whole_page(lab, "limit=1").await?;
    let neighbours = neighbours(lab).await?;
    let listing = list_among(lab, &neighbours).await;
    neighbours.release(lab);
    listing
}

async fn list_among(lab: &Lab<'_>, neighbours: &Neighbours) -> Result<Listing, Obstacle> {
    // It is the oldest supplied session, so the end of the list stays the same from now on.
    let _ = observe(lab, Situation::Terminal(State::Expired)).await;
    let left = lab.sessions.idle();
    let mut first = whole_page(lab, &format!("limit={WHOLE}")).await?;
    // A list may be updated a moment later.
    for round in 0..LAGGING {
        if !page(&first).is_some_and(|page| is_behind(&page, &neighbours.own)) {
            break;
        }
        sleep(FIRST_WAIT * 2_u32.pow(round)).await;
        first = whole_page(lab, &format!("limit={WHOLE}")).await?;
    }
    let (start, strays) = match page(&first) {
        Some(page) => {
            let is_own = |id: &&str| neighbours.own.iter().any(|own| own == id);
            (page.ids().find(is_own).map(str::to_owned), cancelled(&page, &left))
        }
        None => (None, Vec::new()),
    };
    let mut seen = Vec::new();
    for id in strays {
        seen.push(lab.look(&id, Role::Partner).await?);
    }
    let mut looked = Vec::new();
    for id in &neighbours.own {
        looked.push(lab.look(id, Role::Partner).await?);
    }
    let walk = match start {
        Some(start) => Some((start.clone(), walk(lab, &first, start).await?)),
        None => None,
    };
    let mut filtered = Vec::new();
    let mut newest = Vec::new();
    for status in FILTERS {
        let exchange = list(lab, &format!("limit={WHOLE}&status={status}")).await?;
        filtered.push(Listed { status, exchange });
        let exchange = list(lab, &format!("limit=1&status={status}")).await?;
        newest.push(Listed { status, exchange });
    }
    let cursor = newest.last().and_then(|newest| page(&newest.exchange)?.ids().next().map(str::to_owned));
    let next_cancelled = match cursor {
        Some(cursor) => {
            let query = format!("limit=1&status=cancelled&starting_after={}", escaped(&cursor));
            Some((cursor, list(lab, &query).await?))
        }
        None => None,
    };
    let limit = page(&first).map_or(0, |whole| whole.data.len().saturating_sub(1));
    let mut roomy = Vec::new();
    for Listed { status, exchange } in &filtered {
        if page(exchange).is_some_and(|page| page.data.len() < limit) {
            let exchange = list(lab, &format!("limit={limit}&status={status}")).await?;
            roomy.push((limit, Listed { status, exchange }));
        }
    }
    let short = list(lab, &format!("limit={SHORT}")).await?;
    let pages = follow(lab, first).await?;
    let last = match the_last(&pages) {
        Some((cursor, last)) => {
            Some((last, list(lab, &format!("limit={SHORT}&starting_after={}", escaped(cursor))).await?))
        }
        None => None,
    };
    let end = last.as_ref().and_then(|(ids, _)| ids.last());
    let beyond = match end {
        Some(end) => Some(list(lab, &format!("limit={SHORT}&starting_after={}", escaped(end))).await?),
        None => None,
    };
    let (own, cancellation) = (neighbours.own.clone(), neighbours.cancellation.clone());
    Ok(Listing {
        own,
        pages,
        short,
        walk,
        filtered,
        newest,
        next_cancelled,
        roomy,
        last,
        beyond,
        cancellation,
        looked,
        strays: seen,
    })
}

/// Whether a first page may soon have one of these new sessions: it has none of them, and they belong there.
fn is_behind(page: &Page<'_>, new: &[String]) -> bool {
    let is_their_place = page.has_more != Some(true) || page.is_newest_first();
    is_their_place && !page.ids().any(|id| new.iter().any(|new| new == id))
}

/// The page and those that follow.
async fn follow(lab: &Lab<'_>, first: Arc<Exchange>) -> Result<Vec<Arc<Exchange>>, Obstacle> {
    let mut pages = vec![first];
    while let Some(page) = pages.last().and_then(|last| page(last)).filter(|page| page.has_more == Some(true))
        && let Some(cursor) = page.ids().last()
        && pages.len() < PAGES
    {
        let next = list(lab, &format!("limit={WHOLE}&starting_after={}", escaped(cursor))).await?;
        pages.push(next);
    }
    Ok(pages)
}

/// The last [`SHORT`] sessions and the one before them, if these pages reach the end. New sessions come first.
fn the_last(pages: &[Arc<Exchange>]) -> Option<(&str, Vec<String>)> {
    let end = page(pages.last()?)?;
    if end.has_more == Some(true) && !end.data.is_empty() {
        return None;
    }
    let ids: Vec<&str> = pages.iter().filter_map(|exchange| page(exchange)).flat_map(|page| page.ids()).collect();
    let [cursor, last @ ..] = ids.get(ids.len().checked_sub(SHORT + 1)?..)? else { return None };
    Some((cursor, last.iter().map(|id| (*id).to_owned()).collect()))
}

/// Short pages after a session, until they must have covered the first page.
async fn walk(lab: &Lab<'_>, first: &Exchange, start: String) -> Result<Vec<Arc<Exchange>>, Obstacle> {
    let last = page(first).and_then(|page| page.ids().last().map(str::to_owned));
    let mut pages: Vec<Arc<Exchange>> = Vec::new();
    let mut cursor = start;
    while pages.len() < PAGES && Some(&cursor) != last.as_ref() {
        let next = list(lab, &format!("limit={SHORT}&starting_after={}", escaped(&cursor))).await?;
        let end = page(&next).and_then(|page| page.ids().last().map(str::to_owned));
        pages.push(next);
        match end {
            Some(end) => cursor = end,
            None => break,
        }
    }
    Ok(pages)
}

/// A page, or an obstacle if the response is not one.
pub(crate) async fn whole_page(lab: &Lab<'_>, query: &str) -> Result<Arc<Exchange>, Obstacle> {
    let listed = list(lab, query).await?;
    offered(&listed)?;
    if page(&listed).is_some() { Ok(listed) } else { Err(unusable("the rule needs a list of sessions", &listed)) }
}

/// Lists sessions.
pub(crate) async fn list(lab: &Lab<'_>, query: &str) -> Result<Arc<Exchange>, Obstacle> {
    let mut request = lab.own_request(Operation::ListSessions, "")?;
    if !query.is_empty() {
        request.target = request.target.and(Written::from(format!("?{query}")));
    }
    lab.insist(request.called("list")).await
}

/// Those of the ids that a page shows as cancelled.
fn cancelled(page: &Page<'_>, ids: &[String]) -> Vec<String> {
    let sessions = page.data.iter().filter_map(Value::as_object);
    let cancelled = sessions.filter(|session| session.get("status").is_some_and(|status| status == "cancelled"));
    let found = cancelled.filter_map(|session| session.get("id")?.as_str()).filter(|id| ids.iter().any(|it| it == id));
    found.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_page_that_must_get_the_new_sessions_is_read_again() {
        let session = |id: &str, second: u8| json!({"id": id, "created_at": format!("2026-05-26T12:00:{second:02}Z")});
        let (descending, ascending) = ([session("b", 2), session("a", 1)], [session("a", 1), session("b", 2)]);
        for (data, has_more, new, is_read_again) in [
            (&descending, Some(true), "c", true),
            (&descending, Some(true), "b", false),
            // They are on the last page, however long one waits for them on this one.
            (&ascending, Some(true), "c", false),
            (&ascending, Some(false), "c", true),
            (&ascending, None, "c", true),
            (&ascending, Some(false), "a", false),
        ] {
            let page = Page { data, has_more };
            assert_eq!(is_behind(&page, &[new.to_owned()]), is_read_again, "{data:?}, {has_more:?}, {new}");
        }
    }
}
