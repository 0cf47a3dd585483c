//! The report on a comparison.

use std::fmt::{self, Write};
use std::io;

use anstyle::Style;
use zerogate_drift::Change;

use crate::contracts::comparison::{Compared, Comparison};
use crate::evidence::body;
use crate::report::style::{Styles, styled, wrapped};
use crate::report::wording::drift::{self as wording, Gravity};

/// The indent of a change's explanation.
const INDENT: &str = "    ";

/// How many lines of generated code are shown per change.
const MAX_LINES: usize = 12;

pub(in crate::report) fn drift(comparison: &Comparison, styles: Styles) -> io::Result<String> {
    let mut report = Report { comparison, styles, page: String::new() };
    report.write().map_err(io::Error::other)?;
    Ok(report.page)
}

struct Report<'c> {
    comparison: &'c Comparison,
    styles: Styles,
    page: String,
}

impl Report<'_> {
    fn write(&mut self) -> fmt::Result {
        let Comparison { old, new, changes, .. } = self.comparison;
        writeln!(self.page, "{} -> {}", body::one_line(&old.name), body::one_line(&new.name))?;
        if changes.is_empty() {
            writeln!(self.page, "{}", styled(self.styles.good, wording::nothing(self.comparison).to_lowercase()))?;
        } else {
            self.verdict()?;
            for gravity in Gravity::ALL {
                self.group(gravity)?;
            }
        }
        self.lapsed()
    }

    fn verdict(&mut self) -> fmt::Result {
        let overall = self.comparison.overall();
        let gravest = self.comparison.counted().map(Gravity::of).min();
        let wire = match (overall.doc_only, gravest) {
            (_, None) => "none: every change is ignored".to_owned(),
            (true, _) => "none: only descriptions changed".to_owned(),
            _ => overall.wire.to_string(),
        };
        let bump = wording::bump(self.comparison, |bump| bump.to_string());
        let style = gravest.map_or(self.styles.good, |gravity| self.style(gravity));
        let bump = bump.map(|bump| styled(style, bump));
        writeln!(self.page)?;
        let [is_wire, source] = self.comparison.verdicts(overall.wire, overall.source);
        for (label, text) in [
            ("wire", is_wire.map(|_| wire)),
            ("source", source.map(str::to_owned)),
            ("suite", Some(wording::suite(self.comparison))),
            ("semver", bump),
        ] {
            if let Some(text) = text {
                writeln!(self.page, "{label:<6}  {text}")?;
            }
        }
        for note in wording::notes(self.comparison) {
            writeln!(self.page, "{}", wrapped("note    ", &note))?;
        }
        Ok(())
    }

    fn group(&mut self, gravity: Gravity) -> fmt::Result {
        let members: Vec<&Compared> =
            self.comparison.changes.iter().filter(|compared| Gravity::of(compared) == gravity).collect();
        if members.is_empty() {
            return Ok(());
        }
        let heading = format!("{} ({})", gravity.name(), members.len());
        writeln!(self.page, "\n{}", styled(self.styles.heading, heading))?;
        members.into_iter().try_for_each(|compared| self.change(compared))
    }

    fn change(&mut self, compared: &Compared) -> fmt::Result {
        let Compared { change, suite, ignored, sunset } = compared;
        let Change { id, message, lines, .. } = change;
        let id = styled(self.style(Gravity::of(compared)), id);
        let verdict = styled(self.styles.quiet, wording::verdict(self.comparison, change));
        writeln!(self.page, "\n  {id}  {verdict}")?;
        self.places(change)?;
        self.detail("what", &body::one_line(message))?;
        self.detail("so", wording::meaning(self.comparison, change).unwrap_or_default())?;
        // Never wrapped: users search for these lines in their code.
        for (index, line) in lines.iter().take(MAX_LINES).enumerate() {
            writeln!(self.page, "{INDENT}{:<7}  {}", if index == 0 { "lines" } else { "" }, body::one_line(line))?;
        }
        if let Some(more @ 1..) = lines.len().checked_sub(MAX_LINES) {
            writeln!(self.page, "{INDENT}         and {more} more; --format json lists them all")?;
        }
        self.detail("reaches", &wording::reaches(self.comparison, change))?;
        self.detail("rules", &wording::rules(suite))?;
        if let Some(sunset) = sunset {
            self.detail("sunset", &wording::sunset(sunset))?;
        }
        match ignored {
            Some(entry) => {
                let reason = format!("{} (until {})", body::one_line(&entry.reason), entry.expires);
                self.detail("ignored", &reason)
            }
            None => Ok(()),
        }
    }

    /// Where the change is, and where it was if the place moved. Never wrapped: editors open these locations.
    fn places(&mut self, change: &Change) -> fmt::Result {
        let Comparison { old, new, .. } = self.comparison;
        let moved = change.new.as_ref().map(|place| &place.pointer) != change.old.as_ref().map(|place| &place.pointer);
        let was = change.old.as_ref().filter(|_| moved || self.comparison.provider);
        let (at, before) = if self.comparison.provider { ("found", "wanted") } else { ("at", "was") };
        for (label, side, place) in [(at, new, change.new.as_ref()), (before, old, was)] {
            if let Some(place) = place {
                let pointer = styled(self.styles.quiet, body::one_line(&place.pointer));
                writeln!(self.page, "{INDENT}{label:<7}  {}  {pointer}", wording::location(side, place))?;
            }
        }
        Ok(())
    }

    /// A line of explanation, wrapped under itself.
    fn detail(&mut self, label: &str, text: &str) -> fmt::Result {
        if text.is_empty() {
            return Ok(());
        }
        writeln!(self.page, "{}", wrapped(&format!("{INDENT}{label:<7}  "), text))
    }

    fn lapsed(&mut self) -> fmt::Result {
        if self.comparison.lapsed.is_empty() {
            return Ok(());
        }
        let heading = format!("expired or unused entries of --ignore ({})", self.comparison.lapsed.len());
        writeln!(self.page, "\n{}", styled(self.styles.heading, heading))?;
        for lapsed in &self.comparison.lapsed {
            let name = styled(self.styles.bad, lapsed.lapse.name());
            writeln!(self.page, "\n  {name}")?;
            writeln!(self.page, "{INDENT}at       {}:{}", body::one_line(&lapsed.file), lapsed.entry.line)?;
            self.detail("what", &wording::lapsed(lapsed))?;
        }
        Ok(())
    }

    fn style(&self, gravity: Gravity) -> Style {
        match gravity {
            Gravity::Breaking => self.styles.bad,
            Gravity::Risky => self.styles.doubtful,
            Gravity::Compatible | Gravity::Version | Gravity::Descriptions => self.styles.good,
            Gravity::Ignored => self.styles.quiet,
        }
    }
}
