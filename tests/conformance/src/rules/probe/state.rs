//! What becomes of a cancellation when the session is terminal already.

use super::refusal;
use super::unchanged::{self, Ignoring};
use crate::lab::target::State;
use crate::lab::{Situation, Stage};
use crate::rules::verdict::{Finding, Judged, Judgement, Obstacle};
use crate::wire::exchange::Credential;
use crate::wire::operation::Operation;
use crate::wire::secrets::Role;

const TERMINAL: [Situation; 4] = [
    Situation::Terminal(State::Completed),
    Situation::Terminal(State::Expired),
    Situation::Terminal(State::Cancelled),
    Situation::Again,
];

pub(crate) async fn completed_conflicts(stage: &Stage<'_>) -> Judged {
    Ok(refusal::with(409, &*stage.scene(Situation::Terminal(State::Completed)).await?))
}

pub(crate) async fn expired_conflicts(stage: &Stage<'_>) -> Judged {
    Ok(refusal::with(409, &*stage.scene(Situation::Terminal(State::Expired)).await?))
}

pub(crate) async fn cancelled_conflicts(stage: &Stage<'_>) -> Judged {
    Ok(refusal::with(409, &*stage.scene(Situation::Terminal(State::Cancelled)).await?))
}

pub(crate) async fn second_conflicts(stage: &Stage<'_>) -> Judged {
    let scene = stage.scene(Situation::Again).await?;
    let second = refusal::with(409, &scene);
    if !second.findings.is_empty() {
        return Ok(second);
    }
    let third = stage.request(Operation::CancelSession, &scene.id, Credential::Key(Role::Partner))?;
    let third = stage.tested(third.called("third")).await?;
    Ok(refusal::answered(409, "to a third cancellation of a session", &third))
}

pub(crate) async fn terminal_unchanged(stage: &Stage<'_>) -> Judged {
    unchanged_by(stage, &TERMINAL).await
}

/// None of these attempts leaves the session other than it was.
///
/// What the target cannot supply is left out, as long as something is left to judge.
pub(super) async fn unchanged_by(stage: &Stage<'_>, situations: &[Situation]) -> Judged {
    let ignoring = Ignoring::fields(&[]).and(stage.restless_fields().await);
    let mut judgement = Judgement::fine();
    let mut trouble = None;
    let mut judged = false;
    for scene in stage.scenes(situations).await {
        let compared = scene.and_then(|scene| {
            // What was not answered may not have been heard of.
            scene.answer()?;
            if let Some(gone) = scene.gone() {
                let received = gone.response.status.to_string();
                return Ok(Finding::new("the session as it was", received, gone).into());
            }
            Ok(unchanged::between(scene.before()?, scene.after()?, &ignoring))
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
