//! The command line: one file per subcommand.

mod check;
mod conform;
mod diff;
mod emulate;
mod failure;
mod grade;
mod import;
mod judged;
mod orphans;
mod output;
mod parse;
mod progress;
mod proxy;
mod report;
mod revision;
mod rules;
mod runtime;
mod signals;
mod source;

use std::process::ExitCode;
use std::{panic, thread};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};
use zerogate_generate::GENERATOR_THREAD;

use crate::exit;
use failure::{Failure, tell};
use output::Output;

/// Check whether a server conforms to the 0Gate contract. Unofficial.
///
/// Without a command, runs `zerogate conform` against an emulator in this process and ignores the environment.
#[derive(Parser)]
#[command(name = "zerogate", version, after_help = exit::EVERY.to_string())]
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
    Grade(grade::GradeCommand),
    Import(import::ImportCommand),
    Proxy(proxy::ProxyCommand),
    Rules(rules::Rules),
}

/// Runs the command and returns its exit code; see [`exit`].
#[must_use]
pub fn main() -> ExitCode {
    let shown = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // The panic is reported as a problem with the contract.
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
        Ok(Cli { command: Some(Command::Grade(grade)) }) => grade.run(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Import(import)) }) => import.run(&mut Output::stdout()),
        Ok(Cli { command: Some(Command::Proxy(proxy)) }) => proxy.run(&mut Output::stdout()),
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

/// Help and version are not errors; everything else is reported in one line.
fn refused(error: &clap::Error) -> Result<u8, Failure> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Styled by clap, which checks the terminal itself.
        let _ = error.print();
        return Ok(exit::CONFORMS);
    }
    // The error is in the first paragraph, sometimes with a tip in the second; usage follows.
    let text = error.render().to_string();
    let paragraphs = text.split("\n\n").take_while(|paragraph| !paragraph.trim_start().starts_with("Usage:"));
    let words: Vec<String> = paragraphs
        .filter(|paragraph| !paragraph.trim_start().starts_with("For more information"))
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let mut message = words.join("; ");
    let root = Cli::command();
    let command = std::env::args_os().nth(1).and_then(|word| root.find_subcommand(word));
    if command.is_some_and(|command| lacks_dashes(error, command)) {
        message += "; put `--` before COMMAND";
    }
    let joint = if message.ends_with('?') { " See" } else { "; see" };
    let page = command.map_or_else(String::new, |command| format!(" {}", command.get_name()));
    Err(Failure::usage(format!("{}{joint} `zerogate{page} --help`", message.trim_start_matches("error: "))))
}

/// Whether the error is the COMMAND of a command that requires `--` before it.
fn lacks_dashes(error: &clap::Error, command: &clap::Command) -> bool {
    let is_word = |value: &ContextValue| matches!(value, ContextValue::String(word) if !word.starts_with('-'));
    error.kind() == ErrorKind::UnknownArgument
        && error.get(ContextKind::InvalidArg).is_some_and(is_word)
        && command.get_positionals().any(clap::Arg::is_last_set)
        && !std::env::args_os().any(|argument| argument == "--")
}
