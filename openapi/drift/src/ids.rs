//! Every id that a change can have, with what it means.

use std::sync::LazyLock;

/// A kind of change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Kind {
    /// The stable name, in kebab case.
    pub id: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

/// The id of what differs and cannot be judged.
pub(super) const CANNOT_JUDGE: &str = "cannot-judge";

/// Ids that stand for themselves.
const SINGLE: &[Kind] = &[
    kind("api-operation-id-added", "An operation got an id."),
    kind("api-operation-id-removed", "An operation lost its id, or has another one."),
    kind("api-operation-moved", "An operation keeps its id and has another path or method."),
    kind("api-path-removed-with-deprecation", "A path is gone whose operations were all deprecated before."),
    kind("api-path-removed-without-deprecation", "A path is gone with all of its operations."),
    kind("api-removed-with-deprecation", "An operation that was deprecated before is gone."),
    kind("api-removed-without-deprecation", "An operation is gone that was not deprecated before."),
    kind("api-schema-added", "A component schema was added, and a type with it."),
    kind("api-schema-removed", "A component schema is gone, and its type with it."),
    kind("api-security-added", "An operation takes a further alternative of credentials."),
    kind("api-security-became-optional", "An operation can now be called without credentials."),
    kind("api-security-became-required", "An operation can no longer be called without credentials."),
    kind("api-security-component-added", "A security scheme was added that no operation uses."),
    kind("api-security-component-changed", "A security scheme that operations use works in another way."),
    kind("api-security-component-oauth-scope-added", "A security scheme lists a further scope."),
    kind("api-security-component-oauth-scope-changed", "A security scheme describes a scope otherwise."),
    kind("api-security-component-oauth-scope-removed", "A security scheme lists a scope less."),
    kind("api-security-component-oauth-token-url-changed", "The URL at which tokens are issued has changed."),
    kind("api-security-component-oauth-url-changed", "The URL at which people give their consent has changed."),
    kind("api-security-component-open-id-url-changed", "The URL at which an OpenID provider is described has changed."),
    kind("api-security-component-removed", "A security scheme is gone that no operation uses."),
    kind("api-security-component-renamed", "A security scheme has another name in the contract and is the same."),
    kind("api-security-component-type-changed", "A security scheme is of another type."),
    kind("api-security-removed", "An operation no longer takes an alternative of credentials."),
    kind("api-security-scope-added", "An operation asks for a further scope."),
    kind("api-security-scope-removed", "An operation asks for one scope less."),
    kind("api-security-updated", "An alternative of credentials has other schemes."),
    kind("api-tag-added", "An operation got a tag."),
    kind("api-tag-removed", "An operation lost a tag."),
    kind("cannot-judge", "Something differs that this comparison does not judge."),
    kind("component-added", "A component other than a schema was added that nothing uses."),
    kind("component-removed", "A component other than a schema is gone that nothing used."),
    kind("description-changed", "A description has changed."),
    kind("endpoint-added", "An operation was added."),
    kind("endpoint-deprecated", "An operation is now deprecated."),
    kind("endpoint-reactivated", "An operation is no longer deprecated."),
    kind("examples-changed", "An example has changed."),
    kind("extension-changed", "An extension, `x-…`, has changed."),
    kind("external-docs-changed", "A link to documentation elsewhere has changed."),
    kind("info-changed", "The title, version, licence or contact of the contract has changed."),
    kind("new-optional-request-parameter", "A parameter was added that may be left out."),
    kind("new-optional-request-property", "A property of what is sent was added that may be left out."),
    kind("new-required-request-parameter", "A parameter was added that must be sent."),
    kind("new-required-request-property", "A property of what is sent was added that must be there."),
    kind("optional-response-header-removed", "A response header is gone that was not always there."),
    kind("path-added", "A path without operations was added."),
    kind("path-removed", "A path without operations is gone."),
    kind("request-body-added-optional", "A request body was added that may be left out."),
    kind("request-body-added-required", "A request body was added that must be sent."),
    kind("request-body-became-optional", "The request body may now be left out."),
    kind("request-body-became-required", "The request body must now be sent."),
    kind("request-body-media-type-added", "The request body is taken in a further media type."),
    kind("request-body-media-type-removed", "The request body is no longer taken in a media type."),
    kind(
        "request-body-multiple-of-generalized",
        "The request body must be a multiple of a number that divides the one of before.",
    ),
    kind("request-body-removed", "The request body is gone."),
    kind("request-body-type-generalized", "The request body is of a wider type."),
    kind("request-body-xml-changed", "The request body is written as XML in another way, and is sent as XML."),
    kind(
        "request-optional-property-became-not-read-only",
        "A property of what is sent that may be left out is no longer read-only.",
    ),
    kind(
        "request-optional-property-became-not-write-only",
        "A property of what is sent that may be left out is no longer write-only.",
    ),
    kind(
        "request-optional-property-became-read-only",
        "A property of what is sent that may be left out is now read-only.",
    ),
    kind(
        "request-optional-property-became-write-only",
        "A property of what is sent that may be left out is now write-only.",
    ),
    kind("request-parameter-became-allow-empty-value", "A parameter may now have an empty value."),
    kind(
        "request-parameter-became-allow-reserved",
        "A parameter may now have reserved characters that are not encoded.",
    ),
    kind("request-parameter-became-not-allow-empty-value", "A parameter may no longer have an empty value."),
    kind(
        "request-parameter-became-not-allow-reserved",
        "A parameter may no longer have reserved characters that are not encoded.",
    ),
    kind("request-parameter-became-optional", "A parameter may now be left out."),
    kind("request-parameter-became-required", "A parameter must now be sent."),
    kind("request-parameter-explode-changed", "A parameter of several values is written in another way."),
    kind("request-parameter-moved", "A parameter is sent in another place."),
    kind(
        "request-parameter-multiple-of-generalized",
        "A parameter must be a multiple of a number that divides the one of before.",
    ),
    kind("request-parameter-removed", "A parameter is gone."),
    kind("request-parameter-renamed", "A parameter has another name and is otherwise the same."),
    kind("request-parameter-style-changed", "A parameter is written in another way."),
    kind("request-parameter-type-generalized", "A parameter is of a wider type."),
    kind("request-path-parameter-renamed", "A path parameter has another name, and the path is the same."),
    kind(
        "request-property-multiple-of-generalized",
        "A property of what is sent must be a multiple of a number that divides the one of before.",
    ),
    kind("request-property-removed", "A property of what is sent is gone."),
    kind("request-property-type-generalized", "A property of what is sent is of a wider type."),
    kind(
        "request-property-xml-changed",
        "A property of what is sent is written as XML in another way, and is sent as XML.",
    ),
    kind(
        "request-required-property-became-not-read-only",
        "A property of what is sent that must be there is no longer read-only.",
    ),
    kind(
        "request-required-property-became-not-write-only",
        "A property of what is sent that must be there is no longer write-only.",
    ),
    kind(
        "request-required-property-became-read-only",
        "A property of what is sent that must be there is now read-only.",
    ),
    kind(
        "request-required-property-became-write-only",
        "A property of what is sent that must be there is now write-only.",
    ),
    kind("required-response-header-removed", "A response header is gone that was always there."),
    kind(
        "response-body-multiple-of-specialized",
        "The body of an answer must be a multiple of a number that the one of before divides.",
    ),
    kind("response-body-type-specialized", "The body of an answer is of a narrower type."),
    kind("response-body-xml-changed", "The body of an answer is written as XML in another way, and is sent as XML."),
    kind("response-header-added", "A response header was added."),
    kind("response-header-became-optional", "A response header is no longer always there."),
    kind("response-header-became-required", "A response header is now always there."),
    kind(
        "response-header-multiple-of-specialized",
        "A response header must be a multiple of a number that the one of before divides.",
    ),
    kind("response-header-style-changed", "A response header is written in another way."),
    kind("response-header-type-specialized", "A response header is of a narrower type."),
    kind("response-media-type-added", "An answer may come in a further media type."),
    kind("response-media-type-removed", "An answer no longer comes in a media type."),
    kind("response-non-success-status-added", "A status of failure was added."),
    kind("response-non-success-status-removed", "A status of failure is no longer documented."),
    kind("response-optional-property-added", "A property was added to an answer that is not always there."),
    kind(
        "response-optional-property-became-not-read-only",
        "A property of an answer that may be left out is no longer read-only.",
    ),
    kind(
        "response-optional-property-became-not-write-only",
        "A property of an answer that may be left out is no longer write-only.",
    ),
    kind(
        "response-optional-property-became-read-only",
        "A property of an answer that may be left out is now read-only.",
    ),
    kind(
        "response-optional-property-became-write-only",
        "A property of an answer that may be left out is now write-only.",
    ),
    kind("response-optional-property-removed", "A property of an answer is gone that was not always there."),
    kind(
        "response-property-multiple-of-specialized",
        "A property of an answer must be a multiple of a number that the one of before divides.",
    ),
    kind("response-property-type-specialized", "A property of an answer is of a narrower type."),
    kind(
        "response-property-xml-changed",
        "A property of an answer is written as XML in another way, and is sent as XML.",
    ),
    kind("response-required-property-added", "A property was added to an answer that is always there."),
    kind(
        "response-required-property-became-not-read-only",
        "A property of an answer that must be there is no longer read-only.",
    ),
    kind(
        "response-required-property-became-not-write-only",
        "A property of an answer that must be there is no longer write-only.",
    ),
    kind("response-required-property-became-read-only", "A property of an answer that must be there is now read-only."),
    kind(
        "response-required-property-became-write-only",
        "A property of an answer that must be there is now write-only.",
    ),
    kind("response-required-property-removed", "A property of an answer is gone that was always there."),
    kind("response-success-status-added", "A status of success was added."),
    kind("response-success-status-removed", "A status of success is no longer documented."),
    kind("schema-extracted", "A schema that was written in place is now a component of another name."),
    kind("schema-inlined", "A schema that was a component is now written in place, where its type has another name."),
    kind("schema-property-added", "A component that nothing uses has a further property."),
    kind("schema-property-removed", "A component that nothing uses has a property less."),
    kind("schema-reference-changed", "A place refers to a component of another name and the same shape."),
    kind("schema-renamed", "A component schema has another name and the same shape."),
    kind("server-added", "A server was added."),
    kind("server-changed", "A server has another URL."),
    kind("server-order-changed", "The servers stand in another order."),
    kind("server-removed", "A server is gone."),
    kind("server-variable-changed", "A variable of a server's URL takes other values."),
    kind("server-variable-default-changed", "A variable of a server's URL has another default."),
    kind("server-variable-enum-value-added", "A variable of a server's URL takes a further value."),
    kind("server-variable-enum-value-removed", "A variable of a server's URL no longer takes a value."),
    kind("summary-changed", "A summary has changed."),
    kind("tags-changed", "The tags, or what is said of them, have changed."),
    kind("title-changed", "The title of a schema has changed."),
    kind("xml-changed", "How a schema is written as XML has changed."),
];

const fn kind(id: &'static str, meaning: &'static str) -> Kind {
    Kind { id, meaning }
}

/// Ids about schemas: one for each place that a schema can describe.
macro_rules! schema_kinds {
    ($($stem:literal $meaning:literal)*) => {
        const SCHEMA: &[Kind] = &[$(
            kind(concat!("request-body-", $stem), concat!("The request body ", $meaning, ".")),
            kind(concat!("request-parameter-", $stem), concat!("A parameter ", $meaning, ".")),
            kind(concat!("request-property-", $stem), concat!("A property of what is sent ", $meaning, ".")),
            kind(concat!("response-body-", $stem), concat!("The body of an answer ", $meaning, ".")),
            kind(concat!("response-header-", $stem), concat!("A response header ", $meaning, ".")),
            kind(concat!("response-property-", $stem), concat!("A property of an answer ", $meaning, ".")),
            kind(concat!("schema-", $stem), concat!("A component that nothing uses ", $meaning, ".")),
            kind(concat!("schema-property-", $stem), concat!("A property of a component that nothing uses ", $meaning, ".")),
        )*];
    };
}

schema_kinds! {
    "additional-properties-relaxed" "takes more of the properties that its schema does not name"
    "additional-properties-restricted" "takes fewer of the properties that its schema does not name"
    "any-of-added" "has a further alternative in `anyOf`"
    "any-of-became-one-of" "must be exactly one of the alternatives of which it could be several"
    "any-of-removed" "has an alternative of `anyOf` less"
    "any-of-set" "must also meet one of several schemas"
    "any-of-unset" "need no longer meet one of several schemas"
    "became-enum" "is restricted to a list of values"
    "became-not-enum" "is no longer restricted to a list of values"
    "became-not-nullable" "can no longer be null"
    "became-not-read-only" "is no longer read-only"
    "became-not-write-only" "is no longer write-only"
    "became-nullable" "can be null"
    "became-optional" "is a value whose inner property may be missing"
    "became-read-only" "is now read-only"
    "became-required" "is a value whose inner property is always there"
    "became-write-only" "is now write-only"
    "contains-added" "must hold an item of a certain kind"
    "contains-removed" "need no longer hold an item of a certain kind"
    "content-encoding-changed" "is said to hold content in another encoding"
    "content-media-type-changed" "is said to hold content of another media type"
    "default-value-added" "has a default"
    "default-value-changed" "has another default"
    "default-value-removed" "has no default any more"
    "dependent-required-added" "must have further properties beside others"
    "dependent-required-changed" "must have other properties beside others"
    "dependent-required-removed" "need no longer have some properties beside others"
    "deprecated" "is now deprecated"
    "discriminator-added" "has a discriminator"
    "discriminator-mapping-added" "has a further value of its discriminator"
    "discriminator-mapping-changed" "has a value of its discriminator that means another schema"
    "discriminator-mapping-deleted" "has a value of its discriminator less"
    "discriminator-property-name-changed" "has another property as its discriminator"
    "discriminator-removed" "has no discriminator any more"
    "enum-value-added" "can have a further value"
    "enum-value-removed" "can no longer have a value"
    "enum-values-replaced" "has none of the values left that it could have"
    "exclusive-max-decreased" "has a lower bound above it, which it must stay below"
    "exclusive-max-increased" "has a higher bound above it, which it must stay below"
    "exclusive-max-set" "must stay below a bound"
    "exclusive-max-unset" "need no longer stay below a bound"
    "exclusive-min-decreased" "has a lower bound below it, which it must stay above"
    "exclusive-min-increased" "has a higher bound below it, which it must stay above"
    "exclusive-min-set" "must stay above a bound"
    "exclusive-min-unset" "need no longer stay above a bound"
    "format-added" "has a format"
    "format-changed" "has another format"
    "format-removed" "has no format any more"
    "items-relaxed" "takes items that its schema did not let through"
    "items-restricted" "takes fewer items than before"
    "max-contains-decreased" "holds fewer items of a certain kind at the most"
    "max-contains-increased" "holds more items of a certain kind at the most"
    "max-contains-set" "holds a limited number of items of a certain kind"
    "max-contains-unset" "holds any number of items of a certain kind"
    "max-decreased" "has a lower maximum"
    "max-increased" "has a higher maximum"
    "max-items-decreased" "holds fewer items at the most"
    "max-items-increased" "holds more items at the most"
    "max-items-set" "holds a limited number of items"
    "max-items-unset" "holds any number of items"
    "max-length-decreased" "is a shorter text at the most"
    "max-length-increased" "is a longer text at the most"
    "max-length-set" "is a text of limited length"
    "max-length-unset" "is a text of any length"
    "max-properties-decreased" "has fewer properties at the most"
    "max-properties-increased" "has more properties at the most"
    "max-properties-set" "has a limited number of properties"
    "max-properties-unset" "has any number of properties"
    "max-set" "has a maximum"
    "max-unset" "has no maximum any more"
    "min-contains-decreased" "holds fewer items of a certain kind at the least"
    "min-contains-increased" "holds more items of a certain kind at the least"
    "min-decreased" "has a lower minimum"
    "min-increased" "has a higher minimum"
    "min-items-decreased" "holds fewer items at the least"
    "min-items-increased" "holds more items at the least"
    "min-items-set" "holds a least number of items"
    "min-items-unset" "holds as few items as it likes"
    "min-length-decreased" "is a shorter text at the least"
    "min-length-increased" "is a longer text at the least"
    "min-length-set" "is a text of a least length"
    "min-length-unset" "is a text as short as it likes"
    "min-properties-decreased" "has fewer properties at the least"
    "min-properties-increased" "has more properties at the least"
    "min-properties-set" "has a least number of properties"
    "min-properties-unset" "has as few properties as it likes"
    "min-set" "has a minimum"
    "min-unset" "has no minimum any more"
    "multiple-of-changed" "must be a multiple of another number"
    "multiple-of-set" "must be a multiple of a number"
    "multiple-of-unset" "need not be a multiple of a number any more"
    "not-added" "must not be what a schema describes"
    "not-removed" "may be what a schema describes"
    "one-of-added" "has a further alternative in `oneOf`"
    "one-of-became-any-of" "may be several of the alternatives of which it had to be exactly one"
    "one-of-removed" "has an alternative of `oneOf` less"
    "one-of-set" "must also meet exactly one of several schemas"
    "one-of-unset" "need no longer meet exactly one of several schemas"
    "pattern-added" "must match a pattern"
    "pattern-changed" "must match another pattern"
    "pattern-property-added" "describes further properties by a pattern"
    "pattern-property-removed" "no longer describes properties by a pattern"
    "pattern-removed" "need not match a pattern any more"
    "prefix-items-added" "describes further items by their position"
    "prefix-items-removed" "no longer describes items by their position"
    "property-names-added" "restricts the names of its properties"
    "property-names-removed" "no longer restricts the names of its properties"
    "reactivated" "is no longer deprecated"
    "type-changed" "is of another type"
    "unevaluated-items-added" "refuses items that nothing describes"
    "unevaluated-items-removed" "no longer refuses items that nothing describes"
    "unevaluated-properties-added" "refuses properties that nothing describes"
    "unevaluated-properties-removed" "no longer refuses properties that nothing describes"
    "unique-items-set" "must not hold an item twice"
    "unique-items-unset" "may hold an item twice"
    "unwrapped" "was one of several schemas and is a single one"
    "wrapped-in-one-of" "was a single schema and is one of several"
}

/// All kinds, sorted by id.
pub static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let mut kinds = SINGLE.to_vec();
    // An id may stand in both lists, where the first says more.
    kinds.extend(SCHEMA.iter().filter(|kind| !SINGLE.iter().any(|known| known.id == kind.id)));
    // Of a property that is sent or got, these ids also say whether it is required.
    kinds.retain(|kind| {
        let of_property = ["request-property-became-", "response-property-became-"];
        !(kind.id.ends_with("-only") && of_property.iter().any(|start| kind.id.starts_with(start)))
    });
    kinds.sort_unstable_by_key(|kind| kind.id);
    kinds
});

/// The id of the table with this text.
pub(super) fn find(id: &str) -> Option<&'static str> {
    let place = KINDS.binary_search_by(|kind| kind.id.cmp(id)).ok()?;
    KINDS.get(place).map(|kind| kind.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_each_id_once() {
        assert!(KINDS.windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn ids_are_kebab_case_and_meanings_are_one_sentence() {
        for kind in KINDS.iter() {
            assert!(kind.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", kind.id);
            assert!(kind.meaning.ends_with('.') && !kind.meaning.contains(". "), "{}", kind.meaning);
        }
    }
}
