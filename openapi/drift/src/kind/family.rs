//! Kinds of differences between schemas: one for each place that a schema can describe.
//!
//! It is one table, a line for each difference, and so it is long.

use std::hash::{Hash, Hasher};

use super::contract::kind;
use super::row::{
    Action, Area, BREAKING, Effect, Kind, Level, NEITHER, NOTHING, REQUEST, RESPONSE, RISKY, TEXT, equal, level, marked,
};
use crate::change::{Direction, Wire};

/// What of a message is described.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Flavour {
    Property,
    Body,
    /// A parameter of a request, or a header of a response.
    Field,
}

/// Where a difference is met; without a direction, in no message at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) direction: Option<Direction>,
    pub(crate) flavour: Flavour,
}

/// The kinds of one difference, by where it is met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Family {
    /// What the ids end with.
    stem: &'static str,
    pub(crate) level: Level,
    request: Places,
    response: Places,
    unmet: Places,
    /// The kinds of a property that is required, of a request and of a response, if they are others.
    required: Option<[&'static Kind; 2]>,
}

/// A kind for each [`Flavour`].
#[derive(Clone, Copy, Debug)]
struct Places {
    property: &'static Kind,
    body: &'static Kind,
    field: &'static Kind,
}

impl Places {
    const fn all(kind: &'static Kind) -> Places {
        Places { property: kind, body: kind, field: kind }
    }

    fn kinds(&self) -> [&'static Kind; 3] {
        [self.property, self.body, self.field]
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Family) -> bool {
        self.stem == other.stem
    }
}

impl Eq for Family {}

impl Hash for Family {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stem.hash(state);
    }
}

impl Family {
    /// The kind at a place; `required` says of a property whether it must be there.
    pub(crate) fn at(&self, subject: Subject, required: bool) -> &'static Kind {
        let Subject { direction, flavour } = subject;
        let places = match (direction, self.required) {
            (Some(Direction::Request), Some([kind, _])) if required && flavour == Flavour::Property => return kind,
            (Some(Direction::Response), Some([_, kind])) if required && flavour == Flavour::Property => return kind,
            (Some(Direction::Request), _) => &self.request,
            (Some(Direction::Response), _) => &self.response,
            (None, _) => &self.unmet,
        };
        match flavour {
            Flavour::Property => places.property,
            Flavour::Body => places.body,
            Flavour::Field => places.field,
        }
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        let places = [&self.request, &self.response, &self.unmet];
        places.into_iter().flat_map(Places::kinds).chain(self.required.into_iter().flatten())
    }
}

pub(super) fn families() -> impl Iterator<Item = &'static Family> {
    REGULAR.iter().chain(&SPECIAL)
}

/// The family with an ending, which the compiler looks up: `family!("max-set")`.
macro_rules! family {
    ($stem:expr) => {
        const { $crate::kind::family::find($stem) }
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
            property: row!(("request-property-") ("A property of what is sent ") Property REQUEST, $($row)+),
            body: row!(("request-body-") ("The request body ") Body REQUEST, $($row)+),
            field: row!(("request-parameter-") ("A parameter ") Parameter REQUEST, $($row)+),
        }
    };
}

macro_rules! response {
    ($($row:tt)+) => {
        Places {
            property: row!(("response-property-") ("A property of a response ") Property RESPONSE, $($row)+),
            body: row!(("response-body-") ("The body of a response ") Body RESPONSE, $($row)+),
            field: row!(("response-header-") ("A response header ") Header RESPONSE, $($row)+),
        }
    };
}

macro_rules! unmet {
    ($($row:tt)+) => {
        Places {
            property: row!(("schema-property-") ("A property of a component that nothing uses ") Component NEITHER, $($row)+),
            ..Places::all(row!(("schema-") ("A component that nothing uses ") Component NEITHER, $($row)+))
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
/// A value is met that was not promised before.
const UNPROMISED: Level = level(Wire::Compatible, Wire::Risky);
const ASKED_RISKY: Level = level(Wire::Risky, Wire::None);
const ASKED_BREAKING: Level = level(Wire::Breaking, Wire::None);
/// What is received is read as something else, and is the same.
const READ_OTHERWISE: Level = level(Wire::None, Wire::Risky);
const TOLD_APART: Level = level(Wire::Risky, Wire::Compatible);

families! {
    "additional-properties-relaxed" Changed LOOSER "takes more of the properties that its schema does not name"
    "additional-properties-restricted" Changed TIGHTER "takes fewer of the properties that its schema does not name"
    "any-of-added" Added LOOSER "has a further alternative in `anyOf`"
    "any-of-became-one-of" Changed RISKY "must be exactly one of the alternatives of which it could be several"
    "any-of-removed" Removed TIGHTER "has an alternative of `anyOf` less"
    "any-of-set" Added TIGHTER "must also meet one of several schemas"
    "any-of-unset" Removed LOOSER "need no longer meet one of several schemas"
    "became-enum" Changed TIGHTER "is restricted to a list of values"
    "became-not-enum" Changed UNPROMISED "is no longer restricted to a list of values"
    "became-not-nullable" Changed TIGHTER "can no longer be null"
    "became-nullable" Changed LOOSER "can be null"
    "condition-added" Added TIGHTER "must meet a condition by `if`, `then` and `else`"
    "condition-removed" Removed LOOSER "need no longer meet a condition by `if`, `then` and `else`"
    "contains-added" Added TIGHTER "must hold an item of a certain kind"
    "contains-removed" Removed LOOSER "need no longer hold an item of a certain kind"
    "content-encoding-changed" Changed TEXT "is said to hold content in another encoding"
    "content-media-type-changed" Changed TEXT "is said to hold content of another media type"
    "default-value-added" Added ASKED_RISKY "has a default"
    "default-value-changed" Changed ASKED_BREAKING "has another default"
    "default-value-removed" Removed ASKED_RISKY "has no default any more"
    "dependent-required-added" Added TIGHTER required "must have further properties beside others"
    "dependent-required-changed" Changed BREAKING required "must have other properties beside others"
    "dependent-required-removed" Removed LOOSER required "need no longer have some properties beside others"
    "dependent-schema-added" Added TIGHTER "must meet a schema where it has a certain property"
    "dependent-schema-removed" Removed LOOSER "need no longer meet a schema where it has a certain property"
    "deprecated" Changed TEXT "is now deprecated"
    "discriminator-added" Added TOLD_APART "has a discriminator"
    "discriminator-default-changed" Changed READ_OTHERWISE
        "falls back to another schema where the value of its discriminator is unknown"
    "discriminator-mapping-added" Added LOOSER "has a further value of its discriminator"
    "discriminator-mapping-changed" Changed BREAKING "has a value of its discriminator that means another schema"
    "discriminator-mapping-deleted" Removed TIGHTER "has a value of its discriminator less"
    "discriminator-property-name-changed" Changed BREAKING "has another property as its discriminator"
    "discriminator-removed" Removed RISKY "has no discriminator any more"
    "discriminator-value-changed" Changed BREAKING "has another value of the discriminator"
    "enum-value-added" Added UNPROMISED "can have a further value"
    "enum-value-removed" Removed TIGHTER "can no longer have a value"
    "enum-values-replaced" Changed BREAKING "has none of the values left that it could have"
    "exclusive-max-decreased" Changed TIGHTER "has a lower bound above it, which it must stay below"
    "exclusive-max-increased" Changed UNPROMISED "has a higher bound above it, which it must stay below"
    "exclusive-max-set" Added TIGHTER "must stay below a bound"
    "exclusive-max-unset" Removed UNPROMISED "need no longer stay below a bound"
    "exclusive-min-decreased" Changed UNPROMISED "has a lower bound below it, which it must stay above"
    "exclusive-min-increased" Changed TIGHTER "has a higher bound below it, which it must stay above"
    "exclusive-min-set" Added TIGHTER "must stay above a bound"
    "exclusive-min-unset" Removed UNPROMISED "need no longer stay above a bound"
    "format-added" Added TIGHTER "has a format"
    "format-changed" Changed BREAKING "has another format"
    "format-removed" Removed LOOSER "has no format any more"
    "items-relaxed" Changed LOOSER "takes items that its schema did not let through"
    "items-restricted" Changed TIGHTER "takes fewer items than before"
    "max-contains-decreased" Changed TIGHTER "holds fewer items of a certain kind at the most"
    "max-contains-increased" Changed UNPROMISED "holds more items of a certain kind at the most"
    "max-contains-set" Added TIGHTER "holds a limited number of items of a certain kind"
    "max-contains-unset" Removed UNPROMISED "holds any number of items of a certain kind"
    "max-decreased" Changed TIGHTER "has a lower maximum"
    "max-increased" Changed UNPROMISED "has a higher maximum"
    "max-items-decreased" Changed TIGHTER "holds fewer items at the most"
    "max-items-increased" Changed UNPROMISED "holds more items at the most"
    "max-items-set" Added TIGHTER "holds a limited number of items"
    "max-items-unset" Removed UNPROMISED "holds any number of items"
    "max-length-decreased" Changed TIGHTER "is a shorter text at the most"
    "max-length-increased" Changed UNPROMISED "is a longer text at the most"
    "max-length-set" Added TIGHTER "is a text of limited length"
    "max-length-unset" Removed UNPROMISED "is a text of any length"
    "max-properties-decreased" Changed TIGHTER "has fewer properties at the most"
    "max-properties-increased" Changed UNPROMISED "has more properties at the most"
    "max-properties-set" Added TIGHTER "has a limited number of properties"
    "max-properties-unset" Removed UNPROMISED "has any number of properties"
    "max-set" Added TIGHTER "has a maximum"
    "max-unset" Removed UNPROMISED "has no maximum any more"
    "min-contains-decreased" Changed UNPROMISED "holds fewer items of a certain kind at the least"
    "min-contains-increased" Changed TIGHTER "holds more items of a certain kind at the least"
    "min-decreased" Changed UNPROMISED "has a lower minimum"
    "min-increased" Changed TIGHTER "has a higher minimum"
    "min-items-decreased" Changed UNPROMISED "holds fewer items at the least"
    "min-items-increased" Changed TIGHTER "holds more items at the least"
    "min-items-set" Added TIGHTER "holds a least number of items"
    "min-items-unset" Removed UNPROMISED "holds as few items as it likes"
    "min-length-decreased" Changed UNPROMISED "is a shorter text at the least"
    "min-length-increased" Changed TIGHTER "is a longer text at the least"
    "min-length-set" Added TIGHTER "is a text of a least length"
    "min-length-unset" Removed UNPROMISED "is a text as short as it likes"
    "min-properties-decreased" Changed UNPROMISED "has fewer properties at the least"
    "min-properties-increased" Changed TIGHTER "has more properties at the least"
    "min-properties-set" Added TIGHTER "has a least number of properties"
    "min-properties-unset" Removed UNPROMISED "has as few properties as it likes"
    "min-set" Added TIGHTER "has a minimum"
    "min-unset" Removed UNPROMISED "has no minimum any more"
    "multiple-of-changed" Changed BREAKING "must be a multiple of another number"
    "multiple-of-set" Added TIGHTER "must be a multiple of a number"
    "multiple-of-unset" Removed UNPROMISED "need not be a multiple of a number any more"
    "not-added" Added TIGHTER "must not be what a schema describes"
    "not-removed" Removed LOOSER "may be what a schema describes"
    "one-of-added" Added LOOSER "has a further alternative in `oneOf`"
    "one-of-became-any-of" Changed RISKY "may be several of the alternatives of which it had to be exactly one"
    "one-of-removed" Removed TIGHTER "has an alternative of `oneOf` less"
    "one-of-set" Added TIGHTER "must also meet exactly one of several schemas"
    "one-of-unset" Removed LOOSER "need no longer meet exactly one of several schemas"
    "pattern-added" Added TIGHTER "must match a pattern"
    "pattern-changed" Changed RISKY "must match another pattern"
    "pattern-property-added" Added TIGHTER "describes further properties by a pattern"
    "pattern-property-removed" Removed LOOSER "no longer describes properties by a pattern"
    "pattern-removed" Removed UNPROMISED "need not match a pattern any more"
    "prefix-items-added" Added TIGHTER "describes further items by their position"
    "prefix-items-removed" Removed LOOSER "no longer describes items by their position"
    "property-names-added" Added TIGHTER "restricts the names of its properties"
    "property-names-removed" Removed LOOSER "no longer restricts the names of its properties"
    "reactivated" Changed TEXT "is no longer deprecated"
    "type-changed" Changed BREAKING "is of another type"
    "unevaluated-items-added" Added TIGHTER "restricts items that nothing describes"
    "unevaluated-items-removed" Removed LOOSER "no longer restricts items that nothing describes"
    "unevaluated-properties-added" Added TIGHTER "restricts properties that nothing describes"
    "unevaluated-properties-removed" Removed LOOSER "no longer restricts properties that nothing describes"
    "unique-items-set" Added TIGHTER "must not hold an item twice"
    "unique-items-unset" Removed UNPROMISED "may hold an item twice"
    "unwrapped" Changed TIGHTER "was one of several schemas and is a single one"
    "wrapped-in-one-of" Changed LOOSER "was a single schema and is one of several"
}

/// Kinds of a property that came or went, whatever of a message it is part of.
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

/// Kinds of who may send something: of a property of a message, they also say whether it is required.
macro_rules! access {
    ($stem:literal $meaning:literal) => {
        Family {
            stem: $stem,
            level: NOTHING,
            request: Places {
                property: row!(("request-optional-property-") ("A property of what is sent that may be left out ")
                    Property REQUEST, $stem Changed NOTHING $meaning),
                ..request!($stem Changed NOTHING $meaning)
            },
            response: Places {
                property: row!(("response-optional-property-") ("A property of a response that may be left out ")
                    Property RESPONSE, $stem Changed NOTHING $meaning),
                ..response!($stem Changed NOTHING $meaning)
            },
            unmet: unmet!($stem Changed NOTHING $meaning),
            required: Some([
                row!(("request-required-property-") ("A property of what is sent that must be there ")
                    Property REQUEST, $stem Changed NOTHING required $meaning),
                row!(("response-required-property-") ("A property of a response that must be there ")
                    Property RESPONSE, $stem Changed NOTHING required $meaning),
            ]),
        }
    };
}

/// Families whose kinds are not made of one ending and one meaning.
static SPECIAL: [Family; 16] = [
    Family {
        stem: "type-generalized",
        level: LOOSER,
        request: request!("type-generalized" Changed LOOSER "is of a wider type"),
        ..regular("type-changed")
    },
    Family {
        stem: "type-specialized",
        level: TIGHTER,
        response: response!("type-specialized" Changed TIGHTER "is of a narrower type"),
        ..regular("type-changed")
    },
    Family {
        stem: "multiple-of-generalized",
        level: LOOSER,
        request: request!("multiple-of-generalized" Changed UNPROMISED
            "must be a multiple of a number that divides the one of before"),
        ..regular("multiple-of-changed")
    },
    Family {
        stem: "multiple-of-specialized",
        level: TIGHTER,
        response: response!("multiple-of-specialized" Changed TIGHTER
            "must be a multiple of a number that the one of before divides"),
        ..regular("multiple-of-changed")
    },
    // Only a body that is sent as XML has kinds of its own.
    Family {
        stem: "xml-changed",
        level: TEXT,
        request: Places {
            field: kind!("xml-changed"),
            ..request!("xml-changed" Changed RISKY "is written as XML in another way, and is sent as XML")
        },
        response: Places {
            field: kind!("xml-changed"),
            ..response!("xml-changed" Changed RISKY "is written as XML in another way, and is sent as XML")
        },
        unmet: Places::all(kind!("xml-changed")),
        required: None,
    },
    // A message, and not only a part of it, may be required itself.
    Family {
        stem: "became-required",
        level: TIGHTER,
        request: Places {
            body: kind!("request-body-became-required"),
            field: kind!("request-parameter-became-required"),
            ..request!("became-required" Changed TIGHTER required "is a value whose inner property is always there")
        },
        response: Places {
            field: kind!("response-header-became-required"),
            ..response!("became-required" Changed TIGHTER required "is a value whose inner property is always there")
        },
        unmet: unmet!("became-required" Changed TIGHTER required "is a value whose inner property is always there"),
        required: None,
    },
    Family {
        stem: "became-optional",
        level: LOOSER,
        request: Places {
            body: kind!("request-body-became-optional"),
            field: kind!("request-parameter-became-optional"),
            ..request!("became-optional" Changed LOOSER "is a value whose inner property may be missing")
        },
        response: Places {
            field: kind!("response-header-became-optional"),
            ..response!("became-optional" Changed LOOSER "is a value whose inner property may be missing")
        },
        unmet: unmet!("became-optional" Changed LOOSER "is a value whose inner property may be missing"),
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

/// A copy of a family, to begin another one with.
const fn regular(stem: &str) -> Family {
    match find_in(&REGULAR, stem) {
        Some(family) => *family,
        None => panic!("the table has no such family"),
    }
}
