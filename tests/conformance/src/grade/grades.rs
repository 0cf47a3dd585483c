//! The result of grading a client, for the reports.

use std::fmt;
use std::time::Duration;

use super::case::{Case, Finding};
use super::judge::Verdict;
use super::outcome::Outcome;
use super::run::Run;
use super::text::shown;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

/// The result of grading a client.
#[derive(Debug)]
#[non_exhaustive]
pub struct Grades {
    /// The command line of the client, without keys.
    pub client: String,
    /// The cases, in their order.
    pub results: Vec<Graded>,
    /// How many times the client ran.
    pub runs: usize,
    /// Expired or unused known failures.
    pub lapsed: Vec<LapsedFailure>,
    /// The lowest level at which a failed case counts.
    pub fail_on: Level,
    /// Whether the client prints outcomes; otherwise it is graded only by what it sends.
    pub prints_outcomes: bool,
    /// Why not every case ran, if so.
    pub ended_early: Option<&'static str>,
    /// How long it took.
    pub elapsed: Duration,
}

/// A case and its result.
#[derive(Debug)]
#[non_exhaustive]
pub struct Graded {
    /// The case.
    pub case: &'static Case,
    /// The verdict.
    pub verdict: Verdict,
    /// Why a failure is excused, if it is.
    pub known: Option<KnownFailure>,
    /// The requests of the first run, and their responses.
    pub steps: Vec<Step>,
    /// How many runs it is judged by. Cases with the same script share them.
    pub runs: usize,
    /// The outcome that the client printed in the first run.
    pub said: Option<Outcome>,
    /// The last lines that it printed, without keys.
    pub printed: String,
    /// The total duration of its runs.
    pub elapsed: Duration,
}

/// A request on the wire.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// When it began, since the client was started.
    pub at: Duration,
    /// Its method.
    pub method: String,
    /// Its target, without keys.
    pub target: String,
    /// The status of the response; none if there was none.
    pub status: Option<u16>,
    /// Whether the response is complete.
    pub is_whole: bool,
}

impl Step {
    /// The maximum number of requests to keep.
    const MOST: usize = 20;

    pub(super) fn all(run: &Run) -> Vec<Self> {
        let step = |request: &crate::proxy::wiretap::Request| Self {
            at: run.since(request.began),
            method: request.method.clone(),
            target: shown(&request.target),
            status: request.response.as_ref().map(|response| response.status),
            is_whole: request.response.as_ref().is_some_and(|response| response.is_whole),
        };
        run.requests.iter().take(Self::MOST).map(step).collect()
    }
}

/// A line for a person: when, what, and the response.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, method, target, status, is_whole } = self;
        write!(f, "{} ms: {method} {target} → ", at.as_millis())?;
        match (status, is_whole) {
            (Some(status), true) => write!(f, "{status}"),
            (Some(status), false) => write!(f, "{status}, cut off"),
            (None, _) => f.write_str("no response"),
        }
    }
}

impl Graded {
    /// Whether it failed and that is excused.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known.is_some() && matches!(self.verdict, Verdict::Fail(_))
    }

    /// Whether it failed and that is not excused.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.known.is_none() && matches!(self.verdict, Verdict::Fail(_))
    }

    /// Whether it passed.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// Whether it could not be judged because something went wrong.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        matches!(&self.verdict, Verdict::NotJudged(left) if left.is_trouble)
    }

    /// The verdict in a word: `pass`, `fail`, `known` or `not judged`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match &self.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail(_) if self.known.is_some() => "known",
            Verdict::Fail(_) => "fail",
            Verdict::NotJudged(_) => "not judged",
        }
    }

    /// The findings; none unless it failed.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        if let Verdict::Fail(findings) = &self.verdict { findings } else { &[] }
    }
}

impl Grades {
    /// The number of cases that satisfy a condition.
    #[must_use]
    pub fn count(&self, is: impl Fn(&Graded) -> bool) -> usize {
        self.results.iter().filter(|result| is(result)).count()
    }

    /// The conclusion about the client.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let counts = |result: &Graded| result.case.level >= self.fail_on;
        if self.count(|result| result.is_failed() && counts(result)) > 0 || !self.lapsed.is_empty() {
            Conclusion::DoesNotConform
        } else if self.ended_early.is_some()
            || self.count(|result| result.is_trouble() && counts(result)) > 0
            || self.count(|result| !matches!(result.verdict, Verdict::NotJudged(_))) == 0
        {
            Conclusion::NotJudged
        } else {
            Conclusion::Conforms
        }
    }

    /// How many cases have each verdict, in a line.
    #[must_use]
    pub fn counts(&self) -> String {
        let failed = |level| self.count(|result| result.is_failed() && result.case.level == level);
        let known = match self.count(Graded::is_known) {
            0 => String::new(),
            known => format!(", {known} known to fail"),
        };
        let lapsed = match self.lapsed.len() {
            0 => String::new(),
            1 => ", 1 expired or unused entry of --known-failures".to_owned(),
            more => format!(", {more} expired or unused entries of --known-failures"),
        };
        format!(
            "{} of {} {} passed, {} must and {} should failed{known}, {} not judged{lapsed}",
            self.count(Graded::is_passed),
            self.results.len(),
            if self.results.len() == 1 { "case" } else { "cases" },
            failed(Level::Must),
            failed(Level::Should),
            self.count(|result| matches!(result.verdict, Verdict::NotJudged(_))),
        )
    }

    /// The conclusion and the counts, in a line.
    #[must_use]
    pub fn headline(&self) -> String {
        let conclusion = self.conclusion();
        let is_wire_alone = !self.prints_outcomes && conclusion != Conclusion::NotJudged;
        let by = if is_wire_alone { ", judged only by what it sends" } else { "" };
        format!("{conclusion}{by}: {}", self.counts())
    }
}
