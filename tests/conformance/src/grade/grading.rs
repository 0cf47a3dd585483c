//! Runs all cases with a client, several at a time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::num::NonZero;
use std::time::{Duration, Instant};

use super::case::{Case, NotJudged, Overrun};
use super::grades::{Graded, Grades, Step};
use super::judge::{Verdict, verdict};
use super::outcome::Said;
use super::process::{Client, End, Running};
use super::run::Run;
use super::stage::Stage;
use super::table::{case, cases};
use super::text::shown;
use crate::exceptions::known::{KnownFailure, KnownFailures};
use crate::exceptions::list::today;
use crate::rules::rule::Level;
use crate::run::stop::Stop;
use futures_util::future::join_all;
use tokio::time::timeout;

/// The run ends after this many hangs in a row.
const HUNG: usize = 3;

/// Options for grading a client.
#[derive(Debug, Clone)]
pub struct GradeOptions {
    /// The cases to run; all if empty.
    pub cases: Vec<&'static Case>,
    /// The lowest level at which a failed case counts.
    pub fail_on: Level,
    /// Failures to excuse.
    pub known: KnownFailures,
    /// The number of concurrent runs of the client.
    pub jobs: NonZero<usize>,
    /// Whether one process of the client runs many cases.
    pub serve: bool,
    /// How long a client may run beyond its deadline.
    pub grace: Duration,
    /// Ends the grading early: the running clients are killed, and the other cases are not judged.
    pub stop: Stop,
}

impl Default for GradeOptions {
    fn default() -> Self {
        Self {
            cases: Vec::new(),
            fail_on: Level::Must,
            known: KnownFailures::default(),
            jobs: NonZero::new(2).unwrap_or(NonZero::<usize>::MIN),
            serve: false,
            grace: Duration::from_secs(10),
            stop: Stop::default(),
        }
    }
}

/// Why a client cannot be graded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GradeError {
    /// It cannot be started.
    #[error("{0}: cannot start it: {1}; name an executable file, or its interpreter first")]
    Start(String, io::Error),
}

/// Grades a client, case by case.
///
/// The client is started once for each run, or with [`serve`](GradeOptions::serve) once for many. It gets the server
/// and its task from the environment, or as a line of JSON. `told` is called after each run.
///
/// Grading ends early if it is [stopped](GradeOptions::stop), or if the client hangs in three runs in a row: if it runs
/// into the time limit without a request, or in every run so far. Then the other cases are not judged.
///
/// Dropping the future kills every process group of the client.
///
/// # Errors
///
/// If the client cannot be started.
pub async fn grade(
    client: &Client,
    options: &GradeOptions,
    told: impl Fn(&'static Case),
) -> Result<Grades, GradeError> {
    let began = Instant::now();
    let chosen: Vec<&'static Case> = if options.cases.is_empty() { cases().collect() } else { options.cases.clone() };
    let units = chosen.iter().filter(|case| holder(&chosen, case).id == case.id);
    let units = units.flat_map(|case| (0..case.script.runs).map(move |_| *case));
    let units: RefCell<VecDeque<&'static Case>> = RefCell::new(units.collect());
    let done: RefCell<Runs> = RefCell::default();
    let failure: RefCell<Option<GradeError>> = RefCell::default();
    let (ended_early, patience) = (Cell::new(None), Cell::new(Patience::default()));
    let work = || async {
        let mut served = None;
        loop {
            let is_over = failure.borrow().is_some() || ended_early.get().is_some();
            let next = if is_over { None } else { units.borrow_mut().pop_front() };
            let Some(case) = next else { break };
            let held = tokio::select! {
                held = hold(case, client, options, &mut served) => held,
                () = options.stop.stopped() => {
                    ended_early.set(Some("interrupted"));
                    served = None;
                    break;
                }
            };
            match held {
                Ok(run) => {
                    patience.set(patience.get().after(case, &run));
                    if patience.get().hung >= HUNG {
                        ended_early.set(Some("the client hung 3 times in a row"));
                    }
                    done.borrow_mut().entry(case.id).or_default().push(run);
                }
                Err(error) => *failure.borrow_mut() = Some(error),
            }
            told(case);
        }
        if let Some(mut served) = served {
            served.close();
            // It prints nothing more.
            tokio::select! {
                _ = served.end(options.grace) => {}
                () = options.stop.stopped() => {}
            }
        }
    };
    join_all((0..options.jobs.get()).map(|_| work())).await;
    if let Some(error) = failure.into_inner() {
        return Err(error);
    }
    Ok(graded(client, options, &chosen, &done.into_inner(), ended_early.get(), began.elapsed()))
}

/// The runs of each case that holds some.
type Runs = BTreeMap<&'static str, Vec<Run>>;

/// The case that holds a case's runs: the first chosen one with the script that it shares, or itself.
fn holder<'c>(chosen: &'c [&'static Case], case: &'c &'static Case) -> &'c &'static Case {
    let shares = |other: &&&Case| case.script.shared.is_some() && other.script.shared == case.script.shared;
    chosen.iter().find(shares).unwrap_or(case)
}

/// How long to go on with a client that hangs.
#[derive(Debug, Clone, Copy, Default)]
struct Patience {
    /// How many runs in a row it hung in.
    hung: usize,
    /// Whether it has ended in time at least once.
    has_ended: bool,
}

impl Patience {
    fn after(self, case: &Case, run: &Run) -> Self {
        // A client that has sent something may only lack a deadline, or wait for a state that the case never reaches.
        let hangs = run.requests.is_empty() || (!self.has_ended && case.script.overrun == Overrun::Hangs);
        match run.is_stopped {
            true => Self { hung: self.hung + usize::from(hangs), ..self },
            false => Self { hung: 0, has_ended: true },
        }
    }
}

/// Makes one run.
async fn hold(
    case: &'static Case,
    client: &Client,
    options: &GradeOptions,
    served: &mut Option<Running>,
) -> Result<Run, GradeError> {
    let failed = |error| GradeError::Start(client.name(), error);
    let stage = match Stage::set(case).await {
        Ok(stage) => stage,
        Err(error) => {
            let trouble = Some(format!("no server could be started for it: {error}"));
            return Ok(Run { trouble, ..Run::default() });
        }
    };
    let limit = Duration::from_millis(case.script.deadline_ms) + options.grace;
    let was_running = served.is_some();
    let (printed_key_on, is_misplaced);
    let mut tally = None;
    let (said, printed, end, is_stopped) = if options.serve {
        let mut running = match served.take() {
            Some(running) => running,
            None => client.start(&[], stage.secret(), true).map_err(failed)?,
        };
        running.forget(stage.secret());
        tally = Some(running.tally());
        let task: serde_json::Map<String, serde_json::Value> =
            stage.variables().iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
        let heard = timeout(limit, async {
            running.tell(&serde_json::Value::from(task).to_string()).await.ok()?;
            running.said().await
        });
        match heard.await {
            Ok(Some(said)) => {
                // Its standard error may not have been read yet.
                tokio::task::yield_now().await;
                (printed_key_on, is_misplaced) = (running.printed_key_on(), false);
                *served = Some(running);
                (Some(said), String::new(), "still running".to_owned(), false)
            }
            ended => {
                let is_stopped = ended.is_err();
                let end = running.end(Duration::ZERO).await;
                printed_key_on = running.printed_key_on();
                is_misplaced = Said::is_misplaced(&running.printed().0);
                (None, printed(&running), worded(&end), is_stopped)
            }
        }
    } else {
        let mut running = client.start(stage.variables(), stage.secret(), false).map_err(failed)?;
        let end = running.end(limit).await;
        printed_key_on = running.printed_key_on();
        let output = running.printed().0;
        let said = Said::last(&output);
        is_misplaced = Said::is_misplaced(&output);
        (said, printed(&running), worded(&end), matches!(end, Ok(End::Stopped)))
    };
    let mut run = stage.strike().await;
    // It ended after its last outcome, before this case.
    if was_running && said.is_none() && !is_stopped && run.requests.is_empty() {
        return Box::pin(hold(case, client, options, served)).await;
    }
    (run.said, run.output, run.end, run.is_stopped) = (said, printed, end, is_stopped);
    (run.printed_key_on, run.is_misplaced, run.tally) = (printed_key_on, is_misplaced, tally);
    Ok(run)
}

/// The last line of each stream, without secrets.
fn printed(running: &Running) -> String {
    let (stdout, stderr) = running.printed();
    let last = |text: &str| shown(text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default());
    let lines = [last(&stdout), last(&stderr)];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
}

fn worded(end: &io::Result<End>) -> String {
    match end {
        Ok(End::Exited(status)) => status.to_string(),
        Ok(End::Stopped) => "stopped".to_owned(),
        Err(error) => format!("it cannot be waited for: {error}"),
    }
}

fn graded(
    client: &Client,
    options: &GradeOptions,
    chosen: &[&'static Case],
    done: &Runs,
    ended_early: Option<&'static str>,
    elapsed: Duration,
) -> Grades {
    let prints_outcomes = done.values().flatten().any(|run| run.said.is_some() || run.is_misplaced);
    let all = || chosen.iter().filter_map(|case| Some((*case, done.get(case.id)?.as_slice())));
    let day = today();
    let results: Vec<Graded> = chosen
        .iter()
        .map(|case| {
            let runs = done.get(holder(chosen, case).id).map(Vec::as_slice).unwrap_or_default();
            Graded {
                case,
                verdict: match ended_early.filter(|_| runs.len() < case.script.runs) {
                    Some(why) => Verdict::NotJudged(NotJudged::trouble(format!("it did not run: {why}"))),
                    None => verdict(case, runs, prints_outcomes),
                }
                .or_elsewhere(case, all()),
                known: options.known.excuses(case.id, day).find(|entry| entry.case.is_none()).cloned(),
                steps: runs.first().map(Step::all).unwrap_or_default(),
                runs: runs.len(),
                said: runs.first().and_then(|run| run.said.as_ref()?.outcome.clone().ok()),
                printed: runs.first().map(|run| run.output.clone()).unwrap_or_default(),
                elapsed: runs.iter().map(|run| run.elapsed).sum(),
            }
        })
        .collect();
    let is_unused = |entry: &KnownFailure| match results.iter().find(|result| result.case.id == entry.rule) {
        Some(result) => result.is_passed() || entry.case.is_some(),
        // Its case may not have been selected.
        None => case(&entry.rule).is_none(),
    };
    let lapsed = options.known.lapsed(day, is_unused);
    let (client, fail_on) = (client.to_string(), options.fail_on);
    let runs = done.values().map(Vec::len).sum();
    Grades { client, results, runs, lapsed, fail_on, prints_outcomes, ended_early, elapsed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::wiretap::Request;

    #[test]
    fn patience_ends_with_a_client_that_hangs_and_not_with_one_that_only_lacks_a_deadline() {
        let of = |requests: usize, is_stopped| {
            let now = Instant::now();
            let request = Request {
                method: "POST".to_owned(),
                target: String::new(),
                headers: Vec::new(),
                body: Vec::new(),
                began: now,
                ended: now,
                response: None,
            };
            Run { requests: vec![request; requests], is_stopped, ..Run::default() }
        };
        let (ends, silent, hangs) = (of(1, false), of(0, true), of(1, true));
        for (id, runs, hung) in [
            ("success", &[&silent, &silent, &silent][..], 3),
            ("success", &[&hangs, &hangs, &hangs], 3),
            ("success", &[&ends, &hangs, &hangs, &hangs], 0),
            ("success", &[&ends, &silent, &hangs, &silent], 2),
            ("success", &[&silent, &silent, &ends, &silent], 1),
            ("throttled-for-ever", &[&hangs, &hangs, &hangs], 0),
            ("throttled-for-ever", &[&silent, &silent, &silent], 3),
        ] {
            let case = case(id).unwrap();
            let patience = runs.iter().fold(Patience::default(), |patience, run| patience.after(case, run));
            assert_eq!(patience.hung, hung, "{id}: {runs:?}");
        }
    }
}
