//! Rules on the sessions that a request must not affect.

use super::unchanged::{self, Ignoring};
use crate::lab::{Attempt, Lab, NEIGHBOURS, Obstacle, WRONG, listing, misuse, neighbours};
use crate::rules::verdict::{Finding, Judged, Judgement};

rules! {
    "cancel-others-untouched" => others_untouched [NEIGHBOURS.map(|kind| kind.case), [STRAY]],
    "cancel-wrong-method" => wrong_method [WRONG.map(|wrong| wrong.case)],
}

/// The case of a session that no rule uses any more, and that a list shows as cancelled.
const STRAY: &str = "stray";

async fn others_untouched(lab: &Lab<'_>) -> Judged {
    let ignoring = Ignoring::restless(lab).await;
    let neighbours = neighbours(lab).await?;
    let mut judgement = Judgement { lacking: neighbours.lacking.clone(), ..Judgement::fine() };
    let by = Attempt::Completed(neighbours.cancellation.clone());
    for (case, watched) in &neighbours.watched {
        let found = unchanged::watched(watched, &ignoring).into_iter();
        judgement.findings.extend(found.map(|finding| finding.blamed_on(&by).in_case(*case)));
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
                    .in_case(STRAY)
            }));
        }
        Err(Obstacle::Lack(need)) => judgement.lacking.push(need),
        // The list is only an additional check.
        Err(Obstacle::Trouble(_)) => {}
    }
    Ok(judgement)
}

async fn wrong_method(lab: &Lab<'_>) -> Judged {
    let ignoring = Ignoring::restless(lab).await;
    let mut judgement = Judgement::fine();
    for misused in misuse(lab).await? {
        if misused.wrong.is_of_session && misused.session.after.response.text("status") != Some("cancelled") {
            continue;
        }
        let found = unchanged::watched(&misused.session, &ignoring);
        // Blame the request that reproduces it; its response does not matter.
        judgement.findings.extend(found.into_iter().map(|finding| Finding {
            expected: format!("{} after {}", finding.expected, misused.wrong.words),
            ..finding.blamed_on(&misused.attempt).in_case(misused.wrong.case)
        }));
    }
    Ok(judgement)
}
