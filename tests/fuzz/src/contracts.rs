//! OpenAPI documents.

use std::fs;
use std::path::{Path, PathBuf};

use zerogate_contract::{Contract, Document, Inventory, latest, written_out};
use zerogate_drift::reason;
use zerogate_generate::{HOST_TYPES, HostTypes, check, lower, surface};

/// The line between the two documents of a comparison.
const BETWEEN: &str = "\n#---- new\n";

fn parse(name: &str, data: &[u8]) -> Option<Document> {
    Document::parse(name, std::str::from_utf8(data).ok()?).ok()
}

/// Reads a document in every form.
pub(crate) fn document(data: &[u8]) {
    let Some(document) = parse("input.yaml", data) else { return };
    drop(latest(&document).into_owned());
    drop(written_out(&document));
    let contract = Contract::of(document);
    let _ = Inventory::of(&contract).to_string();
    if let Err(error) = check(&contract) {
        assert!(!error.problems().is_empty(), "an error without a problem");
        let _ = error.to_string();
    }
}

/// Generates the client of a document, if it can be generated.
pub(crate) fn generate(data: &[u8]) {
    let Some(document) = parse("input.yaml", data) else { return };
    let contract = Contract::of(document);
    if check(&contract).is_err() {
        return;
    }
    let Ok(lowered) = lower(&contract) else { return };
    let host = HostTypes { keyed: &[], ..HOST_TYPES };
    if let Err(error) = surface(&contract, &lowered, &host) {
        let _ = error.to_string();
    }
}

/// Compares two documents, and each with itself.
pub(crate) fn drift(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (old, new) = text.split_once(BETWEEN).unwrap_or((text, text));
    let (Some(old), Some(new)) = (parse("old.yaml", old.as_bytes()), parse("new.yaml", new.as_bytes())) else { return };
    let _ = reason(&old, &new).to_string();
    for document in [&old, &new] {
        let drift = reason(document, document);
        // The target of a reference to another file may have changed.
        let is_silent = drift.changes.iter().all(|change| change.id == "cannot-judge");
        assert!(is_silent, "a document differs from itself:\n{drift}");
    }
}

/// The readable documents of the repository, without the largest.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
    let folder = |name: &str| {
        let entries = fs::read_dir(root.join("generate/tests/intake").join(name)).expect("a folder of documents");
        entries.filter_map(|entry| Some(entry.ok()?.path()))
    };
    let mut files: Vec<PathBuf> = folder("awkward").chain(folder("invalid")).collect();
    files.push(root.join("gate-v1.yaml"));
    // In the same order on every machine.
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a listed file")).filter(|text| text.len() < 32 * 1024).collect()
}

/// Each of the documents twice.
pub(crate) fn pairs() -> Vec<Vec<u8>> {
    documents().iter().map(|document| [document, BETWEEN.as_bytes(), document].concat()).collect()
}
