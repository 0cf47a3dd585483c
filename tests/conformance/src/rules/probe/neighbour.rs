//! What becomes of the sessions that a request is not for.

use super::unchanged::{self, Ignoring};
use crate::lab::{Lab, Obstacle, WRONG, listing, misuse, neighbours, restless_fields};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::Exchange;

rules! {
    "cancel-others-untouched" => others_untouched,
    "cancel-wrong-method" => wrong_method [WRONG.map(str::to_lowercase).to_vec()],
}

async fn others_untouched(lab: &Lab<'_>) -> Judged {
    let ignoring = Ignoring::fields(&[]).and(restless_fields(lab).await);
    let neighbours = neighbours(lab).await?;
    let mut judgement = Judgement { lacking: neighbours.lacking.clone(), ..Judgement::fine() };
    for watched in &neighbours.watched {
        if watched.is_gone() {
            let expected = format!("{} to be where it was", watched.words);
            let received = format!("{} to reading it", watched.after.response.status);
            judgement.findings.push(Finding::new(expected, received, &neighbours.cancellation));
        }
        let to = format!("in {}", watched.words);
        let found = changed(&to, &watched.before, &watched.after, &ignoring, &neighbours.cancellation);
        judgement.findings.extend(found);
    }
    if !judgement.findings.is_empty() {
        return Ok(judgement);
    }
    // Whoever cancels any other session may have cancelled one that the suite has done with.
    match listing(lab).await {
        Ok(listing) => {
            let cancelled = listing.strays.iter().filter(|stray| stray.response.text("status") == Some("cancelled"));
            judgement.findings.extend(cancelled.map(|stray| {
                let expected = "a session open that nobody cancelled";
                Finding::new(expected, "one that is cancelled, after others were cancelled", stray)
            }));
        }
        Err(Obstacle::Lack(need)) => judgement.lacking.push(need),
        // The list is only one more way to look.
        Err(Obstacle::Trouble(_)) => {}
    }
    Ok(judgement)
}

async fn wrong_method(lab: &Lab<'_>) -> Judged {
    let ignoring = Ignoring::fields(&[]).and(restless_fields(lab).await);
    let mut judgement = Judgement::fine();
    for misused in misuse(lab).await? {
        let found = unchanged::watched(&misused.session, &ignoring);
        // The request is the one that reproduces it; the response, if there was one, may be any.
        judgement.findings.extend(found.into_iter().map(|finding| Finding {
            case: Some(misused.attempt.sent().method.to_lowercase()),
            expected: format!("{} after {}", finding.expected, misused.attempt.sent().method),
            sent: misused.attempt.sent().clone(),
            response: misused.attempt.exchange().ok().map(|exchange| exchange.summary()),
            ..finding
        }));
    }
    Ok(judgement)
}

/// What changed in a session that a request was not for: the request is the one that reproduces it.
pub(super) fn changed<'e>(
    to: &'e str,
    before: &Exchange,
    after: &Exchange,
    ignoring: &Ignoring,
    by: &'e Exchange,
) -> impl Iterator<Item = Finding> + 'e {
    let found = unchanged::between(before, after, ignoring).findings;
    found.into_iter().map(move |finding| Finding {
        expected: format!("{} {to}", finding.expected),
        sent: by.sent.clone(),
        response: Some(by.summary()),
        ..finding
    })
}
