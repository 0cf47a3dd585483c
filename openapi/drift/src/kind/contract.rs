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
        "webhook-removed" Removed BREAKING "A webhook is gone."
        "webhook-renamed" Changed RISKY "A webhook keeps its id and is called otherwise."
    Security, NEITHER:
        "api-security-added" Added COMPATIBLE "An operation takes a further alternative of credentials."
        "api-security-became-optional" Changed COMPATIBLE "An operation can now be called without credentials."
        "api-security-became-required" Changed BREAKING required
            "An operation can no longer be called without credentials."
        "api-security-component-added" Added NOTHING "A security scheme was added that no operation uses."
        "api-security-component-changed" Changed BREAKING "A security scheme that operations use works in another way."
        "api-security-component-oauth-scope-added" Added TEXT "A security scheme lists a further scope."
        "api-security-component-oauth-scope-removed" Removed TEXT "A security scheme lists a scope less."
        "api-security-component-oauth-token-url-changed" Changed RISKY "The URL at which tokens are issued has changed."
        "api-security-component-oauth-url-changed" Changed RISKY
            "The URL at which people give their consent has changed."
        "api-security-component-open-id-url-changed" Changed RISKY
            "The URL at which an OpenID provider is described has changed."
        "api-security-component-removed" Removed NOTHING "A security scheme is gone."
        "api-security-component-renamed" Changed NOTHING
            "A security scheme has another name in the contract and is the same."
        "api-security-component-type-changed" Changed BREAKING "A security scheme is of another type."
        "api-security-removed" Removed BREAKING "An operation no longer takes an alternative of credentials."
        "api-security-scope-added" Added BREAKING "An operation asks for a further scope."
        "api-security-scope-removed" Removed COMPATIBLE "An operation asks for one scope less."
        "api-security-updated" Changed BREAKING "An alternative of credentials has other schemes."
        "server-request-security-changed" Changed BREAKING "A webhook or a callback is sent with other credentials."
    Server, NEITHER:
        "server-added" Added COMPATIBLE "A server was added."
        "server-changed" Changed BREAKING "A server has another URL."
        "server-order-changed" Changed TEXT "The servers stand in another order."
        "server-removed" Removed BREAKING "A server is gone."
        "server-variable-changed" Changed BREAKING "A variable of a server's URL takes other values."
        "server-variable-default-changed" Changed BREAKING "A variable of a server's URL has another default."
        "server-variable-enum-value-added" Added COMPATIBLE "A variable of a server's URL takes a further value."
        "server-variable-enum-value-removed" Removed BREAKING "A variable of a server's URL no longer takes a value."
    Parameter, REQUEST:
        "new-optional-request-parameter" Added COMPATIBLE "A parameter was added that may be left out."
        "new-required-request-parameter" Added BREAKING required "A parameter was added that must be sent."
        "request-parameter-became-allow-empty-value" Changed COMPATIBLE "A parameter may now have an empty value."
        "request-parameter-became-allow-reserved" Changed COMPATIBLE
            "A parameter may now have reserved characters that are not encoded."
        "request-parameter-became-not-allow-empty-value" Changed BREAKING
            "A parameter may no longer have an empty value."
        "request-parameter-became-not-allow-reserved" Changed RISKY
            "A parameter may no longer have reserved characters that are not encoded."
        "request-parameter-became-optional" Changed COMPATIBLE "A parameter may now be left out."
        "request-parameter-became-required" Changed BREAKING required "A parameter must now be sent."
        "request-parameter-explode-changed" Changed BREAKING "A parameter of several values is written in another way."
        "request-parameter-moved" Changed BREAKING "A parameter is sent in another place."
        "request-parameter-removed" Removed RISKY "A parameter is gone."
        "request-parameter-removed-with-deprecation" Removed RISKY "A parameter is gone that was deprecated before."
        "request-parameter-renamed" Changed BREAKING "A parameter has another name and is otherwise the same."
        "request-parameter-style-changed" Changed BREAKING "A parameter is written in another way."
        "request-path-parameter-renamed" Changed NOTHING "A path parameter has another name, and the path is the same."
    Body, REQUEST:
        "request-body-added-optional" Added COMPATIBLE "A request body was added that may be left out."
        "request-body-added-required" Added BREAKING required "A request body was added that must be sent."
        "request-body-became-optional" Changed COMPATIBLE "The request body may now be left out."
        "request-body-became-required" Changed BREAKING required "The request body must now be sent."
        "request-body-encoding-changed" Changed BREAKING "A part of the request body is written in another way."
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
        "request-body-removed" Removed RISKY "The request body is gone."
    Body, RESPONSE:
        "response-body-encoding-changed" Changed RISKY "A part of the body of a response is written in another way."
        "response-body-item-schema-changed" Changed RISKY
            "The body of a response is described item by item, and was described as a whole, or the other way round."
        "response-media-type-added" Added COMPATIBLE "An answer may come in a further media type."
        "response-media-type-name-changed" Changed RISKY "A media type of an answer has another name, and is written alike, or other parameters."
        "response-media-type-name-generalized" Changed BREAKING
            "An answer has a range of media types in place of one of them."
        "response-media-type-name-specialized" Changed COMPATIBLE
            "An answer has a media type in place of the range that it is one of."
        "response-media-type-removed" Removed BREAKING "An answer no longer comes in a media type."
    Status, RESPONSE:
        "link-added" Added COMPATIBLE "An answer has a further link."
        "link-changed" Changed RISKY "A link of an answer leads elsewhere, or gives other values."
        "link-removed" Removed RISKY "A link of an answer is gone."
        "response-non-success-status-added" Added RISKY "A status of failure was added."
        "response-non-success-status-removed" Removed RISKY "A status of failure is no longer documented."
        "response-success-status-added" Added RISKY "A status of success was added."
        "response-success-status-removed" Removed BREAKING "A status of success is no longer documented."
    Header, RESPONSE:
        "optional-response-header-removed" Removed RISKY "A response header is gone that was not always there."
        "required-response-header-removed" Removed BREAKING required "A response header is gone that was always there."
        "response-header-added" Added COMPATIBLE "A response header was added."
        "response-header-became-optional" Changed BREAKING "A response header is no longer always there."
        "response-header-became-required" Changed COMPATIBLE required "A response header is now always there."
        "response-header-renamed" Changed BREAKING "A response header has another name and is otherwise the same."
        "response-header-style-changed" Changed BREAKING "A response header is written in another way."
    Property, REQUEST:
        "new-optional-request-property" Added COMPATIBLE "A property of what is sent was added that may be left out."
        "new-required-request-property" Added BREAKING required
            "A property of what is sent was added that must be there."
        "request-property-removed" Removed RISKY "A property of what is sent is gone."
        "request-property-removed-with-deprecation" Removed RISKY
            "A property of what is sent is gone that was deprecated before."
        "request-property-renamed" Changed BREAKING
            "A property of what is sent has another name and is otherwise the same."
    Property, RESPONSE:
        "response-optional-property-added" Added COMPATIBLE
            "A property was added to an answer that is not always there."
        "response-optional-property-removed" Removed RISKY "A property of an answer is gone that was not always there."
        "response-optional-property-removed-with-deprecation" Removed RISKY
            "A property of an answer is gone that was deprecated before, and not always there."
        "response-property-renamed" Changed BREAKING
            "A property of an answer has another name and is otherwise the same."
        "response-required-property-added" Added COMPATIBLE required
            "A property was added to an answer that is always there."
        "response-required-property-removed" Removed BREAKING required
            "A property of an answer is gone that was always there."
        "response-required-property-removed-with-deprecation" Removed BREAKING required
            "A property of an answer is gone that was deprecated before, and always there."
    Component, NEITHER:
        "api-schema-added" Added NOTHING "A component schema was added, and a type with it."
        "api-schema-removed" Removed NOTHING "A component schema is gone, and its type with it."
        "generated-code-changed" Changed NOTHING "The generated code changes where no other change says so."
        "component-added" Added NOTHING "A component other than a schema was added that nothing uses."
        "component-changed" Changed NOTHING "A component other than a schema has changed that nothing uses."
        "component-removed" Removed NOTHING "A component other than a schema is gone that nothing used."
        "schema-extracted" Changed NOTHING "A schema that was written in place is now a component of another name."
        "schema-inlined" Changed NOTHING
            "A schema that was a component is now written in place, where its type has another name."
        "schema-property-added" Added NOTHING "A component that nothing uses has a further property."
        "schema-property-removed" Removed NOTHING "A component that nothing uses has a property less."
        "schema-property-renamed" Changed NOTHING
            "A property of a component that nothing uses has another name and is otherwise the same."
        "schema-reference-changed" Changed NOTHING "A place refers to a component of another name and the same shape."
        "schema-renamed" Changed NOTHING "A component schema has another name and the same shape."
    Text, NEITHER:
        "api-security-component-oauth-scope-changed" Changed TEXT "A security scheme describes a scope otherwise."
        "api-tag-added" Added TEXT "An operation got a tag."
        "api-tag-removed" Removed TEXT "An operation lost a tag."
        "description-changed" Changed TEXT "A description has changed."
        "examples-changed" Changed TEXT "An example has changed."
        "external-docs-changed" Changed TEXT "A link to documentation elsewhere has changed."
        "ignored-parameter-changed" Changed TEXT
            "A header parameter has changed that OpenAPI says to ignore: Accept, Content-Type or Authorization."
        "info-changed" Changed TEXT "The title, version, licence or contact of the contract has changed."
        "summary-changed" Changed TEXT "A summary has changed."
        "tags-changed" Changed TEXT "The tags, or what is said of them, have changed."
        "title-changed" Changed TEXT "The title of a schema has changed."
        "xml-changed" Changed TEXT "How a schema is written as XML has changed."
    Sunset, NEITHER:
        "sunset-deleted" Removed RISKY "What is deprecated no longer has an `x-sunset`, the day on which it goes."
        "sunset-moved-earlier" Changed RISKY "What is deprecated has an earlier `x-sunset`."
        "sunset-unreadable" Changed RISKY "What is deprecated has an `x-sunset` that is no date."
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
