//! The report on recordings, for a job summary.

use super::escape::{code, prose};
use super::page::Page;
use crate::recording::traffic::Traffic;
use crate::report::wording::run as run_wording;
use crate::report::wording::traffic as wording;

pub(in crate::report) fn traffic(traffic: &Traffic) -> String {
    let mut page = Page::default();
    page.add(format!("## {}\n\n", prose(&traffic.headline())));
    page.add(format!("Contract {}: {}.\n", code(&traffic.contract), prose(&wording::judged(traffic))));
    for file in &traffic.files {
        page.add(format!("\n- {}", prose(&wording::file(file))));
    }
    page.add("\n");
    let rows = traffic.faults.iter().map(|fault| {
        let known = fault.known.as_ref().map(|known| format!("<br>known: {}", prose(&run_wording::excuse(known))));
        [
            fault.level.to_string(),
            format!("{}<br>{}{}", code(fault.kind.row().id), prose(fault.kind.row().title), known.unwrap_or_default()),
            prose(&wording::count(fault)),
            format!("{}<br>{}", code(&wording::at(fault)), code(&fault.contract)),
            format!("expected {}<br>received {}", prose(&fault.expected), prose(&fault.received)),
            prose(&wording::seen(fault)),
        ]
    });
    page.table("Findings", ["level", "rule", "operation", "where", "what", "seen"], rows);
    let rows = traffic.missed.iter().map(|goal| [prose(&wording::missed(traffic, *goal))]);
    page.table("Coverage not reached", ["what"], rows);
    page.lapsed(&traffic.lapsed);
    let rows =
        traffic.unjudged.iter().map(|(left, count)| [left.place.to_string(), left.why.to_owned(), count.to_string()]);
    page.table("Not judged", ["part", "because", "times"], rows);
    let rows = wording::cells(traffic).into_iter().map(|(operation, statuses)| [code(operation), prose(&statuses)]);
    page.table("Responses", ["operation", "statuses"], rows);
    let rows =
        run_wording::coverage(&traffic.coverage).map(|(coverage, text)| [coverage.kind.to_string(), prose(&text)]);
    page.table("Coverage of the contract", ["", "seen"], rows);
    page.close()
}
