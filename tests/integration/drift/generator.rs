//! Compares the table's verdicts on Rust code with what the generator makes of each edit.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::Value;
use zerogate_contract::{Contract, Document, Inventory};
use zerogate_generate::{HOST_TYPES, HostTypes, Line, Surface, generate, lower};

use super::BASE;
use super::edits::{self, Edit, Expected};

/// The generator's input for a contract, and the public items of the generated client.
#[derive(Clone)]
struct Made {
    given: Value,
    surface: Surface,
}

/// `None` for a contract that no client can be generated from.
///
/// Does not check the hand-written code: the table is about everybody's code.
fn made(document: &Document, made_before: Option<&Made>) -> Option<Made> {
    let contract = Contract::of(document.clone());
    let lowered = lower(&contract).ok()?;
    // The same input gives the same output, and generating takes long.
    if let Some(same) = made_before.filter(|before| before.given == lowered.value) {
        return Some(same.clone());
    }
    let host = HostTypes { keyed: &[], ..HOST_TYPES };
    let surface = generate(&contract, &Inventory::of(&contract), &lowered, &host).ok()?.surface;
    Some(Made { given: lowered.value, surface })
}

/// The surfaces before and after an edit.
fn surfaces(old: &Document, new: &Document) -> Option<(Surface, Surface)> {
    /// The contract that most edits start from.
    static UNEDITED: LazyLock<(Document, Option<Made>)> = LazyLock::new(|| {
        let document = edits::base(BASE);
        let made = made(&document, None);
        (document, made)
    });
    let before = if old.value() == UNEDITED.0.value() { UNEDITED.1.clone()? } else { made(old, None)? };
    let after = made(new, Some(&before))?;
    Some((before.surface, after.surface))
}

/// The verdict on code that was written for one surface and is compiled with the other.
fn verdict(gone: &[&Line], added: &[&Line]) -> &'static str {
    match (gone, added) {
        ([], []) => "none",
        ([], _) => "compatible",
        _ => "breaking",
    }
}

/// The message if the generator does not agree with the table.
fn disagreement(title: &str, expected: &Expected, before: &Surface, after: &Surface) -> Option<String> {
    let (gone, added) = (before.lost_in(after), after.lost_in(before));
    let got = verdict(&gone, &added);
    if got == expected.generated {
        return None;
    }
    let mut said = format!("{title}\n    expected  source {}\n    got       source {got}\n", expected.generated);
    for (mark, line) in gone.iter().map(|line| ('-', line)).chain(added.iter().map(|line| ('+', line))) {
        // Writing to a string cannot fail.
        let _ = writeln!(said, "              {mark} {line}");
    }
    Some(said)
}

fn hold(table: &str) {
    let mut said = Vec::new();
    for Edit { title, old, new, forward, reverse } in edits::read(&edits::base(BASE), table) {
        let Some((before, after)) = surfaces(&old, &new) else {
            said.push(format!("{title}\n    the generator cannot build one side of it\n"));
            continue;
        };
        said.extend(disagreement(&title, &forward, &before, &after));
        said.extend(disagreement(&format!("undone: {title}"), &reverse, &after, &before));
    }
    assert!(said.is_empty(), "the generator does not agree with the table {} times\n\n{}", said.len(), said.concat());
}

/// A test for each file of the table. Skips edits that cannot be judged: the build refuses most of them.
macro_rules! tables {
    ($($name:ident = $file:literal,)+) => {
        const TABLES: &[&str] = &[$(include_str!(concat!("edits/", $file, ".yaml")),)+];

        $(#[test]
        fn $name() {
            hold(include_str!(concat!("edits/", $file, ".yaml")));
        })+
    };
}

tables! {
    operations = "operations",
    parameters = "parameters",
    request_bodies = "request-bodies",
    responses = "responses",
    response_fields = "response-fields",
    composition = "composition",
    components = "components",
    security = "security",
    documentation = "documentation",
    the_same_in_other_words = "same-meaning",
}

#[test]
fn every_edit_has_a_unique_title() {
    let base = edits::base(BASE);
    let mut titles = BTreeSet::new();
    for edit in TABLES.iter().flat_map(|table| edits::read(&base, table)) {
        assert!(titles.insert(edit.title.clone()), "`{}` is in the table twice", edit.title);
    }
}
