//! The conclusion alone, for a user who sees none of the reports.

use std::io::Write;

use zerogate_contract::OutputKind;

use super::document::{Document, to_writer};
use super::record::RunRecord;
use crate::run::event::Reporter;

/// Writes the conclusion of a run, in a line. Writes nothing if the run was aborted: its error already says so.
pub fn headline<'w>(writer: impl Write + 'w) -> impl Reporter + 'w {
    let form = |record: &RunRecord| Ok(if record.aborted.is_some() { String::new() } else { record.headline() + "\n" });
    Document::new(form, OutputKind::Text, to_writer(writer))
}
