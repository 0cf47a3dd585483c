//! The verdict on each edit of the table, and on the same edit undone.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use zerogate_contract::Document;
use zerogate_drift::{Change, reason};

use super::BASE;
use super::edits::{self, Edit, Expected};

/// What the table and the comparison say of one edit, where they do not agree.
struct Disagreement {
    title: String,
    expected: String,
    got: String,
    messages: Vec<String>,
}

fn line(ids: &[&str], wire: &str, source: &str, doc_only: bool, operations: Option<&str>) -> String {
    let ids = if ids.is_empty() { "silence".to_owned() } else { ids.join(" + ") };
    let doc_only = if doc_only { ", doc-only" } else { "" };
    let operations = match operations {
        None => String::new(),
        Some("") => ", reaches no operation".to_owned(),
        Some(operations) => format!(", reaches {operations}"),
    };
    format!("{ids}: wire {wire}, source {source}{doc_only}{operations}")
}

fn compare(title: String, old: &Document, new: &Document, expected: &Expected) -> Option<Disagreement> {
    let said = line(
        &expected.ids.iter().map(String::as_str).collect::<Vec<_>>(),
        &expected.wire,
        &expected.source,
        expected.doc_only,
        expected.operations.as_ref().map(|operations| operations.join(", ")).as_deref(),
    );
    let Ok(drift) = catch_unwind(AssertUnwindSafe(|| reason(old, new))) else {
        return Some(Disagreement { title, expected: said, got: "a panic".to_owned(), messages: Vec::new() });
    };
    let overall = drift.overall();
    let mut ids: Vec<&str> = drift.changes.iter().map(|change| change.id).collect();
    ids.sort_unstable();
    let mut operations: Vec<&str> = drift.changes.iter().flat_map(Change::operations).collect();
    operations.sort_unstable();
    operations.dedup();
    let got = line(
        &ids,
        overall.wire.name(),
        overall.source.name(),
        overall.doc_only,
        expected.operations.as_ref().map(|_| operations.join(", ")).as_deref(),
    );
    (got != said).then(|| Disagreement { title, expected: said, got, messages: messages(&drift.changes) })
}

fn messages(changes: &[Change]) -> Vec<String> {
    let place = |change: &Change| change.place().map(|place| place.pointer.clone()).unwrap_or_default();
    changes
        .iter()
        .map(|change| {
            format!("{} [{}/{}] {}: {}", change.id, change.wire, change.source, place(change), change.message)
        })
        .collect()
}

/// Fails with all that is not as the table has it.
fn agree(disagreements: impl Iterator<Item = Option<Disagreement>>) {
    let disagreements: Vec<Option<Disagreement>> = disagreements.collect();
    let verdicts = disagreements.len();
    let mut report = String::new();
    let mut count = 0;
    for Disagreement { title, expected, got, messages } in disagreements.iter().flatten() {
        count += 1;
        // Writing to a string cannot fail.
        let _ = writeln!(report, "{title}\n    expected  {expected}\n    got       {got}");
        for message in messages {
            let _ = writeln!(report, "              {message}");
        }
    }
    assert!(count == 0, "{count} of {verdicts} verdicts are not as the table has them\n\n{report}");
}

/// Compares before with after, and after with before.
fn hold(base: &str, table: &str) {
    let edits = edits::read(&edits::base(base), table);
    agree(edits.iter().flat_map(|Edit { title, old, new, forward, reverse }| {
        [compare(title.clone(), old, new, forward), compare(format!("undone: {title}"), new, old, reverse)]
    }));
}

/// A test for each file of the table.
macro_rules! tables {
    ($base:ident, $folder:literal: $($name:ident = $file:literal,)+) => {
        $(#[test]
        fn $name() {
            hold($base, include_str!(concat!($folder, "/", $file, ".yaml")));
        })+
    };
}

tables! { BASE, "edits":
    operations = "operations",
    parameters = "parameters",
    request_bodies = "request-bodies",
    responses = "responses",
    response_fields = "response-fields",
    composition = "composition",
    components = "components",
    security = "security",
    documentation = "documentation",
    what_cannot_be_judged = "cannot-judge",
    the_same_in_other_words = "same-meaning",
}

/// The table of edits of a contract in the words of OpenAPI 3.1, and the way to it from the words of 3.0.
mod in_the_words_of_3_1 {
    use super::{BASE, Edit, agree, compare, edits, hold};

    const BASE_3_1: &str = include_str!("base-3.1.yaml");

    tables! { BASE_3_1, "edits-3.1":
        types = "types",
        constraints = "constraints",
        documents = "documents",
        what_cannot_be_judged = "cannot-judge",
        the_same_in_other_words = "same-meaning",
    }

    #[test]
    fn an_edit_is_judged_the_same_where_the_old_contract_is_in_the_words_of_3_0() {
        let (before, base) = (edits::base(BASE), edits::base(BASE_3_1));
        let tables = [
            include_str!("edits-3.1/types.yaml"),
            include_str!("edits-3.1/constraints.yaml"),
            include_str!("edits-3.1/documents.yaml"),
            include_str!("edits-3.1/cannot-judge.yaml"),
            include_str!("edits-3.1/same-meaning.yaml"),
        ];
        let edits = tables.iter().flat_map(|table| edits::read(&base, table));
        let edits: Vec<Edit> = edits.filter(|edit| edit.old.value() == base.value()).collect();
        agree(edits.iter().flat_map(|Edit { title, new, forward, reverse, .. }| {
            [compare(title.clone(), &before, new, forward), compare(format!("undone: {title}"), new, &before, reverse)]
        }));
    }
}

#[test]
fn a_contract_has_not_drifted_from_itself() {
    let yaml = Document::parse("gate-v1.yaml", BASE).expect("the contract is well-formed");
    let json = edits::base(BASE);
    let words_of_3_1 = edits::base(include_str!("base-3.1.yaml"));
    for old in [&yaml, &json, &words_of_3_1] {
        for new in [&yaml, &json, &words_of_3_1] {
            assert_eq!(messages(&reason(old, new).changes), Vec::<String>::new());
        }
    }
}
