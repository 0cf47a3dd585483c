//! The report on a client.

use super::traffic::end;
use crate::evidence::body::one_line;
use crate::grade::{Grades, Verdict};
use crate::report::style::{Styles, styled, wrapped};
use crate::report::wording::grade as wording;
use crate::rules::rule::Level;

const INDENT: &str = "              ";

/// Renders the report on a client, for a person.
pub(in crate::report) fn grade(grades: &Grades, styles: Styles) -> String {
    let mut page = format!("{}\n", wrapped("client: ", &grades.client));
    page += &format!("{}\n\n", wrapped("graded: ", &wording::basis(grades)));
    let width = grades.results.iter().map(|result| result.case.id.len()).max().unwrap_or_default();
    for result in &grades.results {
        let case = result.case;
        let style = match (&result.verdict, case.level) {
            (Verdict::Pass, _) => styles.good,
            (Verdict::Fail(_), _) if result.is_known() => styles.quiet,
            (Verdict::Fail(_), Level::Must) => styles.bad,
            _ => styles.doubtful,
        };
        let word = styled(style, format!("{:<10}", result.word()));
        page += &format!("  {word}  {:<6}  {:<width$}  {}\n", case.level, case.id, case.title);
        for (label, text) in wording::details(result) {
            page += &format!("{}\n", wrapped(&format!("{INDENT}{label:<8}  "), &one_line(&text)));
        }
    }
    page + &end(&grades.lapsed, grades.conclusion(), &grades.headline(), styles)
}
