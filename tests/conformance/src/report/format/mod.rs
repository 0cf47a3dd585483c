//! The formats of reports: one table for `conform`, `diff`, `check` and `grade`.
//!
//! Each format has its own module, which escapes untrusted text for that format. Each also names the reader of its
//! output, so that untrusted text cannot contain a command for that reader.

mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod text;

use std::io::{self, Write};
use std::str::FromStr;

pub use json::{drift_schema, grade_schema, run_schema, traffic_schema};
pub use text::Text;
use zerogate_contract::{Document as ContractDocument, OutputKind, inert};
use zerogate_generate::Lowered;

use super::document::{Document, Form, to_writer};
use super::inert::Inert;
use super::style::Styles;
use crate::contracts::comparison::Comparison;
use crate::evidence::body;
use crate::grade::Grades;
use crate::recording::traffic::Traffic;
use crate::run::event::Reporter;

/// One format and its writers. A command whose column is `None` does not offer the format.
#[derive(Debug)]
pub struct Row {
    name: &'static str,
    help: &'static str,
    /// The reader of the output, if it has no styles.
    output: OutputKind,
    /// `conform --report`
    run: Option<RunWriter>,
    /// `diff --report`
    drift: Option<DriftWriter>,
    /// `check --report`
    traffic: TrafficWriter,
    /// `grade --report`
    grade: GradeWriter,
}

/// Every format, the default first. Options, help, messages and tests take their formats from here.
static TABLE: [Row; 6] = [
    Row {
        name: "text",
        help: "For a person at a terminal",
        output: OutputKind::Text,
        run: Some(RunWriter::Lines(|writer, styles| Box::new(Text::new(writer, styles)))),
        drift: Some(text::drift),
        traffic: |traffic, styles| Ok(text::traffic(traffic, styles)),
        grade: |grades, styles| Ok(text::grade(grades, styles)),
    },
    Row {
        name: "json",
        help: "For a program; --schema describes it",
        output: OutputKind::Json,
        run: Some(RunWriter::Document(json::run)),
        drift: Some(|comparison, _| json::drift(comparison)),
        traffic: |traffic, _| json::traffic(traffic),
        grade: |grades, _| json::grade(grades),
    },
    Row {
        name: "junit",
        help: "For a CI server",
        output: OutputKind::Text,
        run: Some(RunWriter::Document(junit::run)),
        drift: None,
        traffic: |traffic, _| junit::traffic(traffic),
        grade: |grades, _| junit::grade(grades),
    },
    Row {
        name: "markdown",
        help: "For a comment on a pull request",
        output: OutputKind::Text,
        run: Some(RunWriter::Document(markdown::run)),
        drift: Some(|comparison, _| markdown::drift(comparison)),
        traffic: |traffic, _| Ok(markdown::traffic(traffic)),
        grade: |grades, _| Ok(markdown::grade(grades)),
    },
    Row {
        name: "github",
        help: "For GitHub Actions, as annotations",
        output: OutputKind::Commands,
        run: Some(RunWriter::Document(github::run)),
        drift: Some(|comparison, _| Ok(github::drift(comparison))),
        traffic: |traffic, _| Ok(github::traffic(traffic)),
        grade: |grades, _| Ok(github::grade(grades)),
    },
    Row {
        name: "html",
        help: "For a browser: one file, without scripts",
        output: OutputKind::Text,
        run: Some(RunWriter::Document(html::run)),
        drift: Some(|comparison, _| Ok(html::drift(comparison))),
        traffic: |traffic, _| Ok(html::traffic(traffic)),
        grade: |grades, _| Ok(html::grade(grades)),
    },
];

/// A format of reports on runs.
pub type RunFormat = Format<RunWriter>;

/// A format of reports on comparisons.
pub type DriftFormat = Format<DriftWriter>;

/// A format of a report.
#[derive(Debug, Clone, Copy)]
pub struct Format<W> {
    row: &'static Row,
    writer: W,
}

/// The writer of a report on a run.
#[derive(Debug, Clone, Copy)]
pub enum RunWriter {
    /// Line by line, during the run.
    Lines(for<'w> fn(Box<dyn Write + 'w>, Styles) -> Box<dyn Reporter + 'w>),
    /// As a whole, at the end of the run.
    Document(Form),
}

/// The writer of a report on a comparison.
pub type DriftWriter = fn(&Comparison, Styles) -> io::Result<String>;

/// The writer of a report on recordings.
type TrafficWriter = fn(&Traffic, Styles) -> io::Result<String>;

/// The writer of a report on a client.
type GradeWriter = fn(&Grades, Styles) -> io::Result<String>;

/// The writer of one kind of report: a column of the table.
pub trait Writer: Copy {
    /// The writer in a format's row.
    #[doc(hidden)]
    fn of(row: &'static Row) -> Option<Self>;
}

impl Writer for RunWriter {
    fn of(row: &'static Row) -> Option<Self> {
        row.run
    }
}

impl Writer for DriftWriter {
    fn of(row: &'static Row) -> Option<Self> {
        row.drift
    }
}

/// An unknown format; its message is one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{name}`; the formats are {names}")]
pub struct UnknownFormat {
    name: String,
    names: String,
}

impl<W: Writer> Format<W> {
    /// Every format, the default first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().filter_map(|row| Some(Self { row, writer: W::of(row)? }))
    }
}

impl<W> Format<W> {
    /// The name on the command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// The help text: what the format is for.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.row.help
    }

    /// Whether it is the one that a person reads at a terminal: the default.
    pub(super) fn is_text(&self) -> bool {
        self.name() == TABLE[0].name
    }

    fn inert(&self, report: &str, styles: Styles) -> String {
        let output = if self.row.output == OutputKind::Text { styles.output() } else { self.row.output };
        inert(report, output).into_owned()
    }
}

impl RunFormat {
    /// Whether its reports are written as a whole at the end of the run, not line by line.
    #[must_use]
    pub fn is_document(self) -> bool {
        self.form().is_some()
    }

    pub(super) fn form(self) -> Option<(Form, OutputKind)> {
        match self.writer {
            RunWriter::Lines(_) => None,
            RunWriter::Document(form) => Some((form, self.row.output)),
        }
    }

    /// Renders a report on recordings, for a terminal with these styles.
    pub(super) fn traffic(self, traffic: &Traffic, styles: Styles) -> io::Result<String> {
        Ok(self.inert(&(self.row.traffic)(traffic, styles)?, styles))
    }

    /// Renders a report on a client, for a terminal with these styles.
    pub(super) fn grade(self, grades: &Grades, styles: Styles) -> io::Result<String> {
        Ok(self.inert(&(self.row.grade)(grades, styles)?, styles))
    }

    /// Creates a report in this format; the styles are for a terminal.
    pub fn reporter<'w>(self, writer: impl Write + 'w, styles: Styles) -> Box<dyn Reporter + 'w> {
        match self.writer {
            RunWriter::Lines(begin) => begin(Box::new(writer), styles),
            RunWriter::Document(form) => Box::new(Document::new(form, self.row.output, to_writer(writer))),
        }
    }
}

impl DriftFormat {
    /// Renders a report in this format; the styles are for a terminal.
    ///
    /// # Errors
    ///
    /// If it cannot be rendered.
    pub fn drift(self, comparison: &Comparison, styles: Styles) -> io::Result<String> {
        Ok(self.inert(&(self.writer)(comparison, styles)?, styles))
    }
}

/// Writes a comparison for a person: the verdict first, then the changes, the most severe first.
///
/// # Errors
///
/// If the writer fails.
pub fn drift_text(comparison: &Comparison, styles: Styles, mut writer: impl Write) -> io::Result<()> {
    writer.write_all(inert(&text::drift(comparison, styles)?, styles.output()).as_bytes())
}

/// Writes how the build handles each operation, and the rewrites that lose meaning, or every rewrite if `all` is set.
///
/// # Errors
///
/// If the writer fails.
pub fn build(
    document: &ContractDocument,
    lowered: &Lowered,
    all: bool,
    styles: Styles,
    writer: impl Write,
) -> io::Result<()> {
    text::build(document, lowered, all, styles, &mut Inert::new(writer, styles.output()))
}

impl<W: Writer> FromStr for Format<W> {
    type Err = UnknownFormat;

    /// Finds a format by its name.
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::all().find(|format| format.name() == name).ok_or_else(|| UnknownFormat {
            name: body::one_line(name),
            names: Self::all().map(|format| format.name()).collect::<Vec<_>>().join(", "),
        })
    }
}

impl<W> PartialEq for Format<W> {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl<W> Eq for Format<W> {}
