//! Several reports from one stream of events.

use std::fs::{self, File};
use std::io::{self, LineWriter, Write};
use std::path::{Path, PathBuf};

use super::document::{Document, Taker};
use super::format::{RunFormat, Text};
use super::spec::ReportSpec;
use super::style::Styles;
use crate::recording::traffic::Traffic;
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

/// Reports on recordings, each of which is written as a whole.
#[derive(Default)]
pub struct TrafficReports<'r> {
    reports: Vec<(RunFormat, Styles, Taker<'r>)>,
}

impl<'r> TrafficReports<'r> {
    /// Opens every report that is asked for. One without a path is all of `output`; if there is none, the text report goes
    /// there, unless it goes to a file.
    ///
    /// # Errors
    ///
    /// Two reports would be in each other's way, or a file cannot be created.
    pub fn open(specs: &[ReportSpec], output: impl Write + 'r, styles: Styles) -> Result<Self, ReportsError> {
        refuse_conflicts(specs)?;
        let mut reports = Self::default();
        let text = || RunFormat::all().find(|format| !format.is_document());
        let asked = specs.iter().find(|spec| spec.path.is_none()).map(|spec| spec.format);
        let own = asked.or_else(|| text().filter(|_| specs.iter().all(|spec| spec.format.is_document())));
        if let Some(format) = own {
            reports.reports.push((format, styles, to_writer(output)));
        }
        for spec in specs {
            if let Some(path) = &spec.path {
                let taker = match device(path).map_err(|error| ReportsError::File { spec: spec.clone(), error })? {
                    Some(device) => to_writer(device),
                    None => {
                        let file = replaced(path).map_err(|error| ReportsError::File { spec: spec.clone(), error })?;
                        Box::new(move |document: &[u8]| file.finish(document))
                    }
                };
                reports.reports.push((spec.format, Styles::plain(), taker));
            }
        }
        Ok(reports)
    }

    /// Writes all of them, also if one cannot be written; the first error is told.
    ///
    /// # Errors
    ///
    /// One of them cannot be written.
    pub fn write(self, traffic: &Traffic) -> io::Result<()> {
        let mut done = Ok(());
        for (format, styles, take) in self.reports {
            done = done.and(format.traffic(traffic, styles).and_then(|report| take(report.as_bytes())));
        }
        done
    }
}

fn to_writer<'w>(mut writer: impl Write + 'w) -> Taker<'w> {
    Box::new(move |document| {
        writer.write_all(document)?;
        writer.flush()
    })
}

/// A pipe or a device is written to: no file could take its place. `/dev/stdout` may be a file, and is not replaced either.
fn device(path: &Path) -> io::Result<Option<File>> {
    let is_device =
        fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) || path.starts_with("/dev");
    if is_device { File::options().append(true).open(path).map(Some) } else { Ok(None) }
}

/// A file that takes the place of what is there. What may not be written to is not replaced, though the folder may allow it.
fn replaced(path: &Path) -> io::Result<Replacement> {
    if fs::metadata(path).is_ok() {
        File::options().append(true).open(path)?;
    }
    Replacement::begin(path)
}

fn in_file(format: RunFormat, path: &Path) -> io::Result<Box<dyn Reporter>> {
    if let Some(device) = device(path)? {
        return Ok(format.reporter(LineWriter::new(device), Styles::plain()));
    }
    match format.form() {
        Some((form, output)) => Ok(Box::new(Document::in_place(form, output, replaced(path)?))),
        None => Ok(format.reporter(LineWriter::new(File::create(path)?), Styles::plain())),
    }
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
