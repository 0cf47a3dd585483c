//! The probes: one function per rule, which judges observations.

use std::future::Future;
use std::pin::Pin;

use super::verdict::Judged;
use crate::lab::{Flaw, Lab, Refused, Situation};

/// A probe as a function pointer.
pub(crate) type Probe = for<'l> fn(&'l Lab<'_>) -> Pin<Box<dyn Future<Output = Judged> + 'l>>;

/// A rule's file, and the probe that judges it.
pub(crate) struct Registered {
    pub(crate) id: &'static str,
    pub(crate) file: &'static str,
    pub(crate) probe: Probe,
    /// The cases of its findings.
    pub(crate) cases: fn() -> Vec<String>,
}

/// A part of what a rule judges.
trait Subject {
    /// The case of findings about it.
    fn case(&self) -> Option<String>;
}

impl Subject for Situation {
    fn case(&self) -> Option<String> {
        Situation::case(*self)
    }
}

impl Subject for (Refused, &str, &str) {
    fn case(&self) -> Option<String> {
        Some(self.1.to_owned())
    }
}

impl Subject for Flaw {
    fn case(&self) -> Option<String> {
        Some(self.case.to_owned())
    }
}

fn cases_of(subjects: impl IntoIterator<Item: Subject>) -> Vec<String> {
    subjects.into_iter().filter_map(|subject| subject.case()).collect()
}

/// Registers the rules of a module: links `rules/<id>.toml` to its function and to the cases of its findings.
///
/// `probe` and `probe(arguments)` are a function of the lab. `[cases, more]` are lists of its cases; with
/// `of subjects`, the last argument is the subjects, and the cases are theirs.
macro_rules! rules {
    ($($id:literal => $probe:ident $(($($argument:expr),+))? $([$($cases:expr),+])? $(of $subjects:expr)?,)+) => {
        pub(super) const RULES: &[crate::rules::probe::Registered] = &[$(crate::rules::probe::Registered {
            id: $id,
            file: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $id, ".toml")),
            probe: |lab| Box::pin($probe(lab $($(, $argument)+)? $(, $subjects)?)),
            cases: || {
                let cases: &[Vec<String>] = &[
                    $($($cases.into_iter().map(|case| case.to_string()).collect(),)+)?
                    $(crate::rules::probe::cases_of($subjects),)?
                ];
                cases.concat()
            },
        }),+];
    };
}

mod apart;
mod auth;
mod body;
mod cancel;
mod create;
mod error;
mod list;
mod met;
mod neighbour;
mod odd;
mod race;
mod refusal;
mod retrieve;
mod round_trip;
mod session;
mod state;
mod tenant;
mod unchanged;

/// The rules, module by module.
const RULES: [&[Registered]; 14] = [
    auth::RULES,
    body::RULES,
    cancel::RULES,
    create::RULES,
    error::RULES,
    list::RULES,
    met::RULES,
    neighbour::RULES,
    odd::RULES,
    race::RULES,
    retrieve::RULES,
    round_trip::RULES,
    state::RULES,
    tenant::RULES,
];

/// All registered rules.
pub(crate) fn registered() -> impl Iterator<Item = &'static Registered> {
    RULES.into_iter().flatten()
}
