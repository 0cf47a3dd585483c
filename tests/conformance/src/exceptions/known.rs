//! The list of known failures: reviewed and accepted until a date.

use std::path::Path;

use jiff::civil::Date;

use crate::exceptions::list::{Entry, InvalidList, Lapse, Lapsed, ListText, Shape};

/// A list of known failures, read from a TOML file.
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
/// reason = "the framework's router accepts it"
/// expires = "2026-12-31"
/// ```
///
/// An entry for an unknown rule is unused. Use [`owned_by`](Self::owned_by) if the list also has entries for rules of
/// other commands.
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
    /// The rule that fails, or `conversation` for its steps.
    pub rule: String,
    /// The rule's [case](crate::Rule::cases), or the step, to excuse; other findings count. Without one, all are
    /// excused.
    pub case: Option<String>,
    /// Why it is excused.
    pub reason: String,
    /// The last day on which it is excused, in UTC.
    pub expires: Date,
    /// The line of the file where the entry begins.
    pub line: usize,
}

/// An entry for a rule or a case that passes or does not exist, or an expired one.
pub type LapsedFailure = Lapsed<KnownFailure>;

/// The shape of an entry.
const KNOWN: Shape =
    Shape { table: "known", required: &["rule"], optional: &["case"], to_do: "say why the failure is excused" };

impl KnownFailures {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or [`parse`](Self::parse) refuses its text.
    pub fn read(path: &Path) -> Result<Self, InvalidList> {
        ListText::read(path, "known failures", Self::parse)
    }

    /// Parses the text of a list; `file` is its name in messages.
    ///
    /// Accepts an entry for an unknown rule or case, since those change with versions of the suite. The run reports it
    /// as lapsed.
    ///
    /// # Errors
    ///
    /// If the text is not TOML, an entry lacks a rule, a reason or a date or has an unknown field, a date is invalid,
    /// or two entries excuse the same.
    pub fn parse(file: &str, text: &str) -> Result<Self, InvalidList> {
        let list = ListText { file, text };
        let mut entries: Vec<KnownFailure> = Vec::new();
        for mut entry in list.entries(&KNOWN)? {
            let (rule, case, reason) = (entry.take("rule"), entry.find("case"), entry.take("reason"));
            let Entry { expires, place: span, .. } = entry;
            let is_alike = |first: &&KnownFailure| first.case == case || first.case.is_none() || case.is_none();
            if let Some(first) = entries.iter().filter(|first| first.rule == rule).find(is_alike) {
                let what = if first.case == case { "duplicates" } else { "overlaps" };
                return Err(list.refuse(span, &format!("it {what} the entry in line {}; delete one", first.line)));
            }
            entries.push(KnownFailure { rule, case, reason, expires, line: list.line(&span) });
        }
        Ok(Self { file: file.to_owned(), entries })
    }

    /// Keeps only the entries for these rules.
    pub(crate) fn filtered(mut self, keeps: impl Fn(&str) -> bool) -> Self {
        self.entries.retain(|entry| keeps(&entry.rule));
        self
    }

    /// The entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[KnownFailure] {
        &self.entries
    }

    /// Returns the entries that excuse failures of this rule on this day.
    pub fn excuses(&self, rule: &str, today: Date) -> impl Iterator<Item = &KnownFailure> {
        self.entries.iter().filter(move |entry| entry.rule == rule && today <= entry.expires)
    }

    /// Returns the lapsed entries: expired, or unused according to `is_unused`.
    #[must_use]
    pub fn lapsed(&self, today: Date, is_unused: impl Fn(&KnownFailure) -> bool) -> Vec<LapsedFailure> {
        let lapse = |entry: &KnownFailure| {
            if entry.expires < today {
                Some(Lapse::Expired)
            } else if is_unused(entry) {
                Some(Lapse::Unused)
            } else {
                None
            }
        };
        let lapsed = self.entries.iter().filter_map(|entry| Some((entry, lapse(entry)?)));
        lapsed.map(|(entry, lapse)| Lapsed { file: self.file.clone(), entry: entry.clone(), lapse }).collect()
    }
}

impl KnownFailure {
    /// Whether it excuses a finding with this case, or without a case.
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
    fn an_entry_lapses_after_its_day_or_if_its_rule_passes_or_is_unknown() {
        let text = entry("expired", "2026-12-30") + &entry("no-such-rule", "2026-12-31") + &entry("kept", "2027-01-01");
        let list = KnownFailures::parse("known.toml", &(text + &entry("broken", "2026-12-31"))).unwrap();
        let lapsed = list.lapsed(TODAY, |entry| entry.rule != "broken");
        let lapsed: Vec<_> =
            lapsed.iter().map(|lapsed| (lapsed.entry.rule.as_str(), lapsed.entry.line, lapsed.lapse)).collect();
        assert_eq!(
            lapsed,
            [("expired", 2, Lapse::Expired), ("no-such-rule", 7, Lapse::Unused), ("kept", 12, Lapse::Unused)]
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
                message.starts_with("known.toml:8: it ") && message.ends_with("the entry in line 2; delete one"),
                "{message}"
            );
        }
    }

    #[test]
    fn an_invalid_list_is_reported_in_one_line_with_its_place() {
        let good = entry("cancel-id", "2026-12-31");
        for (text, start) in [
            ("[[known]", "known.toml:1: not valid TOML; check quotes, brackets, and that no name occurs twice"),
            ("\n[[knows]]\nrule = 1\n", "known.toml:2: `knows` is not part of this list; write each entry as a table"),
            ("\nknown = 1", "known.toml:2: write each entry as a table `[[known]]`"),
            ("\nknown = [{}, 1]", "known.toml:2: write each entry as a table `[[known]]`"),
            (&good.replace("\"cancel-id\"", "1"), "known.toml:2: `rule` must be a string, in quotes"),
            (&good.replace("rule", "case = 1\nrule"), "known.toml:2: `case` must be a string, in quotes"),
            (&good.replace("rule", "rule = \"a\"\nrule"), "known.toml:3: not valid TOML; check quotes"),
            (&good.replace("reason = \"known\"\n", ""), "known.toml:1: the entry has no `reason`; add it"),
            (&good.replace("\"known\"", "\" \""), "known.toml:3: the reason is empty; say why"),
            (&good.replace("2026-12-31", "31.12.2026"), "known.toml:4: \"31.12.2026\" is not a date"),
            (
                &good.replace("reason", "because = 1\nreason"),
                "known.toml:3: `because` is not a field; the fields are `rule`, `reason`, `expires`, `case`",
            ),
            (&good.repeat(2), "known.toml:7: it duplicates the entry in line 2"),
        ] {
            let message = KnownFailures::parse("known.toml", text).unwrap_err().to_string();
            assert!(message.starts_with(start) && message.lines().count() == 1, "{message}");
        }
        for text in ["", &good.replace("\"2026-12-31\"", "2026-12-31")] {
            assert!(KnownFailures::parse("known.toml", text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_missing_file_is_reported() {
        let message = KnownFailures::read(Path::new("no/such/known.toml")).unwrap_err().to_string();
        assert!(message.starts_with("no/such/known.toml: cannot read the list of known failures: "), "{message}");
    }
}
