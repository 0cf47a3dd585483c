//! Rules on cancellations whose path is not quite that of a session.

use super::refusal::FIELDS;
use super::session::describe;
use super::unchanged::{self, Ignoring};
use crate::lab::{Attempt, Batch, Lab, Odd, Oddity, PathKind, Situation, observe, odd_cases, oddities};
use crate::rules::verdict::{Finding, Judged};
use crate::wire::Exchange;

rules! {
    "cancel-odd-id-not-found" => not_found [odd_cases(|_| true)],
    "cancel-odd-id-refused" => refused [odd_cases(|_| true)],
    "cancel-other-spelling" => other_spelling [odd_cases(|kind| kind == PathKind::OtherSpelling)],
}

/// The statuses for a target that is too long or malformed; some servers treat the request line as a header.
const UNREAD: [u16; 3] = [400, 414, 431];

/// Only the session that a path names is cancelled, and none by a refused request.
async fn refused(lab: &Lab<'_>) -> Judged {
    let ignoring = Ignoring::restless(lab).await;
    let mut findings = Vec::new();
    for batch in oddities(lab).await?.iter() {
        let mut may_be_changed = false;
        for Oddity { odd, attempt } in batch.oddities.iter().filter(|oddity| oddity.attempt.is_success()) {
            let names_the_session = odd.kind.may_name_the_session() && !has_another_id(attempt, &batch.id);
            may_be_changed |= names_the_session;
            if !names_the_session {
                let finding = is_taken(odd, attempt);
                // The session that was cancelled instead.
                let id = id_of(attempt);
                let other = batch.others.iter().find(|other| other.before.response.text("id") == id);
                // Otherwise its line opens no session.
                let is_unnamed = attempt.sent().target.named_session().is_none();
                let resembled = is_unnamed.then_some(&batch.resembled.before.sent);
                findings.push(finding.beside(other.map(|other| &other.before.sent)).beside(resembled));
            }
        }
        let resembled = (!may_be_changed).then_some(&batch.resembled);
        for watched in resembled.into_iter().chain(&batch.others) {
            let found = unchanged::watched(watched, &ignoring);
            findings.extend(found.into_iter().map(|finding| blamed(finding, batch)));
        }
    }
    Ok(findings.into())
}

/// The reference gives one path. Another path that reaches the same session is the router's doing and does not cancel
/// the wrong session.
async fn other_spelling(lab: &Lab<'_>) -> Judged {
    let batches = oddities(lab).await?;
    let spelled = batches.iter().flat_map(|batch| batch.oddities.iter().map(move |oddity| (batch, oddity)));
    let findings = spelled.filter_map(|(batch, Oddity { odd, attempt })| {
        let is_the_session = attempt.is_success() && !has_another_id(attempt, &batch.id);
        (odd.kind == PathKind::OtherSpelling && is_the_session).then(|| is_taken(odd, attempt))
    });
    Ok(findings.collect::<Vec<_>>().into())
}

/// Other rules judge what is wrong with every 404.
async fn not_found(lab: &Lab<'_>) -> Judged {
    let oddities = oddities(lab).await?;
    let ordinary = observe(lab, Situation::Unknown).await?;
    let ordinary_lack = no_envelope(ordinary.exchange()?);
    let mut findings = Vec::new();
    for Oddity { odd, attempt } in oddities.iter().flat_map(|batch| &batch.oddities) {
        let Some(status) = attempt.status() else {
            let expected = format!("a response to a cancellation of {}", odd.words);
            findings.push(Finding::of(expected, attempt).in_case(odd.case));
            continue;
        };
        // Another rule judges a success.
        let is_ordinary = Some(status) == ordinary.attempt.status() || attempt.is_success();
        let is_any_path = matches!(odd.kind, PathKind::OtherPath | PathKind::OtherSpelling);
        let is_fine = match odd.kind {
            PathKind::OtherPath | PathKind::OtherSpelling => status < 500,
            PathKind::Unread => is_ordinary || status == 404 || UNREAD.contains(&status),
            PathKind::Id | PathKind::OtherCase => is_ordinary || status == 404,
        };
        if !is_fine {
            let expected = if is_any_path { "a status below 500" } else { "404" };
            let expected = format!("{expected} for a cancellation of {}", odd.words);
            findings.push(Finding::of(expected, attempt).in_case(odd.case));
        } else if status == 404 && !is_any_path {
            let exchange = attempt.exchange()?;
            let lack = no_envelope(exchange).filter(|lack| Some(lack) != ordinary_lack.as_ref());
            findings.extend(lack.map(|lack| {
                let expected = format!("the error envelope for a cancellation of {}", odd.words);
                Finding::new(expected, lack, exchange).in_case(odd.case)
            }));
        }
    }
    Ok(findings.into())
}

/// A path that must not cancel anything got a success.
fn is_taken(odd: &Odd, attempt: &Attempt) -> Finding {
    let expected = format!("no success for a cancellation of {}", odd.words);
    Finding::of(expected, attempt).in_case(odd.case)
}

/// Whether the response is about another session; the case of the id does not matter.
fn has_another_id(attempt: &Attempt, id: &str) -> bool {
    id_of(attempt).is_some_and(|found| !found.eq_ignore_ascii_case(id))
}

/// The id of the session that the response is about.
fn id_of(attempt: &Attempt) -> Option<&str> {
    attempt.response()?.text("id")
}

/// Attributes the finding to the request that caused it, if that is known.
fn blamed(finding: Finding, batch: &Batch) -> Finding {
    match batch.oddities.as_slice() {
        [Oddity { odd, attempt }] => finding.blamed_on(attempt).in_case(odd.case),
        oddities => Finding {
            expected: format!("{}, after cancellations of other ids were refused", finding.expected),
            ..finding.beside(oddities.iter().map(|oddity| oddity.attempt.sent()))
        },
    }
}

/// What the response has instead of the error envelope.
fn no_envelope(exchange: &Exchange) -> Option<String> {
    let Some(envelope) = exchange.response.object() else { return Some(describe(exchange)) };
    let names = FIELDS.iter().map(|field| field.name);
    let missing: Vec<String> =
        names.filter(|name| !envelope.contains_key(*name)).map(|name| format!("`{name}`")).collect();
    (!missing.is_empty()).then(|| format!("no {}", missing.join(", ")))
}
