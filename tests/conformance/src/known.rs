//! The list of failures that somebody knows of and has decided to live with, for a while.

use jiff::civil::Date;

use crate::ignore::Lapse;

/// A list of known failures.
#[derive(Debug, Clone, Default)]
pub struct KnownFailures {
    /// The file, as the caller named it.
    pub file: String,
    pub(crate) entries: Vec<KnownFailure>,
}

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownFailure {
    /// The rule that is broken, or `conversation` for its steps.
    pub rule: String,
    /// Why that is to be lived with.
    pub reason: String,
    /// The last day on which it is, in UTC.
    pub expires: Date,
    /// The line of the file that the entry begins on.
    pub line: usize,
}

/// An entry that the list should not have any more; it fails the run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LapsedFailure {
    /// The file.
    pub file: String,
    /// The entry.
    pub entry: KnownFailure,
    /// Why it should go: the rule is kept now, there is none of this name, or the day is over.
    pub lapse: Lapse,
}

impl KnownFailures {
    /// The entry that excuses a failure of this rule on this day.
    pub(crate) fn excuse(&self, rule: &str, today: Date) -> Option<&KnownFailure> {
        self.entries.iter().find(|entry| entry.rule == rule && today <= entry.expires)
    }

    /// The entries that have outlived their reason: expired, for a rule that `kept` knows to be kept, or that does not exist.
    pub(crate) fn lapsed(&self, today: Date, is_stale: impl Fn(&str) -> bool) -> Vec<LapsedFailure> {
        let lapse = |entry: &KnownFailure| {
            if entry.expires < today {
                Some(Lapse::Expired)
            } else if is_stale(&entry.rule) {
                Some(Lapse::Stale)
            } else {
                None
            }
        };
        let lapsed = self.entries.iter().filter_map(|entry| Some((entry, lapse(entry)?)));
        lapsed.map(|(entry, lapse)| LapsedFailure { file: self.file.clone(), entry: entry.clone(), lapse }).collect()
    }
}
