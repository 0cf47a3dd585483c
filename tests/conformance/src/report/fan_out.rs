//! Several reports from one stream of events.

use std::fs::{self, File};
use std::io::{self, LineWriter, Write};
use std::path::Path;

use super::document::{Document, Taker, to_writer};
use super::format::{DriftWriter, Format, RunFormat, RunWriter, Text, Writer};
use super::spec::ReportSpec;
use super::style::Styles;
use crate::contracts::comparison::Comparison;
use crate::grade::Grades;
use crate::recording::traffic::Traffic;
use crate::replacement::{Replacement, Rewritten, one_name};
use crate::run::event::{Event, Reporter};

/// Passes every event to each of its reports.
#[derive(Default)]
pub struct Reports<'r> {
    reports: Vec<Box<dyn Reporter + 'r>>,
}

/// An error while opening reports.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportsError {
    /// Two reports would both go to standard output.
    #[error("`{0}` and `{1}` both go to standard output; give one of them a path, as FORMAT:PATH")]
    OneOutput(String, String),
    /// Two reports would go to the same file.
    #[error("`{0}` and `{1}` write to the same file; give each report its own")]
    OneFile(String, String),
    /// A file cannot be created.
    #[error("`{spec}` cannot be written: {error}")]
    File {
        /// The report, as it was asked for.
        spec: String,
        /// Why.
        error: io::Error,
    },
}

impl<'r> Reports<'r> {
    /// Opens every requested report. A report without a path goes to `output`. If there is none, the text report goes
    /// there, unless it goes to a file.
    ///
    /// The text report is written line by line; any other file is replaced as a whole at the end of the run. Until
    /// there is something to write, a file keeps what is in it.
    ///
    /// # Errors
    ///
    /// If two reports have the same destination, or if a file cannot be created.
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
                reports.reports.push(report.map_err(|error| ReportsError::File { spec: spec.to_string(), error })?);
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
    /// Passes the event to every report, even if another one fails; returns the first error.
    fn report(&mut self, event: &Event) -> io::Result<()> {
        let mut done = Ok(());
        for report in &mut self.reports {
            done = done.and(report.report(event));
        }
        done
    }
}

/// Reports that are each written as a whole.
pub struct WholeReports<'r, W>(Vec<Opened<'r, W>>);

/// Reports on recordings or on a client.
pub type TrafficReports<'r> = WholeReports<'r, RunWriter>;

/// Reports on a comparison.
pub type DriftReports<'r> = WholeReports<'r, DriftWriter>;

/// A report and its destination.
struct Opened<'r, W> {
    format: Format<W>,
    styles: Styles,
    taker: Taker<'r>,
}

impl<'r, W: Writer> WholeReports<'r, W> {
    /// Opens every requested report. A report without a path goes to `output`. If there is none, the text report goes
    /// there, unless it goes to a file.
    ///
    /// # Errors
    ///
    /// If two reports have the same destination, or if a file cannot be created.
    pub fn open(specs: &[ReportSpec<W>], output: impl Write + 'r, styles: Styles) -> Result<Self, ReportsError> {
        refuse_conflicts(specs)?;
        let asked = specs.iter().find(|spec| spec.path.is_none()).map(|spec| spec.format);
        let text = || Format::all().find(Format::is_text).filter(|_| !specs.iter().any(|spec| spec.format.is_text()));
        let own = asked.or_else(text).map(|format| Opened { format, styles, taker: to_writer(output) });
        let in_files = specs.iter().filter_map(|spec| Some((spec, spec.path.as_ref()?))).map(|(spec, path)| {
            let taker = whole(path).map_err(|error| ReportsError::File { spec: spec.to_string(), error })?;
            Ok(Opened { format: spec.format, styles: Styles::plain(), taker })
        });
        Ok(Self(own.map(Ok).into_iter().chain(in_files).collect::<Result<_, _>>()?))
    }

    fn written(self, render: impl Fn(Format<W>, Styles) -> io::Result<String>) -> io::Result<()> {
        let mut done = Ok(());
        for Opened { format, styles, taker } in self.0 {
            done = done.and(render(format, styles).and_then(|report| taker(report.as_bytes())));
        }
        done
    }
}

impl TrafficReports<'_> {
    /// Writes all reports, even if one fails; returns the first error.
    ///
    /// # Errors
    ///
    /// If one of them cannot be written.
    pub fn write(self, traffic: &Traffic) -> io::Result<()> {
        self.written(|format, styles| format.traffic(traffic, styles))
    }

    /// Writes all reports on a client, even if one fails; returns the first error.
    ///
    /// # Errors
    ///
    /// If one of them cannot be written.
    pub fn write_grades(self, grades: &Grades) -> io::Result<()> {
        self.written(|format, styles| format.grade(grades, styles))
    }
}

impl DriftReports<'_> {
    /// Writes all reports, even if one fails; returns the first error.
    ///
    /// # Errors
    ///
    /// If one of them cannot be written.
    pub fn write(self, comparison: &Comparison) -> io::Result<()> {
        self.written(|format, styles| format.drift(comparison, styles))
    }
}

/// Writes a document to a path.
fn whole(path: &Path) -> io::Result<Taker<'static>> {
    Ok(match device(path)? {
        Some(device) => to_writer(device),
        None => {
            let file = Replacement::begin(path)?;
            Box::new(move |document: &[u8]| file.finish(document))
        }
    })
}

/// Opens a pipe or a device for writing, since a file must not replace it. `/dev/stdout` may be a file, and is not
/// replaced either.
fn device(path: &Path) -> io::Result<Option<File>> {
    let is_device =
        fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) || path.starts_with("/dev");
    if is_device { File::options().append(true).open(path).map(Some) } else { Ok(None) }
}

fn in_file(format: RunFormat, path: &Path) -> io::Result<Box<dyn Reporter>> {
    if let Some((form, output)) = format.form() {
        return Ok(Box::new(Document::new(form, output, whole(path)?)));
    }
    Ok(match device(path)? {
        Some(device) => format.reporter(LineWriter::new(device), Styles::plain()),
        None => format.reporter(LineWriter::new(Rewritten::begin(path)?), Styles::plain()),
    })
}

fn refuse_conflicts<W>(specs: &[ReportSpec<W>]) -> Result<(), ReportsError> {
    for (index, spec) in specs.iter().enumerate() {
        let file = spec.path.as_deref().map(one_name);
        let same = |first: &&ReportSpec<W>| first.path.as_deref().map(one_name) == file;
        if let Some(first) = specs.iter().take(index).find(same) {
            let conflict = if file.is_none() { ReportsError::OneOutput } else { ReportsError::OneFile };
            return Err(conflict(first.to_string(), spec.to_string()));
        }
    }
    Ok(())
}
