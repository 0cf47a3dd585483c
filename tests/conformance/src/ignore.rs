//! The list of changes that somebody has looked at and decided to live with, for a while.

use std::fs;
use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;
use zerogate_contract::drift::Change;

use crate::body;

/// A list of ignored changes, as it stands in a TOML file.
///
/// ```toml
/// [[ignore]]
/// id = "response-property-removed"
/// pointer = "/components/schemas/GateSession/properties/flow"
/// reason = "nobody reads it; see issue 12"
/// expires = "2026-12-31"
/// ```
#[derive(Debug)]
pub struct IgnoreList {
    /// The file, as the caller named it.
    pub file: String,
    entries: Vec<Ignore>,
}

/// One ignored change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The kind of change.
    pub id: String,
    /// Where the change is: its pointer in the old document or in the new one.
    pub pointer: String,
    /// Why it is ignored.
    pub reason: String,
    /// The last day on which it is.
    pub expires: Date,
    /// The line of the file that it begins on.
    pub line: usize,
}

/// An entry that the list should not have any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {
    /// No change is like it.
    Stale,
    /// Its day is over: what it was to ignore counts.
    Expired,
}

impl Lapse {
    /// The name in reports: `stale`, `expired`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Expired => "expired",
        }
    }
}

/// A list that cannot be used; one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidIgnoreList(String);

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    ignore: Vec<Entry>,
}

/// One `[[ignore]]`, with the places that messages speak of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    pointer: Spanned<String>,
    reason: Spanned<String>,
    /// Text, or a day as TOML itself writes it.
    expires: Spanned<toml::Value>,
}

impl IgnoreList {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or [`parse`](Self::parse) refuses its text.
    pub fn read(path: &Path) -> Result<Self, InvalidIgnoreList> {
        let file = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(error) => {
                Err(InvalidIgnoreList(format!("{file}: the list of ignored changes cannot be read: {error}")))
            }
        }
    }

    /// Reads the text of a list; messages call it `file`.
    ///
    /// # Errors
    ///
    /// It is no TOML, an entry lacks one of its four fields or has another one, a day is none, or two entries are alike.
    pub fn parse(file: &str, text: &str) -> Result<Self, InvalidIgnoreList> {
        let refuse = |span: Range<usize>, message: &str| {
            let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
            InvalidIgnoreList(format!("{file}:{}: {message}", line(text, span.start)))
        };
        let File { ignore } =
            toml::from_str(text).map_err(|error| refuse(error.span().unwrap_or_default(), error.message()))?;
        let mut entries: Vec<Ignore> = Vec::with_capacity(ignore.len());
        for Entry { id, pointer, reason, expires } in ignore {
            if reason.get_ref().trim().is_empty() {
                return Err(refuse(reason.span(), "the reason is empty; say why the change is ignored"));
            }
            let written = text.get(expires.span()).unwrap_or_default();
            let day = expires.get_ref().as_str().unwrap_or(written).parse().map_err(|_| {
                let help = "write `expires` like \"2026-12-31\"";
                refuse(expires.span(), &format!("{} is no day; {help}", body::one_line(written)))
            })?;
            let entry = Ignore {
                line: line(text, id.span().start),
                id: id.into_inner(),
                pointer: pointer.into_inner(),
                reason: reason.into_inner(),
                expires: day,
            };
            if let Some(first) = entries.iter().find(|first| first.id == entry.id && first.pointer == entry.pointer) {
                let message =
                    format!("{}:{}: it ignores what line {} ignores; delete one", file, entry.line, first.line);
                return Err(InvalidIgnoreList(message));
            }
            entries.push(entry);
        }
        Ok(Self { file: file.to_owned(), entries })
    }

    /// What of the list ignores each of the changes on this day, and what of it has lapsed.
    pub(crate) fn apply<'c>(
        &self,
        changes: impl Iterator<Item = &'c Change>,
        today: Date,
    ) -> (Vec<Option<Ignore>>, Vec<(Ignore, Lapse)>) {
        let is_over = |entry: &Ignore| today > entry.expires;
        let mut used = vec![false; self.entries.len()];
        let ignored = changes
            .map(|change| {
                let (index, entry) = self.entries.iter().enumerate().find(|(_, entry)| entry.is_about(change))?;
                used[index] = true;
                (!is_over(entry)).then(|| entry.clone())
            })
            .collect();
        let lapsed = self.entries.iter().zip(used).filter_map(|(entry, used)| match (is_over(entry), used) {
            (true, _) => Some((entry.clone(), Lapse::Expired)),
            (false, false) => Some((entry.clone(), Lapse::Stale)),
            (false, true) => None,
        });
        (ignored, lapsed.collect())
    }
}

impl Ignore {
    fn is_about(&self, change: &Change) -> bool {
        let mut places = [&change.old, &change.new].into_iter().flatten();
        self.id == change.id && places.any(|place| place.pointer == self.pointer)
    }
}

/// The day that it is, in UTC: the same for everybody who runs the same check.
#[must_use]
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The line of a byte, counted from 1.
fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use zerogate_contract::drift::Place;

    use super::*;

    const TODAY: Date = date(2026, 12, 31);

    fn change(id: &'static str, old: Option<&str>, new: Option<&str>) -> Change {
        let place = |pointer: &str| Place { pointer: pointer.to_owned(), position: None };
        let mut change = Change::new(id, "a change");
        change.old = old.map(place);
        change.new = new.map(place);
        change
    }

    fn entry(id: &str, pointer: &str, expires: &str) -> String {
        format!("[[ignore]]\nid = {id:?}\npointer = {pointer:?}\nreason = \"known\"\nexpires = {expires:?}\n\n")
    }

    #[test]
    fn an_entry_is_about_a_kind_of_change_at_a_place_of_either_document() {
        let text = entry("a", "/x", "2026-12-31") + &entry("b", "/y", "2027-01-01");
        let list = IgnoreList::parse("ignore.toml", &text).unwrap();
        let changes = [
            change("a", Some("/x"), None),
            change("a", Some("/w"), Some("/x")),
            change("b", Some("/y"), Some("/z")),
            change("b", None, Some("/x")),
            change("a", None, Some("/x/y")),
            change("a", None, None),
        ];
        let (ignored, lapsed) = list.apply(changes.iter(), TODAY);
        let lines: Vec<_> = ignored.iter().map(|entry| entry.as_ref().map(|entry| entry.line)).collect();
        assert_eq!(lines, [Some(2), Some(2), Some(8), None, None, None]);
        assert_eq!(lapsed, []);
    }

    #[test]
    fn an_entry_lapses_after_its_day_or_if_nothing_is_like_it() {
        let text = entry("a", "/x", "2026-12-30") + &entry("b", "/x", "2026-12-30") + &entry("c", "/x", "2026-12-31");
        let list = IgnoreList::parse("ignore.toml", &text).unwrap();
        let (ignored, lapsed) = list.apply([change("a", Some("/x"), None)].iter(), TODAY);
        assert_eq!(ignored, [None], "what has expired ignores nothing");
        let lapsed: Vec<_> = lapsed.iter().map(|(entry, lapse)| (entry.id.as_str(), entry.line, *lapse)).collect();
        assert_eq!(lapsed, [("a", 2, Lapse::Expired), ("b", 8, Lapse::Expired), ("c", 14, Lapse::Stale)]);
    }

    #[test]
    fn a_list_that_cannot_be_used_is_told_in_a_line_with_its_place() {
        let good = entry("a", "/x", "2026-12-31");
        for (text, start) in [
            ("[[ignore]", "ignore.toml:1: "),
            ("\n[[ignores]]\nid = 1\n", "ignore.toml:2: unknown field `ignores`"),
            (&good.replace("reason = \"known\"\n", ""), "ignore.toml:1: missing field `reason`"),
            (&good.replace("expires = \"2026-12-31\"\n", ""), "ignore.toml:1: missing field `expires`"),
            (&good.replace("known", " "), "ignore.toml:4: the reason is empty"),
            (&good.replace("\"2026-12-31\"", "2026"), "ignore.toml:5: 2026 is no day"),
            (&good.replace("2026-12-31", "31.12.2026"), "ignore.toml:5: \"31.12.2026\" is no day"),
            (&good.replace("2026-12-31", "2026-02-30"), "ignore.toml:5: \"2026-02-30\" is no day"),
            (&good.replace("reason", "because = 1\nreason"), "ignore.toml:4: unknown field `because`"),
            (&good.repeat(2), "ignore.toml:8: it ignores what line 2 ignores"),
        ] {
            let message = IgnoreList::parse("ignore.toml", text).unwrap_err().to_string();
            assert!(message.starts_with(start) && message.lines().count() == 1, "{message}");
        }
        for text in ["", &good.replace("\"2026-12-31\"", "2026-12-31")] {
            assert!(IgnoreList::parse("ignore.toml", text).is_ok(), "{text}");
        }
    }
}
