//! Several reports from one stream of events.

use std::fs::{self, File};
use std::io::{self, LineWriter, Write};
use std::path::{Path, PathBuf};

use super::document::Document;
use super::format::{RunFormat, Text};
use super::spec::ReportSpec;
use super::style::Styles;
use crate::replacement::Replacement;
use crate::run::event::{Event, Reporter};

/// Hands every event to each of its reports.
#[derive(Default)]
pub struct Reports<'r> {
    reports: Vec<Box<dyn Reporter + 'r>>,
}

/// Reports that cannot be written as they are asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportsError {
    /// Two of them would be all of standard output.
    #[error("`{0}` and `{1}` both go to standard output; give one of them a path, as FORMAT:PATH")]
    OneOutput(ReportSpec, ReportSpec),
    /// Two of them would be one file.
    #[error("`{0}` and `{1}` are one file; give each report its own")]
    OneFile(ReportSpec, ReportSpec),
    /// A file cannot be created.
    #[error("`{spec}` cannot be written: {error}")]
    File {
        /// The report.
        spec: ReportSpec,
        /// Why.
        error: io::Error,
    },
}

impl<'r> Reports<'r> {
    /// Opens every report that is asked for. One without a path is all of `output`; if there is none, the text report goes
    /// there, unless it goes to a file.
    ///
    /// The text report is written line by line; any other file takes its place when the run is over, as a whole.
    ///
    /// # Errors
    ///
    /// Two reports would be in each other's way, or a file cannot be created.
    pub fn open(specs: &[ReportSpec], output: impl Write + 'r, styles: Styles) -> Result<Self, ReportsError> {
        refuse_conflicts(specs)?;
        let mut reports = Self::default();
        match specs.iter().find(|spec| spec.path.is_none()) {
            Some(spec) => reports.reports.push(spec.format.reporter(output, styles)),
            None if specs.iter().all(|spec| spec.format.is_document()) => reports.push(Text::new(output, styles)),
            None => {}
        }
        for spec in specs {
            if let Some(path) = &spec.path {
                let report = in_file(spec.format, path);
                reports.reports.push(report.map_err(|error| ReportsError::File { spec: spec.clone(), error })?);
            }
        }
        Ok(reports)
    }

    /// Adds a report.
    pub fn push(&mut self, report: impl Reporter + 'r) {
        self.reports.push(Box::new(report));
    }
}

impl Reporter for Reports<'_> {
    /// Every report gets the event, also if another cannot be written; the first error is told.
    fn report(&mut self, event: &Event) -> io::Result<()> {
        let mut done = Ok(());
        for report in &mut self.reports {
            done = done.and(report.report(event));
        }
        done
    }
}

fn in_file(format: RunFormat, path: &Path) -> io::Result<Box<dyn Reporter>> {
    let is_there = fs::metadata(path);
    // A pipe or a device is written to: no file could take its place. `/dev/stdout` may be a file, and is not replaced either.
    let is_device =
        is_there.as_ref().is_ok_and(|there| !there.is_file() && !there.is_dir()) || path.starts_with("/dev");
    let existing = || File::options().append(true).open(path);
    if let (Some((form, output)), false) = (format.form(), is_device) {
        // What may not be written to is not replaced either, though the folder may allow it.
        if is_there.is_ok() {
            existing()?;
        }
        return Ok(Box::new(Document::in_place(form, output, Replacement::begin(path)?)));
    }
    let file = if is_device { existing() } else { File::create(path) }?;
    Ok(format.reporter(LineWriter::new(file), Styles::plain()))
}

fn refuse_conflicts(specs: &[ReportSpec]) -> Result<(), ReportsError> {
    for (index, spec) in specs.iter().enumerate() {
        let file = spec.path.as_deref().map(one_name);
        let same = |first: &&ReportSpec| first.path.as_deref().map(one_name) == file;
        if let Some(first) = specs.iter().take(index).find(same) {
            let conflict = if file.is_none() { ReportsError::OneOutput } else { ReportsError::OneFile };
            return Err(conflict(first.clone(), spec.clone()));
        }
    }
    Ok(())
}

/// One name of a file that may have several and need not be there yet.
fn one_name(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match (fs::canonicalize(folder), path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_path_buf(),
        }
    })
}
