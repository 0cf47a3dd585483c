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

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use zerogate_generate::GENERATOR_THREAD;

use crate::exit;
use failure::{Failure, tell};
use output::Output;

/// Check whether a server conforms to the 0Gate contract. Unofficial.
///
/// Without a command, runs `zerogate conform` against an emulator in this process and ignores the environment.
#[derive(Parser)]
#[command(name = "zerogate", version, after_help = exit::EVERY.to_string(), disable_help_subcommand = true)]
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
    let message = words.join("; ");
    Err(Failure::usage(format!("{}; see `zerogate --help`", message.trim_start_matches("error: "))))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The command lines of a page: `zerogate …` or `cargo run -- …` in shell blocks.
    fn command_lines(page: &str) -> impl Iterator<Item = &str> {
        let mut language = None;
        page.lines().filter_map(move |line| match (line.strip_prefix("```"), language) {
            (Some(name), None) => {
                language = Some(name);
                None
            }
            (Some(_), Some(_)) => {
                language = None;
                None
            }
            (None, Some("sh")) => {
                let ends = [" #", " |", " >", " &"].iter().filter_map(|end| line.find(end));
                let line = &line[..ends.min().unwrap_or(line.len())];
                line.strip_prefix("zerogate ").or_else(|| line.strip_prefix("cargo run -- "))
            }
            _ => None,
        })
    }

    #[test]
    fn the_command_lines_in_the_docs_are_valid() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let guide = fs::read_dir(root.join("src/guide")).unwrap().map(|page| page.unwrap().path());
        let readmes = ["README.md", "tests/conformance/README.md", "tests/emulator/README.md"];
        let (mut lines, mut wrong) = (0, Vec::new());
        for page in guide.chain(readmes.map(|page| root.join(page))) {
            let text = fs::read_to_string(&page).unwrap();
            for line in command_lines(&text) {
                // Placeholders such as URL replace values.
                let line = line.replace(['…', '\''], "").replace("URL", "http://localhost:4000");
                let parsed = Cli::try_parse_from(["zerogate"].into_iter().chain(line.split_whitespace()));
                wrong.extend(parsed.err().map(|error| format!("{}: {line}: {error}", page.display())));
                lines += 1;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(lines > 30, "{lines}");
    }
}
