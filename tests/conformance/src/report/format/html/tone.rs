//! Good, bad, or in between.

use maud::{Markup, Render, html};

/// How a part of the page rates its subject, as a CSS class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Doubt,
    Quiet,
}

impl Tone {
    /// Its symbol, for readers who do not see the colours.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✕",
            Self::Doubt => "?",
            Self::Quiet => "–",
        }
    }
}

impl Render for Tone {
    fn render(&self) -> Markup {
        html! {
            (match self {
                Self::Good => "good",
                Self::Bad => "bad",
                Self::Doubt => "doubt",
                Self::Quiet => "quiet",
            })
        }
    }
}
