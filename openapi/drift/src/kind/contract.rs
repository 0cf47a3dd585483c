//! Kinds that stand for themselves, by what of a contract they are about and in what they are met.

use super::row::{
    Action, Area, BREAKING, COMPATIBLE, Kind, NEITHER, NOTHING, REQUEST, RESPONSE, RISKY, TEXT, equal, marked,
};

macro_rules! kinds {
    ($($area:ident, $direction:ident: $($id:literal $action:ident $level:ident $($required:ident)? $meaning:literal)*)*) => {
        // An array, and not a slice: what the compiler looks up then points into this one table.
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

/// The kind with an id, which the compiler looks up: `kind!("server-added")`.
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
            "A path is gone whose operations were all deprecated before."
        "api-path-removed-without-deprecation" Removed BREAKING "A path is gone with all of its operations."
        "path-added" Added NOTHING "A path without operations was added."
        "path-removed" Removed NOTHING "A path without operations is gone."
    Operation, NEITHER:
        "api-operation-id-added" Added NOTHING "An operation got an id."
        "api-operation-id-removed" Removed NOTHING "An operation lost its id, or has another one."
        "api-operation-moved" Changed BREAKING "An operation keeps its id and has another path or method."
        "api-removed-with-deprecation" Removed BREAKING "An operation that was deprecated before is gone."
        "api-removed-without-deprecation" Removed BREAKING "An operation is gone that was not deprecated before."
        "callback-added" Added COMPATIBLE "An operation has a further callback."
        "callback-removed" Removed BREAKING "A callback of an operation is gone."
        "callback-renamed" Changed NOTHING "A callback has another name in the contract and goes to the same URL."
        "callback-url-changed" Changed BREAKING "A callback goes to another URL."
        "endpoint-added" Added COMPATIBLE "An operation was added."
        "endpoint-deprecated" Changed TEXT "An operation is now deprecated."
        "endpoint-reactivated" Changed TEXT "An operation is no longer deprecated."
        "webhook-added" Added COMPATIBLE "A webhook was added."
        "webhook-removed" Removed BREAKING "A webhook was removed."
        "webhook-renamed" Changed RISKY "A webhook was renamed and keeps its operation id."
    Security, NEITHER:
        "api-security-added" Added COMPATIBLE "An operation takes a further alternative of credentials."
        "api-security-became-optional" Changed COMPATIBLE "An operation can now be called without credentials."
        "api-security-became-required" Changed BREAKING required
            "An operation can no longer be called without credentials."
        "api-security-component-added" Added NOTHING "A security scheme was added that no operation uses."
        "api-security-component-changed" Changed BREAKING "A security scheme that operations use works in another way."
        "api-security-component-oauth-scope-added" Added TEXT "A security scheme lists a further scope."
        "api-security-component-oauth-scope-removed" Removed TEXT "A security scheme lists one scope less."
        "api-security-component-oauth-token-url-changed" Changed RISKY "The URL at which tokens are issued has changed."
        "api-security-component-oauth-url-changed" Changed RISKY
            "The URL at which people give their consent has changed."
        "api-security-component-open-id-url-changed" Changed RISKY
            "The URL at which an OpenID provider is described has changed."
        "api-security-component-removed" Removed NOTHING "A security scheme was removed."
        "api-security-component-renamed" Changed NOTHING
            "A security scheme was renamed in the contract and is otherwise the same."
        "api-security-component-type-changed" Changed BREAKING "The type of a security scheme changed."
        "api-security-removed" Removed BREAKING "An operation no longer takes an alternative of credentials."
        "api-security-scope-added" Added BREAKING "An operation requires a further scope."
        "api-security-scope-removed" Removed COMPATIBLE "An operation requires one scope less."
        "api-security-updated" Changed BREAKING "An alternative of credentials has other schemes."
        "server-request-security-changed" Changed BREAKING "A webhook or a callback is sent with other credentials."
    Server, NEITHER:
        "server-added" Added COMPATIBLE "A server was added."
        "server-changed" Changed BREAKING "The URL of a server changed."
        "server-order-changed" Changed TEXT "The order of the servers changed."
        "server-removed" Removed BREAKING "A server was removed."
        "server-variable-changed" Changed BREAKING "A variable of a server's URL takes other values."
        "server-variable-default-changed" Changed BREAKING "A variable of a server's URL has another default."
        "server-variable-enum-value-added" Added COMPATIBLE "A variable of a server's URL takes a further value."
        "server-variable-enum-value-removed" Removed BREAKING "A variable of a server's URL no longer takes a value."
    Parameter, REQUEST:
        "new-optional-request-parameter" Added COMPATIBLE "An optional parameter was added."
        "new-required-request-parameter" Added BREAKING required "A required parameter was added."
        "request-parameter-became-allow-empty-value" Changed COMPATIBLE "A parameter may now have an empty value."
        "request-parameter-became-allow-reserved" Changed COMPATIBLE
            "A parameter may now have reserved characters that are not encoded."
        "request-parameter-became-not-allow-empty-value" Changed BREAKING
            "A parameter may no longer have an empty value."
        "request-parameter-became-not-allow-reserved" Changed RISKY
            "A parameter may no longer have reserved characters that are not encoded."
        "request-parameter-became-optional" Changed COMPATIBLE "A parameter became optional."
        "request-parameter-became-required" Changed BREAKING required "A parameter became required."
        "request-parameter-explode-changed" Changed BREAKING "A parameter with several values is serialized differently."
        "request-parameter-moved" Changed BREAKING "A parameter is sent in another place."
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
            "A request body is described item by item, and was described as a whole, or the other way round."
        "request-body-media-type-added" Added COMPATIBLE "The request body is taken in a further media type."
        "request-body-media-type-name-changed" Changed RISKY
            "A media type of a request body has another name, and is written alike, or other parameters."
        "request-body-media-type-name-generalized" Changed COMPATIBLE
            "A request body takes a range of media types in place of one of them."
        "request-body-media-type-name-specialized" Changed BREAKING
            "A request body takes a media type in place of the range that it is one of."
        "request-body-media-type-removed" Removed BREAKING "The request body is no longer taken in a media type."
        "request-body-removed" Removed RISKY "The request body was removed."
    Body, RESPONSE:
        "response-body-encoding-changed" Changed RISKY "A part of the response body is serialized differently."
        "response-body-item-schema-changed" Changed RISKY
            "The body of a response is described item by item, and was described as a whole, or the other way round."
        "response-media-type-added" Added COMPATIBLE "A response may come in a further media type."
        "response-media-type-name-changed" Changed RISKY "A media type of a response has another name, and is written alike, or other parameters."
        "response-media-type-name-generalized" Changed BREAKING
            "A response has a range of media types in place of one of them."
        "response-media-type-name-specialized" Changed COMPATIBLE
            "A response has a media type in place of the range that it is one of."
        "response-media-type-removed" Removed BREAKING "A response no longer comes in a media type."
    Status, RESPONSE:
        "link-added" Added COMPATIBLE "A response has a further link."
        "link-changed" Changed RISKY "A link of a response changed its target or its values."
        "link-removed" Removed RISKY "A link of a response was removed."
        "response-non-success-status-added" Added RISKY "An error status was added."
        "response-non-success-status-removed" Removed RISKY "An error status is no longer documented."
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
        "schema-extracted" Changed NOTHING "A schema that was written in place is now a component of another name."
        "schema-inlined" Changed NOTHING
            "A schema that was a component is now written in place, where its type has another name."
        "schema-property-added" Added NOTHING "A property was added to an unused component."
        "schema-property-removed" Removed NOTHING "A property was removed from an unused component."
        "schema-property-renamed" Changed NOTHING
            "A property of an unused component was renamed."
        "schema-reference-changed" Changed NOTHING "A place refers to a component of another name and the same shape."
        "schema-renamed" Changed NOTHING "A component schema has another name and the same shape."
    Text, NEITHER:
        "api-security-component-oauth-scope-changed" Changed TEXT "The description of a scope changed."
        "api-tag-added" Added TEXT "An operation got a tag."
        "api-tag-removed" Removed TEXT "An operation lost a tag."
        "description-changed" Changed TEXT "A description has changed."
        "examples-changed" Changed TEXT "An example has changed."
        "external-docs-changed" Changed TEXT "A link to documentation elsewhere has changed."
        "ignored-parameter-changed" Changed TEXT
            "A header parameter has changed that OpenAPI says to ignore: Accept, Content-Type or Authorization."
        "info-changed" Changed TEXT "The title, version, licence or contact of the contract has changed."
        "summary-changed" Changed TEXT "A summary has changed."
        "tags-changed" Changed TEXT "The tags or their descriptions changed."
        "title-changed" Changed TEXT "The title of a schema has changed."
        "xml-changed" Changed TEXT "How a schema is written as XML has changed."
    Sunset, NEITHER:
        "sunset-deleted" Removed RISKY "A deprecated item no longer has an `x-sunset`, the date of its removal."
        "sunset-moved-earlier" Changed RISKY "A deprecated item has an earlier `x-sunset`."
        "sunset-unreadable" Changed RISKY "A deprecated item has an `x-sunset` that is not a date."
    Version, NEITHER:
        "api-version-bumped-too-little" Changed TEXT
            "The version of the contract was raised, and by less than the changes ask for."
        "api-version-lowered" Changed TEXT "The version of the contract is lower than before."
        "api-version-not-bumped" Changed TEXT "The version of the contract is the same, and the changes ask for another."
    Extension, NEITHER:
        "extension-changed" Changed TEXT "An extension, `x-…`, has changed."
    Unknown, NEITHER:
        "cannot-judge" Changed RISKY "Something differs that this comparison does not judge."
}

/// What a removal is called where what is gone was deprecated before.
static DEPRECATED: [(&Kind, &Kind); 6] = [
    (kind!("api-path-removed-without-deprecation"), kind!("api-path-removed-with-deprecation")),
    (kind!("api-removed-without-deprecation"), kind!("api-removed-with-deprecation")),
    (kind!("request-parameter-removed"), kind!("request-parameter-removed-with-deprecation")),
    (kind!("request-property-removed"), kind!("request-property-removed-with-deprecation")),
    (kind!("response-optional-property-removed"), kind!("response-optional-property-removed-with-deprecation")),
    (kind!("response-required-property-removed"), kind!("response-required-property-removed-with-deprecation")),
];

impl Kind {
    /// The kind that a removal has if what is gone was deprecated before.
    pub(crate) fn of_deprecated(&'static self) -> &'static Kind {
        DEPRECATED.iter().find(|(kind, _)| *kind == self).map_or(self, |(_, deprecated)| deprecated)
    }
}
