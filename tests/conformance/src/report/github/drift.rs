//! The report for GitHub Actions: one workflow command a change, which becomes an annotation of the contract's file.

use std::io::{self, Write};

use zerogate_contract::Position;

use super::command::command;
use crate::contracts::comparison::{Compared, Comparison, Side};
use crate::evidence::body;
use crate::report::wording::drift::{self as phrase, Gravity};

/// Writes what changed: an error for what breaks, a warning for what may, a notice for all else.
///
/// # Errors
///
/// The writer fails.
pub fn github(comparison: &Comparison, mut writer: impl Write) -> io::Result<()> {
    for compared in &comparison.changes {
        writeln!(writer, "{}", annotation(comparison, compared))?;
    }
    for lapsed in &comparison.lapsed {
        let place = Some(Position { line: lapsed.entry.line, column: 1 });
        let title = format!("{} entry of the list of ignored changes", lapsed.lapse.name());
        writeln!(writer, "{}", command("error", Some((&lapsed.file, place)), &title, &phrase::lapsed(lapsed)))?;
    }
    writer.flush()
}

fn annotation(comparison: &Comparison, compared: &Compared) -> String {
    let Compared { change, suite, ignored } = compared;
    let level = match Gravity::of(compared) {
        Gravity::Breaking => "error",
        Gravity::Risky => "warning",
        Gravity::Compatible | Gravity::Descriptions | Gravity::Ignored => "notice",
    };
    let Comparison { old, new, .. } = comparison;
    let side: &Side = if change.new.is_some() { new } else { old };
    let position = change.place().and_then(|place| place.position);
    let mut lines = vec![body::one_line(&change.message)];
    lines.push(format!("wire {}, source {}", change.wire, change.source));
    let reaches = phrase::reaches(comparison, change);
    if !reaches.is_empty() {
        lines.push(format!("reaches {reaches}"));
    }
    if !suite.is_empty() {
        lines.push(format!("rules: {}", phrase::rules(suite)));
    }
    if let Some(entry) = ignored {
        lines.push(format!("ignored until {}: {}", entry.expires, body::one_line(&entry.reason)));
    }
    command(level, Some((&side.path, position)), change.id, &lines.join("\n"))
}
