//! What comes of judging a rule.

use crate::lab::{Attempt, Need, Obstacle, Trouble};
use crate::wire::{Exchange, ResponseSummary, Sent, curl};

/// What a rule says of a target.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The target keeps the rule, as far as it was looked at.
    Pass {
        /// What was lacking to look at everything.
        lacking: Vec<Need>,
    },
    /// The target breaks the rule. There is at least one finding.
    Fail(Vec<Finding>),
    /// The rule could not be judged: it says why.
    Error(Trouble),
    /// The target cannot supply what the rule needs: it says what.
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
    /// Which of the rule's [cases](crate::Rule::cases) it is, if it is one of them.
    pub case: Option<String>,
    /// What the rule demands here.
    pub expected: String,
    /// What was received instead.
    pub received: String,
    /// The request.
    pub sent: Sent,
    /// The requests that show it together with that one.
    pub beside: Vec<Sent>,
    /// The response to it; none if that is the finding.
    pub response: Option<ResponseSummary>,
    /// How often it was found, of which this is the first time.
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

    /// A command line that shows it again: on sessions that it creates for that, unless they were supplied.
    #[must_use]
    pub fn curl(&self) -> String {
        curl::line(self.beside.iter().chain([&self.sent]))
    }

    /// The same finding, which takes these requests as well to be seen.
    pub(crate) fn beside<'s>(mut self, sent: impl IntoIterator<Item = &'s Sent>) -> Self {
        self.beside.extend(sent.into_iter().cloned());
        self
    }

    /// The same finding as the work of another request than the one that shows it.
    pub(crate) fn blamed_on(mut self, attempt: &Attempt) -> Self {
        self.beside.push(std::mem::replace(&mut self.sent, attempt.sent().clone()));
        self.response = attempt.exchange().ok().map(|exchange| exchange.summary());
        self
    }

    /// The attempt came to something else, or to nothing.
    pub(crate) fn of(expected: impl Into<String>, attempt: &Attempt) -> Self {
        let received = attempt.received();
        match attempt {
            Attempt::Completed(exchange) => Self::new(expected, received, exchange),
            Attempt::Failed(failure) => {
                let received = format!("{received}, each time that it was asked, while other requests were answered");
                let (expected, sent) = (expected.into(), failure.sent.clone());
                Self { case: None, expected, received, sent, beside: Vec::new(), response: None, times: 1 }
            }
        }
    }

    /// The same, as one of the rule's cases.
    pub(crate) fn in_case(self, case: impl Into<Option<String>>) -> Self {
        Self { case: case.into(), ..self }
    }

    /// Whether it is the same thing again, found elsewhere.
    fn repeats(&self, first: &Self) -> bool {
        let is_alike = self.case.is_some() || self.received == first.received;
        self.case == first.case && self.expected == first.expected && is_alike
    }
}

/// What a probe found.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    /// What was lacking to look at everything, where the rest was enough to judge.
    pub(crate) lacking: Vec<Need>,
}

impl Judgement {
    /// Nothing to find fault with.
    pub(crate) fn fine() -> Self {
        Self::default()
    }

    /// The same, each finding as this one of the rule's cases.
    pub(crate) fn in_case(self, case: &Option<String>) -> Self {
        let findings = self.findings.into_iter().map(|finding| finding.in_case(case.clone())).collect();
        Self { findings, ..self }
    }

    /// Adds what the same rule says of another session: what repeats is counted, and of the rest only what is another of
    /// the rule's cases is another thing.
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

    /// The findings, each of them once, in a case only if it is one of the rule's.
    pub(crate) fn told_once(self, cases: &[String]) -> Vec<Finding> {
        let mut told: Vec<Finding> = Vec::new();
        for mut finding in self.findings {
            finding.case = finding.case.filter(|case| cases.contains(case));
            match told.iter_mut().find(|first| finding.repeats(first)) {
                Some(first) => first.times += finding.times,
                None => told.push(finding),
            }
        }
        told
    }

    /// A finding unless `fine`.
    pub(crate) fn unless(fine: bool, finding: impl FnOnce() -> Finding) -> Self {
        if fine { Self::fine() } else { finding().into() }
    }
}

/// Findings by what they are alike in: each is told once, with how often there was another.
#[derive(Debug)]
pub(crate) struct Counted<K>(Vec<(K, Finding)>);

impl<K: PartialEq> Counted<K> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Counts one more, which is made into a finding if it is the first of its kind.
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

/// What a probe returns.
pub(crate) type Judged = Result<Judgement, Obstacle>;
