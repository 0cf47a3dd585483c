//! The exit codes of the command.
//!
//! Scripts branch on them, so a code never changes its meaning. `zerogate COMMAND --help` lists them for each command.

use std::fmt;

use textwrap::{Options, WordSplitter};

/// The target conforms, or nothing was found.
pub const CONFORMS: u8 = 0;

/// A finding counts, or an exception is expired or unused.
pub const DOES_NOT_CONFORM: u8 = 1;

/// Wrong usage: the options, the configuration, or an input that cannot be read or parsed.
pub const USAGE: u8 = 2;

/// No verdict: something that counts could not be judged, or the output cannot be written.
pub const NOT_JUDGED: u8 = 3;

/// What the exit codes of a command mean, as its help shows them.
pub(crate) struct ExitCodes {
    heading: &'static str,
    /// By code, from 0.
    meanings: [&'static str; 4],
}

/// The codes in general.
pub(crate) const EVERY: ExitCodes = ExitCodes {
    heading: "Exit codes; the help of each command that checks something has its own:",
    meanings: [
        "conforms, or nothing found",
        "a finding that counts",
        "wrong usage, configuration or input",
        "no verdict",
    ],
};

pub(crate) const CONFORM: ExitCodes = ExitCodes {
    heading: HEADING,
    meanings: [
        "the server conforms",
        "a rule, or a check of --explore, at or above --fail-on failed (a failed step of the conversation counts as a \
         should), or an entry of --known-failures is expired or unused",
        "wrong usage or configuration",
        "no verdict: the server was not reached or refused the key, a rule that counts could not be judged, no session was \
         found, no cancellation was judged (by cancel-status-201 or --explore, or, if that rule is not selected, by any must \
         rule of cancelSession), or the run was interrupted",
    ],
};

pub(crate) const CHECK: ExitCodes = ExitCodes {
    heading: HEADING,
    meanings: [
        "no finding",
        TRAFFIC,
        "wrong usage, or a file that is not HAR 1.2",
        "no verdict: a file is truncated or damaged, or no exchange could be judged",
    ],
};

pub(crate) const PROXY: ExitCodes = ExitCodes {
    heading: "Exit codes, unless COMMAND fails (then its own code, or 128+N if signal N ended it):",
    meanings: [
        "no finding",
        TRAFFIC,
        "wrong usage, the port is taken, or COMMAND cannot be started",
        "no verdict: the upstream could not always be reached, the recording could not be written, or no exchange could be \
         judged",
    ],
};

pub(crate) const DIFF: ExitCodes = ExitCodes {
    heading: HEADING,
    meanings: [
        "no change at or above --fail-on",
        "a change at or above --fail-on, or an entry of --ignore that is expired or unused",
        "wrong usage, or a contract that cannot be read",
        OUTPUT,
    ],
};

pub(crate) const IMPORT: ExitCodes = ExitCodes {
    heading: HEADING,
    meanings: [
        "the workspace can be built from the document",
        "--check, --strict or --compile failed",
        "wrong usage, or the workspace cannot be built from the document",
        OUTPUT,
    ],
};

pub(crate) const GRADE: ExitCodes = ExitCodes {
    heading: HEADING,
    meanings: [
        "no case at or above --fail-on failed",
        "a case at or above --fail-on failed, or an entry of --known-failures is expired or unused",
        "wrong usage, or COMMAND cannot be started",
        "no verdict: nothing was judged, the run ended early, or something went wrong with a case that counts",
    ],
};

const HEADING: &str = "Exit codes:";
const TRAFFIC: &str = "a finding, missed --require-coverage, or an entry of --known-failures that is expired or unused";
const OUTPUT: &str = "the output cannot be written";

impl fmt::Display for ExitCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.heading)?;
        for (code, meaning) in self.meanings.iter().enumerate() {
            let first = format!("  {code}  ");
            let wrap = Options::new(115).initial_indent(&first).subsequent_indent("     ").break_words(false);
            write!(f, "\n{}", textwrap::fill(meaning, wrap.word_splitter(WordSplitter::NoHyphenation)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_the_exit_codes_of_each_command() {
        let readme = include_str!("../README.md").replace('`', "");
        let commands = [
            ("conform", CONFORM),
            ("check", CHECK),
            ("proxy", PROXY),
            ("diff", DIFF),
            ("import", IMPORT),
            ("grade", GRADE),
        ];
        for (name, ExitCodes { meanings: [_, others @ ..], .. }) in commands {
            let row = format!("\n| {name} | {} |\n", others.join(" | "));
            assert!(readme.contains(&row), "tests/conformance/README.md lacks this row:{row}");
        }
    }
}
