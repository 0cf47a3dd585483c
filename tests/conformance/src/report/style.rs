//! The style of text reports on a terminal.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use textwrap::{Options as Wrap, WordSplitter};
use zerogate_contract::OutputKind;

use crate::run::summary::Conclusion;

/// The maximum width of running text.
const WIDTH: usize = 120;

/// The styles of a text report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Styles {
    pub(super) good: Style,
    pub(super) bad: Style,
    pub(super) doubtful: Style,
    pub(super) quiet: Style,
    pub(super) heading: Style,
}

impl Styles {
    /// No styles.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// Colours for a terminal.
    #[must_use]
    pub fn coloured() -> Self {
        Self {
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default().bold(),
            doubtful: AnsiColor::Yellow.on_default(),
            quiet: Style::new().dimmed(),
            heading: Style::new().bold(),
        }
    }

    /// The style of a conclusion.
    pub(super) fn of(self, conclusion: Conclusion) -> Style {
        match conclusion {
            Conclusion::Conforms => self.good,
            Conclusion::DoesNotConform => self.bad,
            Conclusion::NotJudged => self.doubtful,
        }
    }

    /// The kind of output with these styles.
    pub(crate) fn output(self) -> OutputKind {
        if self == Self::plain() { OutputKind::Text } else { OutputKind::Styled }
    }
}

/// Text in a style.
pub(super) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Running text after `start`, with further lines aligned below the first.
pub(super) fn wrapped(start: &str, text: &str) -> String {
    let rest = " ".repeat(start.len());
    let wrap = Wrap::new(WIDTH).initial_indent(start).subsequent_indent(&rest).break_words(false);
    // Do not split a header's name.
    textwrap::fill(text, wrap.word_splitter(WordSplitter::NoHyphenation))
}
