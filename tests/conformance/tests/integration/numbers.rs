//! The numbers in the documentation, where nothing else compares them.

use std::collections::BTreeSet;

use zerogate_conformance::rules;

use crate::{harmless, violation};

const MISTAKES: &str = include_str!("../../benches/stock/express/mistakes.js");
const STOCK: &str = include_str!("../../benches/stock/README.md");

/// The mistakes of the stock servers.
fn mistakes() -> BTreeSet<&'static str> {
    let names = MISTAKES.lines().filter_map(|line| line.strip_prefix("  \"")?.split_once("\": { rule: "));
    names.map(|(name, _)| name).collect()
}

#[test]
fn the_documentation_counts_what_there_is() {
    let (rules, violations, mistakes) = (rules().count(), violation::all().count(), mistakes().len());
    let servers = harmless::ALL.len();
    let suite = include_str!("../../README.md");
    let project = include_str!("../../../../README.md");
    for (file, text, said) in [
        ("README.md", project, format!("{rules} rules: {rules} passed")),
        ("README.md", project, format!("{servers} correct servers in")),
        ("tests/conformance/README.md", suite, format!("{violations} servers, each with one violation")),
        ("tests/conformance/README.md", suite, format!("{servers} correct servers that differ")),
        ("tests/conformance/README.md", suite, format!("each of {mistakes} mistakes")),
        ("tests/conformance/benches/stock/README.md", STOCK, format!("all {mistakes} mistakes")),
    ] {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(&said), "not in {file}: {said}");
    }
}

#[test]
fn the_table_of_the_stock_servers_has_every_mistake() {
    let (_, table) = STOCK.split_once("| mistake |").unwrap();
    let rows = table.lines().skip(2).filter_map(|row| row.strip_prefix("| ")?.split_once(" |"));
    assert_eq!(rows.map(|(name, _)| name).collect::<BTreeSet<_>>(), mistakes());
}
