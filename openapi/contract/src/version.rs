//! The supported versions of OpenAPI. Change them only here.

use serde_json::{Map, Value};

use crate::document::Document;
use crate::problem::{ContractError, Problem};
use crate::vocabulary::{Release, kind_of};

/// The default dialects of schemas. The text of 3.2 names that of 3.1, but its schema names another one.
const DIALECTS: [&str; 2] =
    ["https://spec.openapis.org/oas/3.1/dialect/base", "https://spec.openapis.org/oas/3.2/dialect/2025-09-17"];

/// Documents of other kinds: the pointer of what only they have, and their names.
const OTHERS: [(&str, &str); 6] = [
    ("/arazzo", "an Arazzo description"),
    ("/asyncapi", "an AsyncAPI document"),
    ("/overlay", "an Overlay"),
    ("/info/_postman_id", "a Postman collection"),
    ("/__export_format", "an Insomnia export"),
    ("/$schema", "a JSON Schema"),
];

/// What the version of a document means for further reading.
pub enum Version {
    /// The rules of OpenAPI 3.0 apply.
    Supported,
    /// Like `Supported`, but the version must be corrected.
    Unclear(Problem),
    /// Other rules apply: checking the rest by those of 3.0 would be misleading.
    Unsupported(Problem),
}

/// Checks `openapi`, or what the document has instead.
pub fn of(document: &Document, root: &Map<String, Value>) -> Version {
    if root.contains_key("swagger") && !root.contains_key("openapi") {
        return Version::Unsupported(document.problem(
            "/swagger",
            "this is a Swagger 2.0 document",
            "convert it to OpenAPI 3.0.3, for example with `swagger2openapi`",
        ));
    }
    let other = OTHERS.iter().find(|(at, _)| !root.contains_key("openapi") && document.value().pointer(at).is_some());
    if let Some((at, name)) = other {
        let message = format!("this is not an OpenAPI document, but {name}");
        return Version::Unsupported(document.problem(at, message, "pass an OpenAPI document"));
    }
    match root.get("openapi") {
        None => Version::Unclear(document.problem(
            "",
            "`openapi` is missing: this does not look like an OpenAPI document",
            "begin it with `openapi: 3.0.3`",
        )),
        Some(Value::String(_)) if release(document).is_some() => Version::Supported,
        Some(Value::String(version)) if version.starts_with("3.") => Version::Unsupported(document.problem(
            "/openapi",
            format!("OpenAPI {version} is not supported: 3.0.x, 3.1.x and 3.2.x are"),
            "export the document as OpenAPI 3.2, or convert it",
        )),
        Some(Value::String(version)) => Version::Unsupported(document.problem(
            "/openapi",
            format!("`{version}` is not a supported version of OpenAPI: 3.0.x, 3.1.x and 3.2.x are"),
            "use `openapi: 3.1.0` or `openapi: 3.0.3`",
        )),
        Some(other) => Version::Unclear(document.problem(
            "/openapi",
            format!("the version must be a string such as `3.0.3`, but is {}", kind_of(other)),
            "write `openapi: 3.0.3`",
        )),
    }
}

/// Checks that a document has a supported version: OpenAPI 3.0, 3.1 or 3.2.
///
/// # Errors
///
/// Fails if it has another version or none, or is not an OpenAPI document.
pub fn supported(document: &Document) -> Result<(), ContractError> {
    match document.value().as_object().map(|root| of(document, root)) {
        Some(Version::Supported) => Ok(()),
        Some(Version::Unsupported(problem) | Version::Unclear(problem)) => Err(ContractError::from(problem)),
        None => Err(ContractError::from(document.problem(
            "",
            "not an OpenAPI document: the root must be a mapping",
            "pass an OpenAPI document",
        ))),
    }
}

/// Whether a dialect is the default one.
#[must_use]
pub fn is_default_dialect(uri: &str) -> bool {
    DIALECTS.contains(&uri.trim_end_matches('#'))
}

/// The version of a document, if it is supported.
#[must_use]
pub fn release(document: &Document) -> Option<Release> {
    let version = document.value().get("openapi")?.as_str()?;
    let is_patch = |patch: &str| patch.starts_with(|digit: char| digit.is_ascii_digit());
    let known = [("3.0.", Release::V3_0), ("3.1.", Release::V3_1), ("3.2.", Release::V3_2)];
    known.into_iter().find(|(minor, _)| version.strip_prefix(minor).is_some_and(is_patch)).map(|(_, release)| release)
}
