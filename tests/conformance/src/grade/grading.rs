//! Runs all cases with a client, several at a time.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::num::NonZero;
use std::time::{Duration, Instant};

use super::case::Case;
use super::grades::{Graded, Grades, Step};
use super::judge::verdict;
use super::outcome::Said;
use super::process::{Client, End, Running};
use super::run::Run;
use super::stage::Stage;
use super::table::{case, cases};
use super::text::shown;
use crate::exceptions::known::{KnownFailure, KnownFailures};
use crate::exceptions::list::today;
use crate::rules::rule::Level;
use futures_util::future::join_all;
use tokio::time::timeout;

/// Options for grading a client.
#[derive(Debug, Clone)]
pub struct GradeOptions {
    /// The cases to run; all if empty.
    pub cases: Vec<&'static Case>,
    /// The lowest level at which a failed case counts.
    pub fail_on: Level,
    /// Failures to excuse.
    pub known: KnownFailures,
    /// The number of concurrent conversations.
    pub jobs: NonZero<usize>,
    /// Whether one process of the client runs many cases.
    pub serve: bool,
    /// How long a client may run beyond its deadline.
    pub grace: Duration,
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
        }
    }
}

/// Why a client cannot be graded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GradeError {
    /// It cannot be started.
    #[error("{0}: cannot start it: {1}")]
    Start(String, io::Error),
}

/// Grades a client, case by case.
///
/// The client is started once for each conversation, or with [`serve`](GradeOptions::serve) once for many. It gets the server and
/// its task from the environment, or as a line of JSON. `told` is called after each conversation.
///
/// Dropping the future ends every process of the client.
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
    let units = chosen.iter().enumerate().flat_map(|(index, case)| (0..case.script.runs).map(move |_| (index, *case)));
    let units: RefCell<VecDeque<(usize, &'static Case)>> = RefCell::new(units.collect());
    let done: RefCell<BTreeMap<usize, Vec<Run>>> = RefCell::default();
    let failure: RefCell<Option<GradeError>> = RefCell::default();
    let work = || async {
        let mut served = None;
        loop {
            let next = if failure.borrow().is_some() { None } else { units.borrow_mut().pop_front() };
            let Some((index, case)) = next else { break };
            match hold(case, client, options, &mut served).await {
                Ok(run) => done.borrow_mut().entry(index).or_default().push(run),
                Err(error) => *failure.borrow_mut() = Some(error),
            }
            told(case);
        }
        if let Some(mut served) = served {
            served.close();
            // It prints nothing more.
            let _ = served.end(options.grace).await;
        }
    };
    join_all((0..options.jobs.get()).map(|_| work())).await;
    if let Some(error) = failure.into_inner() {
        return Err(error);
    }
    Ok(graded(client, options, &chosen, &done.into_inner(), began.elapsed()))
}

/// Runs one conversation.
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
    let (said, printed, end, is_stopped) = if options.serve {
        let mut running = match served.take() {
            Some(running) => running,
            None => client.start(&[], true).map_err(failed)?,
        };
        running.forget();
        let task: serde_json::Map<String, serde_json::Value> =
            stage.variables().iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
        let heard = timeout(limit, async {
            running.tell(&serde_json::Value::from(task).to_string()).await.ok()?;
            running.said().await
        });
        match heard.await {
            Ok(Some(said)) => {
                *served = Some(running);
                (Some(said), String::new(), "still running".to_owned(), false)
            }
            ended => {
                let is_stopped = ended.is_err();
                let end = running.end(Duration::ZERO).await;
                (None, printed(&running), worded(&end), is_stopped)
            }
        }
    } else {
        let mut running = client.start(stage.variables(), false).map_err(failed)?;
        let end = running.end(limit).await;
        let said = Said::last(&running.printed().0);
        (said, printed(&running), worded(&end), matches!(end, Ok(End::Stopped)))
    };
    let mut run = stage.strike().await;
    // It ended after its last outcome, before this case.
    if was_running && said.is_none() && !is_stopped && run.requests.is_empty() {
        return Box::pin(hold(case, client, options, served)).await;
    }
    (run.said, run.output, run.end, run.is_stopped) = (said, printed, end, is_stopped);
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
    done: &BTreeMap<usize, Vec<Run>>,
    elapsed: Duration,
) -> Grades {
    let prints_outcomes = done.values().flatten().any(|run| run.said.is_some());
    let day = today();
    let results: Vec<Graded> = chosen
        .iter()
        .enumerate()
        .map(|(index, case)| {
            let runs = done.get(&index).map(Vec::as_slice).unwrap_or_default();
            Graded {
                case,
                verdict: verdict(case, runs, prints_outcomes),
                known: options.known.excuses(case.id, day).find(|entry| entry.case.is_none()).cloned(),
                steps: runs.first().map(Step::all).unwrap_or_default(),
                runs: runs.len(),
                said: runs.first().and_then(|run| run.said.as_ref()?.outcome.clone().ok()),
                printed: runs.first().map(|run| run.output.clone()).unwrap_or_default(),
                elapsed: runs.iter().map(|run| run.elapsed).sum(),
            }
        })
        .collect();
    let is_stale = |entry: &KnownFailure| match results.iter().find(|result| result.case.id == entry.rule) {
        Some(result) => result.is_passed() || entry.case.is_some(),
        // Its case may not have been selected.
        None => case(&entry.rule).is_none(),
    };
    let lapsed = options.known.lapsed(day, is_stale);
    Grades { client: client.to_string(), results, lapsed, fail_on: options.fail_on, prints_outcomes, elapsed }
}
