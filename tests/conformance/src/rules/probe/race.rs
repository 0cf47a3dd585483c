//! Rules on parallel cancellations of one session.

use super::session;
use crate::evidence::body;
use crate::lab::{Attempt, Lab, Obstacle, RUNNERS, Race, Trouble, race};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::Exchange;

rules! {
    "cancel-parallel" => parallel [[SEVERAL, OTHERWISE, NONE, NOT_CANCELLED]],
}

/// The cases: how parallel cancellations may end wrongly.
const SEVERAL: &str = "several-succeed";
const OTHERWISE: &str = "other-status";
const NONE: &str = "none-succeeds";
const NOT_CANCELLED: &str = "not-cancelled";

/// A rare failure may not show in the first round.
const ROUNDS: usize = 3;

async fn parallel(lab: &Lab<'_>) -> Judged {
    let mut has_raced = false;
    let mut lacking = Vec::new();
    for round in 0..ROUNDS {
        let race = race(lab, &format!("race-{round}")).await?;
        let judgement = judge(&race)?;
        if !judgement.findings.is_empty() {
            return Ok(judgement);
        }
        lacking = judgement.lacking;
        has_raced |= race.with(|status| status < 300).next().is_some();
    }
    if has_raced {
        return Ok(Judgement { lacking, ..Judgement::fine() });
    }
    Err(Trouble::new(format!("none of {RUNNERS} parallel cancellations succeeded, in each of {ROUNDS} rounds")).into())
}

fn judge(race: &Race) -> Judged {
    let received = || {
        let statuses: Vec<String> = race.attempts.iter().map(Attempt::received).collect();
        format!("{} for {RUNNERS} parallel cancellations", statuses.join(", "))
    };
    let winners: Vec<&Attempt> = race.with(|status| status < 300).collect();
    let finding = |case: &str, expected: &str, attempt: &Attempt| {
        let exchange: &Exchange = attempt.exchange()?;
        Ok(Finding::new(expected, received(), exchange).in_case(case).into())
    };
    if let [_, second, ..] = winners.as_slice() {
        return finding(SEVERAL, "one success for one session", second);
    }
    let Some(conclusive) = winners.first().copied().or_else(|| race.with(|status| status == 409).next()) else {
        return match race.with(|status| status != 429).next().or(race.attempts.first()) {
            Some(attempt) if attempt.status() != Some(429) => Err(Trouble::at(received(), attempt.sent()).into()),
            _ => Ok(Judgement::fine()),
        };
    };
    // A gateway may be overloaded; a 500 of the server itself counts if it persists. Without a success, it may be the
    // response to the one that cancelled the session, which another rule judges.
    let is_allowed = |status| matches!(status, 0..=299 | 409 | 429 | 501..) || winners.is_empty() && status == 500;
    if let Some(other) = race.with(|status| !is_allowed(status)).next() {
        return finding(OTHERWISE, "409, or 429, for all but one", other);
    }
    if winners.is_empty() {
        let failed = race.attempts.iter().find(|attempt| attempt.status().is_none_or(|status| status >= 500));
        if let Some(failed) = failed {
            return Err(Trouble::at(received(), failed.sent()).into());
        }
        let is_throttled = race.with(|status| status == 429).next().is_some();
        return if is_throttled { Ok(Judgement::fine()) } else { finding(NONE, "one success", conclusive) };
    }
    let after = match &race.after {
        // The responses alone are judged.
        Err(Obstacle::Lack(need)) => return Ok(Judgement { lacking: vec![need.clone()], ..Judgement::fine() }),
        after => after.as_deref().map_err(Clone::clone)?,
    };
    let status = session::of(after)?.get("status");
    Ok(Judgement::unless(status.is_some_and(|status| status == "cancelled"), || {
        let received = status.map_or("no `status`".to_owned(), |status| body::shown("status", status));
        let expected = "`status` \"cancelled\" after one of the parallel cancellations succeeded";
        Finding::new(expected, received, after).in_case(NOT_CANCELLED)
    }))
}
