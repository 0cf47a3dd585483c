//! The facts of an inventory, as data.

use serde_json::Value;

use super::node::text;
use super::shape::Shape;
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
    /// Whether the operation is deprecated.
    pub deprecated: bool,
    /// The security in effect, either the operation's own or the document's. Each entry is an alternative: a set of
    /// schemes that are required together. An empty set allows anonymous requests.
    ///
    /// Empty if the operation needs no security.
    pub security: Vec<Vec<SchemeUse>>,
    /// The parameters, including those of the path item, by location, then by name.
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

/// A security scheme that an operation requires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SchemeUse {
    /// The name of the scheme.
    pub name: String,
    /// The required scopes or roles.
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
    /// Whether a request must have it.
    pub required: bool,
    /// Its shape.
    pub shape: Shape,
}

/// A request body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Body {
    /// Whether a request must have it.
    pub required: bool,
    /// Its shape, by media type.
    pub media: Vec<Media>,
}

/// The shape of a body in one media type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Media {
    /// The media type.
    pub media_type: String,
    /// The shape of the body.
    pub shape: Shape,
}

/// A documented response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status as written in the contract: `201`, `5XX` or `default`.
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
    /// The name, as written in the contract.
    pub name: String,
    /// Whether every such response has it.
    pub required: bool,
    /// Its shape.
    pub shape: Shape,
}

/// A named schema: a component, or an inline object with the name of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schema {
    /// The shape of the whole value.
    pub shape: Shape,
    /// The fields by name, including those of `allOf`.
    pub fields: Vec<Field>,
    /// Whether it is an inline object.
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
    /// Whether it is always present.
    pub required: bool,
    /// Its shape.
    pub shape: Shape,
}

/// A way to authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecurityScheme {
    /// `http`, `apiKey`, `oauth2` or `openIdConnect`.
    pub kind: String,
    /// The HTTP authentication scheme, such as `bearer`.
    pub scheme: Option<String>,
    /// The location of an API key: `header`, `query` or `cookie`.
    pub location: Option<String>,
    /// The header, query parameter or cookie of an API key.
    pub name: Option<String>,
}

impl SecurityScheme {
    pub(super) fn of(node: &Value) -> Self {
        SecurityScheme {
            kind: text(node, "type").unwrap_or_default(),
            // Scheme names are case-insensitive (RFC 9110, section 11.1).
            scheme: text(node, "scheme").map(|scheme| scheme.to_ascii_lowercase()),
            location: text(node, "in"),
            name: text(node, "name"),
        }
    }
}
