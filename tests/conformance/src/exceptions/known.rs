//! The list of failures that somebody knows of and has decided to live with, for a while.

use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::exceptions::list::{InvalidList, Lapse, Lapsed, ListText};

/// A list of known failures, as it stands in a TOML file.
///
/// ```toml
/// [[known]]
/// rule = "cancel-request-id"
/// reason = "the gateway drops the header; see issue 12"
/// expires = "2026-12-31"
///
/// [[known]]
/// rule = "cancel-other-spelling"
/// case = "trailing-slash"
/// reason = "the framework's router takes it"
/// expires = "2026-12-31"
/// ```
#[derive(Debug, Clone, Default)]
pub struct KnownFailures {
    /// The file, as the caller named it.
    pub file: String,
    entries: Vec<KnownFailure>,
}

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownFailure {
    /// The rule that is broken, or `conversation` for its steps.
    pub rule: String,
    /// Which of the rule's [cases](crate::Rule::cases), or which step: all else that it finds counts. Without one, nothing
    /// of the rule does.
    pub case: Option<String>,
    /// Why that is to be lived with.
    pub reason: String,
    /// The last day on which it is, in UTC.
    pub expires: Date,
    /// The line of the file that the entry begins on.
    pub line: usize,
}

/// An entry for a rule or a case that is kept now or that does not exist, or whose day is over.
pub type LapsedFailure = Lapsed<KnownFailure>;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<KnownEntry>,
}

/// One `[[known]]`, with the places that messages speak of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownEntry {
    rule: Spanned<String>,
    case: Option<String>,
    reason: Spanned<String>,
    /// Text, or a day as TOML itself writes it.
    expires: Spanned<toml::Value>,
}

impl KnownFailures {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or [`parse`](Self::parse) refuses its text.
    pub fn read(path: &Path) -> Result<Self, InvalidList> {
        ListText::read(path, "known failures", Self::parse)
    }

    /// Reads the text of a list; messages call it `file`.
    ///
    /// An entry for a rule or a case that does not exist is taken: they come and go with versions of the suite, and the run
    /// says that it has lapsed.
    ///
    /// # Errors
    ///
    /// It is no TOML, an entry lacks a rule, a reason or a day or has an unknown field, a day is none, or two entries excuse
    /// the same.
    pub fn parse(file: &str, text: &str) -> Result<Self, InvalidList> {
        let list = ListText { file, text };
        let File { known } = list.parse()?;
        let mut entries: Vec<KnownFailure> = Vec::with_capacity(known.len());
        for KnownEntry { rule, case, reason, expires } in known {
            let span = rule.span();
            let (reason, expires) = list.reason_and_day(reason, &expires, "say why the failure is lived with")?;
            let rule = rule.into_inner();
            let is_alike = |first: &&KnownFailure| first.case == case || first.case.is_none() || case.is_none();
            if let Some(first) = entries.iter().filter(|first| first.rule == rule).find(is_alike) {
                let what =
                    if first.case == case { "is for the rule" } else { "excuses a part, or the whole, of the rule" };
                return Err(list.refuse(span, &format!("it {what} of line {}; delete one", first.line)));
            }
            entries.push(KnownFailure { rule, case, reason, expires, line: list.line(&span) });
        }
        Ok(Self { file: file.to_owned(), entries })
    }

    /// The entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[KnownFailure] {
        &self.entries
    }

    /// The entries that excuse failures of this rule on this day.
    pub fn excuses(&self, rule: &str, today: Date) -> impl Iterator<Item = &KnownFailure> {
        self.entries.iter().filter(move |entry| entry.rule == rule && today <= entry.expires)
    }

    /// The entries that have outlived their reason: expired, or for what `is_stale` knows to be kept or not to exist.
    #[must_use]
    pub fn lapsed(&self, today: Date, is_stale: impl Fn(&KnownFailure) -> bool) -> Vec<LapsedFailure> {
        let lapse = |entry: &KnownFailure| {
            if entry.expires < today {
                Some(Lapse::Expired)
            } else if is_stale(entry) {
                Some(Lapse::Stale)
            } else {
                None
            }
        };
        let lapsed = self.entries.iter().filter_map(|entry| Some((entry, lapse(entry)?)));
        lapsed.map(|(entry, lapse)| Lapsed { file: self.file.clone(), entry: entry.clone(), lapse }).collect()
    }
}

impl KnownFailure {
    /// Whether it excuses what is in this case of its rule, or in none.
    #[must_use]
    pub fn covers(&self, case: Option<&str>) -> bool {
        self.case.is_none() || self.case.as_deref() == case
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 12, 31);

    fn entry(rule: &str, expires: &str) -> String {
        format!("[[known]]\nrule = {rule:?}\nreason = \"known\"\nexpires = {expires:?}\n\n")
    }

    #[test]
    fn an_entry_excuses_its_rule_up_to_its_day() {
        let text = entry("cancel-id", "2026-12-31") + &entry("cancel-object", "2026-12-30");
        let list = KnownFailures::parse("known.toml", &text).unwrap();
        assert_eq!(list.excuses("cancel-id", TODAY).map(|entry| entry.line).collect::<Vec<_>>(), [2]);
        assert_eq!(list.excuses("cancel-object", TODAY).count(), 0);
        assert_eq!(list.excuses("cancel-status-201", TODAY).count(), 0);
    }

    #[test]
    fn an_entry_lapses_after_its_day_or_if_its_rule_is_kept_or_is_none() {
        let text = entry("expired", "2026-12-30") + &entry("no-such-rule", "2026-12-31") + &entry("kept", "2027-01-01");
        let list = KnownFailures::parse("known.toml", &(text + &entry("broken", "2026-12-31"))).unwrap();
        let lapsed = list.lapsed(TODAY, |entry| entry.rule != "broken");
        let lapsed: Vec<_> =
            lapsed.iter().map(|lapsed| (lapsed.entry.rule.as_str(), lapsed.entry.line, lapsed.lapse)).collect();
        assert_eq!(
            lapsed,
            [("expired", 2, Lapse::Expired), ("no-such-rule", 7, Lapse::Stale), ("kept", 12, Lapse::Stale)]
        );
    }

    #[test]
    fn an_entry_for_a_case_covers_that_alone() {
        let of = |case: &str| entry("cancel-id", "2026-12-31").replace("reason", &format!("case = {case:?}\nreason"));
        let list =
            KnownFailures::parse("known.toml", &(of("one") + &of("two") + &entry("whole", "2026-12-31"))).unwrap();
        let covers = |case| list.entries().iter().map(|entry| entry.covers(case)).collect::<Vec<_>>();
        assert_eq!(covers(Some("one")), [true, false, true]);
        assert_eq!(covers(None), [false, false, true]);
        for text in [of("one") + &of("one"), of("one") + &entry("cancel-id", "2026-12-31")] {
            let message = KnownFailures::parse("known.toml", &text).unwrap_err().to_string();
            assert!(
                message.starts_with("known.toml:8: it ") && message.ends_with("of line 2; delete one"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_list_that_cannot_be_used_is_told_in_a_line_with_its_place() {
        let good = entry("cancel-id", "2026-12-31");
        for (text, start) in [
            ("[[known]", "known.toml:1: "),
            ("\n[[knows]]\nrule = 1\n", "known.toml:2: unknown field `knows`"),
            ("[[known]]\nrule = 1\n", "known.toml:2: invalid type"),
            (&good.replace("reason = \"known\"\n", ""), "known.toml:1: missing field `reason`"),
            (&good.replace("\"known\"", "\" \""), "known.toml:3: the reason is empty; say why"),
            (&good.replace("2026-12-31", "31.12.2026"), "known.toml:4: \"31.12.2026\" is not a date"),
            (&good.replace("reason", "because = 1\nreason"), "known.toml:3: unknown field `because`"),
            (&good.repeat(2), "known.toml:7: it is for the rule of line 2"),
        ] {
            let message = KnownFailures::parse("known.toml", text).unwrap_err().to_string();
            assert!(message.starts_with(start) && message.lines().count() == 1, "{message}");
        }
        for text in ["", &good.replace("\"2026-12-31\"", "2026-12-31")] {
            assert!(KnownFailures::parse("known.toml", text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let message = KnownFailures::read(Path::new("no/such/known.toml")).unwrap_err().to_string();
        assert!(message.starts_with("no/such/known.toml: the list of known failures cannot be read: "), "{message}");
    }
}
