//! The result for documents that were not written for this project.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use zerogate_contract::{Contract, ContractError, Document, Inventory};
use zerogate_generate::{Lowered, lower};

fn at(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/intake").join(name)
}

fn read(name: &str) -> Result<Document, ContractError> {
    let text = fs::read_to_string(at(name)).unwrap();
    // Problems name only the file.
    Document::parse(name.rsplit('/').next().unwrap_or(name), &text)
}

fn lowered(name: &str) -> Result<Lowered, ContractError> {
    read(name).and_then(|document| lower(&Contract::of(document)))
}

fn expected(name: &str) -> Value {
    read(name).unwrap().value().clone()
}

fn documents(expected: &Value) -> &Map<String, Value> {
    expected["documents"].as_object().unwrap()
}

/// Checks the fate of one operation; returns what is wrong.
fn judge(lowered: &Lowered, id: &str, wanted: &Value) -> Option<String> {
    let Some((_, fate)) = lowered.operations.iter().find(|(name, _)| name == id) else {
        return Some(format!("{id}: it is missing"));
    };
    let fits = ["outcome", "or"].iter().any(|key| wanted[*key] == fate.to_string());
    (!fits).then(|| format!("{id}: {fate}, but expected {wanted}"))
}

#[test]
fn each_operation_of_a_large_document_has_the_expected_fate() {
    let lowered = lowered("vendor-3.1.yaml").unwrap();
    let expected = expected("vendor-3.1.expected.yaml");
    let expected = expected["operations"].as_array().unwrap();
    assert_eq!(lowered.operations.len(), expected.len());
    let wrong: Vec<String> =
        expected.iter().filter_map(|wanted| judge(&lowered, wanted["id"].as_str().unwrap(), wanted)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), expected.len(), wrong.join("\n"));
}

#[test]
fn awkward_documents_lose_no_more_than_necessary() {
    let expected = expected("awkward.expected.yaml");
    let mut wrong = Vec::new();
    for (name, operations) in documents(&expected) {
        match lowered(&format!("awkward/{name}")) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(lowered) => {
                let operations = operations.as_object().unwrap().iter();
                let judged = operations.filter_map(|(id, wanted)| judge(&lowered, id, wanted));
                wrong.extend(judged.map(|problem| format!("{name}: {problem}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn faults_of_a_document_are_reported_with_their_places() {
    let expected = expected("invalid.expected.yaml");
    let mut wrong = Vec::new();
    for (name, wanted) in documents(&expected) {
        let begun = Instant::now();
        let done = lowered(&format!("invalid/{name}"));
        // Against work that grows without bound. A busy machine takes a second at most.
        assert!(begun.elapsed() < Duration::from_secs(300), "{name} took {:?}", begun.elapsed());
        let said = match done {
            Ok(lowered) => {
                let is_legal = wanted["legal"] == true || wanted["note"].is_string();
                if !is_legal {
                    wrong.push(format!("{name}: it was accepted, with {:?}", lowered.notes));
                }
                continue;
            }
            Err(error) => error,
        };
        let first = said.problems()[0].to_string();
        let mentions = wanted["mentions"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let missing: Vec<&str> = mentions.filter(|text| !first.to_lowercase().contains(&text.to_lowercase())).collect();
        let line = wanted.get("line").is_none_or(|line| first.starts_with(&format!("{name}:{line}:")));
        let pointer = wanted["pointer"].as_str().is_none_or(|pointer| first.contains(&format!(": {pointer}")));
        if !missing.is_empty() || !line || !pointer {
            wrong.push(format!("{name}: expected {wanted}, but got {first}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_contract_in_3_1_has_the_same_inventory() {
    let [old, new] = ["gate-3.0.yaml", "gate-3.1.yaml"].map(|name| Contract::of(read(name).unwrap()));
    assert_eq!(Inventory::of(&new).to_string(), Inventory::of(&old).to_string());
}
