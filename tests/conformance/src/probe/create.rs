//! What creating a session answers, as far as the suite relies on it.

use super::refusal;
use super::unchanged::{self, Ignoring};
use crate::stage::{Stage, session};
use crate::verdict::{Finding, Judged, Judgement};

pub(crate) async fn idempotent_replay(stage: &Stage<'_>) -> Judged {
    let creations = stage.creations().await?;
    let expected = "the first answer again, to the same creation under the same `Idempotency-Key`";
    let Some(replay) = creations.replay.exchange().ok().filter(|replay| replay.response.is_success()) else {
        return Ok(Finding::of(expected, &creations.replay).into());
    };
    let id = |exchange| session(exchange).and_then(|session| session.get("id"));
    if id(replay) != id(&creations.first) {
        return Ok(Finding::new(expected, "another session", replay).into());
    }
    if creations.replayed().next().is_some() {
        let received = "that, and a second session that listSessions shows";
        return Ok(Finding::new(expected, received, replay).into());
    }
    let ignoring = Ignoring::fields(&[]).and(stage.restless_fields().await);
    Ok(unchanged::between(&creations.first, replay, &ignoring))
}

pub(crate) async fn required_fields(stage: &Stage<'_>) -> Judged {
    let creations = stage.creations().await?;
    let mut judgement = Judgement::fine();
    for refused in &creations.refused {
        let to = format!("to a creation without `{}`", refused.field);
        let found = refusal::answered(400, &to, &refused.attempt).findings;
        if found.is_empty()
            && let (Some(_), Ok(exchange)) = (creations.made_by(refused).next(), refused.attempt.exchange())
        {
            let received = "400, and a session that listSessions shows";
            judgement.findings.push(Finding::new(format!("400 {to}, and no session"), received, exchange));
        }
        judgement.findings.extend(found);
    }
    Ok(judgement)
}
