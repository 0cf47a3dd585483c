//! Something that is wrong or has changed, as a card.

use maud::{Markup, html};

use super::filter::{Filters, Tags};
use super::text::{Tone, code, prose};

/// A card.
pub(super) struct Card {
    pub(super) tone: Tone,
    pub(super) tags: Tags,
    /// What the badge says.
    pub(super) level: String,
    /// The rule or the kind.
    pub(super) id: String,
    /// Beside the id: the operation, how often.
    pub(super) note: String,
    pub(super) title: String,
    /// What is wrong, each on its own.
    pub(super) parts: Vec<Part>,
    /// What to know and to do about it, label by label.
    pub(super) advice: Vec<(&'static str, String)>,
}

/// One thing of a card: two sides, and what there is to know of them.
#[derive(Default)]
pub(super) struct Part {
    pub(super) sides: Vec<(&'static str, Markup)>,
    pub(super) lines: Vec<(&'static str, Markup)>,
    /// Lines of code that were added or are gone.
    pub(super) source: Vec<String>,
    /// The command line that shows it again.
    pub(super) again: Option<String>,
}

impl Card {
    /// Where it can be led to.
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

/// A command line, to be copied whole.
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
