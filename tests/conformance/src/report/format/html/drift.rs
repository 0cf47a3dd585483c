//! The report on a comparison.

use maud::{Markup, html};
use zerogate_drift::{Change, Place};

use super::filter::{Filters, Tags, shown};
use super::finding::{Card, Part};
use super::page::{Page, Section, lapsed};
use super::text::{capital, code, list, prose};
use super::tone::Tone;
use crate::contracts::comparison::{Compared, Comparison, Side};
use crate::evidence::body;
use crate::report::wording::drift::{self as wording, Gravity};

pub(in crate::report) fn drift(comparison: &Comparison) -> String {
    let mut changes: Vec<&Compared> = comparison.changes.iter().collect();
    changes.sort_by_key(|compared| Gravity::of(compared));
    let tags: Vec<Tags> = changes.iter().map(|compared| tags(compared)).collect();
    let gravest = comparison.counted().map(Gravity::of).min();
    let filters = Filters::of(tags.iter());
    let page = Page {
        command: "zerogate diff",
        tone: gravest.map_or(Tone::Good, tone),
        conclusion: conclusion(comparison, gravest),
        reasons: reasons(comparison),
        first: first(&changes),
        tallies: Gravity::ALL
            .into_iter()
            .map(|gravity| (gravity.name(), of(&changes, gravity), tone(gravity)))
            .collect(),
        facts: facts(comparison),
        sections: sections(comparison, &changes, &filters),
        filters,
    };
    page.render()
}

fn of(changes: &[&Compared], gravity: Gravity) -> usize {
    changes.iter().filter(|compared| Gravity::of(compared) == gravity).count()
}

fn tone(gravity: Gravity) -> Tone {
    match gravity {
        Gravity::Breaking => Tone::Bad,
        Gravity::Risky => Tone::Doubt,
        Gravity::Compatible | Gravity::Version | Gravity::Descriptions => Tone::Good,
        Gravity::Ignored => Tone::Quiet,
    }
}

fn tags(compared: &Compared) -> Tags {
    let change = &compared.change;
    let gravity = Gravity::of(compared);
    Tags::new((gravity as usize, gravity.name()), change.operations(), change.id)
}

fn conclusion(comparison: &Comparison, gravest: Option<Gravity>) -> String {
    match gravest {
        None if comparison.changes.is_empty() => wording::nothing(comparison).to_owned(),
        None => "every change is ignored".to_owned(),
        Some(Gravity::Breaking) => "breaking changes".to_owned(),
        Some(Gravity::Risky) => "risky changes".to_owned(),
        Some(Gravity::Descriptions) => "only descriptions changed".to_owned(),
        Some(Gravity::Version) => "only the version of the contract changed".to_owned(),
        Some(Gravity::Compatible | Gravity::Ignored) => "compatible changes".to_owned(),
    }
}

fn reasons(comparison: &Comparison) -> String {
    if comparison.changes.is_empty() {
        return String::new();
    }
    let bump = wording::bump(comparison, |bump| bump.to_string());
    let said = [Some(wording::overall(comparison, str::to_owned)), Some(wording::suite(comparison)), bump];
    said.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The advice where to start.
fn first(changes: &[&Compared]) -> Option<Markup> {
    let Compared { change, .. } = changes.first()?;
    let grave = matches!(Gravity::of(changes.first()?), Gravity::Breaking | Gravity::Risky);
    grave.then(|| html! { p { strong { "Start here: " } a href={ "#" (Card::id(0)) } { (prose(&capital(&change.message))) } } })
}

fn facts(comparison: &Comparison) -> Vec<(&'static str, Markup)> {
    let mut facts = vec![("Old", code(&comparison.old.name)), ("New", code(&comparison.new.name))];
    facts.extend(wording::notes(comparison).into_iter().map(|note| ("Note", prose(&note))));
    facts
}

fn sections(comparison: &Comparison, changes: &[&Compared], filters: &Filters) -> Vec<Section> {
    let cards = list(changes, ("change", "changes"), "cards", |number, compared| {
        card(comparison, compared).render(number, filters)
    });
    let sections = [
        lapsed("Expired or unused ignored changes", &wording::lapsed_lines(&comparison.lapsed)),
        Section::of("changes", "Changes", changes.len(), html! { (cards) (shown(changes.len())) }),
    ];
    sections.into_iter().flatten().collect()
}

fn card(comparison: &Comparison, compared: &Compared) -> Card {
    let Compared { change, suite, ignored, sunset } = compared;
    let Change { id, message, lines: source, .. } = change;
    let (old, new) =
        if comparison.provider { ("The contract", "The server's document") } else { ("Old contract", "New contract") };
    let mut lines = Vec::new();
    let mut line = |label, text: String| {
        if !text.is_empty() {
            lines.push((label, prose(&text)));
        }
    };
    line("so", wording::meaning(comparison, change).unwrap_or_default().to_owned());
    line("reaches", wording::reaches(comparison, change));
    line("rules", wording::rules(suite));
    line("sunset", sunset.as_ref().map(wording::sunset).unwrap_or_default());
    let excuse = ignored.as_ref().map(|entry| format!("{} (until {})", body::one_line(&entry.reason), entry.expires));
    line("ignored", excuse.unwrap_or_default());
    let gravity = Gravity::of(compared);
    Card {
        tone: tone(gravity),
        tags: tags(compared),
        level: gravity.name().to_owned(),
        id: (*id).to_owned(),
        note: wording::verdict(comparison, change),
        title: capital(message),
        parts: vec![Part {
            sides: vec![
                (old, place(&comparison.old, change.old.as_ref())),
                (new, place(&comparison.new, change.new.as_ref())),
            ],
            lines,
            source: source.iter().map(|line| body::one_line(line)).collect(),
            again: None,
        }],
        advice: Vec::new(),
    }
}

/// The place of a change in one of the contracts, if it has one there.
fn place(side: &Side, place: Option<&Place>) -> Markup {
    html! {
        @match place {
            Some(place) => { p { (code(&wording::location(side, place))) } p { (code(&place.pointer)) } },
            None => p { "not in this contract" },
        }
    }
}
