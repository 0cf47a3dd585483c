//! The table of operations and statuses, and the exchanges behind its numbers.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use zerogate_contract::Item;

use super::filter::Filters;
use super::finding::Card;
use super::text::{code, list, prose};
use crate::evidence::coverage::{Coverage, CoverageKind};
use crate::report::wording::run as wording;

/// The maximum number of rows for operations that were never called; the others are listed below.
const UNSEEN: usize = 20;

/// The responses of an operation with one status.
pub(super) struct Cell {
    pub(super) operation: String,
    pub(super) status: u16,
    pub(super) count: usize,
    /// The first exchanges.
    pub(super) exchanges: Vec<Markup>,
    /// Their findings: the number and id of each card.
    pub(super) faults: Vec<(usize, String)>,
}

/// A row's cells by status: the number of responses, or never seen.
type Row<'c> = BTreeMap<Column<'c>, Option<usize>>;

/// A status; numbers come first.
type Column<'c> = (bool, std::borrow::Cow<'c, str>);

fn column<'c>(status: impl Into<std::borrow::Cow<'c, str>>) -> Column<'c> {
    let status = status.into();
    (status.parse::<u16>().is_err(), status)
}

/// The table, and below it the exchanges that each cell links to.
pub(super) fn matrix(cells: &[Cell], coverage: &[Coverage], filters: &Filters) -> Markup {
    let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    for (number, cell) in cells.iter().enumerate() {
        rows.entry(&cell.operation).or_default().insert(column(cell.status.to_string()), Some(number));
    }
    let seen: BTreeSet<&str> = rows.keys().copied().collect();
    for item in coverage.iter().flat_map(|coverage| &coverage.unseen) {
        match item {
            Item::Operation { operation } => drop(rows.entry(operation).or_default()),
            Item::Status { operation, status } => {
                rows.entry(operation).or_default().entry(column(status.as_str())).or_insert(None);
            }
            _ => {}
        }
    }
    let unseen: Vec<&str> = rows.keys().copied().filter(|name| !seen.contains(name)).collect();
    let unseen = if unseen.len() > UNSEEN { unseen } else { Vec::new() };
    unseen.iter().for_each(|name| drop(rows.remove(name)));
    let columns: BTreeSet<&Column<'_>> = rows.values().flat_map(Row::keys).collect();
    html! {
        @if !rows.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Responses by operation and status" {
                table {
                    caption.sr { "How many responses each operation had, by status" }
                    thead { tr { th scope="col" { "Operation" } @for (_, status) in &columns { th scope="col" { (status) } } } }
                    tbody {
                        @for (operation, row) in &rows {
                            tr class=(filters.of_operation(operation)) {
                                th scope="row" { (code(operation)) }
                                @for column in &columns { (entry(operation, &column.1, row.get(*column), cells)) }
                            }
                        }
                    }
                }
            }
            p.key {
                span { span.cell { "12" } " responses, which lead to the exchanges" }
                span { span.cell.bad { "3" } " with findings" }
                span { span.unseen { "–" } " in the contract and never seen" }
            }
        }
        @if !unseen.is_empty() {
            details {
                summary { (wording::counted(unseen.len(), "operation was", "operations were")) " never called" }
                (list(&unseen, ("operation", "operations"), "names", |_, name| html! { li { (code(name)) } }))
            }
        }
        (list(cells, ("cell", "cells"), "panels", panel))
    }
}

fn entry(operation: &str, status: &str, found: Option<&Option<usize>>, cells: &[Cell]) -> Markup {
    let cell = found.and_then(|number| Some((number.as_ref()?, cells.get((*number)?)?)));
    html! {
        @match (cell, found) {
            (Some((number, cell)), _) => td {
                a.cell.bad[!cell.faults.is_empty()] href={ "#c" (number) } {
                    span.sr { (operation) " " (status) ": " } (cell.count)
                    @if !cell.faults.is_empty() {
                        span.sr { ", " (wording::counted(cell.faults.len(), "finding", "findings")) }
                    }
                }
            },
            (None, Some(_)) => td.unseen { span aria-hidden="true" { "–" } span.sr { "never seen" } },
            (None, None) => td {},
        }
    }
}

fn panel(number: usize, cell: &Cell) -> Markup {
    let Cell { operation, status, count, exchanges, faults } = cell;
    html! {
        li.panel id={ "c" (number) } tabindex="-1" {
            h3 { (code(operation)) " " (status) }
            p {
                (wording::counted(*count, "response", "responses"))
                @if exchanges.len() < *count { ", of which the first " (exchanges.len()) " are here" }
                ". " a href="#responses" { "Back to the table" }
            }
            @if !faults.is_empty() {
                p { "Findings: " @for (index, (card, id)) in faults.iter().enumerate() {
                    @if index > 0 { ", " } a href={ "#" (Card::id(*card)) } { (code(id)) }
                } }
            }
            ol { @for exchange in exchanges { li { (exchange) } } }
        }
    }
}

/// How much of each kind was seen, and what was not seen.
pub(super) fn coverage(all: &[Coverage]) -> Markup {
    html! {
        ul.kinds role="list" {
            @for (coverage, unseen) in wording::unseen(all).filter(|(coverage, _)| coverage.total > 0) {
                @let name = coverage.kind.to_string();
                li {
                    p {
                        strong { (name) } " " span { (coverage.seen) " of " (coverage.total) }
                        progress value=(coverage.seen) max=(coverage.total) aria-label=(name) {}
                    }
                    @if !unseen.is_empty() {
                        details { summary { (coverage.total - coverage.seen) " never seen" } p { (prose(&unseen)) } }
                    }
                }
            }
        }
    }
}

/// How many of a kind were seen, in a few words.
pub(super) fn seen_of(all: &[Coverage], kind: CoverageKind) -> Option<String> {
    let own = all.iter().find(|coverage| coverage.kind == kind)?;
    Some(format!("{} of {}", own.seen, own.total))
}
