//! The report on a client, for a job summary.

use super::escape::{code, prose};
use super::page::Page;
use crate::grade::{Graded, Grades, Verdict};
use crate::report::wording::grade as wording;

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
    page.lapsed(&grades.lapsed);
    let passed = grades.results.iter().filter(|result| result.is_passed());
    let rows = passed.map(|result| [result.case.level.to_string(), code(result.case.id), prose(result.case.title)]);
    page.table("Passed", ["level", "case", "what"], rows);
    page.close()
}
