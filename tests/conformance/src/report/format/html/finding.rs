//! A finding or a change, as a card.

use maud::{Markup, html};

use super::filter::{Filters, Tags};
use super::text::{code, prose};
use super::tone::Tone;

/// A card.
pub(super) struct Card {
    pub(super) tone: Tone,
    pub(super) tags: Tags,
    /// The text of the badge.
    pub(super) level: String,
    /// The rule or the kind.
    pub(super) id: String,
    /// The text next to the id: the operation and the count.
    pub(super) note: String,
    pub(super) title: String,
    /// The findings.
    pub(super) parts: Vec<Part>,
    /// Explanation and advice, label by label.
    pub(super) advice: Vec<(&'static str, String)>,
}

/// One finding of a card: two sides, and the details.
#[derive(Default)]
pub(super) struct Part {
    pub(super) sides: Vec<(&'static str, Markup)>,
    pub(super) lines: Vec<(&'static str, Markup)>,
    /// Lines of code that were added or removed.
    pub(super) source: Vec<String>,
    /// The command line that reproduces it.
    pub(super) again: Option<String>,
}

impl Card {
    /// The id of its anchor.
    pub(super) fn id(number: usize) -> String {
        format!("f{number}")
    }

    pub(super) fn render(&self, number: usize, filters: &Filters) -> Markup {
        let Self { tone, tags, level, id, note, title, parts, advice } = self;
        html! {
            li class={ "card " (tone) " " (filters.classes(tags)) } id=(Self::id(number)) tabindex="-1" {
                p.head {
                    span class={ "badge " (tone) } { (level) } " " (code(id))
                    @if !note.is_empty() { " " span.note { (prose(note)) } }
                }
                h3 { (prose(title)) }
                @for part in parts { (part.render()) }
                @if !advice.is_empty() { (labelled(advice.iter().map(|(label, text)| (*label, prose(text))))) }
            }
        }
    }
}

impl Part {
    fn render(&self) -> Markup {
        html! {
            @if !self.sides.is_empty() {
                div.sides { @for (label, text) in &self.sides { div { h4 { (label) } div.text { (text) } } } }
            }
            (labelled(self.lines.iter().map(|(label, text)| (*label, text.clone()))))
            @if !self.source.is_empty() { pre tabindex="0" { code { @for line in &self.source { (line) "\n" } } } }
            @if let Some(again) = &self.again { details { summary { "Send it again" } (command(again)) } }
        }
    }
}

/// A command line to copy.
pub(super) fn command(line: &str) -> Markup {
    html! { pre.command tabindex="0" { code { (line) } } }
}

/// Texts with their labels.
pub(super) fn labelled<'l>(lines: impl Iterator<Item = (&'l str, Markup)>) -> Markup {
    let lines: Vec<_> = lines.collect();
    html! {
        @if !lines.is_empty() { dl { @for (label, text) in lines { div { dt { (label) } dd { (text) } } } } }
    }
}
