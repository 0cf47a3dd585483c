//! Reports that are a single document, written at the end of the run.

use std::io::{self, Write};

use zerogate_contract::{OutputKind, inert};

use super::record::RunRecord;
use crate::run::event::{Event, Reporter};

/// Renders a document.
pub(super) type Form = fn(&RunRecord) -> io::Result<String>;

/// Receives the finished document.
pub(super) type Taker<'w> = Box<dyn FnOnce(&[u8]) -> io::Result<()> + 'w>;

/// Writes a report as a whole at the end of the run, even if the run was aborted.
pub(super) struct Document<'w> {
    form: Form,
    output: OutputKind,
    record: RunRecord,
    /// Receives the document; taken when it is written.
    taker: Option<Taker<'w>>,
}

impl<'w> Document<'w> {
    pub(super) fn new(form: Form, output: OutputKind, taker: Taker<'w>) -> Self {
        Self { form, output, record: RunRecord::default(), taker: Some(taker) }
    }
}

/// Writes the document to a writer.
pub(super) fn to_writer<'w>(mut writer: impl Write + 'w) -> Taker<'w> {
    Box::new(move |document| {
        writer.write_all(document)?;
        writer.flush()
    })
}

impl Reporter for Document<'_> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        if self.record.take(event)
            && let Some(take) = self.taker.take()
        {
            take(inert(&(self.form)(&self.record)?, self.output).as_bytes())?;
        }
        Ok(())
    }
}
