//! A conformance suite for the 0Gate payment-session API, and the command `zerogate` that runs it.
//!
//! It judges a server by what the reference of `cancelSession` says, rule by rule, over HTTP that it writes itself: the
//! bindings are not involved, and so cannot hide what is on the wire. Apart from the rules it holds one conversation
//! through the bindings. It is unofficial.
//!
//! ```
//! use zerogate_conformance::report::{Styles, Text};
//! use zerogate_conformance::{Conclusion, Level, Options, Target, run};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let target = Target::embedded().await?;
//! let mut report = Vec::new();
//! let summary = run(&target, &Options::default(), &mut Text::new(&mut report, Styles::plain())).await?;
//! assert_eq!(summary.conclusion(Level::Must), Conclusion::Conforms);
//! # Ok(())
//! # }
//! ```
//!
//! # How it is built
//!
//! A rule is data, `rules/<id>.toml`, and a probe, one function. Probes ask for *observations*, such as an attempt to cancel a
//! session of another partner, watched before and after; an observation is made once, however many rules judge it. What a
//! probe finds is a typed [`Finding`]. The runner tells everything as one stream of [`Event`]s, and a report is a
//! consumer of that stream.
//!
//! What a rule needs and a target cannot supply makes the rule *skipped*; what goes wrong on the way to a judgement
//! makes it an *error*. Neither is ever taken for a pass.
//!
//! A rule also says what [`ContractRef`] of the contract it relies on. A [`Comparison`] of two contracts names the rules that
//! rely on what changed, beside what a change breaks on the wire and in Rust code; `zerogate diff` tells it.
//!
//! # Rooms
//!
//! Each imports only those before it.
//!
//! | room | what is in it |
//! |---|---|
//! | `wire` | requests and their keys, connections, responses |
//! | `evidence` | what a response shows: of the contract, beside another response, of a key |
//! | `lab` | the target, its fixtures, and the observations: attempts that are watched |
//! | `rules` | a rule's file, its probe, its verdict, and what of the contract it stands on |
//! | `exceptions` | lists of known failures and of ignored changes |
//! | `contracts` | two contracts compared, and a vendor's contract taken in |
//! | `run` | options, the run itself, its events and its summary |
//! | `recording` | recorded traffic, judged exchange by exchange |
//! | [`report`] | the events and the changes as text, JSON, JUnit, Markdown |
//! | `check` | the suite as an assertion |
//! | [`cli`] | the command |
//!
//! `exit` and `replacement`, exit codes and a file written whole or not at all, import nothing.

mod check;
pub mod cli;
mod contracts;
mod evidence;
mod exceptions;
pub mod exit;
mod lab;
mod recording;
mod replacement;
pub mod report;
mod rules;
mod run;
mod wire;

pub use check::{NotConforming, TEST_KEY, conforms, conforms_to_contract};
pub use contracts::comparison::{Compared, Comparison, FailOn, Hide, Only, Side};
pub use contracts::import::Import;
pub use contracts::moved_rules::rules_moved_by;
pub use contracts::sunset::Sunset;
pub use evidence::coverage::{Coverage, CoverageKind};
pub use exceptions::ignore::{Ignore, IgnoreList, LapsedIgnore};
pub use exceptions::known::{KnownFailure, KnownFailures, LapsedFailure};
pub use exceptions::list::{InvalidList, Lapse, Lapsed, today};
pub use lab::fixtures::{Fixtures, InvalidFixtures};
pub use lab::obstacle::{Need, Supply, Trouble};
pub use lab::target::{RefusedKey, Target};
pub use recording::check::{Check, CheckOptions};
pub use recording::goal::Goal;
pub use recording::traffic::{Fault, Recorded, Sighting, Traffic};
pub use rules::contract_ref::{ContractRef, InvalidContractRef};
pub use rules::registry::{rule, rules};
pub use rules::rule::{Level, Rule, When};
pub use rules::verdict::{Finding, Verdict};
pub use run::conversation::{Step, StepVerdict};
pub use run::event::{Event, Reporter, RuleResult};
pub use run::options::{CONVERSATION, JOBS, Options, Selection, UnknownRule};
pub use run::runner::{RunError, run};
pub use run::stop::Stop;
pub use run::summary::{Conclusion, Summary, Tally};
pub use wire::connection::NoTls;
pub use wire::exchange::{ResponseSummary, Sent, TransportFailure, TransportFailureKind};
pub use wire::masked::Masked;
pub use wire::operation::Operation;
pub use zerogate::{BaseUrl, InvalidBaseUrl};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
