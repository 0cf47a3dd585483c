//! A rule as data: what it requires, its source in the reference, and what to do when it fails.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::contract_ref::ContractRef;
use crate::lab::Supply;
use crate::wire::Operation;

/// How binding a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Implied by the reference, shown in its examples, or stated elsewhere.
    Should,
    /// Stated by the reference, at the place that the rule's `clause` names.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Should => "should",
            Self::Must => "must",
        })
    }
}

impl From<zerogate_judge::Level> for Level {
    fn from(level: zerogate_judge::Level) -> Self {
        match level {
            zerogate_judge::Level::Should => Self::Should,
            zerogate_judge::Level::Must => Self::Must,
        }
    }
}

/// When a rule is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Alone and before all others, because the first cancellation may already change what it judges.
    First,
    /// Alone, because it judges whether a request changes sessions other than its own.
    Alone,
    /// At any time.
    #[default]
    Any,
    /// After all others, because it judges all responses of the run.
    Last,
}

/// The clause of a `should` on operations that the reference only names.
pub(crate) const ELSEWHERE: &str = "Use it for, support and reconciliation; the page does not describe this operation";

/// A rule, as written in `rules/<id>.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The id, which is the stem of its file.
    pub id: &'static str,
    /// What it requires, in a line.
    pub title: String,
    /// How binding it is.
    pub level: Level,
    /// The heading and row of the reference that it is based on.
    pub clause: String,
    /// The operations that it judges.
    pub operations: Vec<String>,
    /// The heading under which reports list it, if not its operation.
    pub group: Option<String>,
    /// When it is judged.
    pub when: When,
    /// Whether there is no verdict on a target without it.
    pub essential: bool,
    /// What a target must supply beyond an open session; without it the rule is skipped.
    pub needs: Vec<Supply>,
    /// The parts of the contract that its probe relies on.
    pub relies_on: Vec<ContractRef>,
    /// What a failure means for a partner.
    pub why: String,
    /// What the server's team should do about a failure.
    pub fix: String,
    /// The violation that makes the rule fail in the tests.
    pub fault: String,
    /// The cases that it distinguishes, if it checks several things. A list of known failures may name one.
    pub cases: Vec<String>,
}

/// A rule's file, field by field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    level: Level,
    /// If there is none, it is [`ELSEWHERE`].
    clause: Option<String>,
    operations: Vec<String>,
    group: Option<String>,
    #[serde(default)]
    when: When,
    #[serde(default)]
    essential: bool,
    #[serde(default)]
    needs: Vec<Supply>,
    relies_on: Vec<ContractRef>,
    why: String,
    fix: String,
    fault: String,
}

impl Rule {
    /// Parses the text of `rules/<id>.toml`; the cases come from the probe.
    pub(crate) fn parse(id: &'static str, text: &str, cases: Vec<String>) -> Result<Self, toml::de::Error> {
        let File { title, level, clause, operations, group, when, essential, needs, relies_on, why, fix, fault } =
            toml::from_str(text)?;
        Ok(Self {
            id,
            title,
            level,
            clause: clause.unwrap_or_else(|| ELSEWHERE.to_owned()),
            operations,
            group,
            when,
            essential,
            needs,
            relies_on,
            why,
            fix,
            fault,
            cases,
        })
    }

    /// The heading under which reports list it: its operation, unless its file says otherwise.
    pub(crate) fn group(&self) -> &str {
        self.group.as_ref().or(self.operations.first()).map_or("", String::as_str)
    }

    /// Whether it is a `must` rule of `cancelSession`: if the essential rule is not selected, one of those must be
    /// judged.
    pub(crate) fn is_must_of_cancellation(&self) -> bool {
        self.level == Level::Must && self.operations.iter().any(|operation| operation == Operation::CancelSession.id())
    }
}
