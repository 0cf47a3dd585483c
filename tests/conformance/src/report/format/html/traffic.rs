//! The report on traffic.

use maud::{Markup, html};

use super::filter::{Filters, Tags, shown};
use super::finding::{Card, Part};
use super::matrix::{Cell, coverage, matrix, seen_of};
use super::page::{Page, Section, lapsed};
use super::run::{by_level, tone, tone_of};
use super::text::{code, list, prose};
use super::tone::Tone;
use crate::evidence::coverage::CoverageKind;
use crate::recording::traffic::{Fault, Sighting, Traffic};
use crate::report::wording::run as run_wording;
use crate::report::wording::traffic as wording;
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

/// How many exchanges of a finding are shown at first.
const NAMED: usize = 3;

pub(in crate::report) fn traffic(traffic: &Traffic) -> String {
    let (counted, known): (Vec<&Fault>, Vec<&Fault>) = traffic.faults.iter().partition(|fault| fault.known.is_none());
    let tags: Vec<Tags> = traffic.faults.iter().map(tags).collect();
    let of = |level: Level| counted.iter().filter(|fault| fault.level == level).count();
    let filters = Filters::of(tags.iter());
    let relayed = traffic.files.iter().any(|file| file.upstream.is_some());
    let page = Page {
        command: if relayed { "zerogate proxy" } else { "zerogate check" },
        tone: tone(traffic.conclusion()),
        conclusion: traffic.conclusion().to_string(),
        reasons: traffic.counts(),
        first: first(traffic, &counted),
        tallies: vec![
            ("must", of(Level::Must), Tone::Bad),
            ("should", of(Level::Should), Tone::Doubt),
            ("known", known.len(), Tone::Quiet),
        ],
        facts: facts(traffic),
        sections: sections(traffic, &counted, &known, &filters),
        filters,
    };
    page.render()
}

fn tags(fault: &Fault) -> Tags {
    Tags::new(by_level(fault.level), [fault.operation.as_str()], fault.kind.row().id)
}

/// The first step after this conclusion.
fn first(traffic: &Traffic, counted: &[&Fault]) -> Option<Markup> {
    let trouble = traffic.files.iter().find_map(|file| Some((file, file.trouble.as_ref()?)));
    match (traffic.conclusion(), counted.first()) {
        (Conclusion::DoesNotConform, Some(fault)) => Some(html! {
            p { strong { "Start here: " } a href={ "#" (Card::id(0)) } { (prose(fault.kind.row().title)) } }
            p { (prose(&format!("Expected {}, received {}", fault.expected, fault.received))) }
        }),
        (Conclusion::DoesNotConform, None) => {
            let goal = traffic.missed.first().map(|goal| wording::missed(traffic, *goal));
            let what = goal.or_else(|| traffic.lapsed.first().map(run_wording::lapsed));
            what.map(|what| html! { p { strong { "Start here: " } (prose(&what)) } })
        }
        (Conclusion::NotJudged, _) => Some(match trouble {
            Some((file, why)) => html! { p { strong { "Start here: " } (code(&file.name)) ": " (prose(why)) } },
            None => {
                html! { p { strong { "Start here: " } "no exchange of the contract was found; is this its traffic?" } }
            }
        }),
        (Conclusion::Conforms, _) => None,
    }
}

fn facts(traffic: &Traffic) -> Vec<(&'static str, Markup)> {
    let mut facts = vec![("Contract", code(&traffic.contract)), ("Judged", prose(&wording::judged(traffic)))];
    for (label, kind) in [("Operations seen", CoverageKind::Operations), ("Statuses seen", CoverageKind::Statuses)] {
        facts.extend(seen_of(&traffic.coverage, kind).map(|seen| (label, html! { (seen) })));
    }
    facts
}

fn sections(traffic: &Traffic, counted: &[&Fault], known: &[&Fault], filters: &Filters) -> Vec<Section> {
    let cards = |faults: &[&Fault], before: usize| {
        list(faults, ("finding", "findings"), "cards", |number, fault| {
            card(traffic, fault).render(before + number, filters)
        })
    };
    let findings = html! {
        (shown(counted.len()))
        (cards(counted, 0))
        @if traffic.more_faults > 0 { p.left { "… and " (traffic.more_faults) " more that are not shown" } }
    };
    let missed = list(&traffic.missed, ("kind", "kinds"), "rows", |_, goal| {
        html! { li { p { (prose(&wording::missed(traffic, *goal))) } } }
    });
    let left: Vec<_> = traffic.unjudged.iter().collect();
    let unjudged = list(&left, ("part", "parts"), "rows", |_, (unjudged, count)| {
        html! {
            li {
                p.head { (code(unjudged.place.name())) " " span.note { (run_wording::counted(**count, "time", "times")) } }
                p { (prose(unjudged.why)) }
            }
        }
    });
    let files = list(&traffic.files, ("recording", "recordings"), "rows", |_, file| {
        html! { li { p { (prose(&wording::file(file))) } } }
    });
    let known_cards = html! { (cards(known, counted.len())) (shown(known.len())) };
    let mut sections = vec![
        Section::of("findings", "Findings", counted.len() + traffic.more_faults, findings),
        Section::of("missed", "Coverage not reached", traffic.missed.len(), missed),
        lapsed("Expired or unused known failures", &run_wording::lapsed_lines(&traffic.lapsed)),
        Section::of("known", "Known failures", known.len(), known_cards),
    ];
    let body = matrix(&cells(traffic, counted), &traffic.coverage, filters);
    sections.push(Some(Section { id: "responses", title: "Responses", count: None, body }));
    let body = coverage(&traffic.coverage);
    sections.push(Some(Section { id: "coverage", title: "Coverage of the contract", count: None, body }));
    sections.push(Section::of("not-judged", "Not judged", left.len(), unjudged));
    sections.push(Section::of("sources", "Sources", traffic.files.len(), files));
    sections.into_iter().flatten().collect()
}

fn card(traffic: &Traffic, fault: &Fault) -> Card {
    let mut lines = vec![("at", code(&wording::at(fault)))];
    if !fault.contract.is_empty() {
        lines.push(("contract", code(&wording::contract(traffic, fault))));
    }
    if let Some(known) = &fault.known {
        lines.push(("known", prose(&run_wording::excuse(known))));
    }
    let (named, further) = fault.exchanges.split_at(fault.exchanges.len().min(NAMED));
    let more = fault.count - fault.exchanges.len().min(fault.count);
    lines.push((
        "seen",
        html! {
            ul { @for exchange in named { li { (sighting(exchange)) } } }
            @if !further.is_empty() {
                details {
                    summary { "The next " (further.len()) }
                    ul { @for exchange in further { li { (sighting(exchange)) } } }
                }
            }
            @if more > 0 { p { "and " (run_wording::counted(more, "more time", "more times")) } }
        },
    ));
    let sides = vec![("Expected", prose(&fault.expected)), ("Received", prose(&fault.received))];
    Card {
        tone: if fault.known.is_some() { Tone::Quiet } else { tone_of(fault.level) },
        tags: tags(fault),
        level: fault.level.to_string(),
        id: fault.kind.row().id.to_owned(),
        note: wording::count(fault),
        title: fault.kind.row().title.to_owned(),
        parts: vec![Part { sides, lines, ..Part::default() }],
        advice: Vec::new(),
    }
}

fn sighting(sighting: &Sighting) -> Markup {
    let Sighting { file, entry, earlier, request, status, request_id } = sighting;
    html! {
        (code(file)) " entry " (entry) ": " (code(request))
        @if let Some(status) = status { " " (status) }
        @if let Some(id) = request_id { " " span.note { "request " (code(id)) } }
        @if let Some(earlier) = earlier { " " span.note { "unlike entry " (earlier) } }
    }
}

fn cells(traffic: &Traffic, counted: &[&Fault]) -> Vec<Cell> {
    let cell = |((operation, status), cell): (&(String, u16), &crate::recording::traffic::Cell)| {
        let shows = |fault: &&Fault| {
            fault.operation == *operation && fault.exchanges.iter().any(|exchange| exchange.status == Some(*status))
        };
        let faults = counted.iter().enumerate().filter(|(_, fault)| shows(fault));
        Cell {
            operation: operation.clone(),
            status: *status,
            count: cell.count,
            exchanges: cell.exchanges.iter().map(sighting).collect(),
            faults: faults.map(|(number, fault)| (number, fault.kind.row().id.to_owned())).collect(),
        }
    };
    traffic.cells.iter().map(cell).collect()
}
