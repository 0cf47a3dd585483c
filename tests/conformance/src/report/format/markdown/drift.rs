//! The report on a comparison, for a comment on a pull request.

use std::fmt::{self, Write};
use std::io;

use zerogate_drift::{Source, Wire};

use super::escape::{code, prose};
use crate::contracts::comparison::{Compared, Comparison};
use crate::report::wording::drift::{self as wording, Gravity};

/// The maximum size in bytes: GitHub refuses a comment beyond 65,536 characters.
const MOST: usize = 60_000;

/// The verdict, then a table with one row per change, the most severe first.
///
/// Text from the contracts can neither break the table nor become markup, a link or a mention.
pub(in crate::report) fn drift(comparison: &Comparison) -> io::Result<String> {
    let mut page = String::new();
    write(comparison, &mut page).map_err(io::Error::other)?;
    Ok(page)
}

fn write(comparison: &Comparison, page: &mut String) -> fmt::Result {
    let Comparison { old, new, changes, lapsed, .. } = comparison;
    writeln!(page, "### Contract: {} → {}\n", code(&old.name), code(&new.name))?;
    if changes.is_empty() {
        writeln!(page, "{}.", wording::nothing(comparison))?;
    } else {
        let bump = wording::bump(comparison, |bump| format!("**{bump}**"));
        let said = [
            Some(wording::overall(comparison, |verdict| format!("**{verdict}**"))),
            Some(wording::suite(comparison)),
            bump,
        ];
        writeln!(page, "{}.\n", said.into_iter().flatten().collect::<Vec<_>>().join("; "))?;
        table(comparison, page)?;
    }
    for note in wording::notes(comparison) {
        writeln!(page, "\n{}.", prose(&note))?;
    }
    if !lapsed.is_empty() {
        writeln!(page, "\nExpired or unused ignored changes:\n")?;
        for entry in wording::lapsed_lines(lapsed) {
            writeln!(page, "- {}, {}: {}", code(&entry.place()), entry.lapse, prose(&entry.what))?;
        }
    }
    Ok(())
}

fn table(comparison: &Comparison, page: &mut String) -> fmt::Result {
    let names = ["wire", "source"].into_iter().zip(comparison.verdicts(Wire::None, Source::None));
    let names = cells(names.map(|(name, asked)| asked.map(|_| name)));
    let rules = names.replace(|character| character != '|', "-");
    writeln!(page, "| |{names} change | where | reaches | rules |\n|---|{rules}---|---|---|---|")?;
    let mut changes: Vec<&Compared> = comparison.changes.iter().collect();
    changes.sort_by_key(|compared| Gravity::of(compared));
    let mut written = 0;
    for (index, compared) in changes.iter().enumerate() {
        let row = row(comparison, compared);
        written += row.len();
        if written > MOST {
            let left = changes.len() - index;
            return writeln!(page, "\n… and {left} more: too many for a comment. `zerogate diff` lists them all.");
        }
        writeln!(page, "{row}")?;
    }
    Ok(())
}

/// The texts that are present, each in its own cell.
fn cells(texts: impl IntoIterator<Item = Option<&'static str>>) -> String {
    texts.into_iter().flatten().map(|text| format!(" {text} |")).collect()
}

fn row(comparison: &Comparison, compared: &Compared) -> String {
    let Compared { change, suite, ignored, sunset } = compared;
    let sign = match Gravity::of(compared) {
        Gravity::Breaking => "🔴",
        Gravity::Risky => "🟡",
        Gravity::Compatible => "🟢",
        Gravity::Version | Gravity::Descriptions => "📝",
        Gravity::Ignored => "⚪",
    };
    let ignored = match ignored {
        Some(entry) => format!("<br>ignored until {}: {}", entry.expires, prose(&entry.reason)),
        None => String::new(),
    };
    let sunset = sunset.as_ref().map(|sunset| format!("<br>{}", prose(&wording::sunset(sunset)))).unwrap_or_default();
    let so = wording::meaning(comparison, change).map(|so| format!("<br>{so}")).unwrap_or_default();
    let location = match change.place() {
        Some(place) => {
            let side = wording::side(comparison, change);
            format!("{}<br>{}", code(&wording::location(side, place)), code(&place.pointer))
        }
        None => String::new(),
    };
    let verdicts = cells(comparison.verdicts(change.wire, change.source));
    format!(
        "| {sign} |{verdicts} {}<br>{}{so}{ignored}{sunset} | {location} | {} | {} |",
        code(change.id),
        prose(&change.message),
        prose(&wording::reaches(comparison, change)),
        prose(&wording::rules(suite)),
    )
}
