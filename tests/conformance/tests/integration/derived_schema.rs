//! Compares the schemas of the Rust types with the contract's, to find what the generator lost.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use serde_json::{Map, Value};
use zerogate_contract::{Contract, Document, component_schema};

use crate::snapshot;

/// Intended differences, and why. The snapshot marks every difference that none of these explains.
const EXPLAINED: &[Explanation] = &[
    Explanation {
        applies: |facet, contract, types, _| facet == "format" && contract == "uri" && types == "none",
        why: "a URL is kept as the text it is; parsing would change it",
    },
    Explanation {
        applies: |facet, contract, types, _| facet == "values" && types == format!("{contract}, or any other"),
        why: "enums are open, so that a new value does not make a response undecodable",
    },
    Explanation {
        applies: |facet, contract, types, _| facet == "format" && contract == "none" && types == "int64",
        why: "an integer without a format is a 64-bit one in Rust",
    },
    Explanation {
        applies: |facet, contract, types, optional| facet == "type" && optional && types == format!("null|{contract}"),
        why: "null is taken for a field that may be missing, and never sent",
    },
];

struct Explanation {
    applies: fn(facet: &str, contract: &str, types: &str, optional: bool) -> bool,
    why: &'static str,
}

/// The compared properties of a field.
#[derive(Default)]
struct Facets(BTreeMap<&'static str, String>);

impl fmt::Display for Facets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0["type"])?;
        for facet in ["values", "format", "default"] {
            match self.0[facet].as_str() {
                "none" | "any" => {}
                value => write!(f, ", {facet} {value}")?,
            }
        }
        f.write_str(if self.0["required"] == "true" { ", required" } else { ", optional" })
    }
}

/// Flattens a schema into its fields, by path, with their properties.
fn fields(root: &Value) -> BTreeMap<String, Facets> {
    let mut found = BTreeMap::new();
    walk(root, &resolve(root, root), "", &mut found);
    found
}

fn walk(root: &Value, schema: &Map<String, Value>, path: &str, found: &mut BTreeMap<String, Facets>) {
    let required: BTreeSet<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}.{name}");
        let property = resolve(root, property);
        let text = |key: &str| {
            property.get(key).map_or("none".to_owned(), |value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let facets = BTreeMap::from([
            ("required", required.contains(name.as_str()).to_string()),
            ("type", type_text(&property)),
            ("values", values_text(&property)),
            ("format", text("format")),
            ("default", text("default")),
        ]);
        found.insert(path.clone(), Facets(facets));
        walk(root, &property, &path, found);
        if let Some(items) = property.get("items") {
            walk(root, &resolve(root, items), &format!("{path}[]"), found);
        }
    }
}

/// A schema without references, and without the unions that only add null or other strings.
fn resolve(root: &Value, schema: &Value) -> Map<String, Value> {
    let Value::Object(schema) = schema else {
        return Map::new();
    };
    let mut merged = schema.clone();
    if let Some(Value::String(reference)) = merged.remove("$ref") {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a reference resolves");
        merge(&mut merged, resolve(root, target));
    }
    for part in take_array(&mut merged, "allOf") {
        merge(&mut merged, resolve(root, &part));
    }
    let mut known = None;
    for branch in take_array(&mut merged, "anyOf") {
        let branch = resolve(root, &branch);
        if branch.contains_key("enum") {
            known = Some(());
        } else if known.is_some() && branch.get("type").is_some_and(|kind| kind == "string") {
            merged.insert("open".to_owned(), Value::Bool(true));
        }
        merge(&mut merged, branch);
    }
    merged
}

fn take_array(schema: &mut Map<String, Value>, key: &str) -> Vec<Value> {
    match schema.remove(key) {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    }
}

fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (key.as_str(), into.get_mut(&key)) {
            ("properties", Some(Value::Object(present))) => {
                present.extend(value.as_object().cloned().unwrap_or_default());
            }
            ("required" | "type", Some(present)) => {
                let mut all = as_list(present);
                all.extend(as_list(&value));
                *present = Value::Array(all);
            }
            (_, Some(_)) => {}
            (_, None) => {
                into.insert(key, value);
            }
        }
    }
}

fn as_list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

fn type_text(schema: &Map<String, Value>) -> String {
    let types: BTreeSet<String> = schema
        .get("type")
        .map(as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(|kind| kind.as_str().map(str::to_owned))
        .collect();
    types.into_iter().collect::<Vec<_>>().join("|")
}

fn values_text(schema: &Map<String, Value>) -> String {
    let Some(values) = schema.get("enum") else {
        return "any".to_owned();
    };
    // The type already includes null.
    let values: BTreeSet<String> = as_list(values).iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    let values = values.into_iter().collect::<Vec<_>>().join("|");
    if schema.contains_key("open") { format!("{values}, or any other") } else { values }
}

/// Works for any contract, since the snapshot depends on it.
#[test]
fn every_difference_between_the_rust_types_and_the_contract_is_explained() {
    let read = Contract::of(Document::parse("openapi/gate-v1.yaml", zerogate::CONTRACT).unwrap());
    let mut table = String::new();
    let mut used = BTreeSet::new();
    let mut schemas = zerogate::schemas::schemas();
    schemas.sort_by_key(|(name, _)| *name);
    for (name, derived) in schemas {
        let contract = component_schema(&read, name).map(|schema| fields(&schema)).unwrap_or_default();
        let derived = fields(derived.as_value());
        let paths: BTreeSet<&String> = contract.keys().chain(derived.keys()).collect();
        for path in paths {
            let (Some(contract), Some(derived)) = (contract.get(path), derived.get(path)) else {
                let _ = writeln!(table, "{name}{path}: NOT EXPLAINED: it is in one of the two only");
                continue;
            };
            let optional = contract.0["required"] == "false";
            let differences: Vec<_> = contract.0.iter().filter(|(facet, value)| derived.0[*facet] != **value).collect();
            if differences.is_empty() {
                let _ = writeln!(table, "{name}{path}: same: {contract}");
            }
            for (facet, value) in differences {
                let found = &derived.0[facet];
                let explanation = EXPLAINED.iter().position(|known| (known.applies)(facet, value, found, optional));
                let why = explanation.map_or("NOT EXPLAINED", |known| EXPLAINED[known].why);
                let _ = writeln!(table, "{name}{path}: {facet}: contract {value}; types {found} ({why})");
                used.extend(explanation);
            }
        }
    }
    for (_, known) in EXPLAINED.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
        let _ = writeln!(table, "NOTHING NEEDS THIS EXPLANATION: {}", known.why);
    }
    snapshot::check("derived-schemas", "The schemas of the Rust types next to the contract's own.", &table);
}
