//! Annotations of recordings, at the lines of the contract.

use super::annotation::{Annotation, ERROR, NOTICE, WARNING, lapsed, lines, shown};
use crate::recording::traffic::Traffic;
use crate::report::wording::run as run_wording;
use crate::report::wording::traffic as wording;
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

pub(in crate::report) fn traffic(traffic: &Traffic) -> String {
    let level = if traffic.conclusion() == Conclusion::Conforms { NOTICE } else { ERROR };
    let mut annotations = vec![Annotation::new(level, traffic.headline(), wording::sources(traffic))];
    for file in traffic.files.iter().filter(|file| file.trouble.is_some()) {
        annotations.push(Annotation::new(ERROR, "recording not read to its end", wording::file(file)));
    }
    annotations.extend(lapsed(&run_wording::lapsed_lines(&traffic.lapsed), "known failure"));
    for goal in &traffic.missed {
        annotations.push(Annotation::new(ERROR, "coverage not reached", wording::missed(traffic, *goal)));
    }
    for fault in &traffic.faults {
        let level = match (&fault.known, fault.level) {
            (Some(_), _) => NOTICE,
            (None, Level::Must) => ERROR,
            (None, Level::Should) => WARNING,
        };
        let message = lines(fault.kind.row().title, wording::details(traffic, fault));
        let title = format!("{} {}: {}", fault.level, fault.kind, wording::count(fault));
        let annotation = Annotation::new(level, title, message);
        annotations.push(match fault.position {
            Some(position) => annotation.at(&traffic.contract, Some(position)),
            None => annotation,
        });
    }
    shown(&annotations)
}
