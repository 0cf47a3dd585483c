//! `zerogate diff`

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use zerogate_drift::{KINDS, diff, reason};

use super::failure::{Failure, tell};
use super::output::{Output, table};
use super::parse::{Choice, one_of};
use super::report::{help, long_help, refused, spare};
use super::source::Source;
use crate::contracts::comparison::{Comparison, FailOn, Hide, Only};
use crate::exceptions::ignore::IgnoreList;
use crate::exceptions::list::today;
use crate::exit;
use crate::report::{self, DriftReports, DriftWriter, ReportSpec};

const LEVELS: [Choice<FailOn>; 3] = [
    ("breaking", "Breaking changes", FailOn::Breaking),
    ("risky", "Also changes that may break or cannot be judged", FailOn::Risky),
    ("any", "Every change, including descriptions", FailOn::Any),
];

/// The help text on paths, as separate lines.
const PATHS: &str = "\
Without PATH the report goes to standard output, in place of the text. A file is written whole when the comparison is over.";

const VERDICTS: [Choice<Only>; 2] = [
    ("wire", "Requests and responses; generates no code, which is much faster", Only::Wire),
    ("source", "Rust code that uses the generated crate", Only::Source),
];

const HIDDEN: [Choice<Hide>; 2] = [
    ("docs", "Descriptions, titles, examples, tags and other documentation", Hide::Docs),
    ("extensions", "Extensions, `x-…`", Hide::Extensions),
];

/// Compare two contracts: what changed and what breaks.
///
/// Each change is reported once, at its cause, with its effect on the wire, on Rust code that uses the generated crate,
/// and on the rules of this suite. Together the changes require a version bump, as for a crate at or above 1.0.
///
/// The verdict on Rust code is measured: both clients are generated and their public items compared. If one cannot be
/// generated, the report says so, and the verdict follows from the kinds of the changes.
///
/// OLD and NEW are OpenAPI 3.0, 3.1 or 3.2 documents in YAML or JSON: a file, or `git:REV:path`, the path counted from
/// the top of the repository.
#[derive(Args)]
#[command(
    after_help = exit::DIFF.to_string(),
    override_usage = "zerogate diff [OPTIONS] <OLD> <NEW>\n       zerogate diff --kinds\n       zerogate diff --schema",
)]
pub(super) struct Diff {
    /// The old contract: a file, or git:REV:path
    #[arg(value_name = "OLD", value_parser = Source::parse, required_unless_present_any = ["kinds", "schema"])]
    old: Option<Source>,

    /// The new contract: a file, or git:REV:path
    #[arg(value_name = "NEW", value_parser = Source::parse, required_unless_present_any = ["kinds", "schema"])]
    new: Option<Source>,

    #[arg(long = "report", visible_alias = "format", value_name = "FORMAT[:PATH]", help = help::<DriftWriter>(), long_help = long_help::<DriftWriter>(PATHS))]
    reports: Vec<ReportSpec<DriftWriter>>,

    /// Lowest severity that fails the run, on the wire or in source
    #[arg(long, value_name = "LEVEL", value_parser = one_of(LEVELS), default_value = "breaking")]
    fail_on: FailOn,

    /// Report only one of the two verdicts; the other is hidden and does not count
    #[arg(long, value_name = "VERDICT", value_parser = one_of(VERDICTS))]
    only: Option<Only>,

    /// Read NEW as the document of a server that must keep the contract OLD: compare the wire alone, match operations
    /// by their full URL, and ignore names and documentation
    #[arg(long, conflicts_with = "only")]
    provider: bool,

    /// Hide changes that only people or tools read; they do not count
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = one_of(HIDDEN))]
    hide: Vec<Hide>,

    /// Excuse removals that OLD announced with `deprecated: true` and an `x-sunset` date of today or earlier; before
    /// that date, a removal breaks
    #[arg(long)]
    sunset: bool,

    /// Today's date, for --sunset and --ignore [default: today in UTC]
    #[arg(long, value_name = "DATE", value_parser = day)]
    today: Option<Date>,

    /// TOML file of changes to excuse: [[ignore]] entries with id, pointer, reason and expires
    #[arg(long, value_name = "FILE")]
    ignore: Option<PathBuf>,

    /// Follow references to files outside a contract's folder
    #[arg(long)]
    allow_outside: bool,

    /// List the kinds of changes by id, and exit
    #[arg(long, exclusive = true)]
    kinds: bool,

    /// Print the JSON Schema of --report json, and exit
    #[arg(long, exclusive = true)]
    schema: bool,
}

impl Diff {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        let (Some(old), Some(new)) = (self.old, self.new) else {
            return output.only(&if self.kinds { kinds() } else { report::drift_schema() });
        };
        let ignore = self.ignore.as_deref().map(IgnoreList::read).transpose();
        let ignore = ignore.map_err(|error| Failure::usage(error.to_string()))?;
        let inputs = [old.file().map(Path::new), new.file().map(Path::new), self.ignore.as_deref()];
        inputs.into_iter().try_for_each(|input| spare(&self.reports, input))?;
        let styles = output.styles();
        let reports =
            DriftReports::open(&self.reports, output.for_reports(), styles).map_err(|error| refused(&error))?;
        let documents = [old.read(self.allow_outside)?, new.read(self.allow_outside)?];
        for document in &documents {
            for note in document.notes() {
                tell("warning", &document.problem_in_text(&*note.pointer, &*note.message, "").to_string());
            }
        }
        let [before, after] = &documents;
        let comparison = match self.only {
            _ if self.provider => Comparison::provided(before, after),
            Some(Only::Wire) => Comparison::new(before, after, reason(before, after)),
            _ => Comparison::new(before, after, diff(before, after)),
        };
        let mut comparison = comparison.in_files(old.path(), new.path());
        let today = self.today.unwrap_or_else(today);
        if self.sunset {
            comparison = comparison.sunset(before, today);
        }
        if let Some(list) = ignore {
            comparison = comparison.ignoring(&list, today);
        }
        if let Some(only) = self.only {
            comparison = comparison.only(only);
        }
        comparison = comparison.hiding(&self.hide);
        reports.write(&comparison)?;
        let fails = comparison.fails(self.fail_on);
        // Skips freeing memory, because the process ends here: freeing takes a tenth of the time of comparing large
        // contracts.
        std::mem::forget(comparison);
        std::mem::forget(documents);
        Ok(if fails { exit::DOES_NOT_CONFORM } else { exit::CONFORMS })
    }
}

fn day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "not a date; write it like 2026-12-31")
}

fn kinds() -> String {
    table(KINDS.iter().map(|kind| [kind.id.to_owned(), kind.meaning.to_owned()]))
}
