//! Rules on the responses of listSessions.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::refusal::{self, unauthorized};
use super::session;
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::evidence::page::{Page, created_at, page};
use crate::lab::{
    BAD_QUERIES, FILTERS, Lab, Listed, Listing, Need, Obstacle, PAGES, Refused, SHORT, Trouble, WHOLE, bad_queries,
    list, listing, offered, restless_fields, unusable,
};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Exchange, Sent};

rules! {
    "list-bad-query" => bad_query [BAD_QUERIES.map(|bad| bad.case)],
    "list-cursor" => cursor [[ALL, CANCELLED, END]],
    "list-filter-before-page" => filter_before_page [FILTERS],
    "list-full-last-page" => full_last_page,
    "list-limit" => limit [[MAXIMUM, FEW, FILTERED, MORE, NO_MORE]],
    "list-matches-retrieve" => matches_retrieve [session::documented_cases(&[]), [MISSING]],
    "list-missing-key" => unauthorized of WITHOUT_KEY,
    "list-no-client-secret" => no_client_secret [[ALL], FILTERS],
    "list-order" => order,
    "list-shape" => shape [[OBJECT, HAS_MORE, DATA, LENGTH]],
    "list-status-filter" => status_filter [FILTERS],
}

/// The cases of a list without a filter, and with one.
const ALL: &str = "all";
const CANCELLED: &str = "cancelled";

/// The case of the page after the last session.
const END: &str = "end";

/// The case of a session that a list omits.
const MISSING: &str = "missing";

/// The cases of a limit: the maximum, a small one, one together with a filter, and what a page says about the sessions
/// after it.
const MAXIMUM: &str = "maximum";
const FEW: &str = "few";
const FILTERED: &str = "filtered";
const MORE: &str = "more";
const NO_MORE: &str = "no-more";

/// The cases of a list's shape: its fields, and its length without a limit.
const OBJECT: &str = "object";
const HAS_MORE: &str = "has_more";
const DATA: &str = "data";
const LENGTH: &str = "length";

async fn no_client_secret(lab: &Lab<'_>) -> Judged {
    let listing = listing(lab).await?;
    let unfiltered = listing.pages.iter().chain([&listing.short]).map(|exchange| (ALL, exchange));
    let filtered = listing.filtered.iter().map(|listed| (listed.status, &listed.exchange));
    let mut judgement = Judgement::fine();
    for (case, exchange) in unfiltered.chain(filtered).filter(|(_, exchange)| exchange.response.is_success()) {
        let found = session::no_client_secret(lab, exchange)?.findings.into_iter();
        let found = found.map(|finding| finding.beside(own(&listing, Some(case))).in_case(case));
        judgement.again(found.collect::<Vec<_>>().into());
    }
    Ok(judgement)
}

/// The requests that read the suite's own sessions with a status, which lists must show.
fn own<'l>(listing: &'l Listing, status: Option<&str>) -> Vec<&'l Sent> {
    listing.looked.iter().filter(|look| look.response.text("status") == status).map(|look| &look.sent).collect()
}

async fn shape(lab: &Lab<'_>) -> Judged {
    let exchange = &*list(lab, "").await?;
    offered(exchange)?;
    if exchange.response.status != 200 {
        return Ok(Finding::new("200", exchange.response.status.to_string(), exchange).into());
    }
    let Some(body) = exchange.response.json.as_ref().and_then(Value::as_object) else {
        return Ok(Finding::new("a JSON object", session::describe(exchange), exchange).into());
    };
    let shown = |field: &str| body.get(field).map_or(format!("no `{field}`"), |value| body::shown(field, value));
    let mut findings = Vec::new();
    let mut add = |case: &str, expected: &str, received: String| {
        findings.push(Finding::new(expected, received, exchange).in_case(case));
    };
    if body.get(OBJECT).is_none_or(|object| object != "list") {
        add(OBJECT, "`object` \"list\"", shown(OBJECT));
    }
    if !body.get(HAS_MORE).is_some_and(Value::is_boolean) {
        add(HAS_MORE, "`has_more` true or false", shown(HAS_MORE));
    }
    match body.get(DATA).and_then(Value::as_array).map(Vec::len) {
        None => add(DATA, "the sessions in `data`", body.get(DATA).map_or("no `data`", body::kind).to_owned()),
        Some(count) if count > DEFAULT => {
            add(LENGTH, &format!("at most {DEFAULT} sessions without a `limit`"), count.to_string());
        }
        Some(_) => {}
    }
    Ok(findings.into())
}

/// The length of a page without a `limit`.
const DEFAULT: usize = 10;

async fn matches_retrieve(lab: &Lab<'_>) -> Judged {
    let listing = listing(lab).await?;
    let (exchange, page) = first(&listing.pages)?;
    let restless = restless_fields(lab).await;
    let mut judgement = Judgement::fine();
    let mut missing = Vec::new();
    let mut is_compared = false;
    for look in &listing.looked {
        let seen = session::of(look)?;
        // Another rule judges a response about another session.
        if !listing.own.iter().any(|own| seen.get("id").is_some_and(|id| id == own)) {
            continue;
        }
        let is_it = |listed: &&Value| listed.get("id").is_some() && listed.get("id") == seen.get("id");
        let Some(listed) = page.data.iter().find(is_it).and_then(Value::as_object) else {
            missing.push(look);
            continue;
        };
        is_compared = true;
        let compared = CONTRACT.session_fields.iter().filter(|field| !restless.contains(field.as_str()));
        for field in compared {
            let (listed, seen) = (listed.get(field), seen.get(field));
            if listed.zip(seen).is_some_and(|(listed, seen)| body::same(listed, seen)) || seen.is_none() {
                continue;
            }
            let Some(seen) = seen else { continue };
            let expected = format!("`{field}` as retrieveSession shows it: {}", body::shown(field, seen));
            let received =
                listed.map_or(format!("no `{field}`"), |listed| body::shown_in_place_of(field, seen, listed));
            let finding = Finding::new(expected, received, exchange).in_case(field);
            judgement.again(finding.beside([&look.sent, &listing.cancellation.sent]).into());
        }
    }
    let time = |session: &Value| session.as_object().and_then(created_at);
    // Otherwise it may be on a later page.
    let is_due = |look: &&Arc<Exchange>| {
        let created = look.response.json.as_ref().and_then(time);
        let is_passed = |listed: &Value| created.is_some() && time(listed).is_some_and(|at| Some(at) < created);
        page.has_more == Some(false) || page.is_newest_first() && page.data.iter().any(is_passed)
    };
    judgement.findings.extend(missing.into_iter().filter(is_due).map(|look| {
        let status = look.response.text("status").map(body::one_line).unwrap_or_default();
        let expected = format!("every session, also one that is {status}");
        let finding = Finding::new(expected, "a list without it", exchange).in_case(MISSING);
        finding.beside([&look.sent, &listing.cancellation.sent])
    }));
    if !is_compared && judgement.findings.is_empty() {
        let what = "the sessions that the suite created a moment ago are not on the first page";
        return Err(Trouble::at(what, &exchange.sent).into());
    }
    Ok(judgement)
}

const WITHOUT_KEY: [(Refused, &str, &str); 2] = [
    (Refused::ListWithoutKey, "missing", "for listing sessions without a key"),
    (Refused::ListWithUnknownKey, "unknown-key", "for listing sessions with an unknown key"),
];

async fn order(lab: &Lab<'_>) -> Judged {
    let listing = listing(lab).await?;
    let (exchange, page) = first(&listing.pages)?;
    let inverted = page.out_of_order(&lab.creations());
    let finding = inverted.map(|[before, after]| {
        let received = format!("a session of {} before one of {}", body::one_line(before), body::one_line(after));
        Finding::new("the newest session first, by `created_at`", received, exchange)
    });
    Ok(finding.map_or_else(Judgement::fine, Judgement::from))
}

async fn cursor(lab: &Lab<'_>) -> Judged {
    let listing = listing(lab).await?;
    let mut judgement = cursor_alone(&listing)?.in_case(ALL);
    if let Some((cursor, exchange)) = &listing.next_cancelled
        && let Some(page) = page(exchange)
        && page.ids().any(|id| id == cursor)
    {
        let expected = "the cancelled session after `starting_after`";
        let finding = Finding::new(expected, "the session that `starting_after` names", exchange);
        let first = listing.newest.last().map(|newest| &newest.exchange.sent);
        judgement.findings.push(finding.beside(first).in_case(CANCELLED));
    }
    // Other rules judge a list that ends with a session that the server does not accept as a cursor.
    let is_no_page = |exchange: &&Arc<Exchange>| page(exchange).is_none() && exchange.response.status != 400;
    let beyond = listing.beyond.as_ref().filter(is_no_page);
    let no_page = beyond.map(|exchange| no_page("an empty page after the last session", exchange).in_case(END));
    judgement.findings.extend(no_page.unwrap_or_default().findings);
    Ok(judgement)
}

/// Judges the pages without a filter.
fn cursor_alone(listing: &Listing) -> Judged {
    let (exchange, whole) = first(&listing.pages)?;
    let Some((start, walk)) = &listing.walk else {
        let what = "the sessions that the suite created a moment ago are not on the first page";
        return Err(Trouble::at(what, &exchange.sent).into());
    };
    let order: Vec<&str> = whole.ids().collect();
    let place = |id: &str| order.iter().position(|found| *found == id);
    let Some(from) = place(start) else { return Ok(Judgement::fine()) };
    let time = |id: Option<usize>| created_at(whole.data.get(id?)?.as_object()?);
    // Newer than the session where the page begins: it was created meanwhile and comes before it.
    let is_newer = |session: &Value| {
        let session = session.as_object().and_then(created_at);
        whole.is_newest_first() && session.is_some() && session > time(Some(from))
    };
    let expected = "the sessions after `starting_after`, none missing and none twice";
    let mut met: BTreeSet<&str> = BTreeSet::from([start.as_str()]);
    let mut furthest = from;
    let before = [&exchange.sent];
    for exchange in walk {
        let Some(page) = page(exchange) else { return Ok(no_page(expected, exchange)) };
        for (id, session) in page.ids().zip(page.data) {
            let received = match place(id) {
                _ if !met.insert(id) => "a session twice",
                Some(place) if place < from => "a session that comes before it",
                None if is_newer(session) => "a session that comes before it",
                place => {
                    furthest = furthest.max(place.unwrap_or(from));
                    continue;
                }
            };
            return Ok(Finding::new(expected, received, exchange).beside(before).into());
        }
        if page.data.is_empty() {
            furthest = order.len();
        }
        let is_gap = order.get(from..furthest).into_iter().flatten().any(|id| !met.contains(id));
        if is_gap {
            return Ok(Finding::new(expected, "a missing session", exchange).beside(before).into());
        }
    }
    Ok(Judgement::fine())
}

async fn status_filter(lab: &Lab<'_>) -> Judged {
    let listing = listing(lab).await?;
    let (unfiltered, whole) = first(&listing.pages)?;
    let mut judgement = Judgement::fine();
    for listed in &listing.filtered {
        let wanted = listed.status;
        let Some(page) = page(&listed.exchange) else {
            let no_page = no_page("a page of sessions with a status", &listed.exchange);
            judgement.findings.extend(no_page.in_case(wanted).findings);
            continue;
        };
        let other = page.data.iter().filter_map(|session| session.get("status")).find(|status| *status != wanted);
        if let Some(other) = other {
            let expected = format!("only sessions that are {wanted}");
            let received = format!("one that is {}", body::shown("status", other));
            let finding = Finding::new(expected, received, &listed.exchange);
            judgement.findings.push(finding.beside(own(&listing, other.as_str())).in_case(wanted));
        } else if page.has_more == Some(false) && is_one_left_out(&listing.own, &whole, &page, wanted) {
            let expected = format!("every session that is {wanted}");
            let received = "one missing that is on the page without a filter".to_owned();
            let finding = Finding::new(expected, received, &listed.exchange).beside(own(&listing, Some(wanted)));
            let beside = [&unfiltered.sent, &listing.cancellation.sent];
            judgement.findings.push(finding.beside(beside).in_case(wanted));
        }
    }
    Ok(judgement)
}

async fn limit(lab: &Lab<'_>) -> Judged {
    let listing = match listing(lab).await {
        Err(Obstacle::Trouble(trouble)) => {
            let refused = refused_limits(lab).await?;
            return if refused.is_empty() { Err(Obstacle::Trouble(trouble)) } else { Ok(refused.into()) };
        }
        listing => listing?,
    };
    let (exchange, whole) = first(&listing.pages)?;
    let Some(short) = page(&listing.short) else {
        return Ok(no_page("a page of sessions", &listing.short));
    };
    let mut findings = Vec::new();
    for (case, limit, page, exchange) in [(MAXIMUM, WHOLE, &whole, exchange), (FEW, SHORT, &short, &*listing.short)] {
        if page.data.len() > limit {
            let received = page.data.len().to_string();
            let finding = Finding::new(format!("at most {limit} sessions"), received, exchange);
            findings.push(finding.in_case(case));
        }
    }
    if whole.data.len() > SHORT && short.has_more != Some(true) {
        let received = short.has_more.map_or("no boolean".to_owned(), |more| more.to_string());
        let finding = Finding::new("`has_more` true, because there are more", received, &listing.short);
        findings.push(finding.in_case(MORE));
    }
    for newest in &listing.newest {
        let count = page(&newest.exchange).map_or(0, |page| page.data.len());
        if count > 1 {
            let expected = format!("at most 1 session that is {}", newest.status);
            let finding = Finding::new(expected, count.to_string(), &newest.exchange);
            let beside = own(&listing, Some(newest.status));
            findings.push(finding.beside(beside).in_case(FILTERED));
        }
    }
    for (exchange, next) in listing.pages.iter().zip(listing.pages.iter().skip(1)) {
        if page(next).is_some_and(|next| next.data.is_empty()) {
            let finding =
                Finding::new("`has_more` false on the last page", "true, and the next page is empty", exchange);
            findings.push(finding.beside([&next.sent]).in_case(NO_MORE));
        }
    }
    Ok(findings.into())
}

/// The documented limits that the server refuses; none if it refuses a list without a limit as well.
async fn refused_limits(lab: &Lab<'_>) -> Result<Vec<Finding>, Obstacle> {
    let mut findings = Vec::new();
    if !list(lab, "").await?.response.is_success() {
        return Ok(findings);
    }
    for (case, limit) in [(FEW, 1), (MAXIMUM, WHOLE)] {
        let listed = list(lab, &format!("limit={limit}")).await?;
        offered(&listed)?;
        if (400..500).contains(&listed.response.status) {
            let expected = format!("200 for a list with a `limit` of {limit}");
            findings.push(Finding::new(expected, listed.response.status.to_string(), &listed).in_case(case));
        }
    }
    Ok(findings)
}

/// The filter applies before the page is cut, not after.
async fn filter_before_page(lab: &Lab<'_>) -> Judged {
    let listing = listing(lab).await?;
    // The server's own limit may be lower than the one in the request.
    let full = first(&listing.pages)?.1.data.len().min(WHOLE);
    let mut findings = Vec::new();
    for (all, newest) in listing.filtered.iter().zip(&listing.newest) {
        let is_short = |page: &Page<'_>| page.has_more == Some(true) && page.data.len() < full;
        if page(&all.exchange).is_some_and(|page| is_short(&page)) {
            let expected = format!("`has_more` false, because every session that is {} is on the page", all.status);
            let finding = Finding::new(expected, "true, on a page that is not full", &all.exchange);
            findings.push(finding.in_case(all.status));
        }
        // Another rule judges whether the filter finds anything at all.
        let (Some(all), Some(first)) = (page(&all.exchange), page(&newest.exchange)) else { continue };
        let is_there = all.data.iter().any(|session| {
            let id = session.get("id").and_then(Value::as_str);
            session.get("status").is_some_and(|status| status == newest.status)
                && id.is_some_and(|id| listing.own.iter().any(|own| own == id))
        });
        if first.data.is_empty() && is_there {
            let expected = format!("a session that is {}, because there is one", newest.status);
            let finding = Finding::new(expected, "an empty page", &newest.exchange);
            // To reproduce it, there must be a matching session, and the newest must have the other status: a cancelled
            // one with an open one before it and, unless open ones are requested, another after it.
            let most = if newest.status == "open" { 1 } else { listing.looked.len() };
            let own = listing.looked.iter().take(most).map(|look| &look.sent);
            let finding = finding.beside([&listing.cancellation.sent]).beside(own);
            findings.push(finding.in_case(newest.status));
        }
    }
    let is_wrong = |(limit, listed): &&(usize, Listed)| {
        page(&listed.exchange).is_some_and(|page| page.has_more == Some(true) && page.data.len() < *limit)
    };
    if findings.is_empty()
        && let Some((_, listed)) = listing.roomy.iter().find(is_wrong)
    {
        let expected = format!("`has_more` false, because every session that is {} is on the page", listed.status);
        let finding = Finding::new(expected, "true, on a page that is not full", &listed.exchange);
        // To reproduce it, there must be sessions with another status.
        let finding = finding.beside([&listing.cancellation.sent]).beside(listing.looked.iter().map(|look| &look.sent));
        findings.push(finding.in_case(listed.status));
    }
    Ok(findings.into())
}

async fn full_last_page(lab: &Lab<'_>) -> Judged {
    let listing = listing(lab).await?;
    let (_, whole) = first(&listing.pages)?;
    let Some((ids, exchange)) = &listing.last else { return Err(Need::EndOfList(PAGES).into()) };
    let Some(last) = page(exchange) else {
        return Err(unusable("the rule needs the last page of sessions", exchange));
    };
    // Other rules judge another page. If new sessions come last, this is not the end for long.
    let is_the_last = last.ids().eq(ids.iter().map(String::as_str)) && whole.is_newest_first();
    Ok(Judgement::unless(!is_the_last || last.has_more == Some(false), || {
        let received = last.has_more.map_or("no boolean".to_owned(), |more| more.to_string());
        let expected = format!("`has_more` false on the last page, which is full with {SHORT} sessions");
        Finding::new(expected, received, exchange)
    }))
}

async fn bad_query(lab: &Lab<'_>) -> Judged {
    let tried = bad_queries(lab).await?;
    let found = tried.queries.iter().flat_map(|(bad, attempt)| {
        let judgement = refusal::has_status(400, &format!("for a list with {}", bad.words), attempt);
        judgement.in_case(bad.case).findings
    });
    Ok(Judgement { findings: found.collect(), lacking: tried.lacking.clone() })
}

/// The first page, at its maximum length.
fn first(pages: &[Arc<Exchange>]) -> Result<(&Exchange, Page<'_>), Obstacle> {
    let first = pages.first().and_then(|exchange| Some((&**exchange, page(exchange)?)));
    first.ok_or_else(|| Trouble::new("there is no page of sessions").into())
}

fn no_page(expected: &str, exchange: &Exchange) -> Judgement {
    let response = &exchange.response;
    let what = match response.field(DATA).filter(|_| response.is_success()) {
        Some(data) => format!("`data` {}", body::kind(data)),
        None => session::describe(exchange),
    };
    Finding::new(expected, format!("{} with {what}", response.status), exchange).into()
}

/// Whether one of these sessions is missing from the complete list for its status.
///
/// Checks only the suite's own sessions, which nobody else changes meanwhile.
fn is_one_left_out(own: &[String], whole: &Page<'_>, page: &Page<'_>, status: &str) -> bool {
    let ids: BTreeSet<&str> = page.ids().collect();
    let with_status = whole.data.iter().filter(|session| session.get("status").is_some_and(|found| found == status));
    let mut wanted = with_status.filter_map(|session| session.get("id")?.as_str());
    wanted.any(|id| own.iter().any(|own| own == id) && !ids.contains(id))
}
