//! The report on recordings.

use crate::evidence::body::one_line;
use crate::exceptions::known::LapsedFailure;
use crate::recording::traffic::Traffic;
use crate::report::style::{Styles, styled, wrapped};
use crate::report::wording::run::{self as run_wording, LapsedLine};
use crate::report::wording::traffic as wording;
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

const INDENT: &str = "    ";

/// Renders the report on recordings, for a person.
pub(in crate::report) fn traffic(traffic: &Traffic, styles: Styles) -> String {
    let mut page = String::new();
    for (label, text) in [("contract", traffic.contract.clone())]
        .into_iter()
        .chain(traffic.files.iter().map(|file| (wording::source(file), wording::file(file))))
        .chain([("judged", wording::judged(traffic))])
    {
        page += &format!("{}\n", wrapped(&format!("{label:<9}  "), &text));
    }
    let heading = |page: &mut String, text: String| *page += &format!("\n{}\n", styled(styles.heading, text));
    if !traffic.faults.is_empty() {
        heading(&mut page, format!("findings ({})", traffic.faults.len() + traffic.more_faults));
        for fault in &traffic.faults {
            let style = match (fault.known.is_some(), fault.level) {
                (true, _) => styles.quiet,
                (false, Level::Must) => styles.bad,
                (false, Level::Should) => styles.doubtful,
            };
            let kind = styled(style, fault.kind);
            let count = styled(styles.quiet, wording::count(fault));
            page += &format!("\n  {kind}  {}  {count}\n", fault.level);
            page += &format!("{}\n", wrapped(INDENT, fault.kind.row().title));
            for (label, text) in wording::details(traffic, fault) {
                page += &format!("{}\n", wrapped(&format!("{INDENT}{label:<8}  "), &text));
            }
        }
        if traffic.more_faults > 0 {
            page += &format!("\n  and {} more, not shown\n", traffic.more_faults);
        }
    }
    if !traffic.unjudged.is_empty() {
        heading(&mut page, "not judged".to_owned());
        for (unjudged, count) in &traffic.unjudged {
            page += &format!("  {count:>7}  {:<19}  {}\n", unjudged.place, unjudged.why);
        }
    }
    if !traffic.cells.is_empty() {
        heading(&mut page, "responses".to_owned());
        let width = traffic.cells.keys().map(|(operation, _)| operation.chars().count()).max().unwrap_or_default();
        for (operation, statuses) in wording::cells(traffic) {
            page += &format!("{}\n", wrapped(&format!("  {:<width$}  ", one_line(operation)), &statuses));
        }
    }
    heading(&mut page, "coverage of the contract".to_owned());
    for (coverage, text) in run_wording::coverage(&traffic.coverage) {
        page += &format!("{}\n", wrapped(&format!("  {:<11}  ", coverage.kind), &text));
    }
    for goal in &traffic.missed {
        page += &format!("  {}\n", styled(styles.bad, wording::missed(traffic, *goal)));
    }
    page + &end(&traffic.lapsed, traffic.conclusion(), &traffic.headline(), styles)
}

/// The end of a report: the lapsed entries and the conclusion.
pub(super) fn end(lapsed: &[LapsedFailure], conclusion: Conclusion, headline: &str, styles: Styles) -> String {
    let line =
        |entry: LapsedLine<'_>| format!("\n{}  {}  {}\n", styled(styles.bad, entry.lapse), entry.place(), entry.what);
    let lapsed: String = run_wording::lapsed_lines(lapsed).into_iter().map(line).collect();
    format!("{lapsed}\n{}\n", styled(styles.of(conclusion), headline))
}
