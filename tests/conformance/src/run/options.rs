//! How to run the suite, and which of it.

use std::num::NonZero;
use std::time::Duration;

use crate::evidence::body;
use crate::exceptions::known::KnownFailures;
use crate::lab::Treatment;
use crate::rules::registry;
use crate::rules::rule::{Level, Rule};
use crate::run::stop::Stop;

/// How to run the suite.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// What to run of it.
    pub selection: Selection,
    /// From which level on a finding counts.
    pub fail_on: Level,
    /// Failures that are known and do not count.
    pub known: KnownFailures,
    /// How long a target may take for one response.
    pub timeout: Duration,
    /// How many requests a second it is sent at most.
    pub rate: Option<f64>,
    /// How many rules are judged at a time.
    pub jobs: NonZero<usize>,
    /// What accidental values are drawn from.
    pub seed: u64,
    /// Ends the run before its end.
    pub stop: Stop,
}

impl Options {
    pub(super) fn treatment(&self) -> Treatment {
        Treatment { timeout: self.timeout, rate: self.rate, jobs: self.jobs, seed: self.seed }
    }
}

impl Default for Options {
    /// Everything; `must`; nothing known; 10 s; as fast as it goes; [`JOBS`] rules at a time; any seed.
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            fail_on: Level::Must,
            known: KnownFailures::default(),
            timeout: Duration::from_secs(10),
            rate: None,
            jobs: JOBS,
            // As many bits as every reader of JSON can keep.
            seed: fastrand::u32(..).into(),
            stop: Stop::default(),
        }
    }
}

/// How many rules are judged at a time, unless that is said.
pub const JOBS: NonZero<usize> = NonZero::new(8).unwrap();

/// Which rules to judge, and whether to hold the conversation.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
    level: Option<Level>,
}

/// The name under which the conversation is selected beside the rules.
pub const CONVERSATION: &str = "conversation";

/// A name that is neither a rule's nor the conversation's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule is called `{0}`")]
pub struct UnknownRule(pub String);

impl Selection {
    /// Only what `only` names, or everything if it is empty; and of that nothing that `skip` names.
    ///
    /// # Errors
    ///
    /// If something is named that does not exist.
    pub fn new(only: Vec<String>, skip: Vec<String>) -> Result<Self, UnknownRule> {
        let unknown = only.iter().chain(&skip).find(|name| *name != CONVERSATION && registry::rule(name).is_none());
        match unknown {
            Some(name) => Err(UnknownRule(body::one_line(name))),
            None => Ok(Self { only, skip, level: None }),
        }
    }

    /// Of that, only rules of this level and above.
    #[must_use]
    pub fn from_level(self, level: Level) -> Self {
        Self { level: Some(level), ..self }
    }

    pub(crate) fn contains_rule(&self, rule: &Rule) -> bool {
        self.level.is_none_or(|level| rule.level >= level) && self.contains(rule.id)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|found| found == name);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}
