//! The options for reports.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;

use super::failure::{Failure, tell};
use super::output::Output;
use super::progress::Progress;
use crate::recording::traffic::Traffic;
use crate::replacement::one_name;
use crate::report::{self, Format, ReportSpec, Reports, ReportsError, RunWriter, TrafficReports, Writer};

/// The help text on paths, as separate lines.
const PATHS: &str = "\
Without PATH the report goes to standard output, in place of the text. If the text goes to a file or is replaced, the \
conclusion goes to standard error. A file is written whole when the run is over; text is written line by line.";

/// The report options.
#[derive(Args, Default)]
pub(super) struct ReportArgs {
    #[arg(long = "report", value_name = "FORMAT[:PATH]", help = help::<RunWriter>(), long_help = long_help::<RunWriter>(PATHS))]
    specs: Vec<ReportSpec>,

    /// Write only the requested reports: no text, no conclusion, no progress
    #[arg(short, long)]
    quiet: bool,

    /// Print the JSON Schema of --report json, and exit
    #[arg(long, exclusive = true)]
    pub(super) schema: bool,
}

impl ReportArgs {
    /// Refuses a report that would overwrite an input of the run.
    pub(super) fn spare(&self, input: Option<&Path>) -> Result<(), Failure> {
        spare(&self.specs, input)
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether the text report goes to standard output.
    fn is_text_shown(&self) -> bool {
        let has_text = |spec: &ReportSpec| spec.path.is_none() && !spec.format.is_document();
        let is_elsewhere = self.specs.iter().any(|spec| spec.path.is_none() || !spec.format.is_document());
        !is_elsewhere || self.specs.iter().any(has_text)
    }

    /// Opens the reports on recordings, so that an unwritable file is refused before anything is read.
    pub(super) fn open_traffic<'o>(&self, output: &'o mut Output) -> Result<TrafficReports<'o>, Failure> {
        let styles = output.styles();
        TrafficReports::open(&self.specs, self.writer(output), styles).map_err(|error| refused(&error))
    }

    /// Writes the reports on recordings, and returns the matching exit code.
    pub(super) fn finish(&self, reports: TrafficReports<'_>, traffic: &Traffic) -> Result<u8, Failure> {
        reports.write(traffic)?;
        for file in &traffic.files {
            if let Some(trouble) = &file.trouble {
                tell("error", &format!("{}: {trouble}", file.name));
            }
        }
        self.conclude(&traffic.headline());
        Ok(traffic.exit_code())
    }

    /// Prints the conclusion, for a user who sees none of the reports.
    pub(super) fn conclude(&self, headline: &str) {
        if !self.quiet && !self.is_text_shown() {
            // Nothing can be reported if this fails.
            let _ = writeln!(io::stderr(), "{headline}");
        }
    }

    /// Standard output, or a sink if `--quiet` is set and no report goes there.
    fn writer<'o>(&self, output: &'o mut Output) -> Box<dyn Write + 'o> {
        let is_asked_for = self.specs.iter().any(|spec| spec.path.is_none());
        if self.quiet && !is_asked_for { Box::new(io::sink()) } else { Box::new(output.for_reports()) }
    }

    /// Opens the reports, so that an unwritable file is refused before anything is sent.
    pub(super) fn open<'o>(&self, output: &'o mut Output) -> Result<Progress<Reports<'o>>, Failure> {
        let styles = output.styles();
        let output = self.writer(output);
        let mut reports = Reports::open(&self.specs, output, styles).map_err(|error| refused(&error))?;
        if !self.quiet && !self.is_text_shown() {
            reports.push(report::headline(io::stderr()));
        }
        Ok(Progress::new(reports, self.quiet))
    }
}

/// Refuses a report that would overwrite an input of the run.
pub(super) fn spare<W>(specs: &[ReportSpec<W>], input: Option<&Path>) -> Result<(), Failure> {
    let Some(place) = input.map(one_name) else { return Ok(()) };
    let mut paths = specs.iter().filter_map(|spec| spec.path.as_deref());
    match paths.find(|path| one_name(path) == place) {
        Some(path) => Err(Failure::usage(format!(
            "--report: {}: this file is an input of the run; write the report to another file",
            path.display()
        ))),
        None => Ok(()),
    }
}

/// The help text on the formats of a command.
pub(super) fn help<W: Writer>() -> String {
    let names: Vec<&str> = Format::<W>::all().map(|format| format.name()).collect();
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    format!("Write a report: {} or {last}; can be repeated", others.join(", "))
}

/// The long help text: also the purpose of each format, and the text on paths.
pub(super) fn long_help<W: Writer>(paths: &str) -> String {
    let formats = Format::<W>::all().map(|format| format!("- {}: {}\n", format.name(), format.help()));
    format!("{}\n\n{}\n{paths}", help::<W>(), formats.collect::<String>())
}

pub(super) fn refused(error: &ReportsError) -> Failure {
    Failure::usage(format!("--report: {error}"))
}
