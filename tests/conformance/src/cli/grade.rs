//! `zerogate grade`

use std::collections::HashSet;
use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use clap::Args;

use super::conform::{LEVELS, known};
use super::failure::{Failure, tell};
use super::orphans::Orphans;
use super::output::{Output, table};
use super::parse::{count, known_id, one_of, seconds};
use super::progress;
use super::report::ReportArgs;
use super::runtime::block_on;
use super::signals::Signals;
use crate::exit;
use crate::grade::{Case, Client, GradeOptions, cases, grade};
use crate::owner::Owner;
use crate::report;
use crate::rules::rule::Level;
use crate::run::stop::Stop;

/// Grade a client in any language: what it sends, and what it concludes.
///
/// For each case, starts COMMAND once or several times, without a shell, with GATE_API_BASE_URL, GATE_KEY and
/// GATE_SESSION_ID in its environment. The server at that URL follows a script: a lost response, a conflict, a
/// redirect. COMMAND cancels the session once, as your application would, and prints a line of JSON at the end of its
/// standard output:
///
/// {"outcome": "cancelled", "status": "cancelled", "request_id": "req_1"}
///
/// GATE_API_BASE_URL ends in /v1. The outcome is cancelled, already_terminal, not_found, unauthorized, rate_limited,
/// unknown (the request may have taken effect) or error (it did not); status, which is the session's, and request_id
/// are optional. A client that prints no outcome is graded by what it sends.
///
/// GATE_TIMEOUT_MS (an attempt) and GATE_DEADLINE_MS (the call) are the time limits to apply; if COMMAND does not,
/// cases about time are not judged, but sleeping past the deadline because of a Retry-After is a mistake.
/// GATE_OPERATION is cancelSession, or createSession in a case about creations: then print created.
///
/// COMMAND's own exit code is not graded. When it ends, or takes too long, its whole process group is killed; on Linux,
/// what has left the group is killed when grading ends. If COMMAND hangs three times in a row, the other cases do not
/// run.
#[derive(Args)]
#[command(
    name = "grade",
    after_help = exit::GRADE.to_string(),
    override_usage = "zerogate grade [OPTIONS] -- <COMMAND>...\n       zerogate grade --list\n       zerogate grade --schema",
)]
pub(super) struct GradeCommand {
    /// Run only these cases
    #[arg(long = "case", value_name = "ID", num_args = 1.., value_delimiter = ',', value_parser = known_case)]
    cases: Vec<&'static Case>,

    /// List the cases, and exit; with --case, explain these
    #[arg(long)]
    list: bool,

    /// Start COMMAND once for each job, and send it a line of JSON with the variables for each case
    ///
    /// For a runtime that starts slowly. COMMAND reads lines from standard input until that ends, and prints the
    /// outcome of each.
    #[arg(long)]
    serve: bool,

    /// Clients to run at the same time
    #[arg(long, value_name = "N", default_value_t = GradeOptions::default().jobs, allow_negative_numbers = true, value_parser = count)]
    jobs: NonZero<usize>,

    /// How long COMMAND may run beyond GATE_DEADLINE_MS, its start included
    #[arg(long, value_name = "SECONDS", default_value = "10", allow_negative_numbers = true, value_parser = seconds)]
    grace: Duration,

    /// Lowest level of failed case that makes the exit code 1
    #[arg(long, value_name = "LEVEL", value_parser = one_of(LEVELS), default_value = "must")]
    fail_on: Level,

    /// TOML file of failures to excuse: [[known]] entries with the case's id as rule, reason and expires
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,

    #[command(flatten)]
    report: ReportArgs,

    /// The client, and its arguments
    #[arg(last = true, value_name = "COMMAND", required_unless_present_any = ["list", "schema"])]
    command: Vec<OsString>,
}

impl GradeCommand {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        if self.report.schema {
            return output.only(&report::grade_schema());
        }
        if self.list {
            return output.only(&list(&distinct(self.cases)));
        }
        self.report.spare(self.known_failures.as_deref())?;
        let options = GradeOptions {
            known: known(self.known_failures.as_deref(), Owner::Grade)?,
            fail_on: self.fail_on,
            jobs: self.jobs,
            serve: self.serve,
            grace: self.grace,
            cases: distinct(self.cases),
            stop: Stop::default(),
        };
        let mut words = self.command.into_iter();
        let client = Client { program: words.next().unwrap_or_default(), arguments: words.collect() };
        let reports = self.report.open_traffic(output)?;
        let bar = progress::cases(self.report.is_quiet());
        let orphans = Orphans::adopt();
        let grades = block_on(async {
            let mut signals = Signals::listen();
            let mut grading = pin!(grade(&client, &options, |case| {
                bar.set_message(case.id);
                bar.inc(1);
            }));
            let graded = tokio::select! {
                graded = &mut grading => graded,
                _ = signals.next() => {
                    options.stop.stop();
                    grading.await
                }
            };
            graded.map_err(|error| Failure::usage(error.to_string()))
        });
        drop(orphans);
        bar.finish_and_clear();
        let grades = grades?;
        reports.write_grades(&grades)?;
        if let Some(why) = grades.ended_early {
            tell("error", &format!("{why}: the other cases did not run"));
        }
        self.report.conclude(&grades.headline());
        Ok(grades.conclusion().exit_code())
    }
}

/// The cases in their order, each once.
fn distinct(mut cases: Vec<&'static Case>) -> Vec<&'static Case> {
    let mut seen = HashSet::new();
    cases.retain(|case| seen.insert(case.id));
    cases
}

/// How to play a case by hand.
const TO_DEBUG: &str =
    "\nTo play a case by hand, run `zerogate emulate`, and POST its faults, one by one, to /_emulator/faults.\n";

/// The table of the cases, or the explanations of those that were chosen.
fn list(chosen: &[&'static Case]) -> String {
    if chosen.is_empty() {
        return table(cases().map(|case| [case.level.to_string(), case.id.to_owned(), case.title.to_owned()]));
    }
    let explained = chosen.iter().map(|case| {
        let Case { id, level, title, clause, why, .. } = case;
        let lines = case.explained().into_iter().map(|(label, text)| format!("{label:<10} {text}\n"));
        let lines: String = lines.collect();
        format!("{id} ({level})\n\nrequires   {title}\nclause     {clause}\nwhy        {why}\n\n{lines}")
    });
    explained.collect::<Vec<_>>().join("\n") + TO_DEBUG
}

fn known_case(text: &str) -> Result<&'static Case, String> {
    known_id(text, cases().map(|case| (case.id, case)), "case", "zerogate grade --list")
}
