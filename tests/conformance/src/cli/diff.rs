//! `zerogate diff`

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use zerogate_drift::KINDS;

use super::Failure;
use super::output::Output;
use super::source::Source;
use crate::contracts::comparison::{self, Comparison};
use crate::exceptions::ignore::IgnoreList;
use crate::exceptions::list::today;
use crate::exit;
use crate::report::drift;

/// Tell what changed from one contract to another, and what it breaks.
///
/// Each change is told once, at its cause, with what it means on the wire, for Rust code that uses the generated crate,
/// and for the rules of this suite. All changes together ask for a version bump, as of a crate at or above 1.0.
///
/// OLD and NEW are OpenAPI 3.0 or 3.1 documents in YAML or JSON: a file, or `git:REV:path`, the path counted from the top
/// of the repository.
#[derive(Args)]
#[command(
    after_help = super::EXIT_CODES,
    override_usage = "zerogate diff [OPTIONS] <OLD> <NEW>\n       zerogate diff --kinds\n       zerogate diff --schema",
)]
pub(super) struct Diff {
    /// The contract of before: a file, or git:REV:path
    #[arg(value_name = "OLD", value_parser = Source::parse, required_unless_present_any = ["kinds", "schema"])]
    old: Option<Source>,

    /// The contract that takes its place: a file, or git:REV:path
    #[arg(value_name = "NEW", value_parser = Source::parse, required_unless_present_any = ["kinds", "schema"])]
    new: Option<Source>,

    /// How to tell it; all but text leave nothing else on standard output
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Which changes count, over wire and source
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::Breaking)]
    fail_on: FailOn,

    /// A TOML file of changes that do not count, as [[ignore]] with id, pointer, reason and expires
    #[arg(long, value_name = "FILE")]
    ignore: Option<PathBuf>,

    /// List the kinds of changes by their ids, and nothing else
    #[arg(long, exclusive = true)]
    kinds: bool,

    /// Print the JSON Schema of --format json, and nothing else
    #[arg(long, exclusive = true)]
    schema: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For a person at a terminal
    Text,
    /// For a program; --schema describes it
    Json,
    /// For a comment on a pull request
    Markdown,
    /// For GitHub Actions, which shows it beside the lines of the contract
    Github,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    /// What breaks
    Breaking,
    /// What breaks or may, and what cannot be judged
    Risky,
    /// Every change, those of descriptions included
    Any,
}

impl Diff {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        let (Some(old), Some(new)) = (self.old, self.new) else {
            if self.kinds {
                kinds(output)?;
            } else {
                output.write_all(drift::SCHEMA.as_bytes())?;
            }
            output.flush()?;
            return Ok(exit::CONFORMS);
        };
        let ignore = self.ignore.as_deref().map(IgnoreList::read).transpose();
        let ignore = ignore.map_err(|error| Failure::usage(error.to_string()))?;
        let mut comparison = Comparison::of(&old.read()?, &new.read()?).in_files(old.path(), new.path());
        if let Some(list) = ignore {
            comparison = comparison.ignoring(&list, today());
        }
        let styles = output.styles();
        // A large contract has reports of a million lines, and standard output is written line by line.
        let writer = BufWriter::new(output);
        match self.format {
            Format::Text => drift::text(&comparison, styles, writer),
            Format::Json => drift::json(&comparison, writer),
            Format::Markdown => drift::markdown(&comparison, writer),
            Format::Github => drift::github(&comparison, writer),
        }?;
        let fails = comparison.fails(self.fail_on.into());
        Ok(if fails { exit::DOES_NOT_CONFORM } else { exit::CONFORMS })
    }
}

fn kinds(output: &mut Output) -> io::Result<()> {
    let width = KINDS.iter().map(|kind| kind.id.len()).max().unwrap_or_default();
    KINDS.iter().try_for_each(|kind| writeln!(output, "{:<width$}  {}", kind.id, kind.meaning))
}

impl From<FailOn> for comparison::FailOn {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Breaking => Self::Breaking,
            FailOn::Risky => Self::Risky,
            FailOn::Any => Self::Any,
        }
    }
}
