//! Holds one sequence after another, and shortens those that show a deviation.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::checks::Check;
use super::plan::{Group, Plan};
use super::talk::{self, Ending, Placed, Step, Talk};
use super::trace;
use crate::exceptions::known::KnownFailure;
use crate::lab::{Lab, Need, Trouble, restless_fields};
use crate::wire::{Closing, Credential, Operation, ResponseSummary, Role, Sent, curl};

/// The maximum number of sequences held to shorten one.
const SHORTER: usize = 150;

/// How often a sequence is repeated: a deviation that depends on the order of concurrent requests shows only sometimes.
const AGAIN: usize = 3;

/// The exploration ends after this many sequences in a row that could not be held.
const GIVEN_UP: usize = 3;

/// The result of an exploration.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Exploration {
    /// The number of sequences asked for.
    pub asked: usize,
    /// The number of sequences held.
    pub held: usize,
    /// The number of requests in them, without those sent to shorten one.
    pub requests: usize,
    /// The findings, at most one per check.
    pub findings: Vec<Explored>,
    /// Why the last sequence that could not be held failed.
    pub obstacle: Option<Trouble>,
    /// The number of sequences that could not be held.
    pub not_held: usize,
    /// The prerequisite that the target lacks, if no sequence could be held.
    pub lacking: Option<Need>,
    /// Whether any of them cancelled a session.
    pub(crate) has_cancelled: bool,
    /// The elapsed time.
    pub elapsed: Duration,
}

impl Exploration {
    /// Whether it ended early, because the target could not be judged.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.lacking.is_none() && self.held + self.not_held < self.asked
    }
}

/// A finding of a random sequence.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Explored {
    /// The check that failed.
    pub check: &'static Check,
    /// What was expected after the earlier steps.
    pub expected: String,
    /// What was received instead.
    pub received: String,
    /// The shortest sequence that shows it: a line for each request or group of concurrent requests.
    pub steps: Vec<String>,
    /// A command line that repeats it.
    pub curl: String,
    /// The response that shows it.
    pub response: Option<ResponseSummary>,
    /// The number of the first sequence that showed it.
    pub sequence: usize,
    /// The number of sequences that showed it.
    pub times: usize,
    /// Whether a repetition of the sequence showed it again. If not, `steps` has everything that was sent.
    pub is_repeatable: bool,
    /// The entry of the list of known failures that excuses it.
    pub known: Option<KnownFailure>,
}

/// Holds this many sequences, and calls `tell` after each.
pub(crate) async fn explore<E>(
    lab: &Lab<'_>,
    asked: usize,
    seed: u64,
    mut tell: impl FnMut(usize) -> Result<(), E>,
) -> Result<Exploration, E> {
    let start = Instant::now();
    let mut exploration = Exploration { asked, ..Exploration::default() };
    let searcher =
        Searcher { lab, seed, has_other_partner: has_other_partner(lab).await, restless: restless_fields(lab).await };
    lab.stop_logging();
    let mut in_a_row = 0;
    for number in 1..=asked {
        match searcher.held(number).await {
            Ok(talk) => {
                in_a_row = 0;
                exploration.held += 1;
                exploration.requests += talk.steps.iter().flatten().map(|step| step.sent.len()).sum::<usize>();
                exploration.has_cancelled |= talk.has_cancelled;
                searcher.judge(&mut exploration.findings, number, &talk).await;
            }
            Err(trouble) => {
                in_a_row += 1;
                exploration.not_held += 1;
                exploration.obstacle = Some(trouble);
            }
        }
        tell(number)?;
        if in_a_row == GIVEN_UP {
            break;
        }
    }
    exploration.findings.sort_by_key(|found| std::cmp::Reverse(found.check.level));
    exploration.elapsed = start.elapsed();
    Ok(exploration)
}

/// Whether there is a second partner's key that the target accepts. With a wrong one, its 401 would look like a
/// failure.
async fn has_other_partner(lab: &Lab<'_>) -> bool {
    let Ok(request) = lab.request(Operation::ListSessions, "", Credential::Key(Role::OtherPartner)) else {
        return false;
    };
    let listed = lab.insist(request).await;
    listed.is_ok_and(|listed| listed.response.status != 401 && listed.response.status != 403)
}

struct Searcher<'l, 't> {
    lab: &'l Lab<'t>,
    seed: u64,
    has_other_partner: bool,
    restless: BTreeSet<&'static str>,
}

impl Searcher<'_, '_> {
    fn plan(&self, number: usize) -> Option<Plan> {
        Plan::draw(self.seed, number, self.has_other_partner)
    }

    async fn held(&self, number: usize) -> Result<Talk, Trouble> {
        let plan = self.plan(number).ok_or_else(|| Trouble::new("no sequence was drawn"))?;
        self.hold(&plan.groups(), Ending::Look).await
    }

    async fn hold(&self, groups: &[Group], ending: Ending) -> Result<Talk, Trouble> {
        talk::hold(self.lab, groups, ending, self.restless.clone()).await
    }

    /// Counts the deviations of a sequence, and shortens it for each check that failed for the first time.
    async fn judge(&self, findings: &mut Vec<Explored>, number: usize, talk: &Talk) {
        let mut counted: Vec<&Check> = Vec::new();
        for Placed { deviation, .. } in &talk.found {
            let check = deviation.check;
            if counted.contains(&check) {
                continue;
            }
            counted.push(check);
            match findings.iter_mut().find(|found| found.check == check) {
                Some(found) => found.times += 1,
                None => findings.extend(self.shortest(check, number, talk).await),
            }
        }
    }

    /// The shortest sequence that fails the same check.
    async fn shortest(&self, check: &'static Check, number: usize, talk: &Talk) -> Option<Explored> {
        let first = self.explored(check, number, talk)?;
        let Some(mut plan) = self.plan(number) else { return Some(first) };
        let mut left = SHORTER;
        let Some(mut best) = self.shows(check, &plan.groups(), Ending::Look, &mut left).await else {
            return Some(first);
        };
        let mut groups = plan.groups();
        let mut is_shorter = plan.simplify();
        while is_shorter && left > 0 {
            is_shorter = match self.shows(check, &plan.groups(), Ending::Look, &mut left).await {
                Some(shown) => {
                    (best, groups) = (shown, plan.groups());
                    plan.simplify()
                }
                None => plan.complicate(),
            };
        }
        // proptest removes whole groups, so also try to remove single requests.
        for place in (0..groups.len()).rev() {
            for request in (0..groups[place].len()).rev() {
                let mut fewer = groups.clone();
                fewer[place].remove(request);
                if let Some(shown) = self.shows(check, &fewer, Ending::Look, &mut left).await {
                    (best, groups) = (shown, fewer);
                }
            }
        }
        // The last requests of the final look usually suffice.
        if let Some(Placed { look: Some(look), .. }) = first_of(check, &best) {
            groups.push(look.clone());
            best = self.shows(check, &groups, Ending::Plain, &mut AGAIN.clone()).await.unwrap_or(best);
        }
        Some(Explored { is_repeatable: true, ..self.explored(check, number, &best)? })
    }

    /// Holds a sequence, and returns it if it fails this check.
    async fn shows(&self, check: &Check, groups: &[Group], ending: Ending, left: &mut usize) -> Option<Talk> {
        let is_certain =
            groups.iter().all(|group| group.len() < 2 && group.iter().all(|it| it.closing() != Closing::Written));
        for _ in 0..if is_certain { 1 } else { AGAIN } {
            *left = left.checked_sub(1)?;
            let talk = self.hold(groups, ending).await.ok()?;
            if first_of(check, &talk).is_some() {
                return Some(talk);
            }
        }
        None
    }

    /// The finding for a check, with the steps up to the one that shows it.
    fn explored(&self, check: &'static Check, number: usize, talk: &Talk) -> Option<Explored> {
        let Placed { deviation, step, .. } = first_of(check, talk)?;
        let steps = talk.steps.get(..=*step)?;
        let redact_id = |id: &str| self.lab.secrets.redact(id);
        let shown = |step: &Step| {
            let sent: Vec<Sent> = step.sent.iter().map(|sent| sent.clone().edited(&redact_id)).collect();
            (sent, step.action.closing())
        };
        let shown: Vec<Vec<_>> = steps.iter().map(|group| group.iter().map(shown).collect()).collect();
        Some(Explored {
            check,
            expected: deviation.expected.clone(),
            received: deviation.received.clone(),
            steps: trace::lines(steps),
            curl: curl::script(&shown),
            response: steps.last()?.get(deviation.request)?.response.clone(),
            sequence: number,
            times: 1,
            is_repeatable: false,
            known: None,
        })
    }
}

fn first_of<'t>(check: &Check, talk: &'t Talk) -> Option<&'t Placed> {
    talk.found.iter().find(|placed| placed.deviation.check == check)
}
