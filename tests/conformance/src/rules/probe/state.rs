//! Rules on the cancellation of a session that is already terminal.

use super::refusal;
use super::unchanged::{self, Ignoring};
use crate::lab::{Lab, Obstacle, Situation, State, observe, observe_all};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::Operation;

rules! {
    "cancel-cancelled-conflicts" => conflicts(State::Cancelled),
    "cancel-completed-conflicts" => conflicts(State::Completed),
    "cancel-expired-conflicts" => conflicts(State::Expired),
    "cancel-second-conflicts" => second_conflicts [[SECOND, THIRD]],
    "cancel-terminal-unchanged" => unchanged_by of TERMINAL,
}

const TERMINAL: [Situation; 4] = [
    Situation::Terminal(State::Completed),
    Situation::Terminal(State::Expired),
    Situation::Terminal(State::Cancelled),
    Situation::Again,
];

/// The cases of repeated cancellations.
const SECOND: &str = "second";
const THIRD: &str = "third";

async fn conflicts(lab: &Lab<'_>, state: State) -> Judged {
    Ok(refusal::with(409, &*observe(lab, Situation::Terminal(state)).await?))
}

async fn second_conflicts(lab: &Lab<'_>) -> Judged {
    let observation = observe(lab, Situation::Again).await?;
    let mut judgement = refusal::with(409, &observation).in_case(SECOND);
    let third = lab.own_request(Operation::CancelSession, &observation.id)?;
    match lab.tested(third.called("third")).await {
        Ok(third) => {
            let third = refusal::has_status(409, "for a third cancellation of a session", &third);
            judgement.findings.extend(third.in_case(THIRD).findings);
        }
        // An error does not discard earlier findings.
        Err(_) if !judgement.findings.is_empty() => {}
        Err(obstacle) => return Err(obstacle),
    }
    Ok(judgement)
}

/// Checks that none of these attempts changes the session.
///
/// Situations that the target cannot supply are omitted, as long as one is left to judge.
pub(super) async fn unchanged_by(lab: &Lab<'_>, situations: impl AsRef<[Situation]>) -> Judged {
    let ignoring = Ignoring::restless(lab).await;
    let mut judgement = Judgement::fine();
    let mut trouble = None;
    let mut judged = false;
    for observation in observe_all(lab, situations.as_ref()).await {
        let compared = observation.and_then(|observation| {
            // Without a response, the request may not have arrived.
            let attempt = [&observation.exchange()?.sent];
            if let Some(gone) = observation.gone() {
                let received = gone.response.status.to_string();
                let gone = Finding::new("the session unchanged", received, gone).beside([&observation.before()?.sent]);
                return Ok(gone.beside(attempt).in_case(&observation.case).into());
            }
            let mut found = unchanged::between(observation.before()?, observation.after()?, &ignoring);
            found.findings = found.findings.into_iter().map(|finding| finding.beside(attempt)).collect();
            Ok(found.in_case(&observation.case))
        });
        match compared {
            Ok(found) => {
                judged = true;
                judgement.findings.extend(found.findings);
            }
            Err(Obstacle::Lack(need)) => judgement.lacking.push(need),
            Err(Obstacle::Trouble(found)) => trouble = Some(*found),
        }
    }
    match (trouble, judgement.lacking.first()) {
        _ if !judgement.findings.is_empty() => Ok(judgement),
        (Some(trouble), _) => Err(trouble.into()),
        (None, Some(need)) if !judged => Err(need.clone().into()),
        _ => Ok(judgement),
    }
}
