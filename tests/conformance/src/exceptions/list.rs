//! Lists of exceptions in TOML. Every entry has a reason and a last day, so that no list outlives its reasons.

use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use zerogate_contract::read_text;

use crate::evidence::body;

/// An invalid list of exceptions; the message is one line, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidList(String);

/// Why an entry of a list of exceptions is expired or unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lapse {
    /// It matches nothing any more.
    Unused,
    /// Its last day has passed, so it no longer excuses anything.
    Expired,
}

impl Lapse {
    /// The name in reports: `unused`, `expired`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Expired => "expired",
        }
    }
}

/// A lapsed entry of a list of exceptions; it fails the run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lapsed<E> {
    /// The list's file.
    pub file: String,
    /// The entry.
    pub entry: E,
    /// Why it lapsed.
    pub lapse: Lapse,
}

/// The maximum size of a list, in bytes: many times what anybody needs.
const MAX_BYTES: usize = 1024 * 1024;

/// The text of a list, and its name in messages.
#[derive(Clone, Copy)]
pub(crate) struct ListText<'t> {
    pub(crate) file: &'t str,
    pub(crate) text: &'t str,
}

impl ListText<'_> {
    /// Reads a file and parses it with `parse`; `what` names the kind of list in messages.
    pub(crate) fn read<T>(
        path: &Path,
        what: &str,
        parse: impl FnOnce(&str, &str) -> Result<T, InvalidList>,
    ) -> Result<T, InvalidList> {
        let file = body::one_line(&path.display().to_string());
        match read_text(path, MAX_BYTES) {
            Ok(text) => parse(&file, &text),
            Err(error) => Err(InvalidList(format!("{file}: cannot read the list of {what}: {error}"))),
        }
    }

    /// Parses the text as TOML of this type.
    pub(crate) fn parse<T: DeserializeOwned>(self) -> Result<T, InvalidList> {
        toml::from_str(self.text).map_err(|error| self.refuse(error.span().unwrap_or_default(), error.message()))
    }

    /// Returns the reason and the last day of an entry; `to_do` ends the message if the reason is empty.
    pub(crate) fn reason_and_day(
        self,
        reason: Spanned<String>,
        expires: &Spanned<toml::Value>,
        to_do: &str,
    ) -> Result<(String, Date), InvalidList> {
        if reason.get_ref().trim().is_empty() {
            return Err(self.refuse(reason.span(), &format!("the reason is empty; {to_do}")));
        }
        // A string, or a TOML date.
        let written = self.text.get(expires.span()).unwrap_or_default();
        let day = expires.get_ref().as_str().unwrap_or(written).parse().map_err(|_| {
            let help = "write `expires` like \"2026-12-31\"";
            self.refuse(expires.span(), &format!("{} is not a date; {help}", body::one_line(written)))
        })?;
        Ok((reason.into_inner(), day))
    }

    /// Creates an error for a place in the text.
    pub(crate) fn refuse(self, span: Range<usize>, message: &str) -> InvalidList {
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        InvalidList(format!("{}:{}: {}", self.file, self.line(&span), body::one_line(&message)))
    }

    /// The line of a place, starting at 1.
    pub(crate) fn line(self, span: &Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Today in UTC, so that it is the same wherever the check runs.
#[must_use]
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
