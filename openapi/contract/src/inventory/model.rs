//! The facts of an inventory, as data.

use serde_json::Value;

use super::shape::Shape;
use super::text;
use crate::status::speaking_for;

/// One operation of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The `operationId`.
    pub id: String,
    /// The method, in upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// Whether the contract asks callers to move away from it.
    pub deprecated: bool,
    /// The security that is in effect, the operation's own or the document's: one alternative an entry, each the
    /// schemes that are needed together; one without schemes is for anonymous callers.
    ///
    /// Empty if the operation is open to everybody.
    pub security: Vec<Vec<SchemeUse>>,
    /// The parameters, those of the path item included: by location, then by name.
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub request: Option<Body>,
    /// The documented responses, by status.
    pub responses: Vec<Response>,
}

impl Operation {
    /// The documented response for a status: the exact one, else its range (`5XX`), else `default`.
    #[must_use]
    pub fn response_for(&self, status: u16) -> Option<&Response> {
        speaking_for(status, self.responses.iter().map(|response| (response.status.as_str(), response)))
    }
}

/// A security scheme that an operation asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SchemeUse {
    /// The name of the scheme.
    pub name: String,
    /// The scopes or roles that the operation needs.
    pub scopes: Vec<String>,
}

/// A parameter of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// `path`, `query`, `header` or `cookie`.
    pub location: String,
    /// Whether a request must carry it.
    pub required: bool,
    /// What it may be.
    pub shape: Shape,
}

/// A request body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Body {
    /// Whether a request must carry it.
    pub required: bool,
    /// What it may be, by media type.
    pub media: Vec<Media>,
}

/// What a body is, in one media type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Media {
    /// The media type.
    pub media_type: String,
    /// What the body may be.
    pub shape: Shape,
}

/// A documented response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status as the contract has it: `201`, `5XX` or `default`.
    pub status: String,
    /// The documented headers, by name.
    pub headers: Vec<Header>,
    /// The documented bodies, by media type.
    pub media: Vec<Media>,
}

/// A documented header of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The name, spelled as in the contract.
    pub name: String,
    /// Whether every such response carries it.
    pub required: bool,
    /// What it may be.
    pub shape: Shape,
}

/// A named schema: a component, or an object written inline under the name of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schema {
    /// What it is as a whole.
    pub shape: Shape,
    /// The fields by name, those of `allOf` included.
    pub fields: Vec<Field>,
    /// Whether it was written inline.
    pub inline: bool,
}

impl Schema {
    /// The field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// Whether it is always there.
    pub required: bool,
    /// What it may be.
    pub shape: Shape,
}

/// How callers may identify themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecurityScheme {
    /// `http`, `apiKey`, `oauth2` or `openIdConnect`.
    pub kind: String,
    /// The HTTP authentication scheme, such as `bearer`.
    pub scheme: Option<String>,
    /// Where an API key stands: `header`, `query` or `cookie`.
    pub location: Option<String>,
    /// The header, query parameter or cookie of an API key.
    pub name: Option<String>,
}

impl SecurityScheme {
    pub(super) fn of(node: &Value) -> Self {
        SecurityScheme {
            kind: text(node, "type").unwrap_or_default(),
            // Scheme names are compared without regard to case (RFC 9110, section 11.1).
            scheme: text(node, "scheme").map(|scheme| scheme.to_ascii_lowercase()),
            location: text(node, "in"),
            name: text(node, "name"),
        }
    }
}
