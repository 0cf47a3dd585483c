//! Rules on the sessions that a request must not affect.

use super::unchanged::{self, Ignoring};
use crate::lab::{Attempt, Lab, Obstacle, WRONG, listing, misuse, neighbours, restless_fields};
use crate::rules::verdict::{Finding, Judged, Judgement};

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
            let expected = format!("{} to still exist", watched.words);
            let received = format!("{} when reading it", watched.after.response.status);
            let finding = Finding::new(expected, received, &neighbours.cancellation);
            judgement.findings.push(finding.beside([&watched.before.sent, &watched.after.sent]));
        }
        let by = Attempt::Completed(neighbours.cancellation.clone());
        let found = unchanged::between(&watched.before, &watched.after, &ignoring).findings;
        judgement.findings.extend(found.into_iter().map(|finding| Finding {
            expected: format!("{} in {}", finding.expected, watched.words),
            ..finding.blamed_on(&by)
        }));
    }
    if !judgement.findings.is_empty() {
        return Ok(judgement);
    }
    // A server that cancels other sessions may have cancelled one that the suite no longer uses.
    match listing(lab).await {
        Ok(listing) => {
            let cancelled = listing.strays.iter().filter(|stray| stray.response.text("status") == Some("cancelled"));
            judgement.findings.extend(cancelled.map(|stray| {
                let expected = "a session that nobody cancelled to stay open";
                Finding::new(expected, "a cancelled one, after others were cancelled", stray)
                    .beside([&neighbours.cancellation.sent])
            }));
        }
        Err(Obstacle::Lack(need)) => judgement.lacking.push(need),
        // The list is only an additional check.
        Err(Obstacle::Trouble(_)) => {}
    }
    Ok(judgement)
}

async fn wrong_method(lab: &Lab<'_>) -> Judged {
    let ignoring = Ignoring::fields(&[]).and(restless_fields(lab).await);
    let mut judgement = Judgement::fine();
    for misused in misuse(lab).await? {
        let found = unchanged::watched(&misused.session, &ignoring);
        // Blame the request that reproduces it; its response does not matter.
        judgement.findings.extend(found.into_iter().map(|finding| Finding {
            case: Some(misused.attempt.sent().method.to_lowercase()),
            expected: format!("{} after {}", finding.expected, misused.attempt.sent().method),
            ..finding.blamed_on(&misused.attempt)
        }));
    }
    Ok(judgement)
}
