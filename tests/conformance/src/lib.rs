//! A conformance suite for the 0Gate payment-session API, and the `zerogate` command that runs it.
//!
//! It judges a server against the reference of `cancelSession`, rule by rule. It writes HTTP itself instead of using
//! the bindings, so the bindings cannot hide what is on the wire. Separately from the rules, it runs one conversation,
//! a fixed sequence of calls, through the bindings. It is unofficial.
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
//! A rule is data, `rules/<id>.toml`, and a probe, one function. Probes ask for *observations*, such as an attempt to
//! cancel another partner's session, watched before and after. An observation is made once, however many rules judge
//! it. A probe returns typed [`Finding`]s. The runner emits one stream of [`Event`]s, and a report is a consumer of
//! that stream.
//!
//! A rule whose prerequisite the target lacks is *skipped*; a rule that cannot be judged because something else went
//! wrong is an *error*. Neither counts as a pass.
//!
//! A rule also lists the parts of the contract that it relies on, as [`ContractRef`]s. A [`Comparison`] of two
//! contracts names the rules that rely on what changed, and what breaks on the wire and in Rust code; `zerogate diff`
//! shows it.
//!
//! # Modules
//!
//! `ARCHITECTURE.md` draws which may import which, and a test checks it.
//!
//! | module | contents |
//! |---|---|
//! | `wire` | requests and their keys, connections, responses |
//! | `evidence` | checks of responses: whether they fit the contract, how they differ from others, whether they leak a key |
//! | `lab` | the target, its fixtures, and the observations: attempts that are watched |
//! | `rules` | a rule's file, its probe, its verdict, and the parts of the contract that it relies on |
//! | `exceptions` | lists of known failures and of ignored changes |
//! | `contracts` | the comparison of two contracts |
//! | `import` | the import of a vendor's contract |
//! | `explore` | random sequences, compared with a model, and shortened if they fail |
//! | `run` | options, the run itself, its events and its summary |
//! | `recording` | recorded traffic, judged exchange by exchange |
//! | `proxy` | a proxy that judges the traffic that it relays |
//! | `grade` | clients, graded against a scripted server |
//! | `owner` | which command judges a rule, for lists of known failures |
//! | [`report`] | the reports, as text, JSON, JUnit, Markdown, GitHub annotations and HTML |
//! | `check` | the suite as an assertion |
//! | [`cli`] | the command |
//! | `exit`, `replacement` | exit codes, and atomic file writes |

mod check;
pub mod cli;
mod contracts;
mod evidence;
mod exceptions;
pub mod exit;
mod explore;
mod grade;
mod import;
mod lab;
mod owner;
mod proxy;
mod recording;
mod replacement;
pub mod report;
mod rules;
mod run;
mod wire;

pub use check::{NotConforming, TEST_KEY, conforms, conforms_to_contract};
pub use contracts::comparison::{Compared, Comparison, FailOn, Hide, Only, Side};
pub use contracts::moved_rules::rules_moved_by;
pub use contracts::sunset::Sunset;
pub use evidence::coverage::{Coverage, CoverageKind};
pub use exceptions::ignore::{Ignore, IgnoreList, LapsedIgnore};
pub use exceptions::known::{KnownFailure, KnownFailures, LapsedFailure};
pub use exceptions::list::{InvalidList, Lapse, Lapsed, today};
pub use explore::{Check as ExploredCheck, Exploration, Explored};
pub use grade::{
    Case, Client, Finding as GradeFinding, GradeError, GradeOptions, Graded, Grades, NotJudged, Outcome,
    Step as GradeStep, Verdict as GradeVerdict, case, cases, grade,
};
pub use import::Import;
pub use lab::fixtures::{Fixtures, InvalidFixtures};
pub use lab::obstacle::{Need, Supply, Trouble};
pub use lab::target::{RefusedKey, Target};
pub use owner::Owner;
pub use proxy::server::{Proxy, ProxyError, ProxyOptions};
pub use proxy::upstream::Upstream;
pub use recording::check::{Check, CheckOptions};
pub use recording::goal::Goal;
pub use recording::traffic::{Cell, Fault, Recorded, Sighting, Traffic};
pub use rules::contract_ref::ContractRef;
pub use rules::contract_ref::written::InvalidContractRef;
pub use rules::registry::{rule, rules};
pub use rules::rule::{Level, Rule, When};
pub use rules::verdict::{Finding, Verdict};
pub use run::conversation::{Step, StepVerdict};
pub use run::event::{Event, Met, Reporter, Responses, RuleResult};
pub use run::options::{CONVERSATION, EXPLORATION, JOBS, Options, Selection, UnknownRule};
pub use run::runner::{RunError, run};
pub use run::stop::Stop;
pub use run::summary::{Conclusion, Summary, Tally};
pub use wire::dial::NoTls;
pub use wire::exchange::{ResponseSummary, Sent, TransportFailure, TransportFailureKind};
pub use wire::masked::Masked;
pub use wire::operation::Operation;
pub use zerogate::{BaseUrl, InvalidBaseUrl};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
