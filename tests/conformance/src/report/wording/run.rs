//! The wording of a run, for every report.

use std::fmt;

use zerogate_contract::Item;

pub(crate) use crate::evidence::body::counted;
use crate::evidence::body::one_line;
use crate::evidence::coverage::{Coverage, CoverageKind};
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::exceptions::list::Lapse;
use crate::explore::{Exploration, Explored};
use crate::lab::obstacle::Need;
use crate::owner::cases;
use crate::rules::rule::{Level, Rule};
use crate::rules::verdict::{Finding, Verdict};
use crate::run::event::RuleResult;
use crate::run::options::CONVERSATION;
use crate::run::summary::{Conclusion, Summary, Tally, left_open};
use crate::wire::exchange::{ResponseSummary, Sent};

/// The label of a line that explains a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Label {
    Expected,
    Received,
    /// A command line that repeats a request. Users copy it, so no report may wrap it.
    Again,
    /// A label that no report treats specially.
    Other(&'static str),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Expected => "expected",
            Self::Received => "received",
            Self::Again => "again",
            Self::Other(word) => word,
        })
    }
}

/// A line that explains a result.
type Line = (Label, String);

/// What to do about an entry for an unknown rule.
const NO_RULE: &str =
    "no such rule or case; `zerogate rules`, `zerogate check --rules` and `zerogate grade --list` list them";

/// How many rules have each verdict, in a line.
pub(in crate::report) fn counts(summary: &Summary) -> String {
    let known = match summary.known.total() + summary.steps_known + summary.explored_known {
        0 => String::new(),
        _ => format!(", {} known to fail", summary.known.total()),
    };
    let conversation = match summary.steps() {
        0 => "no conversation".to_owned(),
        steps => format!("conversation: {} of {} passed", summary.steps_passed, counted(steps, "step", "steps")),
    };
    let exploration = match summary.sequences {
        0 => String::new(),
        held => format!("; {} explored", counted(held, "random sequence", "random sequences")),
    };
    format!(
        "{}: {} passed, {} failed{known}, {} not judged, {} skipped; {conversation}{exploration}; {} in {:.2} s",
        counted(summary.rules(), "rule", "rules"),
        summary.passed.total(),
        summary.failed.total(),
        summary.errors.total(),
        summary.skipped.total(),
        counted(summary.exchanges, "exchange", "exchanges"),
        summary.elapsed.as_secs_f64(),
    )
}

/// The reasons for the conclusion.
pub(in crate::report) fn reasons(summary: &Summary, fail_on: Level) -> String {
    let mut reasons = Vec::new();
    let mut count = |number: usize, one: &str, many: &str| {
        if number > 0 {
            reasons.push(counted(number, one, many));
        }
    };
    match summary.conclusion(fail_on) {
        Conclusion::Conforms => {
            let kept = if fail_on == Level::Must { summary.passed.must } else { summary.passed.total() };
            let of = if fail_on == Level::Must { "must " } else { "" };
            let known = summary.known.total() + summary.steps_known + summary.explored_known;
            // An excused failure is still a failure.
            let rest = if known == 0 { ", none failed" } else { "" };
            count(kept, &format!("{of}rule passed{rest}"), &format!("{of}rules passed{rest}"));
            count(summary.sequences, "random sequence was run", "random sequences were run");
            count(known, "failure is known and excused", "failures are known and excused");
            let should = summary.failed.total() - summary.failed.from(fail_on);
            count(should, "should rule failed", "should rules failed");
            count(summary.steps_failed, "step of the conversation failed", "steps of the conversation failed");
            let should = summary.explored.total() - summary.explored.from(fail_on);
            count(should, "should check of the exploration failed", "should checks of the exploration failed");
            let skipped = summary.skipped.total();
            count(skipped, "rule was skipped; it says what it needs", "rules were skipped; each says what it needs");
        }
        Conclusion::DoesNotConform => {
            count(summary.failed.must, "must rule failed", "must rules failed");
            count(summary.failed.should, "should rule failed", "should rules failed");
            count(summary.steps_failed, "step of the conversation failed", "steps of the conversation failed");
            let Tally { must, should } = summary.explored;
            count(must, "must check of the exploration failed", "must checks of the exploration failed");
            count(should, "should check of the exploration failed", "should checks of the exploration failed");
            let lapsed = "of --known-failures";
            count(
                summary.lapsed,
                &format!("entry {lapsed} is expired or unused"),
                &format!("entries {lapsed} are expired or unused"),
            );
            if summary.is_nobody {
                reasons.push(nobody(summary));
            }
        }
        Conclusion::NotJudged => {
            let errors = summary.errors.from(fail_on);
            count(errors, "rule that counts could not be judged", "rules that count could not be judged");
            let steps = summary.steps_not_judged;
            count(
                steps,
                "step of the conversation could not be judged",
                "steps of the conversation could not be judged",
            );
            if summary.is_exploration_cut {
                reasons.push("the exploration was given up".to_owned());
            }
            if summary.is_nobody {
                reasons.push(nobody(summary));
            } else if summary.essential == 0 && summary.is_success_selected && reasons.is_empty() {
                reasons.push("the cancellation of an open session (cancel-status-201) was not judged".to_owned());
            } else if summary.essential == 0 && !summary.is_success_selected {
                reasons.push("no must rule of cancelSession was judged".to_owned());
            }
        }
    }
    reasons.extend(left_open(&summary.left_open));
    reasons.join("; ")
}

/// Why no session was found, as far as the run can tell.
fn nobody(summary: &Summary) -> String {
    match &summary.unread {
        Some(Need::Retrieval { sessions, status }) => {
            format!("no session was found: retrieveSession returned {status} for {sessions}")
        }
        _ => "no session was found; is this the base URL of a 0Gate API?".to_owned(),
    }
}

/// The result of a rule, in a sentence without a full stop.
pub(in crate::report) fn message(result: &RuleResult) -> String {
    match &result.verdict {
        Verdict::Pass { lacking } if lacking.is_empty() => "the rule passed".to_owned(),
        Verdict::Pass { lacking } => format!("the rule passed; not checked without {}", needs(lacking)),
        Verdict::Fail(findings) => {
            let alike = alike(result, findings);
            let Some((first, others)) = alike.split_first() else { return "the rule failed".to_owned() };
            let more = match others.len() {
                0 => String::new(),
                number => format!("; and {}", counted(number, "more finding", "more findings")),
            };
            let expected = first.first().map(|finding| one_line(&finding.expected)).unwrap_or_default();
            format!("expected {expected}, received {}{more}", received(first))
        }
        Verdict::Error(trouble) => format!("not judged: {}", one_line(&trouble.what)),
        Verdict::Skip(need) => format!("skipped: it needs {}", one_line(&need.to_string())),
    }
}

/// How many cases of a finding are named.
const CASES: usize = 12;

/// The findings, grouped where they differ only in their case.
fn alike<'f>(result: &RuleResult, findings: &'f [Finding]) -> Vec<Vec<&'f Finding>> {
    let mut all: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let said = (&finding.expected, &finding.received, result.excuse(finding));
        let is_alike = |first: &&Finding| (&first.expected, &first.received, result.excuse(first)) == said;
        match all.iter_mut().find(|alike| alike.first().is_some_and(is_alike)) {
            Some(alike) => alike.push(finding),
            None => all.push(vec![finding]),
        }
    }
    all
}

/// What was received, and how often.
fn received(alike: &[&Finding]) -> String {
    let received = alike.first().map(|finding| one_line(&finding.received)).unwrap_or_default();
    match alike.iter().map(|finding| finding.times).sum() {
        0..=1 => received,
        times => format!("{received} ({times} times)"),
    }
}

/// The result of the exploration, in a sentence without a full stop.
pub(in crate::report) fn exploration(exploration: &Exploration) -> String {
    let Exploration { asked, held, requests, not_held, obstacle, lacking, .. } = exploration;
    if let Some(need) = lacking {
        return format!("skipped: it needs {}", one_line(&need.to_string()));
    }
    let mut text = counted(*held, "random sequence", "random sequences");
    if held < asked {
        text = format!("{held} of {}", counted(*asked, "random sequence", "random sequences"));
    }
    text.push_str(&format!(", {}", counted(*requests, "request", "requests")));
    if *not_held > 0 {
        let why = obstacle.as_ref().map(|trouble| one_line(&trouble.what)).unwrap_or_default();
        text.push_str(&format!("; {not_held} could not be completed, the last because: {why}"));
    }
    text
}

/// A finding of a random sequence, in a sentence without a full stop.
pub(in crate::report) fn explored(found: &Explored) -> String {
    let Explored { expected, received, steps, .. } = found;
    let steps = counted(steps.len(), "step", "steps");
    format!("after {steps}: expected {}, received {}", one_line(expected), one_line(received))
}

/// Everything about a finding of a random sequence, label by label.
pub(in crate::report) fn explored_details(found: &Explored, exploration: &Exploration, seed: u64) -> Vec<Line> {
    let Explored { check, expected, received, steps, curl, response, sequence, times, known, .. } = found;
    let request_id = request_id(response.as_ref());
    let again = format!("`--explore {sequence} --seed {seed}`");
    let seen = if found.is_repeatable {
        format!("in {times} of {}; {again} ends with the first of them", exploration.held)
    } else {
        format!(
            "in {times} of {}; the first did not fail again when it was repeated, so all its steps are shown; {again} ends with it",
            exploration.held
        )
    };
    let known = known.iter().map(|known| (Label::Other("known"), excuse(known)));
    let step = |(step, number): (&String, usize)| (Label::Other("step"), format!("{number}. {}", one_line(step)));
    let steps = steps.iter().zip(1..).map(step);
    let rest = [
        (Label::Expected, one_line(expected)),
        (Label::Received, format!("{}{request_id}", one_line(received))),
        (Label::Again, one_line(curl)),
        (Label::Other("seen"), seen),
        (Label::Other("clause"), check.clause.to_owned()),
    ];
    known.chain(steps).chain(rest).collect()
}

/// The request id of a response, to append to a line.
fn request_id(response: Option<&ResponseSummary>) -> String {
    let id = response.and_then(|response| response.request_id.as_deref());
    id.map(|id| format!(" (request {})", one_line(id))).unwrap_or_default()
}

/// The labelled lines of each finding.
pub(in crate::report) fn findings(result: &RuleResult) -> Vec<Vec<Line>> {
    let Verdict::Fail(findings) = &result.verdict else { return Vec::new() };
    let groups = alike(result, findings).into_iter().filter_map(|alike| {
        let first = *alike.first()?;
        let cases: Vec<&str> = alike.iter().filter_map(|finding| finding.case.as_deref()).collect();
        let more = cases.len().saturating_sub(CASES);
        let named = one_line(&cases.iter().take(CASES).copied().collect::<Vec<_>>().join(", "));
        let cases = if more > 0 { format!("{named} and {more} more") } else { named };
        let excused = result.excuse(first).filter(|entry| entry.case.is_some());
        let excused = excused.map(|entry| (Label::Other("known"), excuse(entry)));
        let case = (!cases.is_empty()).then_some((Label::Other("case"), cases));
        let lines = [
            (Label::Expected, one_line(&first.expected)),
            (Label::Received, received(&alike) + &request_id(first.response.as_ref())),
            (Label::Again, one_line(&first.curl())),
        ];
        Some(case.into_iter().chain(excused).chain(lines).collect())
    });
    groups.collect()
}

/// The rule's explanation of its failure, as labelled lines.
pub(in crate::report) fn advice(rule: &Rule) -> [(&'static str, String); 3] {
    [("clause", rule.clause.clone()), ("why", rule.why.clone()), ("fix", rule.fix.clone())]
}

/// Everything about a failure, as labelled lines. A known failure needs no advice.
pub(in crate::report) fn details(result: &RuleResult) -> Vec<Line> {
    let whole = result.known.iter().find(|entry| entry.case.is_none());
    let mut details: Vec<_> = whole.map(|entry| (Label::Other("known"), excuse(entry))).into_iter().collect();
    details.extend(findings(result).into_iter().flatten());
    if matches!(result.verdict, Verdict::Fail(_)) && !result.is_known() {
        details.extend(advice(result.rule).map(|(label, text)| (Label::Other(label), text)));
    }
    details
}

/// The command line that repeats a request, safe to print on a terminal.
pub(in crate::report) fn curl(sent: &Sent) -> String {
    one_line(&sent.curl())
}

/// Why failures do not count.
pub(in crate::report) fn excused<'k>(known: impl IntoIterator<Item = &'k KnownFailure>) -> String {
    format!("known to fail: {}", known.into_iter().map(excuse).collect::<Vec<_>>().join("; "))
}

/// Why a failure is excused, and until when.
pub(in crate::report) fn excuse(known: &KnownFailure) -> String {
    format!("{} (until {})", one_line(&known.reason), known.expires)
}

/// What to do about a lapsed entry of the list of known failures, in a sentence without a full stop.
pub(in crate::report) fn lapsed(lapsed: &LapsedFailure) -> String {
    let KnownFailure { rule, case, expires, .. } = &lapsed.entry;
    let named = case.as_ref().map(|case| format!(", case `{}`", one_line(case))).unwrap_or_default();
    let what = match (lapsed.lapse, &cases(rule), case.as_deref()) {
        (Lapse::Expired, ..) => format!("its last day was {expires}; fix the failure, or renew the entry"),
        (_, None, _) => NO_RULE.to_owned(),
        (_, Some(cases), Some(_)) if cases.is_empty() => {
            "the rule has no cases; delete `case`, or the entry".to_owned()
        }
        (_, Some(cases), Some(case)) if !cases.contains(&case) => {
            format!("no such case; the rule has {}", cases.join(", "))
        }
        (_, _, Some(_)) if rule == CONVERSATION => "the step passes now; delete the entry".to_owned(),
        (_, _, Some(_)) => "the case passes now; delete the entry".to_owned(),
        (_, _, None) if rule == CONVERSATION => "every step passes now; delete the entry".to_owned(),
        (_, _, None) => "the rule passes now; delete the entry".to_owned(),
    };
    format!("`{}`{named}: {what}", one_line(rule))
}

/// A lapsed entry of a list of exceptions, for a person.
pub(in crate::report) struct LapsedLine<'l> {
    /// The rule, or the kind of change.
    pub(in crate::report) id: &'l str,
    pub(in crate::report) lapse: &'static str,
    pub(in crate::report) file: &'l str,
    pub(in crate::report) line: usize,
    /// What to do, in a sentence without a full stop.
    pub(in crate::report) what: String,
}

impl LapsedLine<'_> {
    pub(in crate::report) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// The expired or unused entries of --known-failures.
pub(in crate::report) fn lapsed_lines<'l>(all: &'l [LapsedFailure]) -> Vec<LapsedLine<'l>> {
    let of = |it: &'l LapsedFailure| {
        let KnownFailure { rule, line, .. } = &it.entry;
        LapsedLine { id: rule, lapse: it.lapse.name(), file: &it.file, line: *line, what: lapsed(it) }
    };
    all.iter().map(of).collect()
}

/// The needs as a list, with the statuses to provoke merged into one item.
pub(in crate::report) fn needs(needs: &[Need]) -> String {
    let mut list: Vec<String> = Vec::new();
    let statuses = |need: &Need| if let Need::Provocation(status) = need { Some(status.to_string()) } else { None };
    for alike in needs.chunk_by(|a, b| statuses(a).is_some() && statuses(b).is_some()) {
        match alike.iter().filter_map(statuses).collect::<Vec<_>>().as_slice() {
            [rest @ .., last] if !rest.is_empty() => {
                list.push(format!("ways to provoke {} and {last}: /provoke of the fixtures", rest.join(", ")));
            }
            _ => list.extend(alike.iter().map(ToString::to_string)),
        }
    }
    one_line(&list.join(", "))
}

/// How much of each kind was seen, and what was not, in a line.
pub(in crate::report) fn coverage(all: &[Coverage]) -> impl Iterator<Item = (&Coverage, String)> {
    unseen(all).map(|(coverage, unseen)| {
        let seen = format!("{} of {}", coverage.seen, coverage.total);
        (coverage, if unseen.is_empty() { seen } else { format!("{seen}; not seen: {unseen}") })
    })
}

/// What was not seen of each kind, in a line; empty if everything was seen.
pub(in crate::report) fn unseen(all: &[Coverage]) -> impl Iterator<Item = (&Coverage, String)> {
    let statuses = all.iter().filter(|coverage| coverage.kind == CoverageKind::Statuses);
    let statuses: Vec<&Item> = statuses.flat_map(|coverage| &coverage.unseen).collect();
    all.iter().map(move |coverage| {
        let unseen = match coverage.kind {
            CoverageKind::Statuses => by_operation(&coverage.unseen),
            CoverageKind::Headers => headers(&coverage.unseen, &statuses),
            _ => listed(&coverage.unseen),
        };
        (coverage, unseen)
    })
}

fn listed<'i>(items: impl IntoIterator<Item = &'i Item>) -> String {
    items.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Statuses such as `createSession 400`, with each operation named once.
fn by_operation(statuses: &[Item]) -> String {
    let mut text = String::new();
    let mut last = None;
    for item in statuses {
        let Item::Status { operation, status } = item else { continue };
        if last == Some(operation) {
            text.push_str(&format!(", {status}"));
        } else {
            let separator = if text.is_empty() { "" } else { "; " };
            text.push_str(&format!("{separator}{item}"));
        }
        last = Some(operation);
    }
    text
}

/// Headers such as `createSession 400: header Retry-After`. Those of a status that was not seen are only counted.
fn headers(unseen: &[Item], statuses: &[&Item]) -> String {
    let is_hidden = |header: &&Item| match header {
        Item::Header { operation, status, .. } => {
            statuses.contains(&&Item::Status { operation: operation.clone(), status: status.clone() })
        }
        _ => false,
    };
    let (hidden, shown): (Vec<&Item>, Vec<&Item>) = unseen.iter().partition(is_hidden);
    let hidden = (!hidden.is_empty()).then(|| format!("{} in responses that were not seen", hidden.len()));
    let shown = shown.into_iter().map(ToString::to_string);
    shown.chain(hidden).collect::<Vec<_>>().join(", ")
}
