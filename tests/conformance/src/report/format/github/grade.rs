//! Annotations about a client.

use super::annotation::{Annotation, ERROR, NOTICE, WARNING, lapsed, lines, shown};
use crate::grade::{Grades, Verdict};
use crate::report::wording::grade as wording;
use crate::report::wording::run as run_wording;
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

pub(in crate::report) fn grade(grades: &Grades) -> String {
    let level = if grades.conclusion() == Conclusion::Conforms { NOTICE } else { ERROR };
    let mut annotations = vec![Annotation::new(level, grades.headline(), wording::basis(grades))];
    annotations.extend(lapsed(&run_wording::lapsed_lines(&grades.lapsed), "known failure"));
    for result in &grades.results {
        let level = match (&result.verdict, result.case.level) {
            (Verdict::Pass, _) => continue,
            (Verdict::Fail(_), Level::Must) if result.is_failed() => ERROR,
            (Verdict::Fail(_), Level::Should) if result.is_failed() => WARNING,
            (Verdict::NotJudged(left), _) if left.is_trouble => WARNING,
            _ => NOTICE,
        };
        let message = lines(result.case.title, wording::details(result));
        let title = format!("{} {}: {}", result.case.level, result.case.id, result.word());
        annotations.push(Annotation::new(level, title, message));
    }
    shown(&annotations)
}
