//! Kinds for everything but schemas, by the part of a contract that they are about and where clients meet them.

use super::row::{
    Action, Area, BREAKING, COMPATIBLE, Kind, NEITHER, NOTHING, REQUEST, RESPONSE, RISKY, TEXT, equal, marked,
};

macro_rules! kinds {
    ($($area:ident, $direction:ident: $($id:literal $action:ident $level:ident $($required:ident)? $meaning:literal)*)*) => {
        // An array, not a slice: look-ups at compile time then point into this one table.
        pub(super) static KINDS: [Kind; [$($($id,)*)*].len()] = [$($(
            Kind::row(
                ($id, $meaning),
                (Area::$area, $direction),
                Action::$action,
                $level,
                marked!($($required)?),
            ),
        )*)*];
    };
}

/// The kind with an id, looked up at compile time: `kind!("server-added")`.
macro_rules! kind {
    ($id:expr) => {
        const { $crate::kind::contract::find($id) }
    };
}
pub(crate) use kind;

pub(crate) const fn find(id: &str) -> &'static Kind {
    let mut index = 0;
    while index < KINDS.len() {
        if equal(KINDS[index].id, id) {
            return &KINDS[index];
        }
        index += 1;
    }
    panic!("the table has no such kind")
}

kinds! {
    Path, NEITHER:
        "api-path-removed-with-deprecation" Removed BREAKING
            "A path was removed; all of its operations were deprecated."
        "api-path-removed-without-deprecation" Removed BREAKING
            "A path was removed with all of its operations, not all of which were deprecated."
        "path-added" Added NOTHING "A path without operations was added."
        "path-removed" Removed NOTHING "A path without operations was removed."
    Operation, NEITHER:
        "api-operation-id-added" Added NOTHING "An operation got an id."
        "api-operation-id-removed" Removed NOTHING "The id of an operation was removed or changed."
        "api-operation-moved" Changed BREAKING "An operation has another path or method, but the same id."
        "api-removed-with-deprecation" Removed BREAKING "A deprecated operation was removed."
        "api-removed-without-deprecation" Removed BREAKING "An operation was removed that was not deprecated."
        "callback-added" Added COMPATIBLE "A callback was added to an operation."
        "callback-removed" Removed BREAKING "A callback of an operation was removed."
        "callback-renamed" Changed NOTHING "A callback was renamed in the contract; its URL is the same."
        "callback-url-changed" Changed BREAKING "The URL of a callback changed."
        "endpoint-added" Added COMPATIBLE "An operation was added."
        "endpoint-deprecated" Changed TEXT "An operation is now deprecated."
        "endpoint-reactivated" Changed TEXT "An operation is no longer deprecated."
        "webhook-added" Added COMPATIBLE "A webhook was added."
        "webhook-removed" Removed BREAKING "A webhook was removed."
        "webhook-renamed" Changed RISKY "A webhook was renamed; its operation id is the same."
    Security, NEITHER:
        "api-security-added" Added COMPATIBLE "An operation accepts an additional alternative of credentials."
        "api-security-became-optional" Changed COMPATIBLE "An operation can now be called without credentials."
        "api-security-became-required" Changed BREAKING required
            "An operation can no longer be called without credentials."
        "api-security-component-added" Added NOTHING "A security scheme was added that no operation uses."
        "api-security-component-changed" Changed BREAKING "A security scheme that operations use changed."
        "api-security-component-oauth-scope-added" Added TEXT "A scope was added to a security scheme."
        "api-security-component-oauth-scope-removed" Removed TEXT "A scope was removed from a security scheme."
        "api-security-component-oauth-token-url-changed" Changed RISKY "The URL that issues tokens changed."
        "api-security-component-oauth-url-changed" Changed RISKY
            "The URL where users give consent changed."
        "api-security-component-open-id-url-changed" Changed RISKY
            "The discovery URL of an OpenID provider changed."
        "api-security-component-removed" Removed NOTHING "A security scheme was removed."
        "api-security-component-renamed" Changed NOTHING
            "A security scheme was renamed; it is otherwise the same."
        "api-security-component-type-changed" Changed BREAKING "The type of a security scheme changed."
        "api-security-removed" Removed BREAKING
            "An operation no longer accepts one of its alternatives of credentials."
        "api-security-scope-added" Added BREAKING "An operation requires an additional scope."
        "api-security-scope-removed" Removed COMPATIBLE "An operation no longer requires one of its scopes."
        "api-security-updated" Changed BREAKING "An alternative of credentials requires other schemes."
        "server-request-security-changed" Changed BREAKING "A webhook or a callback is sent with other credentials."
    Server, NEITHER:
        "server-added" Added COMPATIBLE "A server was added."
        "server-changed" Changed BREAKING "The URL of a server changed."
        "server-order-changed" Changed TEXT "The order of the servers changed."
        "server-removed" Removed BREAKING "A server was removed."
        "server-variable-changed" Changed BREAKING "A server variable accepts other values."
        "server-variable-default-changed" Changed BREAKING "The default of a server variable changed."
        "server-variable-enum-value-added" Added COMPATIBLE "A server variable accepts an additional value."
        "server-variable-enum-value-removed" Removed BREAKING
            "A server variable no longer accepts one of its values."
    Parameter, REQUEST:
        "new-optional-request-parameter" Added COMPATIBLE "An optional parameter was added."
        "new-required-request-parameter" Added BREAKING required "A required parameter was added."
        "request-parameter-became-allow-empty-value" Changed COMPATIBLE "A parameter may now have an empty value."
        "request-parameter-became-allow-reserved" Changed COMPATIBLE
            "A parameter may now contain unencoded reserved characters."
        "request-parameter-became-not-allow-empty-value" Changed BREAKING
            "A parameter may no longer have an empty value."
        "request-parameter-became-not-allow-reserved" Changed RISKY
            "A parameter may no longer contain unencoded reserved characters."
        "request-parameter-became-optional" Changed COMPATIBLE "A parameter became optional."
        "request-parameter-became-required" Changed BREAKING required "A parameter became required."
        "request-parameter-explode-changed" Changed BREAKING "A parameter with several values is serialized differently."
        "request-parameter-moved" Changed BREAKING "A parameter moved to another location."
        "request-parameter-removed" Removed RISKY "A parameter was removed."
        "request-parameter-removed-with-deprecation" Removed RISKY "A deprecated parameter was removed."
        "request-parameter-renamed" Changed BREAKING "A parameter was renamed."
        "request-parameter-style-changed" Changed BREAKING "A parameter is serialized differently."
        "request-path-parameter-renamed" Changed NOTHING "A path parameter was renamed; the path is the same."
    Body, REQUEST:
        "request-body-added-optional" Added COMPATIBLE "An optional request body was added."
        "request-body-added-required" Added BREAKING required "A required request body was added."
        "request-body-became-optional" Changed COMPATIBLE "The request body became optional."
        "request-body-became-required" Changed BREAKING required "The request body became required."
        "request-body-encoding-changed" Changed BREAKING "A part of the request body is serialized differently."
        "request-body-item-schema-changed" Changed RISKY
            "A request body is described item by item instead of as a whole, or vice versa."
        "request-body-media-type-added" Added COMPATIBLE "The request body is accepted in an additional media type."
        "request-body-media-type-name-changed" Changed RISKY
            "A media type of a request body has another name for the same format, or other parameters."
        "request-body-media-type-name-generalized" Changed COMPATIBLE
            "A request body accepts a range of media types instead of one of them."
        "request-body-media-type-name-specialized" Changed BREAKING
            "A request body accepts one media type instead of a range that includes it."
        "request-body-media-type-removed" Removed BREAKING
            "The request body is no longer accepted in one of its media types."
        "request-body-removed" Removed RISKY "The request body was removed."
    Body, RESPONSE:
        "response-body-encoding-changed" Changed RISKY "A part of the response body is serialized differently."
        "response-body-item-schema-changed" Changed RISKY
            "A response body is described item by item instead of as a whole, or vice versa."
        "response-media-type-added" Added COMPATIBLE "A response has an additional media type."
        "response-media-type-name-changed" Changed RISKY "A media type of a response has another name for the same format, or other parameters."
        "response-media-type-name-generalized" Changed BREAKING
            "A response has a range of media types instead of one of them."
        "response-media-type-name-specialized" Changed COMPATIBLE
            "A response has one media type instead of a range that includes it."
        "response-media-type-removed" Removed BREAKING "A response no longer has one of its media types."
    Status, RESPONSE:
        "link-added" Added COMPATIBLE "A link was added to a response."
        "link-changed" Changed RISKY "The target or the values of a link changed."
        "link-removed" Removed RISKY "A link of a response was removed."
        "response-non-success-status-added" Added RISKY "A status other than a success was added."
        "response-non-success-status-removed" Removed RISKY "A status other than a success is no longer documented."
        "response-success-status-added" Added RISKY "A success status was added."
        "response-success-status-removed" Removed BREAKING "A success status is no longer documented."
    Header, RESPONSE:
        "optional-response-header-removed" Removed RISKY "An optional response header was removed."
        "required-response-header-removed" Removed BREAKING required "A required response header was removed."
        "response-header-added" Added COMPATIBLE "A response header was added."
        "response-header-became-optional" Changed BREAKING "A response header became optional."
        "response-header-became-required" Changed COMPATIBLE required "A response header became required."
        "response-header-renamed" Changed BREAKING "A response header was renamed."
        "response-header-style-changed" Changed BREAKING "A response header is serialized differently."
    Property, REQUEST:
        "new-optional-request-property" Added COMPATIBLE "An optional request property was added."
        "new-required-request-property" Added BREAKING required
            "A required request property was added."
        "request-property-removed" Removed RISKY "A request property was removed."
        "request-property-removed-with-deprecation" Removed RISKY
            "A deprecated request property was removed."
        "request-property-renamed" Changed BREAKING
            "A request property was renamed."
    Property, RESPONSE:
        "response-optional-property-added" Added COMPATIBLE
            "An optional response property was added."
        "response-optional-property-removed" Removed RISKY "An optional response property was removed."
        "response-optional-property-removed-with-deprecation" Removed RISKY
            "A deprecated, optional response property was removed."
        "response-property-renamed" Changed BREAKING
            "A response property was renamed."
        "response-required-property-added" Added COMPATIBLE required
            "A required response property was added."
        "response-required-property-removed" Removed BREAKING required
            "A required response property was removed."
        "response-required-property-removed-with-deprecation" Removed BREAKING required
            "A deprecated, required response property was removed."
    Component, NEITHER:
        "api-schema-added" Added NOTHING "A component schema was added, and a type with it."
        "api-schema-removed" Removed NOTHING "A component schema was removed, and its type with it."
        "generated-code-changed" Changed NOTHING "The generated code changed in a way that no other change explains."
        "component-added" Added NOTHING "An unused component other than a schema was added."
        "component-changed" Changed NOTHING "An unused component other than a schema changed."
        "component-removed" Removed NOTHING "An unused component other than a schema was removed."
        "schema-extracted" Changed NOTHING "An inline schema became a component, and its type has another name."
        "schema-inlined" Changed NOTHING
            "A component became an inline schema, and its type has another name."
        "schema-property-added" Added NOTHING "A property was added to an unused component."
        "schema-property-removed" Removed NOTHING "A property was removed from an unused component."
        "schema-property-renamed" Changed NOTHING
            "A property of an unused component was renamed."
        "schema-reference-changed" Changed NOTHING "A reference leads to a component with another name and the same shape."
        "schema-renamed" Changed NOTHING "A component schema was renamed; its shape is the same."
    Text, NEITHER:
        "api-security-component-oauth-scope-changed" Changed TEXT "The description of a scope changed."
        "api-tag-added" Added TEXT "A tag was added to an operation."
        "api-tag-removed" Removed TEXT "A tag was removed from an operation."
        "description-changed" Changed TEXT "A description changed."
        "examples-changed" Changed TEXT "An example changed."
        "external-docs-changed" Changed TEXT "A link to external documentation changed."
        "ignored-parameter-changed" Changed TEXT
            "A header parameter that OpenAPI ignores changed: Accept, Content-Type or Authorization."
        "ignored-response-header-changed" Changed TEXT
            "A response header that OpenAPI ignores changed: Content-Type."
        "info-changed" Changed TEXT "The title, version, licence or contact of the contract changed."
        "summary-changed" Changed TEXT "A summary changed."
        "tags-changed" Changed TEXT "The tags or their descriptions changed."
        "title-changed" Changed TEXT "The title of a schema changed."
        "xml-changed" Changed TEXT "The XML representation of a schema changed."
    Sunset, NEITHER:
        "sunset-deleted" Removed RISKY "A deprecated item no longer has an `x-sunset`, the date of its removal."
        "sunset-moved-earlier" Changed RISKY "A deprecated item has an earlier `x-sunset`."
        "sunset-unreadable" Changed RISKY "A deprecated item has an `x-sunset` that is not a date."
    Version, NEITHER:
        "api-version-bumped-too-little" Changed TEXT
            "The version of the contract was raised by less than the changes require."
        "api-version-lowered" Changed TEXT "The version of the contract is lower than before."
        "api-version-not-bumped" Changed TEXT "The version of the contract is the same, but the changes require a higher one."
    Extension, NEITHER:
        "extension-changed" Changed TEXT "An extension, `x-…`, changed."
    Unknown, NEITHER:
        "cannot-judge" Changed RISKY "Something differs that this comparison cannot judge."
}

/// The kinds of removals of deprecated things.
static DEPRECATED: [(&Kind, &Kind); 6] = [
    (kind!("api-path-removed-without-deprecation"), kind!("api-path-removed-with-deprecation")),
    (kind!("api-removed-without-deprecation"), kind!("api-removed-with-deprecation")),
    (kind!("request-parameter-removed"), kind!("request-parameter-removed-with-deprecation")),
    (kind!("request-property-removed"), kind!("request-property-removed-with-deprecation")),
    (kind!("response-optional-property-removed"), kind!("response-optional-property-removed-with-deprecation")),
    (kind!("response-required-property-removed"), kind!("response-required-property-removed-with-deprecation")),
];

impl Kind {
    /// The kind of a removal, if the removed thing was deprecated.
    pub(crate) fn of_deprecated(&'static self) -> &'static Kind {
        DEPRECATED.iter().find(|(kind, _)| *kind == self).map_or(self, |(_, deprecated)| deprecated)
    }
}
