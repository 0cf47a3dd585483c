//! The report for a program, type by type. Its schema is made from them: their documentation is what the schema says.

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::coverage;
use crate::exceptions::list;
use crate::rules::rule;
use crate::run::summary;

/// The version of the report's form. It changes when something is removed or gets another meaning; not for additions.
pub(super) const VERSION: u32 = 1;

/// What `zerogate conform` found out about a server. Within one `schema_version` fields and values may be added; none is
/// removed or gets another meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "zerogate conform --report json")]
pub(super) struct Report<'r> {
    /// The version of this form.
    #[schemars(extend("const" = VERSION))]
    pub(super) schema_version: u32,
    pub(super) tool: Tool,
    /// What was judged, and where it is.
    pub(super) target: &'r str,
    /// What the run drew its accidental values from: the same seed draws the same.
    pub(super) seed: u64,
    pub(super) conclusion: Conclusion,
    /// The exit code that says the same: 0 conforms, 1 does not conform, 3 not judged.
    pub(super) exit_code: u8,
    /// The conclusion and what it rests on, in a line.
    pub(super) headline: String,
    /// The level from which on a finding counts; null if the run came to nothing.
    pub(super) fail_on: Option<Level>,
    /// Why the run came to nothing, if it did: every rule is then an error for this reason.
    pub(super) aborted: Option<&'r str>,
    pub(super) summary: Summary,
    /// What came of each rule, in the order of the run.
    pub(super) results: Vec<Result<'r>>,
    /// The steps of the conversation through the generated client; empty if it was not held.
    pub(super) conversation: Vec<Step<'r>>,
    /// How much of the contract was seen, kind by kind; empty if the run came to nothing.
    pub(super) coverage: Vec<Coverage<'r>>,
    /// Entries of the list of known failures that should not be there any more. Each of them fails the run.
    pub(super) lapsed_known_failures: Vec<Lapsed<'r>>,
}

/// What wrote the report.
#[derive(Serialize, JsonSchema)]
pub(super) struct Tool {
    /// The command.
    pub(super) name: &'static str,
    /// Its version.
    pub(super) version: &'static str,
}

/// What the run says of its target.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Conclusion {
    /// Nothing that counts was found, and everything that counts was judged.
    Conforms,
    /// Something that counts was found.
    DoesNotConform,
    /// Nothing was found, and not everything that counts could be judged.
    NotJudged,
}

/// How many rules and steps there are of each verdict.
#[derive(Serialize, JsonSchema)]
pub(super) struct Summary {
    /// Rules that are kept.
    pub(super) passed: usize,
    /// Rules that are broken, other than those that are known to fail.
    pub(super) failed: usize,
    /// Rules that could not be judged.
    pub(super) errors: usize,
    /// Rules that need what the target could not supply.
    pub(super) skipped: usize,
    /// Rules that are broken and that the list of known failures excuses.
    pub(super) known: usize,
    /// Entries of the list of known failures that should not be there any more.
    pub(super) lapsed: usize,
    pub(super) steps: Steps,
    /// Requests of the rules that were answered.
    pub(super) exchanges: usize,
    /// How long the run took, in milliseconds.
    pub(super) elapsed_ms: u64,
}

/// How many steps of the conversation there are of each verdict.
#[derive(Serialize, JsonSchema)]
pub(super) struct Steps {
    /// Those that went as they should.
    pub(super) passed: usize,
    /// Those that did not, other than those that are known to fail.
    pub(super) failed: usize,
    /// Those that could not be judged, or not be taken.
    pub(super) not_judged: usize,
    /// Those that did not go as they should and that the list of known failures excuses.
    pub(super) known: usize,
    /// Those that the target could not supply what they need for.
    pub(super) skipped: usize,
}

/// A rule and what came of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Result<'r> {
    /// The rule's id, which is stable.
    pub(super) rule: &'static str,
    pub(super) level: Level,
    pub(super) verdict: Verdict,
    /// What came of it, in a sentence.
    pub(super) message: String,
    /// What the rule demands, in a line.
    pub(super) title: &'static str,
    /// Where the reference says it: heading and row.
    pub(super) clause: &'static str,
    /// The operations that it judges.
    pub(super) operations: &'static [String],
    /// How long it took, in milliseconds, what it shares with rules before it left out.
    pub(super) elapsed_ms: u64,
    /// Why a failure is excused, if it is.
    pub(super) known: Option<Known<'r>>,
    /// Where the target breaks the rule; at least one if the verdict is `fail`.
    pub(super) findings: Vec<Finding<'r>>,
    /// The request that could not be judged, if the verdict is `error` and it was one.
    pub(super) obstacle: Option<Request>,
    /// What was lacking: all that was needed for a verdict if it is `skip`, else for a closer look.
    pub(super) lacking: Vec<String>,
    /// What the failure means for a partner, if the verdict is `fail`.
    pub(super) why: Option<&'static str>,
    /// What the server's team should do about it, if the verdict is `fail`.
    pub(super) fix: Option<&'static str>,
}

/// How binding a rule is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// Said by the reference, at the place that the rule's `clause` names.
    Must,
    /// Only implied by the reference, seen in its examples, or said elsewhere.
    Should,
}

/// What came of a rule, or of a step of the conversation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// It is kept, as far as it was looked at; the step went as it should.
    Pass,
    /// It is broken; the step did not go as it should. It counts unless `known` excuses it.
    Fail,
    /// It could not be judged.
    Error,
    /// What it needs could not be supplied; the step was not taken.
    Skip,
}

/// Why a failure is excused.
#[derive(Serialize, JsonSchema)]
pub(super) struct Known<'r> {
    /// Why it is to be lived with.
    pub(super) reason: &'r str,
    /// The last day on which it is, in UTC.
    #[schemars(extend("format" = "date"))]
    pub(super) expires: String,
}

/// One place where a target breaks a rule.
#[derive(Serialize, JsonSchema)]
pub(super) struct Finding<'r> {
    /// What the rule demands here.
    pub(super) expected: &'r str,
    /// What was received instead.
    pub(super) received: &'r str,
    #[serde(flatten)]
    pub(super) sent: Request,
    /// The status of the answer, if there was one.
    pub(super) status: Option<u16>,
    /// The request id of the answer, if it had one.
    pub(super) request_id: Option<&'r str>,
}

/// A request.
#[derive(Serialize, JsonSchema)]
pub(super) struct Request {
    /// Method and path.
    pub(super) request: String,
    /// A command line that sends it again, with `$GATE_KEY` in place of the key.
    pub(super) curl: String,
}

/// A step of the conversation.
#[derive(Serialize, JsonSchema)]
pub(super) struct Step<'r> {
    /// What was done.
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
    /// The status of the answer, if there was one.
    pub(super) status: Option<u16>,
    /// The request id of the answer, if it had one.
    pub(super) request_id: Option<&'r str>,
    /// What came of it, in a few words.
    pub(super) message: &'r str,
    /// Why a failure is excused, if it is.
    pub(super) known: Option<Known<'r>>,
}

/// How much of one kind was seen, of all there is in the contract.
#[derive(Serialize, JsonSchema)]
pub(super) struct Coverage<'r> {
    pub(super) kind: Kind,
    /// How many were seen.
    pub(super) seen: usize,
    /// How many there are.
    pub(super) total: usize,
    /// Those that were not seen, in the words of the contract.
    pub(super) unseen: &'r [String],
}

/// What kind of thing there is to see.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Operations that were called.
    Operations,
    /// Documented statuses that were answered.
    Statuses,
    /// Documented headers that were there.
    Headers,
    /// Documented fields that were there.
    Fields,
    /// Documented values of enums that were seen.
    EnumValues,
}

/// An entry of the list of known failures that should not be there any more.
#[derive(Serialize, JsonSchema)]
pub(super) struct Lapsed<'r> {
    pub(super) lapse: Lapse,
    /// The list's file.
    pub(super) file: &'r str,
    /// The line that the entry begins on.
    pub(super) line: usize,
    /// The rule that it names.
    pub(super) rule: &'r str,
    /// What to do about it, in a sentence.
    pub(super) message: String,
    #[serde(flatten)]
    pub(super) known: Known<'r>,
}

/// Why an entry should go.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Lapse {
    /// The rule is kept, or there is none of this name.
    Stale,
    /// Its day is over: the failure counts.
    Expired,
}

impl From<summary::Conclusion> for Conclusion {
    fn from(conclusion: summary::Conclusion) -> Self {
        match conclusion {
            summary::Conclusion::Conforms => Self::Conforms,
            summary::Conclusion::DoesNotConform => Self::DoesNotConform,
            summary::Conclusion::NotJudged => Self::NotJudged,
        }
    }
}

impl From<rule::Level> for Level {
    fn from(level: rule::Level) -> Self {
        match level {
            rule::Level::Must => Self::Must,
            rule::Level::Should => Self::Should,
        }
    }
}

impl From<coverage::CoverageKind> for Kind {
    fn from(kind: coverage::CoverageKind) -> Self {
        match kind {
            coverage::CoverageKind::Operations => Self::Operations,
            coverage::CoverageKind::Statuses => Self::Statuses,
            coverage::CoverageKind::Headers => Self::Headers,
            coverage::CoverageKind::Fields => Self::Fields,
            coverage::CoverageKind::EnumValues => Self::EnumValues,
        }
    }
}

impl From<list::Lapse> for Lapse {
    fn from(lapse: list::Lapse) -> Self {
        match lapse {
            list::Lapse::Stale => Self::Stale,
            list::Lapse::Expired => Self::Expired,
        }
    }
}
