//! What the table says of Rust code, held against what the generator makes of each edit.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::Value;
use zerogate_contract::{Contract, Document, Inventory};
use zerogate_generate::{HOST_TYPES, HostTypes, generate, lower};

use super::BASE;
use super::edits::{self, Edit, Expected};

/// What the generator is given of a contract, and the public surface of the client that it makes of it.
#[derive(Clone)]
struct Made {
    given: Value,
    surface: String,
}

/// `None` for a contract that no client can be generated from.
///
/// Whether the hand-written code gets on with it is not asked: the table is about everybody's code.
fn made(document: &Document, made_before: Option<&Made>) -> Option<Made> {
    let contract = Contract::of(document.clone());
    let lowered = lower(&contract).ok()?;
    // What it is given decides what it makes, and making it takes long.
    if let Some(same) = made_before.filter(|before| before.given == lowered.value) {
        return Some(same.clone());
    }
    let host = HostTypes { keyed: &[], ..HOST_TYPES };
    let surface = generate(&contract, &Inventory::of(&contract), &lowered, &host).ok()?.surface;
    Some(Made { given: lowered.value, surface })
}

/// The surfaces before and after an edit.
fn surfaces(old: &Document, new: &Document) -> Option<(String, String)> {
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

/// The lines that one surface has more often than another.
fn surplus<'a>(of: &'a str, over: &str) -> Vec<&'a str> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in over.lines() {
        *seen.entry(line).or_default() += 1;
    }
    of.lines()
        .filter(|line| match seen.get_mut(line) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

/// Whether a line is a variant of an enum that was there, and that code could match without a `_` arm.
fn is_variant_of_closed_enum(before: &str, line: &str) -> bool {
    let variant = line.trim_start().split('(').next().unwrap_or_default();
    let Some((name, _)) = variant.rsplit_once("::") else { return false };
    let (declared, open) = (format!("enum {name}"), format!("  {name}::Unknown("));
    before.lines().any(|line| line == declared) && !before.lines().any(|line| line.starts_with(&open))
}

/// What code that was written against the one surface has to fear from the other.
fn verdict(before: &str, gone: &[&str], added: &[&str]) -> &'static str {
    match (gone, added) {
        ([], []) => "none",
        ([], added) if !added.iter().any(|line| is_variant_of_closed_enum(before, line)) => "compatible",
        _ => "breaking",
    }
}

/// What is to be said if the generator does not agree with the table.
fn disagreement(title: &str, expected: &Expected, before: &str, after: &str) -> Option<String> {
    let (gone, added) = (surplus(before, after), surplus(after, before));
    let got = verdict(before, &gone, &added);
    if got == expected.source {
        return None;
    }
    let mut said = format!("{title}\n    expected  source {}\n    got       source {got}\n", expected.source);
    for (mark, line) in gone.iter().map(|line| ('-', line)).chain(added.iter().map(|line| ('+', line))) {
        // Writing to a string cannot fail.
        let _ = writeln!(said, "              {mark} {}", line.trim());
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

/// A test for each file of the table. Edits that are not judged are not looked at: most of them are refused.
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
fn every_edit_has_a_title_of_its_own() {
    let base = edits::base(BASE);
    let mut titles = BTreeSet::new();
    for edit in TABLES.iter().flat_map(|table| edits::read(&base, table)) {
        assert!(titles.insert(edit.title.clone()), "`{}` stands in the table twice", edit.title);
    }
}
