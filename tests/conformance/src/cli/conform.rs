//! `zerogate conform`

use std::env::{self, VarError};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use clap::Args;
use zerogate::BaseUrl;

use super::failure::Failure;
use super::output::Output;
use super::parse::{Choice, count, one_of, timeout, unknown_rule};
use super::report::ReportArgs;
use super::runtime::block_on;
use super::signals::Signals;
use crate::exceptions::known::KnownFailures;
use crate::exit;
use crate::lab::fixtures::Fixtures;
use crate::lab::target::Target;
use crate::owner::Owner;
use crate::report;
use crate::rules::rule::Level;
use crate::run::options::{CONVERSATION, EXPLORATION, JOBS, Options, Selection};
use crate::run::runner::run;
use crate::wire::keys::Role;

const BASE_URL: &str = "GATE_API_BASE_URL";
const KEY: &str = "GATE_KEY";
const OTHER_KEY: &str = "GATE_OTHER_KEY";

/// The allowed rates: one request in a minute and a half, up to more requests than a run sends.
const SLOWEST: f64 = 0.01;
const FASTEST: f64 = 100_000.0;

/// The maximum number of random sequences.
const MAX_SEQUENCES: usize = 1_000_000;

pub(super) const LEVELS: [Choice<Level>; 2] = [
    ("must", "What the vendor's reference page requires", Level::Must),
    ("should", "Also what the page implies, or other sources say", Level::Should),
];

/// Check a server against the contract, rule by rule.
///
/// The server is `--base-url`, or the environment variable `GATE_API_BASE_URL`, or an emulator in this process. The
/// secret key is read from the environment variable `GATE_KEY`; the key of a second partner, whose sessions must be out
/// of reach, from `GATE_OTHER_KEY` or the fixtures. The first line of the report names the server.
///
/// The suite creates sessions, and cancels them. At the end it cancels any that it left open, and names those that may
/// still be open.
#[derive(Args)]
#[command(after_help = exit::CONFORM.to_string())]
pub(super) struct Conform {
    /// The base URL of the server, with or without /v1
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// Allow a key that may be live; the suite creates and cancels sessions with it
    #[arg(long)]
    allow_live: bool,

    /// Run only these rules; `conversation` is the sequence of calls through the client, which alone gives no verdict
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,

    /// Skip these rules; `conversation` is the sequence of calls through the client
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    skip: Vec<String>,

    /// Lowest level of finding that fails the run
    #[arg(long, value_name = "LEVEL", value_parser = one_of(LEVELS), default_value = "must")]
    fail_on: Level,

    /// Lowest level of rules to run
    #[arg(long, value_name = "LEVEL", value_parser = one_of(LEVELS), default_value = "should")]
    level: Level,

    /// JSON file with what the server's team supplies: environment variables that hold keys, session ids, headers that
    /// provoke errors
    #[arg(long, value_name = "FILE")]
    fixtures: Option<PathBuf>,

    /// TOML file of failures to excuse: [[known]] entries with rule, reason, expires and, optionally, case
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,

    /// Maximum requests per second
    #[arg(long, value_name = "N/s", allow_negative_numbers = true, value_parser = rate)]
    rate: Option<f64>,

    /// Rules to run at the same time
    #[arg(long, value_name = "N", default_value_t = JOBS, allow_negative_numbers = true, value_parser = count)]
    jobs: NonZero<usize>,

    /// Also run N random sequences of calls, and shorten those that fail; --only and --skip call them `exploration`
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = sequences)]
    explore: Option<usize>,

    /// Random seed [default: random]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    seed: Option<u64>,

    /// Time limit for one response
    #[arg(long, value_name = "SECONDS", default_value = "10", allow_negative_numbers = true, value_parser = timeout)]
    timeout: Duration,

    #[command(flatten)]
    report: ReportArgs,
}

impl Conform {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        if self.report.schema {
            return output.only(&report::run_schema());
        }
        let selection = Selection::new(self.only, self.skip)
            .map_err(|error| Failure::usage(unknown_rule(&error, &[CONVERSATION, EXPLORATION])))?;
        if self.explore.is_none() && selection.is_only(EXPLORATION) {
            return Err(Failure::usage("--only exploration needs --explore N, the number of sequences"));
        }
        for input in [self.fixtures.as_deref(), self.known_failures.as_deref()] {
            self.report.spare(input)?;
        }
        let defaults = Options::default();
        let options = Options {
            selection: selection.from_level(self.level),
            fail_on: self.fail_on,
            known: known(self.known_failures.as_deref(), Owner::Conform)?,
            timeout: self.timeout,
            rate: self.rate,
            jobs: self.jobs,
            seed: self.seed.unwrap_or(defaults.seed),
            explore: self.explore.unwrap_or(defaults.explore),
            stop: defaults.stop,
        };
        match base_url(self.base_url)? {
            None if self.fixtures.is_some() => Err(Failure::usage(
                "--fixtures: fixtures need a server (--base-url or GATE_API_BASE_URL); the emulator has its own",
            )),
            // A pipeline that has lost the URL would always pass.
            None => match [KEY, OTHER_KEY].into_iter().find(|key| env::var_os(key).is_some()) {
                Some(key) => Err(Failure::usage(format!(
                    "{key} is set, but no server: pass --base-url or set {BASE_URL}; `zerogate` alone checks the emulator"
                ))),
                None => embedded(&options, &self.report, output),
            },
            Some(base) => {
                let fixtures = fixtures(self.fixtures.as_deref())?;
                let supplied: Vec<Role> = fixtures.keys.keys().copied().collect();
                let (key, other_key) = (variable(KEY)?, variable(OTHER_KEY)?);
                let target =
                    Target::with_fixtures(base, key.as_deref(), other_key.as_deref(), fixtures, self.allow_live)
                        .map_err(|(role, error)| Failure::usage(format!("{}: {error}", name(role, &supplied))))?;
                block_on(judge(&target, &options, &self.report, output))
            }
        }
    }
}

/// The source of a key: the fixtures, or the environment.
fn name(role: Role, supplied: &[Role]) -> &'static str {
    match role {
        Role::Partner => KEY,
        Role::OtherPartner if !supplied.contains(&role) => OTHER_KEY,
        Role::OtherPartner => "--fixtures, /keys/other_partner",
        Role::Publishable => "--fixtures, /keys/publishable",
        Role::Live => "--fixtures, /keys/live",
    }
}

fn fixtures(path: Option<&Path>) -> Result<Fixtures, Failure> {
    let Some(path) = path else { return Ok(Fixtures::default()) };
    Fixtures::read(path, |name| env::var(name).ok()).map_err(|error| Failure::usage(format!("--fixtures: {error}")))
}

/// Reads the list of known failures, if a file is given, without what other commands judge.
pub(super) fn known(path: Option<&Path>, owner: Owner) -> Result<KnownFailures, Failure> {
    let list = path.map(KnownFailures::read).transpose();
    Ok(list.map_err(|error| Failure::usage(error.to_string()))?.unwrap_or_default().owned_by(owner))
}

/// The options of the bare command, which ignores the environment.
pub(super) fn on_the_emulator(output: &mut Output) -> Result<u8, Failure> {
    embedded(&Options::default(), &ReportArgs::default(), output)
}

fn embedded(options: &Options, report: &ReportArgs, output: &mut Output) -> Result<u8, Failure> {
    block_on(async {
        let target = Target::embedded()
            .await
            .map_err(|error| Failure::not_judged(format!("the emulator cannot listen on 127.0.0.1: {error}")))?;
        judge(&target, options, report, output).await
    })
}

async fn judge(target: &Target, options: &Options, report: &ReportArgs, output: &mut Output) -> Result<u8, Failure> {
    let mut reports = report.open(output)?;
    let mut signals = Signals::listen();
    let mut running = pin!(run(target, options, &mut reports));
    let ran = tokio::select! {
        ran = &mut running => ran,
        _ = signals.next() => {
            options.stop.stop();
            tokio::select! {
                ran = &mut running => ran,
                _ = signals.next() => {
                    // A second Ctrl-C skips the clean-up.
                    options.stop.stop();
                    running.await
                }
            }
        }
    };
    match ran {
        Ok(summary) => Ok(summary.conclusion(options.fail_on).exit_code()),
        // Without a result there is no verdict, whatever the cause.
        Err(error) => Err(Failure::not_judged(error.to_string())),
    }
}

/// The base URL of the server, if one is given.
fn base_url(option: Option<String>) -> Result<Option<BaseUrl>, Failure> {
    let (source, text) = match option {
        Some(text) => ("--base-url", text),
        None => match variable(BASE_URL)? {
            Some(text) => (BASE_URL, text),
            None => return Ok(None),
        },
    };
    // An empty variable is probably a missing secret in a pipeline; judging the emulator instead would mislead.
    text.parse().map(Some).map_err(|error| Failure::usage(format!("{source}: {error}")))
}

fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Failure::usage(format!("{name}: its value is not valid UTF-8; set it again")))
        }
    }
}

/// Parses a number of sequences.
fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("not a whole number from 0 to {}", u64::MAX))
}

fn sequences(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=MAX_SEQUENCES).contains(&number) => Ok(number),
        _ => Err(format!("not a number of sequences from 1 to {MAX_SEQUENCES}")),
    }
}

/// `10`, or `10/s`.
fn rate(text: &str) -> Result<f64, String> {
    match text.trim_end_matches("/s").parse::<f64>() {
        Ok(rate) if (SLOWEST..=FASTEST).contains(&rate) => Ok(rate),
        _ => Err(format!("not a number of requests per second from {SLOWEST} to {FASTEST}, such as 10/s")),
    }
}
