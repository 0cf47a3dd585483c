//! Reports that are a single document, written at the end of the run.

use std::io::{self, Write};

use zerogate_contract::{OutputKind, inert};

use super::record::RunRecord;
use crate::replacement::Replacement;
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
    pub(super) fn new(form: Form, output: OutputKind, mut writer: impl Write + 'w) -> Self {
        Self::taken_by(form, output, move |document| {
            writer.write_all(document)?;
            writer.flush()
        })
    }

    /// A document that replaces a file atomically: no reader sees half of it.
    pub(super) fn in_place(form: Form, output: OutputKind, file: Replacement) -> Self {
        Self::taken_by(form, output, move |document| file.finish(document))
    }

    fn taken_by(form: Form, output: OutputKind, taker: impl FnOnce(&[u8]) -> io::Result<()> + 'w) -> Self {
        Self { form, output, record: RunRecord::default(), taker: Some(Box::new(taker)) }
    }
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
