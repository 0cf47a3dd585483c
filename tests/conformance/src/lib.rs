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
//! A rule is data, `rules/<id>.toml`, and a probe, one function. Probes ask for *scenes*, such as an attempt to cancel a
//! session of another partner, watched before and after; a scene is played once, however many rules judge it. What a
//! probe finds is a typed [`Finding`]. The runner tells everything as one stream of [`Event`]s, and a report is a
//! consumer of that stream.
//!
//! What a rule needs and a target cannot supply makes the rule *skipped*; what goes wrong on the way to a judgement
//! makes it an *error*. Neither is ever taken for a pass.
//!
//! A rule also says what [`Ground`] of the contract it stands on. A [`Comparison`] of two contracts names the rules whose
//! ground moved, beside what a change breaks on the wire and in Rust code; `zerogate diff` tells it.

mod base_url;
mod body;
mod check;
pub mod cli;
mod comparison;
mod contract;
mod conversation;
mod coverage;
mod curl;
mod dated;
mod echo;
mod event;
mod exchange;
pub mod exit;
mod fixtures;
mod ground;
mod ignore;
mod import;
mod known;
mod likeness;
mod operation;
mod options;
mod pace;
mod plain;
mod probe;
mod registry;
mod replacement;
pub mod report;
mod retry_after;
mod rule;
mod runner;
mod secrets;
mod shape;
mod stage;
mod stop;
mod suite;
mod summary;
mod target;
mod verdict;
mod wire;

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use check::{NotConforming, TEST_KEY, conforms, conforms_to_contract};
pub use comparison::{Compared, Comparison, FailOn, Lapsed, Side};
pub use conversation::{Step, StepVerdict};
pub use coverage::{Coverage, Kind};
pub use dated::{InvalidList, Lapse, today};
pub use event::{Event, Reporter, RuleResult};
pub use exchange::{Answer, Sent, TransportFailure, TransportFailureKind};
pub use fixtures::{Fixtures, InvalidFixtures};
pub use ground::{Ground, InvalidGround};
pub use ignore::{Ignore, IgnoreList};
pub use import::Import;
pub use known::{KnownFailure, KnownFailures, LapsedFailure};
pub use operation::Operation;
pub use options::{CONVERSATION, JOBS, Options, Selection, UnknownRule};
pub use registry::{rule, rules};
pub use rule::{Level, Rule};
pub use runner::{RunError, run};
pub use stop::Stop;
pub use suite::rules_moved_by;
pub use summary::{Conclusion, Summary, Tally};
pub use target::{RefusedKey, Target};
pub use verdict::{Finding, Need, Trouble, Verdict};
pub use wire::NoTls;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
