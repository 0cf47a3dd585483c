//! The conclusion alone, for a person who sees none of the reports.

use std::io::Write;

use super::document::Document;
use crate::run::event::Reporter;

/// Writes the conclusion of a run, in a line. Of a run that came to nothing it writes nothing: its error says so.
pub fn headline<'w>(writer: impl Write + 'w) -> impl Reporter + 'w {
    Document::new(|record| Ok(if record.aborted.is_some() { String::new() } else { record.headline() + "\n" }), writer)
}
