//! Reports that are one document, which is written when everything is known.

use std::io::{self, Write};

use super::record::Told;
use super::{github, json, junit, markdown};
use crate::replacement::Replacement;
use crate::run::event::{Event, Reporter};

/// How a document is made.
pub(super) type Form = fn(&Told) -> io::Result<String>;

type Taker<'w> = Box<dyn FnOnce(&[u8]) -> io::Result<()> + 'w>;

/// Writes a report as a whole at the end of the run, also of one that came to nothing.
pub struct Document<'w> {
    form: Form,
    told: Told,
    /// What takes the document, until it was taken.
    taker: Option<Taker<'w>>,
}

impl<'w> Document<'w> {
    /// For a program: one JSON object, as [`schema`](super::schema) describes it.
    pub fn json(writer: impl Write + 'w) -> Self {
        Self::new(json::text, writer)
    }

    /// For a CI server: JUnit's XML, with a suite an operation.
    ///
    /// A known failure is a skipped case with its reason, a lapsed entry of the list of known failures a failed one. JUnit
    /// has no levels: a broken `should` is a failure there, whether it counts or not.
    pub fn junit(writer: impl Write + 'w) -> Self {
        Self::new(junit::text, writer)
    }

    /// For a job summary on GitHub, or another reader of Markdown.
    pub fn markdown(writer: impl Write + 'w) -> Self {
        Self::new(markdown::text, writer)
    }

    /// For GitHub Actions: workflow commands, which become annotations.
    pub fn github(writer: impl Write + 'w) -> Self {
        Self::new(github::text, writer)
    }

    pub(super) fn new(form: Form, mut writer: impl Write + 'w) -> Self {
        Self::taken_by(form, move |document| {
            writer.write_all(document)?;
            writer.flush()
        })
    }

    /// A document that takes the place of a file: nobody finds half of it there.
    pub(super) fn in_place(form: Form, file: Replacement) -> Self {
        Self::taken_by(form, move |document| file.finish(document))
    }

    fn taken_by(form: Form, taker: impl FnOnce(&[u8]) -> io::Result<()> + 'w) -> Self {
        Self { form, told: Told::default(), taker: Some(Box::new(taker)) }
    }
}

impl Reporter for Document<'_> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        if self.told.take(event)
            && let Some(take) = self.taker.take()
        {
            take((self.form)(&self.told)?.as_bytes())?;
        }
        Ok(())
    }
}
