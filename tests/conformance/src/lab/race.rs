//! Parallel cancellations of one session.

use super::attempt::Attempt;
use super::contents::Contents;
use super::core::Lab;
use super::obstacle::Obstacle;
use super::sessions::{Look, Opened};
use super::situation::Situation;
use super::trial::Next;
use crate::wire::Role;

/// How many cancellations run in parallel.
pub(crate) const RUNNERS: usize = 8;

/// How often a race is started if throttling leaves too few runners.
const RESTARTS: u32 = 3;

/// The results of parallel cancellations.
pub(crate) struct Race {
    pub(crate) attempts: Vec<Attempt>,
    /// The session afterwards.
    pub(crate) after: Look,
}

impl Race {
    /// The attempts whose status satisfies `is`.
    pub(crate) fn with(&self, is: impl Fn(u16) -> bool) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(move |attempt| attempt.status().is_some_and(&is))
    }

    /// The attempts with a 5xx or no response.
    fn failed(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.status().is_none_or(|status| status >= 500))
    }
}

/// Cancels a session over several connections in parallel.
///
/// If a response is missing or a 5xx, the race is repeated with a fresh session, unless there were two winners.
pub(crate) async fn race(lab: &Lab<'_>, name: &str) -> Result<Race, Obstacle> {
    let mut trial = lab.trial(&lab.attempt(Situation::Open, "none")?)?;
    let mut starts = 0;
    loop {
        starts += 1;
        let Opened { id, .. } = lab.open_session(name, Contents::Plain).await?;
        let request = lab.attempt(Situation::Open, &id)?.called(name);
        let attempts = lab.volley(vec![request; RUNNERS]).await;
        let mut race = Race { attempts, after: lab.look(&id, Role::Partner).await };
        let winners = race.with(|status| status < 300).count();
        let runners = winners + race.with(|status| status == 409).count();
        let throttled = race.with(|status| status == 429).next().filter(|_| runners < 2 && starts < RESTARTS);
        let spoiled = race.failed().next().or(throttled).filter(|_| winners < 2).cloned();
        match spoiled {
            None => return Ok(race),
            Some(attempt) => {
                if lab.next(&mut trial, &attempt).await? == Next::Settled {
                    race.after = lab.look(&id, Role::Partner).await;
                    return Ok(race);
                }
            }
        }
    }
}
