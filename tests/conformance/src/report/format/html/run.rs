//! The report on a run.

use std::io;

use maud::{Markup, html};

use super::filter::{Filters, Tags, shown};
use super::finding::{Card, Part, command};
use super::matrix::{Cell, coverage, matrix, seen_of};
use super::page::{Page, Section, lapsed};
use super::text::{code, list, prose};
use super::tone::Tone;
use crate::evidence::body;
use crate::evidence::coverage::CoverageKind;
use crate::explore::{Check, Exploration, Explored};
use crate::report::outcome::Outcome;
use crate::report::record::RunRecord;
use crate::report::wording::run::{self as wording, Label};
use crate::rules::rule::Level;
use crate::rules::verdict::Verdict;
use crate::run::conversation::Step;
use crate::run::event::{Met, Responses, RuleResult};
use crate::run::summary::{Conclusion, Summary};

pub(in crate::report) fn run(record: &RunRecord) -> io::Result<String> {
    let mut broken: Vec<&RuleResult> = record.with(Outcome::Fail).collect();
    broken.sort_by_key(|result| std::cmp::Reverse(result.rule.level));
    let explored = record.exploration.iter().flat_map(|exploration| &exploration.findings).map(explored_tags);
    let tags: Vec<Tags> = record.results.iter().map(tags).chain(explored).collect();
    let filters = Filters::of(tags.iter());
    let mut page = Page {
        command: "zerogate conform",
        tone: tone(record.conclusion()),
        conclusion: record.conclusion().to_string(),
        reasons: match &record.aborted {
            Some(reason) => body::one_line(reason),
            None => wording::reasons(&record.summary, record.fail_on.unwrap_or(Level::Should)),
        },
        first: first(record, &broken),
        tallies: Vec::new(),
        facts: vec![("Target", code(&record.target))],
        sections: Vec::new(),
        filters,
    };
    if record.aborted.is_none() {
        page.tallies = tallies(&record.summary);
        page.facts.extend(facts(record));
        page.sections = sections(record, &broken, &page.filters);
    }
    Ok(page.render())
}

pub(super) fn tone(conclusion: Conclusion) -> Tone {
    match conclusion {
        Conclusion::Conforms => Tone::Good,
        Conclusion::DoesNotConform => Tone::Bad,
        Conclusion::NotJudged => Tone::Doubt,
    }
}

pub(super) fn tone_of(level: Level) -> Tone {
    if level == Level::Must { Tone::Bad } else { Tone::Doubt }
}

/// The order of a level: `must` first.
pub(super) fn by_level(level: Level) -> (usize, &'static str) {
    if level == Level::Must { (0, "must") } else { (1, "should") }
}

fn tags(result: &RuleResult) -> Tags {
    Tags::new(by_level(result.rule.level), result.rule.operations.iter().map(String::as_str), result.rule.id)
}

fn explored_tags(found: &Explored) -> Tags {
    Tags::new(by_level(found.check.level), [], found.check.id)
}

/// The first step after this conclusion.
fn first(record: &RunRecord, broken: &[&RuleResult]) -> Option<Markup> {
    let obstacle = record.results.iter().find_map(|result| match &result.verdict {
        Verdict::Error(trouble) => Some((result, trouble)),
        _ => None,
    });
    match (record.conclusion(), broken.first(), obstacle) {
        _ if record.aborted.is_some() => None,
        (Conclusion::DoesNotConform, Some(result), _) => Some(html! {
            p { strong { "Start here: " } a href={ "#" (Card::id(0)) } { (prose(&result.rule.title)) } }
            p { (prose(&result.rule.fix)) }
        }),
        (Conclusion::DoesNotConform, None, _) if !record.lapsed.is_empty() => Some(html! {
            p { strong { "Start here: " } a href="#lapsed" { "update the list of known failures" } }
        }),
        (Conclusion::NotJudged, _, Some((result, trouble))) => Some(html! {
            p { strong { "Start here: " } a href="#not-judged" { (prose(&result.rule.title)) } }
            p { (prose(&format!("Not judged: {}", trouble.what))) }
        }),
        _ => None,
    }
}

fn tallies(summary: &Summary) -> Vec<(&'static str, usize, Tone)> {
    let mut tallies = vec![
        ("must failed", summary.failed.must, Tone::Bad),
        ("should failed", summary.failed.should, Tone::Doubt),
        ("not judged", summary.errors.total(), Tone::Doubt),
        ("passed", summary.passed.total(), Tone::Good),
        ("skipped", summary.skipped.total(), Tone::Quiet),
    ];
    if summary.known.total() > 0 {
        tallies.insert(2, ("known to fail", summary.known.total(), Tone::Quiet));
    }
    tallies
}

fn facts(record: &RunRecord) -> Vec<(&'static str, Markup)> {
    let summary = &record.summary;
    let mut facts = Vec::new();
    if summary.steps() > 0 {
        let text = format!("{} of {} passed", summary.steps_passed, wording::counted(summary.steps(), "step", "steps"));
        facts.push(("Conversation", html! { (text) }));
    }
    for kind in [CoverageKind::Operations, CoverageKind::Statuses] {
        if let Some(seen) = seen_of(&record.coverage, kind) {
            let label = if kind == CoverageKind::Operations { "Operations seen" } else { "Statuses seen" };
            facts.push((label, html! { (seen) }));
        }
    }
    let exchanges = format!("{} in {:.2} s", summary.exchanges, summary.elapsed.as_secs_f64());
    facts.extend([("Exchanges", html! { (exchanges) }), ("Seed", html! { (record.seed) })]);
    facts
}

fn sections(record: &RunRecord, broken: &[&RuleResult], filters: &Filters) -> Vec<Section> {
    let of = |outcome: Outcome| record.with(outcome).collect::<Vec<_>>();
    let cards = list(broken, ("rule", "rules"), "cards", |number, result| {
        card(result, tone_of(result.rule.level)).render(number, filters)
    });
    let known = of(Outcome::Known);
    let known_cards = list(&known, ("rule", "rules"), "cards", |number, result| {
        card(result, Tone::Quiet).render(broken.len() + number, filters)
    });
    let (obstacles, skipped, passed) = (of(Outcome::Error), of(Outcome::Skip), of(Outcome::Pass));
    let rows = |results: &[&RuleResult]| list(results, ("rule", "rules"), "rows", |_, result| row(result, filters));
    let mut sections = vec![
        Section::of("findings", "Findings", broken.len(), html! { (cards) (shown(broken.len())) }),
        lapsed("Expired or unused known failures", &wording::lapsed_lines(&record.lapsed)),
        Section::of("not-judged", "Not judged", obstacles.len(), html! { (rows(&obstacles)) (shown(obstacles.len())) }),
        Section::of("known", "Known failures", known.len(), html! { (known_cards) (shown(known.len())) }),
    ];
    if let Some(exploration) = &record.exploration {
        let before = broken.len() + known.len();
        let cards = list(&exploration.findings, ("finding", "findings"), "cards", |number, found| {
            explored_card(found, exploration, record.seed).render(before + number, filters)
        });
        let body = html! { p.reasons { (prose(&wording::exploration(exploration))) } (cards) };
        sections.push(Some(Section { id: "exploration", title: "Exploration", count: None, body }));
    }
    if !record.responses.is_empty() {
        let body = matrix(&cells(record, broken), &record.coverage, filters);
        sections.push(Some(Section { id: "responses", title: "Responses", count: None, body }));
    }
    if !record.coverage.is_empty() {
        let body = coverage(&record.coverage);
        sections.push(Some(Section { id: "coverage", title: "Coverage of the contract", count: None, body }));
    }
    sections.extend([
        Section::of("conversation", "Conversation", record.steps.len(), conversation(&record.steps)),
        Section::of("skipped", "Skipped", skipped.len(), html! { (rows(&skipped)) (shown(skipped.len())) }),
        Section::of(
            "passed",
            "Passed",
            passed.len(),
            html! { details { summary { "Every rule that passed" } (rows(&passed)) (shown(passed.len())) } },
        ),
    ]);
    sections.into_iter().flatten().collect()
}

/// The findings, with their labels.
fn part(finding: Vec<(Label, String)>) -> Part {
    let mut part = Part::default();
    for (label, text) in finding {
        match label {
            Label::Expected => part.sides.push(("Expected", prose(&text))),
            Label::Received => part.sides.push(("Received", prose(&text))),
            Label::Again => part.again = Some(text),
            Label::Other(label) => part.lines.push((label, prose(&text))),
        }
    }
    part
}

/// A finding of a random sequence.
fn explored_card(found: &Explored, exploration: &Exploration, seed: u64) -> Card {
    let Check { id, level, title, .. } = found.check;
    Card {
        tone: if found.known.is_some() { Tone::Quiet } else { tone_of(*level) },
        tags: explored_tags(found),
        level: level.to_string(),
        id: (*id).to_owned(),
        note: String::new(),
        title: title.to_string(),
        parts: vec![part(wording::explored_details(found, exploration, seed))],
        advice: Vec::new(),
    }
}

fn card(result: &RuleResult, tone: Tone) -> Card {
    let is_known = result.is_known();
    let whole = result.known.iter().find(|entry| entry.case.is_none());
    let excuse = whole.map(|entry| ("known", wording::excuse(entry)));
    let advice = (!is_known).then(|| wording::advice(result.rule)).into_iter().flatten();
    Card {
        tone,
        tags: tags(result),
        level: result.rule.level.to_string(),
        id: result.rule.id.to_owned(),
        note: result.rule.operations.join(", "),
        title: result.rule.title.clone(),
        parts: wording::findings(result).into_iter().map(part).collect(),
        advice: excuse.into_iter().chain(advice).collect(),
    }
}

/// A rule and its result, in a line.
fn row(result: &RuleResult, filters: &Filters) -> Markup {
    let what = match &result.verdict {
        Verdict::Error(trouble) => trouble.what.clone(),
        Verdict::Skip(need) => format!("it needs {need}"),
        Verdict::Pass { lacking } if !lacking.is_empty() => format!("not checked without {}", wording::needs(lacking)),
        _ => String::new(),
    };
    html! {
        li class=(filters.classes(&tags(result))) {
            p.head { span.badge.quiet { (result.rule.level) } " " (code(result.rule.id)) }
            p { (prose(&result.rule.title)) }
            @if !what.is_empty() { p.note { (prose(&what)) } }
        }
    }
}

fn conversation(steps: &[Step]) -> Markup {
    list(steps, ("step", "steps"), "rows", |_, step| {
        let tone = match Outcome::of_step(step) {
            Outcome::Pass => Tone::Good,
            Outcome::Fail => Tone::Bad,
            Outcome::Error => Tone::Doubt,
            Outcome::Known | Outcome::Skip => Tone::Quiet,
        };
        html! {
            li {
                p.head {
                    span class={ "badge " (tone) } { (Outcome::of_step(step).word()) } " " strong { (step.name) }
                    @if let Some(status) = step.status { " " span.note { (status) } }
                }
                p { (prose(&step.message)) }
                @if let Some(known) = &step.known { p.note { (prose(&wording::excuse(known))) } }
            }
        }
    })
}

fn cells(record: &RunRecord, broken: &[&RuleResult]) -> Vec<Cell> {
    let cell = |Responses { operation, status, count, first }: &Responses| {
        let shows = |result: &&RuleResult| match &result.verdict {
            Verdict::Fail(findings) => findings.iter().any(|finding| {
                let was = finding.response.as_ref().map(|response| response.status);
                finding.sent.operation == *operation && was == Some(*status)
            }),
            _ => false,
        };
        let faults = broken.iter().enumerate().filter(|(_, result)| shows(result));
        Cell {
            operation: operation.id().to_owned(),
            status: *status,
            count: *count,
            exchanges: first.iter().map(exchange).collect(),
            faults: faults.map(|(number, result)| (number, result.rule.id.to_owned())).collect(),
        }
    };
    record.responses.iter().map(cell).collect()
}

fn exchange(met: &Met) -> Markup {
    html! {
        details {
            summary {
                (code(&met.sent.to_string()))
                @if !met.name.is_empty() { " " span.note { (prose(&met.name)) } }
                @if let Some(id) = &met.request_id { " " span.note { "request " (code(id)) } }
            }
            (command(&wording::curl(&met.sent)))
        }
    }
}
