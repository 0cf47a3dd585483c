//! Failures of a command.

use std::io::{self, Write};

use zerogate_contract::{OutputKind, inert};

use crate::evidence::body::one_line;
use crate::exit;

/// Writes a line to standard error, and ignores errors.
pub(super) fn tell(what: &str, line: &str) {
    let _ = writeln!(io::stderr(), "{}", inert(&format!("{what}: {line}"), OutputKind::Text));
}

/// An exit code, and one or more lines for standard error.
pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) message: String,
}

impl Failure {
    /// An error that the user can fix.
    pub(super) fn usage(message: impl AsRef<str>) -> Self {
        Self { code: exit::USAGE, message: one_line(message.as_ref()) }
    }

    /// Several errors that the user can fix.
    pub(super) fn listed(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let lines: Vec<String> = lines.into_iter().map(|line| one_line(line.as_ref())).collect();
        Self { code: exit::USAGE, message: lines.join("\n") }
    }

    pub(super) fn not_judged(message: impl AsRef<str>) -> Self {
        Self { code: exit::NOT_JUDGED, message: one_line(message.as_ref()) }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::not_judged(format!("cannot write the output: {error}"))
    }
}
