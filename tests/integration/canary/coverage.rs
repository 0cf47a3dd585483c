//! The public types, read from the sources, to notice a new type that is not searched.

use std::collections::BTreeSet;

const LIBRARY: &str = concat!(include_str!("../../../src/lib.rs"), include_str!("../../../src/client/mod.rs"));
const RETRY: &str = include_str!("../../../src/client/retry.rs");
const ERROR: &str = include_str!("../../../src/error_kind.rs");
const GENERATED: &str = include_str!("../../../snapshots/zerogate/generated-surface.snap");
const GENERATED_CLIENT: &str = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));

/// Names that are not types with values: modules, whose types are listed separately, and a trait.
const NO_TYPES: &[&str] = &["types", "api", "*", "Recorded"];

/// Every public type by its public path.
pub(crate) fn public_types() -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        exported().into_iter().filter(|name| !NO_TYPES.contains(&name.as_str())).collect();
    names.extend(declared(RETRY, &["pub struct ", "pub enum "]));
    names.extend(declared(GENERATED, &["struct ", "enum "]).into_iter().filter(|name| may_hold_a_secret(name)));
    // Aliases of generated types.
    for (alias, name) in [("Envelope", "types::Error"), ("GateSession", "types::GateSession")] {
        assert!(names.remove(alias) && names.contains(name), "{alias}");
    }
    assert!(names.len() > 30, "the sources are not read any more: {names:?}");
    names
}

/// Whether a generated type can contain a secret: in a field of a secret type, or in the client that it holds.
fn may_hold_a_secret(name: &str) -> bool {
    let data = format!("  {}.", name.replace("types::builder::", "types::"));
    let has_secret = GENERATED.lines().any(|line| line.starts_with(&data) && line.contains("ClientSecret"));
    let is_data = ["types::Error", "types::GateSession"].contains(&name);
    has_secret || is_data || name.starts_with("api::") && !is_printed_like_its_client(name)
}

/// Whether a type is the builder of a request: besides the caller's own values, it prints only the client that it
/// holds.
fn is_printed_like_its_client(name: &str) -> bool {
    let Some(name) = name.strip_prefix("api::builder::") else { return false };
    let begins = format!("#[derive(Debug, Clone)]\n    pub struct {name}<'a> {{\n        client: &'a super::Client,\n");
    GENERATED_CLIENT.contains(&begins)
}

/// The names after `pub use` in the library and in its client.
fn exported() -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (start, _) in LIBRARY.match_indices("\npub use ") {
        let statement = LIBRARY[start..].trim_start().trim_start_matches("pub use ");
        let statement = statement.split(';').next().unwrap_or_default().replace(['{', '}', ','], " ");
        let mut words = statement.split_whitespace();
        while let Some(word) = words.next() {
            if word == "as" {
                names.pop();
                names.extend(words.next().map(str::to_owned));
            } else if !word.ends_with("::") {
                names.extend(word.rsplit("::").next().map(str::to_owned));
            }
        }
    }
    assert!(names.iter().any(|name| name == "SecretKey") && names.iter().any(|name| name == "Attempt"), "{names:?}");
    names
}

/// The names of the items that are declared at the beginning of a line.
fn declared(text: &str, keywords: &[&str]) -> Vec<String> {
    let declaration = |line: &str| keywords.iter().find_map(|keyword| line.strip_prefix(keyword)).map(str::to_owned);
    let is_in_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    text.lines().filter_map(declaration).map(|rest| rest.chars().take_while(|&c| is_in_name(c)).collect()).collect()
}

/// The names of the error kinds, as stored and logged.
pub(crate) fn kinds() -> BTreeSet<&'static str> {
    let (_, names) = ERROR.split_once("named! { ErrorKind:").expect("the names of the kinds");
    let names = names.split("\n}\n").next().unwrap_or_default();
    // A kind that only a later version has.
    let kinds: BTreeSet<_> =
        names.lines().filter_map(|l| l.split('"').nth(1)).filter(|name| *name != "other").collect();
    assert!(kinds.len() > 10, "the sources are not read any more: {kinds:?}");
    kinds
}
