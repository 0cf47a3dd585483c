//! `zerogate conform`

use std::env::{self, VarError};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::output::Output;
use super::{Failure, block_on};
use crate::base_url::BaseUrl;
use crate::exit;
use crate::report::Text;
use crate::rule::Level;
use crate::runner::{Options, RunError, Selection, run};
use crate::target::Target;

const BASE_URL: &str = "GATE_API_BASE_URL";
const KEY: &str = "GATE_KEY";

/// The longest time-out that makes sense to anybody.
const MAX_TIMEOUT: f64 = 3600.0;

/// Judge a server rule by rule.
///
/// The server is `--base-url`, else what the environment variable `GATE_API_BASE_URL` says, else an emulator within this
/// process. The secret key of a server comes from the environment variable `GATE_KEY`. The first line of the report names
/// the server.
///
/// The suite creates sessions, cancels them, and cancels at the end what it left open.
#[derive(Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Conform {
    /// The server to judge, with or without /v1
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// Use a key that may be live; sessions will be created and cancelled with it
    #[arg(long)]
    allow_live: bool,

    /// Judge these rules only; `conversation` stands for the conversation
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,

    /// Leave these rules out; `conversation` stands for the conversation
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    skip: Vec<String>,

    /// From which level on a finding counts
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::Must)]
    fail_on: FailOn,

    /// How long the server may take for one answer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    /// Rules that the reference demands
    Must,
    /// All rules
    Should,
}

impl Conform {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        let selection = Selection::new(self.only, self.skip)
            .map_err(|error| Failure::usage(format!("{error}; `zerogate rules` lists them")))?;
        let fail_on = match self.fail_on {
            FailOn::Must => Level::Must,
            FailOn::Should => Level::Should,
        };
        let options = Options { selection, fail_on, timeout: self.timeout };
        match base_url(self.base_url)? {
            None => embedded(&options, output),
            Some(base) => {
                let key = key()?;
                let target = Target::remote(base, &key, self.allow_live)
                    .map_err(|error| Failure::usage(format!("{KEY}: {error}")))?;
                block_on(judge(&target, &options, output))
            }
        }
    }
}

/// What the bare command does: the environment has no say in it.
pub(super) fn on_the_emulator(output: &mut Output) -> Result<u8, Failure> {
    embedded(&Options::default(), output)
}

fn embedded(options: &Options, output: &mut Output) -> Result<u8, Failure> {
    block_on(async {
        let target = Target::embedded()
            .await
            .map_err(|error| Failure::not_judged(format!("the emulator cannot listen on 127.0.0.1: {error}")))?;
        judge(&target, options, output).await
    })
}

async fn judge(target: &Target, options: &Options, output: &mut Output) -> Result<u8, Failure> {
    let styles = output.styles();
    match run(target, options, &mut Text::new(output, styles)).await {
        Ok(summary) => Ok(summary.conclusion(options.fail_on).exit_code()),
        Err(error) => Err(Failure { code: exit_code(&error), message: error.to_string() }),
    }
}

/// Without a result nothing is known, whoever is to blame.
fn exit_code(error: &RunError) -> u8 {
    match error {
        RunError::NoTls(_) | RunError::Unreachable { .. } | RunError::KeyRefused { .. } | RunError::Report(_) => {
            exit::NOT_JUDGED
        }
    }
}

/// The base URL of the server, if one was named.
fn base_url(option: Option<String>) -> Result<Option<BaseUrl>, Failure> {
    let (source, text) = match option {
        Some(text) => ("--base-url", text),
        None => match variable(BASE_URL)? {
            Some(text) => (BASE_URL, text),
            None => return Ok(None),
        },
    };
    // An empty variable is a secret that a pipeline failed to pass on: to judge the emulator instead would be a lie.
    text.parse().map(Some).map_err(|error| Failure::usage(format!("{source}: {error}")))
}

fn key() -> Result<String, Failure> {
    let help = "set it to the server's secret key, sk_test_…";
    variable(KEY)?.ok_or_else(|| Failure::usage(format!("{KEY}: it is not set; {help}")))
}

fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name}: it is not text"))),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= MAX_TIMEOUT => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("not a number of seconds above 0 and up to {MAX_TIMEOUT}")),
    }
}
