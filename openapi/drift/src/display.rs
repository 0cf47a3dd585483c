//! Writes changes as text, for the person who has to act on them.

use std::fmt::{self, Display, Formatter};

use zerogate_contract::one_line;

use crate::change::{Bump, Change, Drift, Place};

/// The maximum number of operations named in a line.
const MAX_NAMED: usize = 6;

/// One line: verdicts, id, place, what changed, and which operations are affected.
impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verdict = if self.doc_only { "doc only" } else { self.wire.name() };
        write!(f, "{verdict:<10}  ")?;
        if !self.doc_only {
            write!(f, "source {:<10}  ", self.source.name())?;
        }
        write!(f, "{}", self.id)?;
        if let Some(place) = self.place() {
            write!(f, "  {}", Shown(place, self.new.is_none()))?;
        }
        f.write_str(": ")?;
        // Keys of a vendor's document may contain terminal escape sequences.
        f.write_str(&one_line(&self.message))?;
        let operations = self.operations();
        if !operations.is_empty() {
            let named: Vec<&str> = operations.iter().take(MAX_NAMED).copied().collect();
            f.write_str("; reaches ")?;
            f.write_str(&one_line(&named.join(", ")))?;
            if let Some(more @ 1..) = operations.len().checked_sub(MAX_NAMED) {
                write!(f, " and {more} more")?;
            }
        }
        Ok(())
    }
}

struct Shown<'p>(&'p Place, bool);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Shown(place, removed) = self;
        f.write_str(&one_line(if place.pointer.is_empty() { "(root)" } else { &place.pointer }))?;
        if let Some(file) = &place.file {
            write!(f, " in {}", one_line(file))?;
        }
        match (place.position, removed) {
            (Some(position), false) => write!(f, " (line {})", position.line),
            (Some(position), true) => write!(f, " (line {} before)", position.line),
            (None, _) => Ok(()),
        }
    }
}

/// The overall verdict on the first line, then one line per change.
impl Display for Drift {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no change");
        }
        let overall = self.overall();
        write!(f, "wire: {}, source: {}; ", overall.wire, overall.source)?;
        match overall.semver {
            Bump::None => f.write_str("requires no new version")?,
            bump => write!(f, "requires a {bump} version")?,
        }
        for change in &self.changes {
            write!(f, "\n{change}")?;
        }
        Ok(())
    }
}
