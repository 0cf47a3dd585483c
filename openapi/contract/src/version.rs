//! Which versions of OpenAPI are read. The one place to widen.

use serde_json::{Map, Value};

use crate::document::Document;
use crate::problem::{ContractError, Problem};
use crate::vocabulary::kind_of;

/// What the version of a document means for reading on.
pub enum Version {
    /// The rules of OpenAPI 3.0 apply.
    Supported,
    /// As `Supported`, as far as one can tell; but the version has to be corrected.
    Unclear(Problem),
    /// Other rules apply: judging the rest by those of 3.0 would only mislead.
    Unsupported(Problem),
}

/// Judges `openapi`, or what stands in its place.
pub fn of(document: &Document, root: &Map<String, Value>) -> Version {
    if root.contains_key("swagger") && !root.contains_key("openapi") {
        return Version::Unsupported(document.problem(
            "/swagger",
            "this is a Swagger 2.0 document",
            "convert it to OpenAPI 3.0.3, for example with `swagger2openapi`",
        ));
    }
    match root.get("openapi") {
        None => Version::Unclear(document.problem(
            "",
            "`openapi` is missing: this does not look like an OpenAPI document",
            "begin it with `openapi: 3.0.3`",
        )),
        Some(Value::String(version)) if is_supported(version) => Version::Supported,
        Some(Value::String(version)) if version.starts_with("3.") => Version::Unsupported(document.problem(
            "/openapi",
            format!("OpenAPI {version} is not supported: 3.0.x and 3.1.x are"),
            "export the document as OpenAPI 3.1, or convert it",
        )),
        Some(Value::String(version)) => Version::Unsupported(document.problem(
            "/openapi",
            format!("`{version}` is not a version of OpenAPI that is supported: 3.0.x and 3.1.x are"),
            "use `openapi: 3.1.0` or `openapi: 3.0.3`",
        )),
        Some(other) => Version::Unclear(document.problem(
            "/openapi",
            format!("the version must be text such as `3.0.3`, but is {}", kind_of(other)),
            "write `openapi: 3.0.3`",
        )),
    }
}

/// Whether a document is of a version that is read: OpenAPI 3.0 or 3.1.
///
/// # Errors
///
/// It is of another, or does not say of which, or is no OpenAPI document at all.
pub fn supported(document: &Document) -> Result<(), ContractError> {
    match document.value().as_object().map(|root| of(document, root)) {
        Some(Version::Supported) => Ok(()),
        Some(Version::Unsupported(problem) | Version::Unclear(problem)) => Err(ContractError::from(problem)),
        None => Err(ContractError::from(document.problem(
            "",
            "this is no mapping, and so no OpenAPI document",
            "name an OpenAPI document",
        ))),
    }
}

fn is_supported(version: &str) -> bool {
    let patch = ["3.0.", "3.1."].iter().find_map(|minor| version.strip_prefix(minor));
    patch.is_some_and(|patch| patch.starts_with(|digit: char| digit.is_ascii_digit()))
}
