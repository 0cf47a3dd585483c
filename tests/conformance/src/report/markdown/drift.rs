//! The report for a comment on a pull request.

use std::io::{self, Write};

use zerogate_drift::Change;

use super::escape::{code, prose};
use crate::contracts::comparison::{Compared, Comparison};
use crate::report::wording::drift::{self as phrase, Gravity};

/// How much is written, in bytes: GitHub refuses a comment beyond 65,536 characters.
const MOST: usize = 60_000;

/// Writes what changed: the verdict, then a table with a row a change, the gravest first.
///
/// What comes from the contracts can neither break the table nor become markup, a link or a mention.
///
/// # Errors
///
/// The writer fails.
pub fn markdown(comparison: &Comparison, mut writer: impl Write) -> io::Result<()> {
    let Comparison { old, new, changes, lapsed, .. } = comparison;
    writeln!(writer, "### Contract: {} → {}\n", code(&old.name), code(&new.name))?;
    if changes.is_empty() {
        writeln!(writer, "Nothing changed.")?;
    } else {
        let overall = comparison.overall();
        writeln!(
            writer,
            "On the wire **{}**, for Rust code **{}**; {}; {}.\n",
            overall.wire,
            overall.source,
            phrase::suite(comparison),
            phrase::bump(comparison).replace(overall.semver.name(), &format!("**{}**", overall.semver)),
        )?;
        table(comparison, &mut writer)?;
    }
    if !lapsed.is_empty() {
        writeln!(writer, "\nLapsed entries of the list of ignored changes:\n")?;
        for lapsed in lapsed {
            let place = code(&format!("{}:{}", lapsed.file, lapsed.entry.line));
            writeln!(writer, "- {place}, {}: {}", lapsed.lapse.name(), prose(&phrase::lapsed(lapsed)))?;
        }
    }
    writer.flush()
}

fn table(comparison: &Comparison, writer: &mut impl Write) -> io::Result<()> {
    writeln!(writer, "| | wire | source | change | where | reaches | rules |\n|---|---|---|---|---|---|---|")?;
    let mut changes: Vec<&Compared> = comparison.changes.iter().collect();
    changes.sort_by_key(|compared| Gravity::of(compared));
    let mut written = 0;
    for (index, compared) in changes.iter().enumerate() {
        let row = row(comparison, compared);
        written += row.len();
        if written > MOST {
            let left = changes.len() - index;
            return writeln!(writer, "\n… and {left} more: too many for a comment. `zerogate diff` tells them all.");
        }
        writeln!(writer, "{row}")?;
    }
    Ok(())
}

fn row(comparison: &Comparison, compared: &Compared) -> String {
    let Compared { change, suite, ignored } = compared;
    let Change { id, wire, source, message, .. } = change;
    let sign = match Gravity::of(compared) {
        Gravity::Breaking => "🔴",
        Gravity::Risky => "🟡",
        Gravity::Compatible => "🟢",
        Gravity::Descriptions => "📝",
        Gravity::Ignored => "⚪",
    };
    let ignored = match ignored {
        Some(entry) => format!("<br>ignored until {}: {}", entry.expires, prose(&entry.reason)),
        None => String::new(),
    };
    format!(
        "| {sign} | {wire} | {source} | {}<br>{}{ignored} | {} | {} | {} |",
        code(id),
        prose(message),
        place(comparison, change),
        prose(&phrase::reaches(comparison, change)),
        prose(&phrase::rules(suite)),
    )
}

fn place(comparison: &Comparison, change: &Change) -> String {
    let side = if change.new.is_some() { &comparison.new } else { &comparison.old };
    match change.place() {
        Some(place) => format!("{}<br>{}", code(&phrase::place(side, place)), code(&place.pointer)),
        None => String::new(),
    }
}
