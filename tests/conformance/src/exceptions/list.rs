//! Lists of exceptions in TOML. Every entry has a reason and a last day, so that no list outlives its reasons.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use toml::de::DeTable;
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

/// The fields of every entry.
const REASON: &str = "reason";
const EXPIRES: &str = "expires";

/// What the entries of a kind of list look like.
pub(crate) struct Shape {
    /// The name of their tables.
    pub(crate) table: &'static str,
    /// The fields that say what is excepted.
    pub(crate) required: &'static [&'static str],
    /// Those of them that an entry may lack.
    pub(crate) optional: &'static [&'static str],
    /// What to do about an empty reason.
    pub(crate) to_do: &'static str,
}

/// An entry of a list.
pub(crate) struct Entry {
    fields: BTreeMap<&'static str, String>,
    /// The last day of the exception.
    pub(crate) expires: Date,
    /// Where its first field is.
    pub(crate) place: Range<usize>,
}

impl Entry {
    /// Takes the text of a field, if the entry has it.
    pub(crate) fn find(&mut self, name: &str) -> Option<String> {
        self.fields.remove(name)
    }

    /// Takes the text of a required field.
    pub(crate) fn take(&mut self, name: &str) -> String {
        self.find(name).unwrap_or_default()
    }
}

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

    /// Parses the text as a list of entries of this shape.
    pub(crate) fn entries(self, shape: &Shape) -> Result<Vec<Entry>, InvalidList> {
        let Shape { table, .. } = shape;
        let how = format!("write each entry as a table `[[{table}]]`");
        let list = DeTable::parse(self.text).map_err(|error| {
            let check = "check quotes, brackets, and that no name occurs twice";
            self.refuse(error.span().unwrap_or_default(), &format!("not valid TOML; {check}"))
        })?;
        let mut entries = Vec::new();
        for (name, value) in list.get_ref() {
            if name.get_ref() != table {
                return Err(self.refuse(name.span(), &format!("`{}` is not part of this list; {how}", name.get_ref())));
            }
            let tables = value.get_ref().as_array().and_then(|all| {
                all.iter().map(|entry| Some((entry.span(), entry.get_ref().as_table()?))).collect::<Option<Vec<_>>>()
            });
            for (place, fields) in tables.ok_or_else(|| self.refuse(name.span(), &how))? {
                entries.push(self.entry(shape, place, fields)?);
            }
        }
        Ok(entries)
    }

    fn entry(self, shape: &Shape, place: Range<usize>, table: &DeTable<'_>) -> Result<Entry, InvalidList> {
        let required = || shape.required.iter().copied().chain([REASON, EXPIRES]);
        let known: Vec<&str> = required().chain(shape.optional.iter().copied()).collect();
        if let Some(other) = table.keys().find(|name| !known.contains(&name.get_ref().as_ref())) {
            let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let what = format!("`{}` is not a field; the fields are {known}", other.get_ref());
            return Err(self.refuse(other.span(), &what));
        }
        let mut entry = Entry { fields: BTreeMap::new(), expires: Date::MAX, place: place.clone() };
        for name in known {
            let Some((_, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else {
                if required().any(|required| required == name) {
                    return Err(self.refuse(place, &format!("the entry has no `{name}`; add it")));
                }
                continue;
            };
            let (span, text) = (value.span(), value.get_ref().as_str());
            if name == EXPIRES {
                // A string, or a TOML date.
                let written = self.text.get(span.clone()).unwrap_or_default();
                entry.expires = text.unwrap_or(written).parse().map_err(|_| {
                    let help = "write `expires` like \"2026-12-31\"";
                    self.refuse(span, &format!("{} is not a date; {help}", body::one_line(written)))
                })?;
                continue;
            }
            let Some(text) = text else {
                return Err(self.refuse(span, &format!("`{name}` must be a string, in quotes")));
            };
            if name == REASON && text.trim().is_empty() {
                return Err(self.refuse(span, &format!("the reason is empty; {}", shape.to_do)));
            }
            if entry.fields.is_empty() {
                entry.place = span;
            }
            entry.fields.insert(name, text.to_owned());
        }
        Ok(entry)
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
