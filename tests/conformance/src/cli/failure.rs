//! Why a command ends without having done what it was asked for.

use std::io;

use crate::evidence::body::one_line;
use crate::exit;

/// An exit code, and what is said on standard error, in a line.
pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) message: String,
}

impl Failure {
    /// What the caller can put right.
    pub(super) fn usage(message: impl AsRef<str>) -> Self {
        Self { code: exit::USAGE, message: one_line(message.as_ref()) }
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
