//! The page: its conclusion, its sections, and its content security policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::filter::Filters;
use super::finding::labelled;
use super::text::{capital, code, list, plain, prose};
use super::tone::Tone;
use crate::report::wording::run::LapsedLine;

/// The style of every page.
const STYLE: &str = include_str!("style.css");

/// A page, from top to bottom.
pub(super) struct Page {
    /// The command.
    pub(super) command: &'static str,
    pub(super) tone: Tone,
    /// The conclusion in a few words.
    pub(super) conclusion: String,
    /// The basis of the conclusion.
    pub(super) reasons: String,
    /// The first step.
    pub(super) first: Option<Markup>,
    /// The counts, for the bar and in words.
    pub(super) tallies: Vec<(&'static str, usize, Tone)>,
    /// Further facts at the top of the page.
    pub(super) facts: Vec<(&'static str, Markup)>,
    pub(super) filters: Filters,
    pub(super) sections: Vec<Section>,
}

/// A section of the page, with its own heading.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// The number of its items, if it has any to count.
    pub(super) count: Option<usize>,
    pub(super) body: Markup,
}

impl Section {
    /// A section, unless it is empty.
    pub(super) fn of(id: &'static str, title: &'static str, count: usize, body: Markup) -> Option<Self> {
        (count > 0).then_some(Self { id, title, count: Some(count), body })
    }
}

/// The section of lapsed entries, if there are any.
pub(super) fn lapsed(title: &'static str, entries: &[LapsedLine<'_>]) -> Option<Section> {
    let rows = list(entries, ("entry", "entries"), "rows", |_, entry| {
        html! {
            li {
                p.head { span.badge.bad { (entry.lapse) } " " (code(&entry.place())) }
                p { (prose(&entry.what)) }
            }
        }
    });
    Section::of("lapsed", title, entries.len(), rows)
}

impl Page {
    pub(super) fn render(&self) -> String {
        let Self { command, tone, conclusion, reasons, first, tallies, facts, filters, sections } = self;
        let style = STYLE.to_owned() + &filters.style();
        let hash = STANDARD.encode(Sha256::digest(&style));
        let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
        let title = format!("{}: {command}", plain(conclusion));
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    style { (PreEscaped(style)) }
                }
                body {
                    a.skip href="#main" { "Skip to the report" }
                    header class=(tone) {
                        p.tool { (command) }
                        h1 { span.sign aria-hidden="true" { (tone.sign()) } " " (prose(&capital(conclusion))) }
                        @if !reasons.is_empty() { p.reasons { (prose(reasons)) } }
                        @if let Some(first) = first { div.first { (first) } }
                        (bar(tallies))
                        (labelled(facts.iter().map(|(label, text)| (*label, text.clone()))))
                    }
                    div.columns {
                        div.side {
                            nav aria-label="Sections" {
                                ul role="list" {
                                    @for Section { id, title, count, .. } in sections {
                                        li { a href={ "#" (id) } { (title) @if let Some(count) = count { " " span { (count) } } } }
                                    }
                                }
                            }
                            (filters.form())
                        }
                        main #main tabindex="-1" {
                            @for Section { id, title, count, body } in sections {
                                section id=(id) tabindex="-1" aria-labelledby={ "title-" (id) } {
                                    h2 id={ "title-" (id) } { (title) @if let Some(count) = count { " " span { (count) } } }
                                    (body)
                                }
                            }
                            @if sections.is_empty() { p { "Nothing else to report." } }
                        }
                    }
                    footer { p { "zerogate " (env!("CARGO_PKG_VERSION")) } }
                }
            }
        };
        page.into_string() + "\n"
    }
}

/// The counts as a bar, and in words.
fn bar(tallies: &[(&'static str, usize, Tone)]) -> Markup {
    let total: usize = tallies.iter().map(|(_, count, _)| count).sum();
    let mut before = 0;
    // Without the passes, the parts of the bar would have no meaning.
    let has_whole = tallies.iter().any(|(.., tone)| *tone == Tone::Good);
    html! {
        @if has_whole && total > 0 {
            svg viewBox={ "0 0 " (total) " 1" } preserveAspectRatio="none" aria-hidden="true" {
                @for (_, count, tone) in tallies.iter().filter(|(_, count, _)| *count > 0) {
                    rect class=(tone) x=(before) y="0" width=(count) height="1" {}
                    @let () = before += count;
                }
            }
        }
        ul.tallies role="list" {
            @for (label, count, tone) in tallies {
                li class={ @if *count > 0 { (tone) } @else { "none" } } { strong { (count) } " " (label) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use zerogate_contract::{OutputKind, inert};

    use super::*;

    /// Otherwise the written style would differ from the one that the policy allows.
    #[test]
    fn the_style_is_written_as_it_is() {
        assert_eq!(inert(STYLE, OutputKind::Text), STYLE);
        assert!(!STYLE.contains("</") && !STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
