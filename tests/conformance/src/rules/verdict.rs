//! The results of judging a rule.

use crate::lab::{Attempt, Need, Obstacle, Trouble};
use crate::wire::{Exchange, ResponseSummary, Sent, curl};

/// The verdict of a rule on a target.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The target passed every check that could be made.
    Pass {
        /// Missing prerequisites of the checks that were not made.
        lacking: Vec<Need>,
    },
    /// The target failed. There is at least one finding.
    Fail(Vec<Finding>),
    /// The rule could not be judged, and why.
    Error(Trouble),
    /// The target lacks this prerequisite.
    Skip(Need),
}

impl Verdict {
    /// The verdict in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass { .. } => "pass",
            Self::Fail(_) => "fail",
            Self::Error(_) => "error",
            Self::Skip(_) => "skip",
        }
    }
}

/// One place where a target breaks a rule.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule's [case](crate::Rule::cases), if it has one.
    pub case: Option<String>,
    /// What the rule requires here.
    pub expected: String,
    /// What was received instead.
    pub received: String,
    /// The request.
    pub sent: Sent,
    /// Other requests that are needed to reproduce it.
    pub beside: Vec<Sent>,
    /// The response, unless its absence is the finding.
    pub response: Option<ResponseSummary>,
    /// How often it was found; this is the first occurrence.
    pub times: usize,
}

impl Finding {
    pub(crate) fn new(expected: impl Into<String>, received: impl Into<String>, exchange: &Exchange) -> Self {
        Self {
            case: None,
            expected: expected.into(),
            received: received.into(),
            sent: exchange.sent.clone(),
            beside: Vec::new(),
            response: Some(exchange.summary()),
            times: 1,
        }
    }

    /// A command line that reproduces the finding, on sessions that it creates unless they were supplied.
    #[must_use]
    pub fn curl(&self) -> String {
        curl::line(self.beside.iter().chain([&self.sent]))
    }

    /// The same finding, with further requests that are needed to reproduce it.
    pub(crate) fn beside<'s>(mut self, sent: impl IntoIterator<Item = &'s Sent>) -> Self {
        self.beside.extend(sent.into_iter().cloned());
        self
    }

    /// The same finding, attributed to another request than the one that showed it.
    pub(crate) fn blamed_on(mut self, attempt: &Attempt) -> Self {
        self.beside.push(std::mem::replace(&mut self.sent, attempt.sent().clone()));
        self.response = attempt.exchange().ok().map(|exchange| exchange.summary());
        self
    }

    /// A finding on an attempt that had another result, or none.
    pub(crate) fn of(expected: impl Into<String>, attempt: &Attempt) -> Self {
        let received = attempt.received();
        match attempt {
            Attempt::Completed(exchange) => Self::new(expected, received, exchange),
            Attempt::Failed(failure) => {
                let received = format!("{received} on every attempt, while other requests got a response");
                let (expected, sent) = (expected.into(), failure.sent.clone());
                Self { case: None, expected, received, sent, beside: Vec::new(), response: None, times: 1 }
            }
        }
    }

    /// The same, as one of the rule's cases.
    pub(crate) fn in_case(self, case: impl Into<String>) -> Self {
        Self { case: Some(case.into()), ..self }
    }

    /// Whether it is the same problem, found elsewhere.
    fn repeats(&self, first: &Self) -> bool {
        let is_alike = self.case.is_some() || self.received == first.received;
        self.case == first.case && self.expected == first.expected && is_alike
    }
}

/// What a probe found.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    /// Missing prerequisites of some checks, where the rest was enough to judge.
    pub(crate) lacking: Vec<Need>,
}

impl Judgement {
    /// A judgement without findings.
    pub(crate) fn fine() -> Self {
        Self::default()
    }

    /// The same, each finding as this one of the rule's cases.
    pub(crate) fn in_case(self, case: &str) -> Self {
        let findings = self.findings.into_iter().map(|finding| finding.in_case(case)).collect();
        Self { findings, ..self }
    }

    /// The same, each finding without a case as this one.
    pub(crate) fn or_in_case(self, case: &str) -> Self {
        let or_this = |finding: Finding| if finding.case.is_none() { finding.in_case(case) } else { finding };
        Self { findings: self.findings.into_iter().map(or_this).collect(), ..self }
    }

    /// Adds the judgement on another session. Repeated findings are counted; of the rest, only findings with a case are
    /// added.
    pub(crate) fn again(&mut self, more: Self) {
        let is_first = self.findings.is_empty();
        for finding in more.findings {
            match self.findings.iter_mut().find(|first| finding.repeats(first)) {
                Some(first) => first.times += finding.times,
                None if is_first || finding.case.is_some() => self.findings.push(finding),
                None => {}
            }
        }
    }

    /// The findings, merged where they repeat, with only cases that the rule has.
    pub(crate) fn merged(self, cases: &[String]) -> Vec<Finding> {
        let mut merged: Vec<Finding> = Vec::new();
        for mut finding in self.findings {
            finding.case = finding.case.filter(|case| cases.contains(case));
            match merged.iter_mut().find(|first| finding.repeats(first)) {
                Some(first) => first.times += finding.times,
                None => merged.push(finding),
            }
        }
        merged
    }

    /// A finding unless `fine`.
    pub(crate) fn unless(fine: bool, finding: impl FnOnce() -> Finding) -> Self {
        if fine { Self::fine() } else { finding().into() }
    }
}

/// Findings grouped by a key: the first of each group, with its count.
#[derive(Debug)]
pub(crate) struct Counted<K>(Vec<(K, Finding)>);

impl<K: PartialEq> Counted<K> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Counts an occurrence, and creates the finding if it is the first with this key.
    pub(crate) fn add(&mut self, kind: K, finding: impl FnOnce() -> Finding) {
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, first)) => first.times += 1,
            None => self.0.push((kind, finding())),
        }
    }

    pub(crate) fn findings(self) -> Vec<Finding> {
        self.0.into_iter().map(|(_, finding)| finding).collect()
    }
}

impl From<Finding> for Judgement {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

impl From<Vec<Finding>> for Judgement {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, lacking: Vec::new() }
    }
}

/// The return type of a probe.
pub(crate) type Judged = Result<Judgement, Obstacle>;
