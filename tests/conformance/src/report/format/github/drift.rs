//! One workflow command per change, which becomes an annotation of the contract's file.

use super::annotation::{Annotation, ERROR, NOTICE, WARNING, lapsed};
use crate::contracts::comparison::{Compared, Comparison};
use crate::evidence::body;
use crate::report::wording::drift::{self as wording, Gravity};

/// An error for each breaking change, a warning for each risky one, and a notice for any other.
pub(in crate::report) fn drift(comparison: &Comparison) -> String {
    let changes = comparison.changes.iter().map(|compared| annotation(comparison, compared));
    let why = wording::not_generated(comparison).map(|why| Annotation::new(WARNING, "not generated", why));
    let entries = wording::lapsed_lines(&comparison.lapsed);
    let lapsed = lapsed(&entries, "entry of the list of ignored changes");
    changes.chain(why).chain(lapsed).map(|annotation| format!("{annotation}\n")).collect()
}

fn annotation(comparison: &Comparison, compared: &Compared) -> Annotation {
    let Compared { change, suite, ignored, sunset } = compared;
    let level = match Gravity::of(compared) {
        _ if compared.is_forgiven() => NOTICE,
        Gravity::Breaking => ERROR,
        Gravity::Risky => WARNING,
        Gravity::Compatible | Gravity::Version | Gravity::Descriptions | Gravity::Ignored => NOTICE,
    };
    let position = change.place().and_then(|place| place.position);
    let mut lines = vec![body::one_line(&change.message)];
    lines.extend(wording::meaning(comparison, change).map(str::to_owned));
    lines.push(wording::verdict(comparison, change));
    let reaches = wording::reaches(comparison, change);
    if !reaches.is_empty() {
        lines.push(format!("reaches {reaches}"));
    }
    if !suite.is_empty() {
        lines.push(format!("rules: {}", wording::rules(suite)));
    }
    if let Some(entry) = ignored {
        lines.push(format!("ignored until {}: {}", entry.expires, body::one_line(&entry.reason)));
    }
    lines.extend(sunset.as_ref().map(wording::sunset));
    let side = wording::side(comparison, change);
    // Remove the git revision before the path.
    let before = side.name.strip_suffix(&side.path).unwrap_or_default();
    let file = change.place().and_then(|place| place.file.as_deref());
    let path = file.map_or(&*side.path, |file| file.strip_prefix(before).unwrap_or(file));
    Annotation::new(level, change.id, lines.join("\n")).at(path, position)
}
