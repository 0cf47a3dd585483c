//! Why a command ends without having done what it was asked for.

use std::io::{self, Write};

use zerogate_contract::{OutputKind, inert};

use crate::evidence::body::one_line;
use crate::exit;

/// Says a line on standard error. Nobody is left to be told if this fails.
pub(super) fn tell(what: &str, line: &str) {
    let _ = writeln!(io::stderr(), "{}", inert(&format!("{what}: {line}"), OutputKind::Text));
}

/// An exit code, and what is said on standard error: a line, or one for each of several things that are wrong.
pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) message: String,
}

impl Failure {
    /// What the caller can put right.
    pub(super) fn usage(message: impl AsRef<str>) -> Self {
        Self { code: exit::USAGE, message: one_line(message.as_ref()) }
    }

    /// Several things that the caller can put right.
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
        Self::not_judged(format!("the output cannot be written: {error}"))
    }
}
