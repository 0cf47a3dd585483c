//! The numbers in the documentation, where nothing else compares them.

use std::collections::BTreeSet;

use zerogate_conformance::rules;

use crate::{harmless, violation};

const MISTAKES: &str = include_str!("../../benches/stock/express/mistakes.js");
const STOCK: &str = include_str!("../../benches/stock/README.md");
const CLIENTS: &str = include_str!("../../clients/README.md");
const SUITE: &str = include_str!("../../README.md");
const PROJECT: &str = include_str!("../../../../README.md");

/// Asserts that a page says this, across line ends.
fn assert_says(page: &str, text: &str, said: &str) {
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(said), "not in {page}: {said}");
}

/// The cells of the rows of the table of graded clients that begin like this, without the first two.
fn graded(row: &str) -> Vec<Vec<&'static str>> {
    let rows = CLIENTS.lines().filter(|line| line.starts_with(row));
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).skip(2).collect()).collect()
}

/// The mistakes of the stock servers.
fn mistakes() -> BTreeSet<&'static str> {
    let names = MISTAKES.lines().filter_map(|line| line.strip_prefix("  \"")?.split_once("\": { rule: "));
    names.map(|(name, _)| name).collect()
}

#[test]
fn the_documentation_counts_what_there_is() {
    let (rules, violations, mistakes) = (rules().count(), violation::all().count(), mistakes().len());
    let servers = harmless::ALL.len();
    for (file, text, said) in [
        ("README.md", PROJECT, format!("{rules} rules: {rules} passed")),
        ("README.md", PROJECT, format!("{servers} correct servers in")),
        ("tests/conformance/README.md", SUITE, format!("{violations} servers, each with one violation")),
        ("tests/conformance/README.md", SUITE, format!("{servers} correct servers that differ")),
        ("tests/conformance/README.md", SUITE, format!("each of {mistakes} mistakes")),
        ("tests/conformance/benches/stock/README.md", STOCK, format!("all {mistakes} mistakes")),
    ] {
        assert_says(file, text, &said);
    }
}

#[test]
fn the_documentation_counts_the_cases_that_clients_fail() {
    let head = graded("| case |").concat();
    let failed = graded("| **must failed** |").concat();
    let of = |client: &str| -> u32 {
        let column = head.iter().position(|name| *name == client).expect(client);
        failed[column].parse().expect("a number")
    };
    let of_level = |level: &str| CLIENTS.lines().filter(|line| line.contains(&format!("` | {level} |"))).count();
    let must = of_level("must");
    let cases = must + of_level("should");
    let plain = ["curl", "requests", "fetch"].map(of);
    let (fewest, most) = (plain.iter().min().unwrap(), plain.iter().max().unwrap());
    for said in [
        format!("a scripted server that plays {cases} cases"),
        format!("curl fail {fewest} to {most} of {must} `must` cases"),
        format!("| fails {} of {must} `must` cases: it reports", of("progenitor")),
        format!("| fails {} of {must} `must` cases, and creates", of("0bit-gate")),
    ] {
        assert_says("README.md", PROJECT, &said);
    }
    assert_says("tests/conformance/README.md", SUITE, &format!("a scripted server that plays {cases} cases"));
}

#[test]
fn the_table_of_the_stock_servers_has_every_mistake() {
    let (_, table) = STOCK.split_once("| mistake |").unwrap();
    let rows = table.lines().skip(2).filter_map(|row| row.strip_prefix("| ")?.split_once(" |"));
    assert_eq!(rows.map(|(name, _)| name).collect::<BTreeSet<_>>(), mistakes());
}
