//! What becomes of cancellations whose path is not quite that of a session.

use serde_json::Value;

use super::session::describe;
use super::unchanged::{self, Ignoring};
use crate::evidence::body;
use crate::lab::{Attempt, Batch, Lab, Oddity, PathKind, Situation, observe, oddities, restless_fields};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::Exchange;

rules! {
    "cancel-odd-id-not-found" => not_found,
    "cancel-odd-id-refused" => refused,
}

/// The fields of the error envelope.
const ENVELOPE: [&str; 6] = ["type", "code", "message", "request_id", "doc_url", "statusCode"];

/// What HTTP has for a target that is too long; some servers count it among the headers.
const TOO_LONG: [u16; 2] = [414, 431];

async fn refused(lab: &Lab<'_>) -> Judged {
    let ignoring = Ignoring::fields(&[]).and(restless_fields(lab).await);
    let mut judgement = Judgement::fine();
    for batch in &oddities(lab).await?.batches {
        for oddity in &batch.oddities {
            judgement.findings.extend(accepted(batch, oddity, &ignoring));
        }
        for watched in &batch.watched {
            let found = unchanged::watched(watched, &ignoring);
            judgement.findings.extend(found.into_iter().map(|finding| blamed(finding, batch, watched.words)));
        }
    }
    Ok(judgement)
}

/// What is wrong with every 404, odd or not, is for other rules.
async fn not_found(lab: &Lab<'_>) -> Judged {
    let oddities = oddities(lab).await?;
    let ordinary = observe(lab, Situation::Unknown).await?;
    let ordinary_lack = no_envelope(ordinary.exchange()?);
    let mut findings = Vec::new();
    for Oddity { odd, attempt } in oddities.batches.iter().flat_map(|batch| &batch.oddities) {
        let Some(status) = attempt.status() else {
            findings.push(Finding::of(format!("a response to a cancellation of {}", odd.words), attempt));
            continue;
        };
        // A success is for the rule that nothing else than the id cancels.
        let is_answered_like_any = Some(status) == ordinary.attempt.status() || (200..300).contains(&status);
        let is_fine = match odd.kind {
            PathKind::OtherPath => status < 500,
            PathKind::Long => is_answered_like_any || status == 404 || TOO_LONG.contains(&status),
            PathKind::Id | PathKind::OtherCase => is_answered_like_any || status == 404,
        };
        if !is_fine {
            let expected = if odd.kind == PathKind::OtherPath { "no failure of the server" } else { "404" };
            findings.push(Finding::of(format!("{expected} to a cancellation of {}", odd.words), attempt));
        } else if status == 404 && odd.kind != PathKind::OtherPath {
            let exchange = attempt.exchange()?;
            let lack = no_envelope(exchange).filter(|lack| Some(lack) != ordinary_lack.as_ref());
            findings.extend(lack.map(|lack| {
                Finding::new(format!("the error envelope to a cancellation of {}", odd.words), lack, exchange)
            }));
        }
    }
    Ok(findings.into())
}

/// What is wrong with a success, if it was one; and in other case, with a refusal that cancelled.
fn accepted(batch: &Batch, Oddity { odd, attempt }: &Oddity, ignoring: &Ignoring) -> Vec<Finding> {
    let is_success = attempt.status().is_some_and(|status| (200..300).contains(&status));
    match (&batch.in_other_case, odd.kind) {
        (Some((id, _)), PathKind::OtherCase) if is_success => {
            let Ok(exchange) = attempt.exchange() else { return Vec::new() };
            let found = exchange.response.field("id");
            if found.and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(id)) {
                return Vec::new();
            }
            let received = found.map_or("no `id`".to_owned(), |id| format!("`id` {}", body::shown("id", id)));
            vec![Finding::new("a refusal, or the very session that the id resembles", received, exchange)]
        }
        (Some((_, watched)), PathKind::OtherCase) => {
            let found = unchanged::watched(watched, ignoring);
            found.into_iter().map(|finding| blamed_on(finding, attempt, watched.words)).collect()
        }
        _ if is_success => vec![Finding::of(format!("no success of a cancellation of {}", odd.words), attempt)],
        _ => Vec::new(),
    }
}

/// The finding with the request that it is the work of, if that is known.
fn blamed(finding: Finding, batch: &Batch, words: &str) -> Finding {
    match batch.oddities.as_slice() {
        [Oddity { attempt, .. }] => blamed_on(finding, attempt, words),
        _ => Finding {
            expected: format!("{} in {words}, while cancellations of other ids were refused", finding.expected),
            ..finding
        },
    }
}

fn blamed_on(finding: Finding, attempt: &Attempt, words: &str) -> Finding {
    Finding {
        expected: format!("{} in {words}", finding.expected),
        sent: attempt.sent().clone(),
        response: attempt.exchange().ok().map(|exchange| exchange.summary()),
        ..finding
    }
}

/// What is there instead of the error envelope.
fn no_envelope(exchange: &Exchange) -> Option<String> {
    let Some(envelope) = exchange.response.object() else { return Some(describe(exchange)) };
    let missing: Vec<String> =
        ENVELOPE.iter().filter(|field| !envelope.contains_key(**field)).map(|field| format!("`{field}`")).collect();
    (!missing.is_empty()).then(|| format!("no {}", missing.join(", ")))
}
