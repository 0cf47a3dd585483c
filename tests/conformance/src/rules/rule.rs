//! A rule as data: what it demands, by whose authority, and what to do when it is broken.

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
    /// Only implied by the reference, seen in its examples, or said elsewhere.
    Should,
    /// Said by the reference, at the place that the rule's `clause` names.
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

/// When the turn of a rule is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Alone, and before all others: whom every cancellation concerns may be gone after the first.
    First,
    /// Alone: it judges what becomes of sessions that a request is not for, and any session may be the one.
    Alone,
    /// At any time.
    #[default]
    Any,
    /// After all others: it judges all that was met of something.
    Last,
}

/// What a rule says, as it stands in `rules/<id>.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The id: the name of its file.
    pub id: &'static str,
    /// What it demands, in a line.
    pub title: String,
    /// How binding it is.
    pub level: Level,
    /// Where the reference says it: heading and row.
    pub clause: String,
    /// The operations that it judges.
    pub operations: Vec<String>,
    /// Under what reports have it, if that is not its operation.
    pub group: Option<String>,
    /// When its turn is.
    pub when: When,
    /// What a target has to supply beyond an open session, or the rule is skipped.
    pub needs: Vec<Supply>,
    /// What of the contract its probe relies on.
    pub relies_on: Vec<ContractRef>,
    /// What a failure means for a partner.
    pub why: String,
    /// What the server's team should do about a failure.
    pub fix: String,
    /// The violation that proves the rule: it makes the rule fail.
    pub fault: String,
    /// What its findings are told apart by, where it looks at several things: a list of known failures may name one.
    pub cases: Vec<String>,
}

/// A rule's file, field by field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    level: Level,
    clause: String,
    operations: Vec<String>,
    group: Option<String>,
    #[serde(default)]
    when: When,
    #[serde(default)]
    needs: Vec<Supply>,
    relies_on: Vec<ContractRef>,
    why: String,
    fix: String,
    fault: String,
}

impl Rule {
    /// Reads the text of `rules/<id>.toml`; the cases are the probe's.
    pub(crate) fn parse(id: &'static str, text: &str, cases: Vec<String>) -> Result<Self, toml::de::Error> {
        let File { title, level, clause, operations, group, when, needs, relies_on, why, fix, fault } =
            toml::from_str(text)?;
        Ok(Self { id, title, level, clause, operations, group, when, needs, relies_on, why, fix, fault, cases })
    }

    /// Under what reports have it: its operation, unless its file says otherwise.
    pub(crate) fn group(&self) -> &str {
        self.group.as_ref().or(self.operations.first()).map_or("", String::as_str)
    }

    /// Whether it is one of those without which nothing is known of the target: a `must` rule of `cancelSession`.
    pub(crate) fn is_essential(&self) -> bool {
        self.level == Level::Must && self.operations.iter().any(|operation| operation == Operation::CancelSession.id())
    }
}
