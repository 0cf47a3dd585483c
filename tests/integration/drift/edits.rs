//! The table of edits: each change of a contract, and the expected verdict. The table itself is data.

use json_patch::Patch;
use serde::Deserialize;
use serde_json::Value;
use zerogate_contract::Document;

/// One edit of a contract, as in a file of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: String,
    /// Prepares the contract to edit, starting from the base contract of the file.
    #[serde(default)]
    before: Patch,
    patch: Patch,
    /// No report is expected: the meaning is the same.
    #[serde(default)]
    silent: bool,
    id: Option<String>,
    ids: Option<Vec<String>>,
    #[serde(default)]
    wire: Option<String>,
    #[serde(default)]
    source: Option<String>,
    /// The effect on the generated code, where it differs from `source`.
    generated: Option<String>,
    #[serde(default)]
    doc_only: bool,
    operations: Option<Vec<String>>,
    /// Why, from the viewpoint of a partner whose server moves money with an old client. For readers of the table.
    reason: String,
    reverse: Option<Undone>,
}

/// The expected verdict on an edit that is undone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Undone {
    id: Option<String>,
    ids: Option<Vec<String>>,
    wire: String,
    source: String,
    generated: Option<String>,
    #[serde(default)]
    doc_only: bool,
}

/// The expected verdict on an edit.
#[derive(Debug)]
pub(super) struct Expected {
    /// The ids of the expected changes, sorted; empty if no report is expected.
    pub(super) ids: Vec<String>,
    pub(super) wire: String,
    pub(super) source: String,
    pub(super) generated: String,
    pub(super) doc_only: bool,
    /// The affected operations, if the table lists them.
    pub(super) operations: Option<Vec<String>>,
}

/// A contract before and after an edit.
pub(super) struct Edit {
    pub(super) title: String,
    pub(super) old: Document,
    pub(super) new: Document,
    pub(super) forward: Expected,
    pub(super) reverse: Expected,
}

impl Expected {
    fn new(
        id: Option<String>,
        ids: Option<Vec<String>>,
        (wire, source): (String, String),
        doc_only: bool,
        operations: Option<Vec<String>>,
    ) -> Expected {
        let mut ids = ids.unwrap_or_default();
        ids.extend(id);
        ids.sort_unstable();
        Expected { ids, wire, generated: source.clone(), source, doc_only, operations }
    }

    fn silence() -> Expected {
        Expected::new(None, None, ("none".to_owned(), "none".to_owned()), false, None)
    }
}

impl Edit {
    fn of(entry: Entry, base: &Document) -> Edit {
        let title = entry.title;
        let apply = |value: &Value, patch: &Patch| {
            let mut value = value.clone();
            json_patch::patch(&mut value, patch).unwrap_or_else(|error| panic!("{title}: {error}"));
            value
        };
        let old = if entry.before.is_empty() { base.clone() } else { document(&apply(base.value(), &entry.before)) };
        let new = document(&apply(old.value(), &entry.patch));
        assert!(!entry.reason.is_empty(), "{title}: a verdict needs a reason");
        let undone_generated = entry.reverse.as_ref().and_then(|undone| undone.generated.clone());
        let (mut forward, mut reverse) = if entry.silent {
            (Expected::silence(), Expected::silence())
        } else {
            let verdict = entry.wire.zip(entry.source).unwrap_or_else(|| panic!("{title}: no verdict"));
            let undone = entry.reverse.unwrap_or_else(|| panic!("{title}: no verdict for the edit undone"));
            (
                Expected::new(entry.id, entry.ids, verdict, entry.doc_only, entry.operations.clone()),
                Expected::new(undone.id, undone.ids, (undone.wire, undone.source), undone.doc_only, entry.operations),
            )
        };
        for (expected, generated) in [(&mut forward, entry.generated), (&mut reverse, undone_generated)] {
            if let Some(generated) = generated {
                expected.generated = generated;
            }
        }
        for expected in [&forward, &reverse] {
            assert!(entry.silent || !expected.ids.is_empty(), "{title}: no id");
            assert!(["none", "compatible", "risky", "breaking"].contains(&&*expected.wire), "{title}: {expected:?}");
            assert!(["none", "compatible", "breaking"].contains(&&*expected.source), "{title}: {expected:?}");
        }
        Edit { old, new, forward, reverse, title }
    }
}

/// A document with this content. Its text is JSON: the notation of a contract does not matter.
pub(super) fn document(value: &Value) -> Document {
    let text = serde_json::to_string_pretty(value).expect("a value is JSON");
    Document::parse("gate-v1.json", &text).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Reads a base contract.
pub(super) fn base(text: &str) -> Document {
    let yaml = Document::parse("base.yaml", text).unwrap_or_else(|refusal| panic!("{refusal}"));
    document(yaml.value())
}

/// Reads a file of the table, applied to a contract.
pub(super) fn read(base: &Document, table: &str) -> Vec<Edit> {
    let table = Document::parse("edits.yaml", table).unwrap_or_else(|refusal| panic!("{refusal}"));
    let entries: Vec<Entry> = serde_json::from_value(table.value().clone()).expect("the table is well-formed");
    entries.into_iter().map(|entry| Edit::of(entry, base)).collect()
}
