//! The command line: one file a subcommand.

mod check;
mod choice;
mod conform;
mod diff;
mod emulate;
mod failure;
mod import;
mod output;
mod progress;
mod report;
mod revision;
mod rules;
mod runtime;
mod source;

use std::process::ExitCode;
use std::{panic, thread};

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use zerogate_generate::GENERATOR_THREAD;

use crate::exit::{self, EXIT_CODES};
use failure::{Failure, tell};
use output::Output;

/// Does a server keep the 0Gate contract? Unofficial.
///
/// Without a command it is `zerogate conform` on an emulator within this process, whatever the environment says.
#[derive(Parser)]
#[command(name = "zerogate", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Conform(conform::Conform),
    Diff(diff::Diff),
    Emulate(emulate::Emulate),
    Import(import::ImportCommand),
    Rules(rules::Rules),
}

/// Runs the command and says how it went; for [`std::process::exit`] codes see [`exit`].
#[must_use]
pub fn main() -> ExitCode {
    let shown = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // It comes back as what is wrong with a contract.
        if thread::current().name() != Some(GENERATOR_THREAD) {
            shown(panic);
        }
    }));
    let done = match Cli::try_parse() {
        Ok(Cli { command: None }) => conform::on_the_emulator(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Check(check)) }) => check.run(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Conform(conform)) }) => conform.run(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Diff(diff)) }) => diff.run(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Emulate(emulate)) }) => emulate.run(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Import(import)) }) => import.run(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Rules(rules)) }) => rules.run(&mut Output::stdout()),
        Err(error) => refused(&error),
    };
    let code = done.unwrap_or_else(|Failure { code, message }| {
        for line in message.lines() {
            tell("error", line);
        }
        code
    });
    ExitCode::from(code)
}

/// Help and version are no errors; everything else is told in a line.
fn refused(error: &clap::Error) -> Result<u8, Failure> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Styled by clap, which looks at the terminal itself.
        let _ = error.print();
        return Ok(exit::CONFORMS);
    }
    // What is wrong stands in the first paragraph, and sometimes a tip in the second; usage follows.
    let text = error.render().to_string();
    let paragraphs = text.split("\n\n").take_while(|paragraph| !paragraph.trim_start().starts_with("Usage:"));
    let words: Vec<String> = paragraphs
        .filter(|paragraph| !paragraph.trim_start().starts_with("For more information"))
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let message = words.join("; ");
    Err(Failure::usage(format!("{}; see `zerogate --help`", message.trim_start_matches("error: "))))
}
