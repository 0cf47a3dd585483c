//! The report on a client, for a job summary.

use super::escape::{code, prose};
use super::page::Page;
use crate::grade::{Graded, Grades, Verdict};
use crate::report::wording::grade as wording;
use crate::report::wording::run as run_wording;

pub(in crate::report) fn grade(grades: &Grades) -> String {
    let mut page = Page::default();
    page.add(format!("## {}\n\n", prose(&grades.headline())));
    page.add(format!("Client {}: {}.\n", code(&grades.client), prose(&wording::basis(grades))));
    let row = |result: &Graded| {
        let details = wording::details(result).into_iter().map(|(label, text)| format!("{label}: {}", prose(&text)));
        let case = format!("{}<br>{}", code(result.case.id), prose(result.case.title));
        [result.word().to_owned(), result.case.level.to_string(), case, details.collect::<Vec<_>>().join("<br>")]
    };
    let columns = ["verdict", "level", "case", "what"];
    let failed = grades.results.iter().filter(|result| matches!(result.verdict, Verdict::Fail(_)));
    page.table("Failed", columns, failed.map(row));
    let left = grades.results.iter().filter(|result| matches!(result.verdict, Verdict::NotJudged(_)));
    page.table("Not judged", columns, left.map(row));
    let rows = grades.lapsed.iter().map(|lapsed| {
        let place = code(&format!("{}:{}", lapsed.file, lapsed.entry.line));
        [lapsed.lapse.name().to_owned(), place, prose(&run_wording::lapsed(lapsed))]
    });
    page.table("Lapsed entries of the list of known failures", ["", "where", "what"], rows);
    let passed = grades.results.iter().filter(|result| result.is_passed());
    let rows = passed.map(|result| [result.case.level.to_string(), code(result.case.id), prose(result.case.title)]);
    page.table("Passed", ["level", "case", "what"], rows);
    page.close()
}
