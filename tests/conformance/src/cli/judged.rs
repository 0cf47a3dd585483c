//! The options for judging traffic.

use std::path::{Path, PathBuf};

use clap::Args;
use zerogate_contract::Document;
use zerogate_judge::{Judge, Kind};

use super::conform::{LEVELS, known};
use super::failure::Failure;
use super::parse::{known_id, one_of};
use super::source::{Source, refused};
use crate::owner::Owner;
use crate::recording::check::CheckOptions;
use crate::recording::goal::Goal;
use crate::rules::rule::Level;

/// The options for judging traffic.
#[derive(Args)]
pub(super) struct JudgedArgs {
    /// The contract: a file, or git:REV:path [default: the contract of this build]
    #[arg(long, value_name = "FILE", value_parser = Source::parse)]
    contract: Option<Source>,

    /// Follow references to files outside the contract's folder
    #[arg(long, requires = "contract")]
    allow_outside: bool,

    /// Run only these rules; `zerogate check --rules` lists them
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',', value_parser = kind)]
    only: Vec<Kind>,

    /// Skip these rules
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',', value_parser = kind)]
    skip: Vec<Kind>,

    /// Lowest level of rules to run
    #[arg(long, value_name = "LEVEL", value_parser = one_of(LEVELS), default_value = "should")]
    level: Level,

    /// TOML file of findings to excuse: [[known]] entries with rule, reason and expires
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,

    /// Fail below these percentages of the contract: operations, statuses, headers, fields, enum-values
    #[arg(long, value_name = "KIND=PERCENT", value_delimiter = ',')]
    require_coverage: Vec<Goal>,
}

impl JudgedArgs {
    pub(super) fn options(&self) -> Result<CheckOptions, Failure> {
        Ok(CheckOptions {
            only: self.only.iter().copied().collect(),
            skip: self.skip.iter().copied().collect(),
            level: self.level,
            known: known(self.known_failures.as_deref(), Owner::Check)?,
            goals: self.require_coverage.clone(),
        })
    }

    /// The files to read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Path> {
        let contract = self.contract.as_ref().and_then(Source::file).map(Path::new);
        self.known_failures.as_deref().into_iter().chain(contract)
    }

    /// The contract, read and prepared.
    pub(super) fn judge(&self) -> Result<Judge, Failure> {
        Ok(Judge::of(match &self.contract {
            Some(contract) => contract.read(self.allow_outside)?,
            None => Document::parse("gate-v1.yaml", zerogate::CONTRACT).map_err(|error| refused(&error))?,
        }))
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    known_id(text, Kind::ALL.iter().map(|kind| (kind.row().id, *kind)), "rule", "zerogate check --rules")
}
