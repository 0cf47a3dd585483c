//! The conclusion alone, for a person who sees none of the reports.

use std::io::{self, Write};

use super::wording::run as wording;
use crate::run::event::{Event, Reporter};

/// Writes the conclusion of a run, in a line. Of a run that came to nothing it writes nothing: its error says so.
pub struct Headline<W> {
    writer: W,
}

impl<W: Write> Headline<W> {
    /// A conclusion that is written to `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }
}

impl<W: Write> Reporter for Headline<W> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunFinished { summary, fail_on } = event {
            let reasons = wording::reasons(summary, *fail_on);
            writeln!(self.writer, "{}: {reasons}", summary.conclusion(*fail_on))?;
        }
        Ok(())
    }
}
