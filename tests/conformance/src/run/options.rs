//! Which part of the suite to run, and how.

use std::num::NonZero;
use std::time::Duration;

use crate::evidence::body;
use crate::exceptions::known::KnownFailures;
use crate::lab::Treatment;
use crate::rules::registry;
use crate::rules::rule::{Level, Rule};
use crate::run::stop::Stop;

/// The options of a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Which rules and steps to run.
    pub selection: Selection,
    /// The lowest level at which a finding counts.
    pub fail_on: Level,
    /// Known failures, which do not count.
    pub known: KnownFailures,
    /// The time limit for one response.
    pub timeout: Duration,
    /// The maximum number of requests per second.
    pub rate: Option<f64>,
    /// How many rules are judged in parallel.
    pub jobs: NonZero<usize>,
    /// The seed of random values.
    pub seed: u64,
    /// How many random sequences are held after the rules.
    pub explore: usize,
    /// Stops the run early.
    pub stop: Stop,
}

impl Options {
    pub(super) fn treatment(&self) -> Treatment {
        Treatment { timeout: self.timeout, rate: self.rate, jobs: self.jobs, seed: self.seed }
    }
}

impl Default for Options {
    /// All rules, `must`, no known failures, a timeout of 10 s, no rate limit, [`JOBS`] rules in parallel, a random
    /// seed, no random sequences.
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            fail_on: Level::Must,
            known: KnownFailures::default(),
            timeout: Duration::from_secs(10),
            rate: None,
            jobs: JOBS,
            // 32 bits, which every JSON reader keeps exactly.
            seed: fastrand::u32(..).into(),
            explore: 0,
            stop: Stop::default(),
        }
    }
}

/// The default number of rules judged in parallel.
pub const JOBS: NonZero<usize> = NonZero::new(8).unwrap();

/// Which rules to judge, and whether to run the conversation.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
    level: Option<Level>,
}

/// The name that selects the conversation.
pub const CONVERSATION: &str = "conversation";

/// The name that selects the random sequences.
pub const EXPLORATION: &str = "exploration";

/// A name that is neither a rule nor one of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such rule: `{0}`")]
pub struct UnknownRule(pub String);

impl Selection {
    /// Selects what `only` names, or everything if it is empty, without what `skip` names.
    ///
    /// # Errors
    ///
    /// If a name is unknown.
    pub fn new(only: Vec<String>, skip: Vec<String>) -> Result<Self, UnknownRule> {
        let unknown = only
            .iter()
            .chain(&skip)
            .find(|name| ![CONVERSATION, EXPLORATION].contains(&name.as_str()) && registry::rule(name).is_none());
        match unknown {
            Some(name) => Err(UnknownRule(body::one_line(name))),
            None => Ok(Self { only, skip, level: None }),
        }
    }

    /// Restricts the selection to rules of this level and above.
    #[must_use]
    pub fn from_level(self, level: Level) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Whether nothing else was selected by name.
    pub(crate) fn is_only(&self, name: &str) -> bool {
        !self.only.is_empty() && self.only.iter().all(|only| only == name)
    }

    pub(crate) fn contains_rule(&self, rule: &Rule) -> bool {
        self.level.is_none_or(|level| rule.level >= level) && self.contains(rule.id)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|found| found == name);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}
