//! The table of differences between schemas, one line each.

use super::contract::kind;
use super::family::{Family, Places};
use super::row::{
    Action, Area, BREAKING, Effect, Kind, Level, NEITHER, NOTHING, REQUEST, RESPONSE, RISKY, TEXT, equal, level, marked,
};
use crate::change::Wire;

pub(super) fn families() -> impl Iterator<Item = &'static Family> {
    REGULAR.iter().chain(&SPECIAL)
}

/// The family with this end, looked up at compile time: `family!("max-set")`.
macro_rules! family {
    ($stem:expr) => {
        const { $crate::kind::families::find($stem) }
    };
}
pub(crate) use family;

pub(crate) const fn find(stem: &str) -> &'static Family {
    match (find_in(&REGULAR, stem), find_in(&SPECIAL, stem)) {
        (Some(family), _) | (None, Some(family)) => family,
        (None, None) => panic!("the table has no such family"),
    }
}

const fn find_in(families: &'static [Family], stem: &str) -> Option<&'static Family> {
    let mut index = 0;
    while index < families.len() {
        if equal(families[index].stem, stem) {
            return Some(&families[index]);
        }
        index += 1;
    }
    None
}

macro_rules! row {
    (($($start:literal)+) ($($subject:literal)+) $area:ident $direction:ident,
     $stem:literal $action:ident $level:ident $($required:ident)? $meaning:literal) => {
        &Kind::row(
            (concat!($($start,)+ $stem), concat!($($subject,)+ $meaning, ".")),
            (Area::$area, $direction),
            Action::$action,
            $level,
            marked!($($required)?),
        )
    };
}

macro_rules! request {
    ($($row:tt)+) => {
        Places {
            property: row!(("request-property-") ("A request property ") Property REQUEST, $($row)+),
            body: row!(("request-body-") ("The request body ") Body REQUEST, $($row)+),
            field: row!(("request-parameter-") ("A parameter ") Parameter REQUEST, $($row)+),
        }
    };
}

macro_rules! response {
    ($($row:tt)+) => {
        Places {
            property: row!(("response-property-") ("A response property ") Property RESPONSE, $($row)+),
            body: row!(("response-body-") ("The response body ") Body RESPONSE, $($row)+),
            field: row!(("response-header-") ("A response header ") Header RESPONSE, $($row)+),
        }
    };
}

macro_rules! unmet {
    ($($row:tt)+) => {
        Places {
            property: row!(("schema-property-") ("A property of an unused component ") Component NEITHER, $($row)+),
            ..Places::all(row!(("schema-") ("An unused component ") Component NEITHER, $($row)+))
        }
    };
}

macro_rules! families {
    ($($stem:literal $action:ident $level:ident $($required:ident)? $meaning:literal)*) => {
        static REGULAR: [Family; [$($stem,)*].len()] = [$(Family {
            stem: $stem,
            level: $level,
            request: request!($stem $action $level $($required)? $meaning),
            response: response!($stem $action $level $($required)? $meaning),
            unmet: unmet!($stem $action $level $($required)? $meaning),
            required: None,
        },)*];
    };
}

const TIGHTER: Level = Level { effect: Effect::TIGHTER, doc_only: false };
const LOOSER: Level = Level { effect: Effect::LOOSER, doc_only: false };
/// The response may contain a value that was not promised before.
const UNPROMISED: Level = level(Wire::Compatible, Wire::Risky);
/// Another limit, which may let values through in a response that were not promised before.
const OTHER_LIMIT: Level = level(Wire::Breaking, Wire::Risky);
const ASKED_RISKY: Level = level(Wire::Risky, Wire::None);
const ASKED_BREAKING: Level = level(Wire::Breaking, Wire::None);
/// A received value is read as something else, but is the same.
const READ_OTHERWISE: Level = level(Wire::None, Wire::Risky);
const TOLD_APART: Level = level(Wire::Risky, Wire::Compatible);

families! {
    "additional-properties-relaxed" Changed LOOSER "accepts more properties besides the named ones"
    "additional-properties-restricted" Changed TIGHTER "accepts fewer properties besides the named ones"
    "alternative-values-changed" Changed OTHER_LIMIT "lists other values in one of its alternatives"
    "any-of-added" Added LOOSER "has an additional alternative in `anyOf`"
    "any-of-became-one-of" Changed RISKY "must match exactly one alternative instead of at least one"
    "any-of-changed" Changed NOTHING "has a changed alternative of `anyOf` that another one includes"
    "any-of-removed" Removed TIGHTER "lost an alternative of `anyOf`"
    "any-of-set" Added TIGHTER "must also match one of several schemas"
    "any-of-unset" Removed LOOSER "need no longer match one of several schemas"
    "became-enum" Changed TIGHTER "is restricted to a list of values"
    "became-not-enum" Changed UNPROMISED "is no longer restricted to a list of values"
    "became-not-nullable" Changed TIGHTER "can no longer be null"
    "became-nullable" Changed LOOSER "can now be null"
    "condition-added" Added TIGHTER "must now meet a condition by `if`, `then` and `else`"
    "condition-removed" Removed LOOSER "need no longer meet a condition by `if`, `then` and `else`"
    "contains-added" Added TIGHTER "must now contain a matching item"
    "contains-removed" Removed LOOSER "need no longer contain a matching item"
    "content-encoding-changed" Changed RISKY "has content with another declared encoding"
    "content-media-type-changed" Changed TEXT "has content with another declared media type"
    "default-value-added" Added ASKED_RISKY "now has a default"
    "default-value-changed" Changed ASKED_BREAKING "has another default"
    "default-value-removed" Removed ASKED_RISKY "no longer has a default"
    "dependent-required-added" Added TIGHTER required "now requires more properties if others are present"
    "dependent-required-changed" Changed BREAKING required "requires other properties if some are present"
    "dependent-required-removed" Removed LOOSER required "no longer requires some properties if others are present"
    "dependent-schema-added" Added TIGHTER "must now match a schema if it has a certain property"
    "dependent-schema-removed" Removed LOOSER "need no longer match a schema if it has a certain property"
    "deprecated" Changed TEXT "is now deprecated"
    "discriminator-added" Added TOLD_APART "now has a discriminator"
    "discriminator-default-changed" Changed READ_OTHERWISE
        "has another default schema for unknown discriminator values"
    "discriminator-mapping-added" Added LOOSER "has an additional discriminator value"
    "discriminator-mapping-changed" Changed BREAKING "has a discriminator value that selects another schema"
    "discriminator-mapping-deleted" Removed TIGHTER "lost a discriminator value"
    "discriminator-property-name-changed" Changed BREAKING "has another discriminator property"
    "discriminator-removed" Removed RISKY "no longer has a discriminator"
    "discriminator-value-changed" Changed BREAKING "has another discriminator value"
    "enum-value-added" Added UNPROMISED "has an additional value in its list"
    "enum-value-removed" Removed TIGHTER "lost a value of its list"
    "enum-values-replaced" Changed BREAKING "has a completely different list of values"
    "exclusive-max-decreased" Changed TIGHTER "has a lower exclusive maximum"
    "exclusive-max-increased" Changed UNPROMISED "has a higher exclusive maximum"
    "exclusive-max-set" Added TIGHTER "now has an exclusive maximum"
    "exclusive-max-unset" Removed UNPROMISED "no longer has an exclusive maximum"
    "exclusive-min-decreased" Changed UNPROMISED "has a lower exclusive minimum"
    "exclusive-min-increased" Changed TIGHTER "has a higher exclusive minimum"
    "exclusive-min-set" Added TIGHTER "now has an exclusive minimum"
    "exclusive-min-unset" Removed UNPROMISED "no longer has an exclusive minimum"
    "format-added" Added TIGHTER "now has a format"
    "format-changed" Changed BREAKING "has another format"
    "format-removed" Removed LOOSER "no longer has a format"
    "items-relaxed" Changed LOOSER "accepts items that were rejected before"
    "items-restricted" Changed TIGHTER "rejects items that were accepted before"
    "max-contains-decreased" Changed TIGHTER "has a lower maximum number of matching items"
    "max-contains-increased" Changed UNPROMISED "has a higher maximum number of matching items"
    "max-contains-set" Added TIGHTER "now has a maximum number of matching items"
    "max-contains-unset" Removed UNPROMISED "no longer has a maximum number of matching items"
    "max-decreased" Changed TIGHTER "has a lower maximum"
    "max-increased" Changed UNPROMISED "has a higher maximum"
    "max-items-decreased" Changed TIGHTER "has a lower maximum number of items"
    "max-items-increased" Changed UNPROMISED "has a higher maximum number of items"
    "max-items-set" Added TIGHTER "now has a maximum number of items"
    "max-items-unset" Removed UNPROMISED "no longer has a maximum number of items"
    "max-length-decreased" Changed TIGHTER "has a lower maximum length"
    "max-length-increased" Changed UNPROMISED "has a higher maximum length"
    "max-length-set" Added TIGHTER "now has a maximum length"
    "max-length-unset" Removed UNPROMISED "no longer has a maximum length"
    "max-properties-decreased" Changed TIGHTER "has a lower maximum number of properties"
    "max-properties-increased" Changed UNPROMISED "has a higher maximum number of properties"
    "max-properties-set" Added TIGHTER "now has a maximum number of properties"
    "max-properties-unset" Removed UNPROMISED "no longer has a maximum number of properties"
    "max-set" Added TIGHTER "now has a maximum"
    "max-unset" Removed UNPROMISED "no longer has a maximum"
    "min-contains-decreased" Changed UNPROMISED "has a lower minimum number of matching items"
    "min-contains-increased" Changed TIGHTER "has a higher minimum number of matching items"
    "min-decreased" Changed UNPROMISED "has a lower minimum"
    "min-increased" Changed TIGHTER "has a higher minimum"
    "min-items-decreased" Changed UNPROMISED "has a lower minimum number of items"
    "min-items-increased" Changed TIGHTER "has a higher minimum number of items"
    "min-items-set" Added TIGHTER "now has a minimum number of items"
    "min-items-unset" Removed UNPROMISED "no longer has a minimum number of items"
    "min-length-decreased" Changed UNPROMISED "has a lower minimum length"
    "min-length-increased" Changed TIGHTER "has a higher minimum length"
    "min-length-set" Added TIGHTER "now has a minimum length"
    "min-length-unset" Removed UNPROMISED "no longer has a minimum length"
    "min-properties-decreased" Changed UNPROMISED "has a lower minimum number of properties"
    "min-properties-increased" Changed TIGHTER "has a higher minimum number of properties"
    "min-properties-set" Added TIGHTER "now has a minimum number of properties"
    "min-properties-unset" Removed UNPROMISED "no longer has a minimum number of properties"
    "min-set" Added TIGHTER "now has a minimum"
    "min-unset" Removed UNPROMISED "no longer has a minimum"
    "multiple-of-changed" Changed OTHER_LIMIT "must be a multiple of another number"
    "multiple-of-set" Added TIGHTER "must now be a multiple of a number"
    "multiple-of-unset" Removed UNPROMISED "need no longer be a multiple of a number"
    "not-added" Added TIGHTER "must not match a schema that was allowed before"
    "not-removed" Removed LOOSER "may now match a schema that was excluded before"
    "one-of-added" Added LOOSER "has an additional alternative in `oneOf`"
    "one-of-became-any-of" Changed RISKY "must match at least one alternative instead of exactly one"
    "one-of-overlapped" Changed TIGHTER "has values that match two alternatives of `oneOf`"
    "one-of-parted" Changed UNPROMISED "has values that no longer match two alternatives of `oneOf`"
    "one-of-removed" Removed TIGHTER "lost an alternative of `oneOf`"
    "one-of-set" Added TIGHTER "must also match exactly one of several schemas"
    "one-of-unset" Removed LOOSER "need no longer match exactly one of several schemas"
    "pattern-added" Added TIGHTER "must now match a pattern"
    "pattern-changed" Changed RISKY "must match another pattern"
    "pattern-property-added" Added TIGHTER "now describes more properties by a pattern"
    "pattern-property-removed" Removed LOOSER "no longer describes properties by a pattern"
    "pattern-removed" Removed UNPROMISED "need no longer match a pattern"
    "prefix-items-added" Added TIGHTER "now describes more items by their position"
    "prefix-items-removed" Removed LOOSER "no longer describes items by their position"
    "property-names-added" Added TIGHTER "now restricts the names of its properties"
    "property-names-removed" Removed LOOSER "no longer restricts the names of its properties"
    "reactivated" Changed TEXT "is no longer deprecated"
    "type-changed" Changed BREAKING "has another type"
    "unevaluated-items-added" Added TIGHTER "now restricts items that it does not describe"
    "unevaluated-items-removed" Removed LOOSER "no longer restricts items that it does not describe"
    "unevaluated-properties-added" Added TIGHTER "now restricts properties that it does not describe"
    "unevaluated-properties-removed" Removed LOOSER "no longer restricts properties that it does not describe"
    "unique-items-set" Added TIGHTER "can no longer contain duplicate items"
    "unique-items-unset" Removed UNPROMISED "may now contain duplicate items"
    "unwrapped" Changed TIGHTER "is a single schema instead of one of several"
    "wrapped-in-one-of" Changed LOOSER "is one of several schemas instead of a single one"
}

/// Kinds of a property that was added or removed, in any part of a message.
const fn property(stem: &'static str, [request, response, unmet]: [&'static Kind; 3]) -> Family {
    let level = level(request.level, response.level);
    let (request, response, unmet) = (Places::all(request), Places::all(response), Places::all(unmet));
    Family { stem, level, request, response, unmet, required: None }
}

macro_rules! property {
    ($stem:literal: $request:literal, $response:literal, $unmet:literal) => {
        property($stem, [kind!($request), kind!($response), kind!($unmet)])
    };
}

/// Kinds about who may send something. For a property they also say whether it is required.
macro_rules! access {
    ($stem:literal $meaning:literal) => {
        Family {
            stem: $stem,
            level: NOTHING,
            request: Places {
                property: row!(("request-optional-property-") ("An optional request property ")
                    Property REQUEST, $stem Changed NOTHING $meaning),
                ..request!($stem Changed NOTHING $meaning)
            },
            response: Places {
                property: row!(("response-optional-property-") ("An optional response property ")
                    Property RESPONSE, $stem Changed NOTHING $meaning),
                ..response!($stem Changed NOTHING $meaning)
            },
            unmet: unmet!($stem Changed NOTHING $meaning),
            required: Some([
                row!(("request-required-property-") ("A required request property ")
                    Property REQUEST, $stem Changed NOTHING required $meaning),
                row!(("response-required-property-") ("A required response property ")
                    Property RESPONSE, $stem Changed NOTHING required $meaning),
            ]),
        }
    };
}

/// Families whose kinds do not share one end and one meaning.
static SPECIAL: [Family; 16] = [
    Family {
        stem: "type-generalized",
        level: LOOSER,
        request: request!("type-generalized" Changed LOOSER "has a wider type"),
        ..regular("type-changed")
    },
    Family {
        stem: "type-specialized",
        level: TIGHTER,
        response: response!("type-specialized" Changed TIGHTER "has a narrower type"),
        ..regular("type-changed")
    },
    Family {
        stem: "multiple-of-generalized",
        level: UNPROMISED,
        request: request!("multiple-of-generalized" Changed UNPROMISED
            "must be a multiple of a number that divides the previous one"),
        ..regular("multiple-of-changed")
    },
    Family {
        stem: "multiple-of-specialized",
        level: TIGHTER,
        response: response!("multiple-of-specialized" Changed TIGHTER
            "must be a multiple of a number that the previous one divides"),
        ..regular("multiple-of-changed")
    },
    // Only a body that is sent as XML has its own kinds.
    Family {
        stem: "xml-changed",
        level: TEXT,
        request: Places {
            field: kind!("xml-changed"),
            ..request!("xml-changed" Changed RISKY "is sent as XML, and its XML representation changed")
        },
        response: Places {
            field: kind!("xml-changed"),
            ..response!("xml-changed" Changed RISKY "is sent as XML, and its XML representation changed")
        },
        unmet: Places::all(kind!("xml-changed")),
        required: None,
    },
    // A whole message may be required too, not only a part of it.
    Family {
        stem: "became-required",
        level: TIGHTER,
        request: Places {
            body: kind!("request-body-became-required"),
            field: kind!("request-parameter-became-required"),
            ..request!("became-required" Changed TIGHTER required "has an inner property that became required")
        },
        response: Places {
            field: kind!("response-header-became-required"),
            ..response!("became-required" Changed TIGHTER required "has an inner property that became required")
        },
        unmet: unmet!("became-required" Changed TIGHTER required "has an inner property that became required"),
        required: None,
    },
    Family {
        stem: "became-optional",
        level: LOOSER,
        request: Places {
            body: kind!("request-body-became-optional"),
            field: kind!("request-parameter-became-optional"),
            ..request!("became-optional" Changed LOOSER "has an inner property that became optional")
        },
        response: Places {
            field: kind!("response-header-became-optional"),
            ..response!("became-optional" Changed LOOSER "has an inner property that became optional")
        },
        unmet: unmet!("became-optional" Changed LOOSER "has an inner property that became optional"),
        required: None,
    },
    access!("became-not-read-only" "is no longer read-only"),
    access!("became-not-write-only" "is no longer write-only"),
    access!("became-read-only" "is now read-only"),
    access!("became-write-only" "is now write-only"),
    property!("optional-property-added":
        "new-optional-request-property", "response-optional-property-added", "schema-property-added"),
    property!("required-property-added":
        "new-required-request-property", "response-required-property-added", "schema-property-added"),
    property!("optional-property-removed":
        "request-property-removed", "response-optional-property-removed", "schema-property-removed"),
    property!("required-property-removed":
        "request-property-removed", "response-required-property-removed", "schema-property-removed"),
    property!("renamed": "request-property-renamed", "response-property-renamed", "schema-property-renamed"),
];

/// A copy of a family, as a base for another one.
const fn regular(stem: &str) -> Family {
    match find_in(&REGULAR, stem) {
        Some(family) => *family,
        None => panic!("the table has no such family"),
    }
}
