//! Which command judges a rule, so that one list of known failures can serve them all.

use zerogate_judge::Kind;

use crate::exceptions::known::KnownFailures;
use crate::grade;
use crate::run::runner;

/// A command that takes a list of known failures. `zerogate proxy` judges what `zerogate check` judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// `zerogate conform`: rules, `conversation` and `exploration`.
    Conform,
    /// `zerogate check`: the rules for traffic.
    Check,
    /// `zerogate grade`: the cases for clients.
    Grade,
}

impl Owner {
    /// The cases of a rule of this command; none if it has no such rule.
    fn cases(self, rule: &str) -> Option<Vec<&'static str>> {
        match self {
            Self::Conform => runner::cases(rule),
            Self::Check => Kind::by_id(rule).map(|_| Vec::new()),
            Self::Grade => grade::case(rule).map(|_| Vec::new()),
        }
    }
}

/// The cases of a rule; none if no command has such a rule.
pub(crate) fn cases(rule: &str) -> Option<Vec<&'static str>> {
    [Owner::Conform, Owner::Check, Owner::Grade].into_iter().find_map(|owner| owner.cases(rule))
}

impl KnownFailures {
    /// Leaves out the entries for rules that only other commands judge; otherwise they would be unused.
    #[must_use]
    pub fn owned_by(self, owner: Owner) -> Self {
        self.filtered(|rule| owner.cases(rule).is_some() || cases(rule).is_none())
    }
}
