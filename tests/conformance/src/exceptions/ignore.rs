//! The list of ignored changes: reviewed and accepted until a date.

use std::path::Path;

use jiff::civil::Date;
use zerogate_drift::Change;

use crate::exceptions::list::{Entry, InvalidList, Lapse, Lapsed, ListText, Shape};

/// A list of ignored changes, read from a TOML file.
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
    /// The last day on which it is ignored.
    pub expires: Date,
    /// The line of the file where the entry begins.
    pub line: usize,
}

/// An entry that matches no change, or that has expired.
pub type LapsedIgnore = Lapsed<Ignore>;

/// The shape of an entry.
const IGNORED: Shape =
    Shape { table: "ignore", required: &["id", "pointer"], optional: &[], to_do: "say why the change is ignored" };

impl IgnoreList {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or [`parse`](Self::parse) refuses its text.
    pub fn read(path: &Path) -> Result<Self, InvalidList> {
        ListText::read(path, "ignored changes", Self::parse)
    }

    /// Parses the text of a list; `file` is its name in messages.
    ///
    /// # Errors
    ///
    /// If the text is not TOML, an entry lacks one of its four fields or has an unknown one, a date is invalid, or two
    /// entries are equal.
    pub fn parse(file: &str, text: &str) -> Result<Self, InvalidList> {
        let list = ListText { file, text };
        let mut entries: Vec<Ignore> = Vec::new();
        for mut entry in list.entries(&IGNORED)? {
            let (id, pointer, reason) = (entry.take("id"), entry.take("pointer"), entry.take("reason"));
            let Entry { expires, place: span, .. } = entry;
            if let Some(first) = entries.iter().find(|first| first.id == id && first.pointer == pointer) {
                return Err(list.refuse(span, &format!("it duplicates the entry in line {}; delete one", first.line)));
            }
            entries.push(Ignore { id, pointer, reason, expires, line: list.line(&span) });
        }
        Ok(Self { file: file.to_owned(), entries })
    }

    /// Returns the entry that ignores each change on this day, and the lapsed entries.
    pub(crate) fn apply<'c>(
        &self,
        changes: impl Iterator<Item = &'c Change>,
        today: Date,
    ) -> (Vec<Option<Ignore>>, Vec<LapsedIgnore>) {
        let is_over = |entry: &Ignore| today > entry.expires;
        let mut used = vec![false; self.entries.len()];
        let ignored = changes
            .map(|change| {
                let (index, entry) = self.entries.iter().enumerate().find(|(_, entry)| entry.is_about(change))?;
                used[index] = true;
                (!is_over(entry)).then(|| entry.clone())
            })
            .collect();
        let lapsed = self.entries.iter().zip(used).filter_map(|(entry, used)| {
            let lapse = match (is_over(entry), used) {
                (true, _) => Lapse::Expired,
                (false, false) => Lapse::Unused,
                (false, true) => return None,
            };
            Some(Lapsed { file: self.file.clone(), entry: entry.clone(), lapse })
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use zerogate_drift::Place;

    use super::*;

    const TODAY: Date = date(2026, 12, 31);

    fn change(id: &'static str, old: Option<&str>, new: Option<&str>) -> Change {
        let place = |pointer: &str| Place { pointer: pointer.to_owned(), position: None, file: None };
        let mut change = Change::new(id, "a change");
        change.old = old.map(place);
        change.new = new.map(place);
        change
    }

    fn entry(id: &str, pointer: &str, expires: &str) -> String {
        format!("[[ignore]]\nid = {id:?}\npointer = {pointer:?}\nreason = \"known\"\nexpires = {expires:?}\n\n")
    }

    #[test]
    fn an_entry_matches_a_kind_of_change_at_a_place_of_either_document() {
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
    fn an_entry_lapses_after_its_day_or_if_it_matches_no_change() {
        let text = entry("a", "/x", "2026-12-30") + &entry("b", "/x", "2026-12-30") + &entry("c", "/x", "2026-12-31");
        let list = IgnoreList::parse("ignore.toml", &text).unwrap();
        let (ignored, lapsed) = list.apply([change("a", Some("/x"), None)].iter(), TODAY);
        assert_eq!(ignored, [None], "an expired entry ignores nothing");
        let lapsed: Vec<_> = lapsed.iter().map(|it| (it.entry.id.as_str(), it.entry.line, it.lapse)).collect();
        assert_eq!(lapsed, [("a", 2, Lapse::Expired), ("b", 8, Lapse::Expired), ("c", 14, Lapse::Unused)]);
    }

    #[test]
    fn an_invalid_list_is_reported_in_one_line_with_its_place() {
        let good = entry("a", "/x", "2026-12-31");
        for (text, start) in [
            ("[[ignore]", "ignore.toml:1: "),
            ("\n[[ignores]]\nid = 1\n", "ignore.toml:2: `ignores` is not part of this list"),
            (&good.replace("reason = \"known\"\n", ""), "ignore.toml:1: the entry has no `reason`; add it"),
            (&good.replace("expires = \"2026-12-31\"\n", ""), "ignore.toml:1: the entry has no `expires`; add it"),
            (&good.replace("known", " "), "ignore.toml:4: the reason is empty"),
            (&good.replace("\"2026-12-31\"", "2026"), "ignore.toml:5: 2026 is not a date"),
            (&good.replace("2026-12-31", "31.12.2026"), "ignore.toml:5: \"31.12.2026\" is not a date"),
            (&good.replace("2026-12-31", "2026-02-30"), "ignore.toml:5: \"2026-02-30\" is not a date"),
            (
                &good.replace("reason", "because = 1\nreason"),
                "ignore.toml:4: `because` is not a field; the fields are `id`, `pointer`, `reason`, `expires`",
            ),
            (&good.repeat(2), "ignore.toml:8: it duplicates the entry in line 2"),
        ] {
            let message = IgnoreList::parse("ignore.toml", text).unwrap_err().to_string();
            assert!(message.starts_with(start) && message.lines().count() == 1, "{message}");
        }
        for text in ["", &good.replace("\"2026-12-31\"", "2026-12-31")] {
            assert!(IgnoreList::parse("ignore.toml", text).is_ok(), "{text}");
        }
    }
}
