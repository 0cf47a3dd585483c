//! The objects of OpenAPI: their fields, what each field holds, and since which version.
//!
//! One table. The walk over a document, the check of fields and the generic part of the comparison read it: a new field
//! of OpenAPI needs only a row here. The file is as long as the table.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::suggest;

/// The kinds of nodes in a document: one for each object of the specification that is used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// The document as a whole.
    Document,
    /// Information about the API.
    Info,
    /// A server.
    Server,
    /// A tag.
    Tag,
    /// Components that others refer to.
    Components,
    /// A path item: the operations of a path.
    PathItem,
    /// An operation.
    Operation,
    /// A parameter.
    Parameter,
    /// A header of a response.
    Header,
    /// A request body.
    RequestBody,
    /// A media type of a body, parameter or header.
    MediaType,
    /// The encoding of a part of a body.
    Encoding,
    /// A response.
    Response,
    /// A schema.
    Schema,
    /// A security scheme.
    SecurityScheme,
    /// The OAuth 2 flows.
    OAuthFlows,
    /// An OAuth 2 flow.
    OAuthFlow,
    /// The security schemes that a request needs together.
    SecurityRequirement,
    /// An example.
    Example,
    /// A link from a response to another operation.
    Link,
    /// Requests that the server makes.
    Callback,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// A non-negative integer.
    Count,
    /// A reference to a node of this kind.
    Reference,
    /// A mapping that is not examined.
    Mapping,
    /// A sequence that is not examined.
    Sequence,
    /// Any value, or one of several forms.
    Data,
    /// One node.
    One(Node),
    /// One node, or a flag instead.
    OneOrFlag(Node),
    /// Nodes by name.
    Map(Node),
    /// Nodes by keys of a given form, with extensions next to them.
    Keyed(Node),
    /// Nodes in a sequence.
    List(Node),
}

/// A version of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// OpenAPI 3.0.
    V3_0,
    /// OpenAPI 3.1.
    V3_1,
    /// OpenAPI 3.2.
    V3_2,
}

/// The purpose of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Says what exists, or which values fit.
    Rule,
    /// Narrows the values of one type.
    Limit,
    /// Informs programs, and rejects no value.
    Hint,
    /// Informs people. A name has this role in every object.
    Prose,
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// The version that introduced it.
    pub since: Release,
    /// The last version that has it.
    pub until: Release,
    /// What to use in a version without it; empty if there is nothing similar.
    pub instead: &'static str,
    /// Its purpose.
    pub role: Role,
    /// For a keyword of a schema: the only type that it applies to. `number` includes integers.
    pub of: Option<&'static str>,
    /// The registered extension with the same meaning, for versions without the field; empty if there is none.
    pub twin: &'static str,
}

impl Field {
    /// Whether a version has it.
    #[must_use]
    pub fn is_of(&self, release: Release) -> bool {
        self.since <= release && release <= self.until
    }

    /// Whether a document in canonical form may have it: additions of 3.2 occur in documents of every version.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        self.is_of(Release::V3_0) || self.since == Release::V3_2
    }

    /// Changes the role.
    const fn role(self, role: Role) -> Field {
        Field { role, ..self }
    }

    /// Restricts it to values of one type.
    const fn of(self, kind: &'static str) -> Field {
        Field { of: Some(kind), ..self }
    }

    /// Makes it a limit for values of one type.
    const fn limits(self, kind: &'static str) -> Field {
        self.role(Limit).of(kind)
    }
}

/// A field of all versions.
const fn field(name: &'static str, holds: Holds) -> Field {
    Field { name, holds, since: Release::V3_0, until: Release::V3_2, instead: "", twin: "", role: Rule, of: None }
}

/// A field that 3.1 removed.
const fn until_3_0(name: &'static str, holds: Holds) -> Field {
    Field { until: Release::V3_0, ..field(name, holds) }
}

/// A field added in 3.1, and what to use in 3.0.
const fn since_3_1(name: &'static str, holds: Holds, instead: &'static str) -> Field {
    Field { since: Release::V3_1, instead, ..field(name, holds) }
}

/// A field added in 3.2, and the extension for it in 3.0 and 3.1.
const fn since_3_2(name: &'static str, holds: Holds, twin: &'static str) -> Field {
    Field { since: Release::V3_2, twin, ..field(name, holds) }
}

/// An object of the specification.
#[derive(Debug)]
pub struct Object {
    /// The object as a noun phrase: `an operation`.
    pub what: &'static str,
    /// Its fixed fields. Those that hold nodes are in the order in which a walk visits them.
    pub fields: &'static [Field],
    /// The fields that 3.0 requires.
    pub required: &'static [&'static str],
}

impl Object {
    /// The names of its fields in a version.
    pub fn names(&self, release: Release) -> impl Iterator<Item = &'static str> {
        self.fields.iter().filter(move |field| field.is_of(release)).map(|field| field.name)
    }
}

use Holds::{Count, Data, Flag, Keyed, List, Map, Mapping, Number, One, OneOrFlag, Reference, Sequence, Text};
use Role::{Hint, Limit, Prose, Rule};

const DOCUMENT: Object = Object {
    what: "the document",
    fields: &[
        field("openapi", Data),
        since_3_2("$self", Text, "x-oai-$self"),
        field("info", One(Node::Info)),
        since_3_1("jsonSchemaDialect", Text, ""),
        field("servers", List(Node::Server)),
        field("paths", Keyed(Node::PathItem)),
        since_3_1("webhooks", Map(Node::PathItem), "remove it, or describe the webhooks as callbacks"),
        field("components", One(Node::Components)),
        field("security", List(Node::SecurityRequirement)),
        field("tags", List(Node::Tag)),
        field("externalDocs", Mapping),
    ],
    required: &["info", "paths"],
};

const INFO: Object = Object {
    what: "`info`",
    fields: &[
        field("title", Text),
        since_3_1("summary", Text, ""),
        field("description", Text),
        field("termsOfService", Text),
        field("contact", Mapping),
        field("license", Mapping),
        field("version", Text),
    ],
    required: &["title", "version"],
};

const SERVER: Object = Object {
    what: "a server",
    fields: &[
        field("url", Text),
        since_3_2("name", Text, "x-oai-name"),
        field("description", Text),
        field("variables", Mapping),
    ],
    required: &["url"],
};

const TAG: Object = Object {
    what: "a tag",
    fields: &[
        field("name", Text),
        since_3_2("summary", Text, ""),
        field("description", Text),
        field("externalDocs", Mapping),
        since_3_2("parent", Text, ""),
        since_3_2("kind", Text, ""),
    ],
    required: &["name"],
};

const COMPONENTS: Object = Object {
    what: "`components`",
    fields: &[
        field("schemas", Map(Node::Schema)),
        field("parameters", Map(Node::Parameter)),
        field("headers", Map(Node::Header)),
        field("requestBodies", Map(Node::RequestBody)),
        field("responses", Map(Node::Response)),
        since_3_1("pathItems", Map(Node::PathItem), ""),
        since_3_2("mediaTypes", Map(Node::MediaType), ""),
        field("examples", Map(Node::Example)),
        field("securitySchemes", Map(Node::SecurityScheme)),
        field("links", Map(Node::Link)),
        field("callbacks", Map(Node::Callback)),
    ],
    required: &[],
};

/// The field of a path item for operations with methods that have no field of their own.
pub const ADDITIONAL: &str = "additionalOperations";

const PATH_ITEM: Object = Object {
    what: "a path item",
    fields: &[
        field("$ref", Reference),
        field("summary", Text),
        field("description", Text),
        field("servers", List(Node::Server)),
        field("parameters", List(Node::Parameter)),
        field("get", One(Node::Operation)),
        field("put", One(Node::Operation)),
        field("post", One(Node::Operation)),
        field("delete", One(Node::Operation)),
        field("options", One(Node::Operation)),
        field("head", One(Node::Operation)),
        field("patch", One(Node::Operation)),
        field("trace", One(Node::Operation)),
        since_3_2("query", One(Node::Operation), ""),
        since_3_2(ADDITIONAL, Map(Node::Operation), "x-oai-additionalOperations"),
    ],
    required: &[],
};

const OPERATION: Object = Object {
    what: "an operation",
    fields: &[
        field("tags", Sequence),
        field("summary", Text).role(Prose),
        field("description", Text),
        field("externalDocs", Mapping),
        field("operationId", Text),
        field("parameters", List(Node::Parameter)),
        field("requestBody", One(Node::RequestBody)),
        field("responses", Keyed(Node::Response)),
        field("callbacks", Map(Node::Callback)),
        field("deprecated", Flag),
        field("security", List(Node::SecurityRequirement)),
        field("servers", List(Node::Server)),
    ],
    required: &["responses"],
};

const PARAMETER: Object = Object {
    what: "a parameter",
    fields: &[
        field("name", Text),
        field("in", Text),
        field("description", Text),
        field("required", Flag),
        field("deprecated", Flag),
        field("allowEmptyValue", Flag),
        field("style", Text),
        field("explode", Flag),
        field("allowReserved", Flag),
        field("schema", One(Node::Schema)),
        field("example", Data),
        field("examples", Map(Node::Example)),
        field("content", Map(Node::MediaType)),
    ],
    required: &["name", "in"],
};

const HEADER: Object = Object {
    what: "a header",
    fields: &[
        field("description", Text),
        field("required", Flag),
        field("deprecated", Flag),
        field("allowEmptyValue", Flag),
        field("style", Text),
        field("explode", Flag),
        field("allowReserved", Flag),
        field("schema", One(Node::Schema)),
        field("example", Data),
        field("examples", Map(Node::Example)),
        field("content", Map(Node::MediaType)),
    ],
    required: &[],
};

const REQUEST_BODY: Object = Object {
    what: "a request body",
    fields: &[field("description", Text), field("content", Map(Node::MediaType)), field("required", Flag)],
    required: &["content"],
};

const MEDIA_TYPE: Object = Object {
    what: "a media type",
    fields: &[
        // The text of the specification has none, but its schema allows one.
        since_3_2("description", Text, ""),
        field("schema", One(Node::Schema)),
        since_3_2("itemSchema", One(Node::Schema), "x-oai-itemSchema"),
        field("example", Data),
        field("examples", Map(Node::Example)),
        field("encoding", Map(Node::Encoding)),
        since_3_2("prefixEncoding", List(Node::Encoding), "x-oai-prefixEncoding"),
        since_3_2("itemEncoding", One(Node::Encoding), "x-oai-itemEncoding"),
    ],
    required: &[],
};

const ENCODING: Object = Object {
    what: "an encoding",
    fields: &[
        field("contentType", Text),
        field("headers", Map(Node::Header)),
        field("style", Text),
        field("explode", Flag),
        field("allowReserved", Flag),
        since_3_2("encoding", Map(Node::Encoding), "x-oai-encoding"),
        since_3_2("prefixEncoding", List(Node::Encoding), "x-oai-prefixEncoding"),
        since_3_2("itemEncoding", One(Node::Encoding), "x-oai-itemEncoding"),
    ],
    required: &[],
};

const RESPONSE: Object = Object {
    what: "a response",
    fields: &[
        since_3_2("summary", Text, "x-oai-summary"),
        field("description", Text),
        field("headers", Map(Node::Header)),
        field("content", Map(Node::MediaType)),
        field("links", Map(Node::Link)),
    ],
    required: &["description"],
};

const SCHEMA: Object = Object {
    what: "a schema",
    fields: &[
        field("properties", Map(Node::Schema)).of("object"),
        since_3_1("patternProperties", Map(Node::Schema), "use `additionalProperties`").of("object"),
        since_3_1("$defs", Map(Node::Schema), "move the schemas to `components/schemas`"),
        // Named `$defs` since JSON Schema 2019-09, which still allows the old name.
        since_3_1("definitions", Map(Node::Schema), ""),
        since_3_1("dependentSchemas", Map(Node::Schema), "").of("object"),
        field("allOf", List(Node::Schema)),
        field("anyOf", List(Node::Schema)),
        field("oneOf", List(Node::Schema)),
        since_3_1("prefixItems", List(Node::Schema), "use `items`").of("array"),
        field("items", One(Node::Schema)).of("array"),
        field("additionalProperties", OneOrFlag(Node::Schema)).of("object"),
        field("not", One(Node::Schema)),
        since_3_1("if", One(Node::Schema), "use `oneOf`"),
        since_3_1("then", One(Node::Schema), ""),
        since_3_1("else", One(Node::Schema), ""),
        since_3_1("contains", One(Node::Schema), "").of("array"),
        since_3_1("propertyNames", One(Node::Schema), "").of("object"),
        since_3_1("unevaluatedItems", One(Node::Schema), "").of("array"),
        since_3_1("unevaluatedProperties", One(Node::Schema), "use `additionalProperties`").of("object"),
        since_3_1("contentSchema", One(Node::Schema), "").role(Hint),
        field("title", Text).role(Prose),
        field("description", Text).role(Prose),
        field("type", Data),
        field("format", Text).of("string"),
        field("enum", Sequence),
        since_3_1("const", Data, "write an `enum` with one value"),
        field("default", Data).role(Hint),
        until_3_0("nullable", Flag),
        field("minimum", Number).limits("number"),
        field("maximum", Number).limits("number"),
        field("exclusiveMinimum", Data).limits("number"),
        field("exclusiveMaximum", Data).limits("number"),
        field("multipleOf", Number).limits("number"),
        field("pattern", Text).limits("string"),
        field("minLength", Count).limits("string"),
        field("maxLength", Count).limits("string"),
        field("minItems", Count).limits("array"),
        field("maxItems", Count).limits("array"),
        field("uniqueItems", Flag).limits("array"),
        since_3_1("maxContains", Count, "").limits("array"),
        since_3_1("minContains", Count, "").limits("array"),
        field("minProperties", Count).limits("object"),
        field("maxProperties", Count).limits("object"),
        field("required", Sequence).of("object"),
        since_3_1("dependentRequired", Mapping, "").of("object"),
        field("readOnly", Flag).role(Hint),
        field("writeOnly", Flag).role(Hint),
        field("deprecated", Flag).role(Prose),
        field("discriminator", Mapping).role(Hint),
        field("xml", Mapping).role(Hint),
        field("externalDocs", Mapping).role(Prose),
        field("example", Data).role(Prose),
        since_3_1("examples", Sequence, "use `example`").role(Prose),
        since_3_1("contentEncoding", Text, "use `format: byte`").of("string"),
        since_3_1("contentMediaType", Text, "").of("string"),
        since_3_1("$ref", Reference, ""),
        since_3_1("$dynamicRef", Reference, ""),
        since_3_1("$schema", Text, "").role(Hint),
        since_3_1("$id", Text, "").role(Hint),
        since_3_1("$anchor", Text, "").role(Hint),
        since_3_1("$dynamicAnchor", Text, "").role(Hint),
        since_3_1("$vocabulary", Mapping, "").role(Hint),
        since_3_1("$comment", Text, "").role(Prose),
    ],
    required: &[],
};

const SECURITY_SCHEME: Object = Object {
    what: "a security scheme",
    fields: &[
        field("type", Text),
        field("description", Text),
        field("name", Text),
        field("in", Text),
        field("scheme", Text),
        field("bearerFormat", Text),
        field("flows", One(Node::OAuthFlows)),
        field("openIdConnectUrl", Text),
        since_3_2("oauth2MetadataUrl", Text, ""),
        since_3_2("deprecated", Flag, "x-oai-deprecated"),
    ],
    required: &["type"],
};

const OAUTH_FLOWS: Object = Object {
    what: "`flows`",
    fields: &[
        field("implicit", One(Node::OAuthFlow)),
        field("password", One(Node::OAuthFlow)),
        field("clientCredentials", One(Node::OAuthFlow)),
        field("authorizationCode", One(Node::OAuthFlow)),
        since_3_2("deviceAuthorization", One(Node::OAuthFlow), "x-oai-deviceAuthorization"),
    ],
    required: &[],
};

const OAUTH_FLOW: Object = Object {
    what: "a flow",
    fields: &[
        field("authorizationUrl", Text),
        since_3_2("deviceAuthorizationUrl", Text, "x-oai-deviceAuthorizationUrl"),
        field("tokenUrl", Text),
        field("refreshUrl", Text),
        field("scopes", Mapping),
    ],
    required: &[],
};

const SECURITY_REQUIREMENT: Object = Object { what: "a security requirement", fields: &[], required: &[] };

const EXAMPLE: Object = Object {
    what: "an example",
    fields: &[
        field("summary", Text),
        field("description", Text),
        field("value", Data),
        field("externalValue", Text),
        since_3_2("dataValue", Data, "x-oai-dataValue"),
        since_3_2("serializedValue", Text, "x-oai-serializedValue"),
    ],
    required: &[],
};

const LINK: Object = Object {
    what: "a link",
    fields: &[
        field("operationRef", Text),
        field("operationId", Text),
        field("parameters", Mapping),
        field("requestBody", Data),
        field("description", Text),
        field("server", One(Node::Server)),
    ],
    required: &[],
};

const CALLBACK: Object = Object { what: "a callback", fields: &[], required: &[] };

impl Node {
    /// Every kind, in declaration order.
    pub const ALL: [Node; 21] = [
        Node::Document,
        Node::Info,
        Node::Server,
        Node::Tag,
        Node::Components,
        Node::PathItem,
        Node::Operation,
        Node::Parameter,
        Node::Header,
        Node::RequestBody,
        Node::MediaType,
        Node::Encoding,
        Node::Response,
        Node::Schema,
        Node::SecurityScheme,
        Node::OAuthFlows,
        Node::OAuthFlow,
        Node::SecurityRequirement,
        Node::Example,
        Node::Link,
        Node::Callback,
    ];

    /// The object for this kind.
    #[must_use]
    pub const fn object(self) -> &'static Object {
        match self {
            Node::Document => &DOCUMENT,
            Node::Info => &INFO,
            Node::Server => &SERVER,
            Node::Tag => &TAG,
            Node::Components => &COMPONENTS,
            Node::PathItem => &PATH_ITEM,
            Node::Operation => &OPERATION,
            Node::Parameter => &PARAMETER,
            Node::Header => &HEADER,
            Node::RequestBody => &REQUEST_BODY,
            Node::MediaType => &MEDIA_TYPE,
            Node::Encoding => &ENCODING,
            Node::Response => &RESPONSE,
            Node::Schema => &SCHEMA,
            Node::SecurityScheme => &SECURITY_SCHEME,
            Node::OAuthFlows => &OAUTH_FLOWS,
            Node::OAuthFlow => &OAUTH_FLOW,
            Node::SecurityRequirement => &SECURITY_REQUIREMENT,
            Node::Example => &EXAMPLE,
            Node::Link => &LINK,
            Node::Callback => &CALLBACK,
        }
    }

    /// The field with this name, in any version.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'static Field> {
        let fields = BY_NAME.get(self as usize)?;
        fields.binary_search_by(|field| field.name.cmp(name)).ok().and_then(|index| fields.get(index)).copied()
    }

    /// The section of `components` for such nodes.
    #[must_use]
    pub fn section(self) -> Option<&'static str> {
        COMPONENTS.fields.iter().find(|field| field.holds == Map(self)).map(|field| field.name)
    }
}

/// The keywords that combine schemas: a value must fit all, some or one of them.
pub const COMPOSITIONS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// Whether a schema combines others.
#[must_use]
pub fn is_composed(schema: &serde_json::Map<String, Value>) -> bool {
    COMPOSITIONS.iter().any(|keyword| schema.contains_key(*keyword))
}

/// The fields of each kind of node by name: a document has many nodes, and each is looked up.
static BY_NAME: LazyLock<Vec<Vec<&'static Field>>> = LazyLock::new(|| {
    let sorted = |node: &Node| {
        let mut fields: Vec<&Field> = node.object().fields.iter().collect();
        fields.sort_by_key(|field| field.name);
        fields
    };
    Node::ALL.iter().map(sorted).collect()
});

/// The methods with a field of their own in a path item.
pub(crate) const METHODS: [&str; count_methods()] = methods();

const fn count_methods() -> usize {
    let (mut at, mut count) = (0, 0);
    while at < PATH_ITEM.fields.len() {
        if let One(Node::Operation) = PATH_ITEM.fields[at].holds {
            count += 1;
        }
        at += 1;
    }
    count
}

const fn methods() -> [&'static str; count_methods()] {
    let mut names = [""; count_methods()];
    let (mut at, mut count) = (0, 0);
    while at < PATH_ITEM.fields.len() {
        if let One(Node::Operation) = PATH_ITEM.fields[at].holds {
            names[count] = PATH_ITEM.fields[at].name;
            count += 1;
        }
        at += 1;
    }
    names
}

/// What 3.0 uses instead of a later field.
#[must_use]
pub fn instead(name: &str) -> Option<&'static str> {
    let later = Node::ALL.iter().filter_map(|node| node.field(name));
    later.map(|field| field.instead).find(|instead| !instead.is_empty())
}

/// The types that a schema may name.
pub const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// The keywords of a schema that apply only to values of one type.
pub fn of_type(kind: &str) -> impl Iterator<Item = &'static Field> {
    let kind = if kind == "integer" { "number" } else { kind };
    SCHEMA.fields.iter().filter(move |field| field.of == Some(kind))
}

/// Whether a keyword takes part in validation. Unknown ones do not.
#[must_use]
pub fn refuses(keyword: &str) -> bool {
    Node::Schema.field(keyword).is_some_and(|field| matches!(field.role, Rule | Limit))
}

/// Whether a field with this name informs people, in any object.
#[must_use]
pub fn is_prose(name: &str) -> bool {
    PROSE.contains(name)
}

static PROSE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let fields = Node::ALL.iter().flat_map(|node| node.object().fields);
    fields.filter(|field| field.role == Prose).map(|field| field.name).collect()
});

/// The closest keyword of 3.0 to a misspelt one.
#[must_use]
pub(crate) fn closest_keyword(word: &str) -> Option<&'static str> {
    suggest::closest(word, SCHEMA.names(Release::V3_0))
}

/// Whether a key is an extension: its value may be anything.
#[must_use]
pub fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

/// Describes the kind of a value as a noun phrase.
#[must_use]
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a sequence",
        Value::Object(_) => "a mapping",
    }
}
