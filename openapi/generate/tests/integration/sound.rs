//! What a contract allows can be decoded and encoded again, or a note says what is lost: the generated code and the
//! notes for each construct.

use zerogate_contract::{Contract, Document, Inventory};
use zerogate_generate::{Generated, HOST_TYPES, HostTypes, Lowered, generate, lower, surface};

/// The lines of the surface, and the lossy notes, each up to its message.
fn made(operation: &str, schemas: &str) -> (Vec<String>, Vec<String>) {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: Moves, version: '1'}}\npaths: {{/moves: {operation}}}\ncomponents: {{schemas: {{{schemas}}}}}\n"
    );
    let contract = Contract::of(Document::parse("moves.yaml", &text).unwrap());
    let lowered = lower(&contract).unwrap();
    let host = HostTypes { keyed: &[], ..HOST_TYPES };
    let generated = generate(&contract, &Inventory::of(&contract), &lowered, &host).unwrap();
    foreseen(&contract, &lowered, &generated);
    let notes = lowered.notes.iter().filter(|note| note.is_lossy());
    let notes = notes.map(|note| format!("{}: {}", note.pointer, note.kind)).collect();
    (generated.surface.lines().iter().map(ToString::to_string).collect(), notes)
}

/// Without its text, and without what only people read, a client has the same surface.
fn foreseen(contract: &Contract, lowered: &Lowered, generated: &Generated) {
    let mut lowered = lowered.clone();
    lowered.drop_prose();
    let host = HostTypes { keyed: &[], ..HOST_TYPES };
    let surface = surface(contract, &lowered, &host).unwrap();
    let (lost, added) = (generated.surface.lost_in(&surface), surface.lost_in(&generated.surface));
    assert!(lost.is_empty() && added.is_empty(), "foreseen without {lost:#?}, and with {added:#?}");
    assert_eq!(surface.to_string(), generated.surface.to_string());
}

#[test]
fn the_predicted_surface_of_a_client_is_what_is_built() {
    for name in ["tests/intake/vendor-3.1.yaml", "../gate-v1.yaml"] {
        let contract = Contract::of(Document::read(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap());
        let lowered = lower(&contract).unwrap();
        let host = HostTypes { keyed: &[], ..HOST_TYPES };
        let generated = generate(&contract, &Inventory::of(&contract), &lowered, &host).unwrap();
        assert!(generated.surface.lines().len() > 100);
        foreseen(&contract, &lowered, &generated);
    }
}

#[track_caller]
fn judge((lines, notes): (Vec<String>, Vec<String>), wanted: &[&str], noted: &[&str]) {
    let missing: Vec<_> = wanted.iter().filter(|wanted| !lines.iter().any(|line| line == *wanted)).collect();
    assert!(missing.is_empty(), "{missing:#?} of {lines:#?}");
    assert_eq!(notes, noted);
}

#[track_caller]
fn received(schemas: &str, wanted: &[&str], noted: &[&str]) {
    let operation = "{get: {operationId: move, responses: {200: {description: A, content: {application/json: {schema: {$ref: '#/components/schemas/Move'}}}}}}}";
    judge(made(operation, schemas), wanted, noted);
}

#[track_caller]
fn sent(schemas: &str, wanted: &[&str], noted: &[&str]) {
    let operation = "{post: {operationId: move, requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Move'}}}}, responses: {204: {description: A}}}}";
    judge(made(operation, schemas), wanted, noted);
}

#[track_caller]
fn both_ways(schemas: &str, wanted: &[&str], noted: &[&str]) {
    let content = "content: {application/json: {schema: {$ref: '#/components/schemas/Move'}}}";
    let operation = format!(
        "{{put: {{operationId: move, requestBody: {{required: true, {content}}}, responses: {{200: {{description: A, {content}}}}}}}}}"
    );
    judge(made(&operation, schemas), wanted, noted);
}

#[track_caller]
fn called(operation: &str, wanted: &[&str], noted: &[&str]) {
    let schemas = "Side: {type: string, enum: [white, black]}, Blank: {type: [string, 'null']}, Move: {type: object, properties: {piece: {type: string}}}";
    judge(made(operation, schemas), wanted, noted);
}

mod names {
    use super::*;

    cases!(both_ways {
        properties_that_differ_in_case: ("Move: {type: object, required: [AT], properties: {at: {type: string}, At: {type: integer}, AT: {type: boolean}}}",
            &["types::Move.at: Option<String>", "types::Move.at_2: bool", "types::Move.at_3: Option<i64>"], &[]);
        properties_that_differ_in_marks: ("Move: {type: object, properties: {a_b: {type: string}, a-b: {type: string}, aB: {type: object, properties: {C: {type: string}, c: {type: string}}}, a_b_2: {type: string}}}",
            &["types::Move.a_b: Option<String>", "types::Move.a_b_2: Option<String>", "types::Move.a_b_3: Option<String>", "types::Move.a_b_4: Option<MoveAB4>", "types::MoveAB4.c_2: Option<String>"], &[]);
        properties_of_several_parts: ("Base: {type: object, properties: {at: {type: string}}}, Move: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [At], properties: {At: {type: string}}}]}",
            &["types::Base.at: Option<String>", "types::Move.at: Option<String>", "types::Move.at_2: String"], &[]);
        properties_of_others: ("Other: {type: object, properties: {At: {type: string}}}, Move: {type: object, properties: {at: {type: string}, At: {type: string}, other: {$ref: '#/components/schemas/Other'}}}",
            &["types::Other.at: Option<String>", "types::Move.at_2: Option<String>"], &[]);
        property_called_like_the_field_of_others: ("Move: {type: object, properties: {extra: {type: string}, Extra: {type: string}}, additionalProperties: {type: integer}}",
            &["types::Move.extra: BTreeMap<String, i64>", "types::Move.extra_2: Option<String>", "types::Move.extra_3: Option<String>"], &[]);
        property_called_like_that_field_where_there_is_none: ("Move: {type: object, properties: {extra: {type: string}}}",
            &["types::Move.extra: Option<String>"], &[]);
        default_with_both: ("Move: {type: object, properties: {at: {type: object, default: {b: c, B: d}, properties: {b: {type: string}, B: {type: string}}}}}",
            &["types::MoveAt.b_2: Option<String>"], &["/components/schemas/Move/properties/at/default: widened"]);
    });
}

const ONE_WAY: &str = "Move: {type: object, required: [number, token], properties: {number: {type: integer, readOnly: true}, token: {type: string, writeOnly: true}}}";

mod directions {
    use super::*;

    cases!(received {
        what_is_only_written: (ONE_WAY, &["types::Move.number: i64", "types::Move.token: Option<String>"], &[]);
        behind_a_reference: (
            "Move: {type: object, required: [token], properties: {token: {$ref: '#/components/schemas/Token'}}}, Token: {type: string, writeOnly: true}",
            &["types::Move.token: Option<Token>"],
            &[],
        );
        required_by_another_part: (
            "Move: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [token]}], required: [key]}, Base: {type: object, properties: {token: {type: string, writeOnly: true}, key: {type: string, writeOnly: true}}}",
            &["types::Base.token: Option<String>", "struct types::Move(Base)"],
            &[],
        );
    });

    mod sent {
        use super::*;

        cases!(sent {
            what_is_only_read: (ONE_WAY, &["types::Move.number: Option<i64>", "types::Move.token: String"], &[]);
            null_behind_a_reference: (
                "Move: {type: object, properties: {note: {$ref: '#/components/schemas/Note'}}}, Note: {type: [string, 'null']}",
                &["types::Move.note: Option<Note>"],
                &["/components/schemas/Move/properties/note: narrowed"],
            );
        });
    }

    mod both {
        use super::*;

        cases!(both_ways {
            one_type_for_both: (
                ONE_WAY,
                &["types::Move.number: Option<i64>", "types::Move.token: Option<String>"],
                &["/components/schemas/Move/required: widened", "/components/schemas/Move/required: widened"],
            );
        });
    }
}

mod branches {
    use super::*;

    const TOGETHER: &[&str] = &["types::Move.from: Option<String>", "types::Move.to: Option<String>"];
    const NOTED: &[&str] = &["/components/schemas/Move/anyOf: widened"];

    cases!(received {
        that_require: (
            "Move: {type: object, properties: {from: {type: string}, to: {type: string}}, anyOf: [{required: [from]}, {required: [to]}]}",
            TOGETHER,
            NOTED,
        );
        that_require_what_nothing_describes: (
            "Move: {anyOf: [{required: [from]}, {required: [to, from]}]}",
            &["types::Move.from: serde_json::Value", "types::Move.to: Option<serde_json::Value>"],
            NOTED,
        );
        with_a_property_each: (
            "Move: {anyOf: [{type: object, properties: {from: {type: string}}, required: [from]}, {type: object, properties: {to: {type: string}}, required: [to]}]}",
            TOGETHER,
            NOTED,
        );
        of_which_one_lets_more_in: (
            "Move: {anyOf: [{type: object, properties: {from: {type: string}}, additionalProperties: true}, {properties: {to: {type: string}}}]}",
            &["types::Move.extra: serde_json::Map<String, serde_json::Value>", "types::Move.to: Option<String>"],
            NOTED,
        );
        that_are_components: (
            "Move: {anyOf: [{$ref: '#/components/schemas/Start'}, {$ref: '#/components/schemas/End'}]}, Start: {type: object, required: [from], properties: {from: {type: string}}}, End: {type: object, required: [to], properties: {to: {type: string}}}",
            &["types::Move::Start(Start)", "types::Move::End(End)"],
            NOTED,
        );
        that_a_type_keeps_apart: (
            "Move: {anyOf: [{type: object, required: [at], properties: {at: {type: string}, from: {type: string}}}, {type: object, required: [at, to], properties: {at: {type: integer}, to: {type: string}}}]}",
            &["types::Move::Variant1{at: i64, to: String, }"],
            &[],
        );
        of_which_one_requires_what_another_does: (
            "Move: {type: object, properties: {from: {type: string}, to: {type: string}}, oneOf: [{required: [from]}, {required: [to]}, {required: [from, to]}]}",
            TOGETHER,
            &["/components/schemas/Move/oneOf: widened"],
        );
    });
}

mod contradictions {
    use super::*;

    const NOTED: &[&str] = &["/components/schemas/Move/allOf: widened"];

    cases!(received {
        of_a_property: (
            "Move: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {at: {type: integer}, to: {type: string}}}]}, Base: {type: object, required: [at], properties: {at: {type: string}, from: {type: string}}}",
            &["types::Move.at: serde_json::Value", "types::Move.from: Option<String>", "types::Move.to: Option<String>"],
            NOTED,
        );
        of_enums: (
            "Move: {allOf: [{type: object, properties: {at: {type: string, enum: [a1]}}}, {type: object, properties: {at: {type: string, enum: [b1]}}}]}",
            &["types::Move.at: Option<serde_json::Value>"],
            NOTED,
        );
        of_items: (
            "Move: {type: object, properties: {path: {allOf: [{type: array, items: {type: string}}, {type: array, items: {type: integer}}]}}}",
            &["types::Move.path: Option<serde_json::Value>"],
            &["/components/schemas/Move/properties/path: widened"],
        );
        none: (
            "Move: {allOf: [{type: object, properties: {at: {type: string}}}, {type: object, properties: {at: {type: string, enum: [b1]}}}]}",
            &["types::Move.at: Option<MoveAt>"],
            &[],
        );
    });
}

mod objects {
    use super::*;

    const MORE: &str = "types::Move.extra: serde_json::Map<String, serde_json::Value>";

    cases!(received {
        open: ("Move: {type: object, properties: {at: {type: string}}, additionalProperties: true}", &[MORE], &[]);
        open_to_what_is_not_evaluated: ("Move: {type: object, properties: {at: {type: string}}, unevaluatedProperties: true}", &[MORE], &[]);
        open_in_a_part: (
            "Move: {allOf: [{type: object, properties: {at: {type: string}}}, {type: object, additionalProperties: true}]}",
            &[MORE],
            &[],
        );
        open_in_a_part_with_a_time: (
            "Move: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {note: {type: string}}}]}, Base: {type: object, required: [at], properties: {at: {type: string, format: date-time, description: A}}, additionalProperties: true}",
            &[MORE, "types::Move.at: crate::Timestamp", "types::Move.note: Option<String>"],
            &[],
        );
        open_with_a_time_in_a_part_of_a_part: (
            "Move: {allOf: [{$ref: '#/components/schemas/Base'}], type: object, properties: {to: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [at]}]}}, additionalProperties: true}, Base: {allOf: [{properties: {at: {type: string, format: date-time}}}, {type: object, additionalProperties: true}]}",
            &[MORE, "types::Move.at: Option<crate::Timestamp>", "types::MoveTo.at: crate::Timestamp"],
            &[],
        );
        open_and_nothing_else: (
            "Move: {type: object, additionalProperties: true}",
            &["struct types::Move(serde_json::Map<String, serde_json::Value>)"],
            &[],
        );
        names_of_all_kinds: (
            "Move: {type: object, additionalProperties: {type: string}, propertyNames: {type: string, minLength: 0, pattern: '.*'}}",
            &["struct types::Move(BTreeMap<String, String>)"],
            &[],
        );
        names_of_some_kind: (
            "Move: {type: object, additionalProperties: {type: string}, propertyNames: {pattern: ^x}}",
            &["struct types::Move(BTreeMap<String, String>)"],
            &["/components/schemas/Move/propertyNames: widened"],
        );
        a_pattern_that_every_name_fits: (
            "Move: {type: object, patternProperties: {'.*': {type: string}}}",
            &["struct types::Move(BTreeMap<String, String>)"],
            &[],
        );
    });
}

mod defaults {
    use super::*;

    cases!(received {
        an_object: (
            "Move: {type: object, properties: {at: {type: object, properties: {rank: {type: integer}}, default: {rank: 1}}}}",
            &["types::Move.at: MoveAt"],
            &[],
        );
        behind_a_reference: (
            "Move: {type: object, properties: {at: {$ref: '#/components/schemas/At'}}}, At: {type: object, properties: {rank: {type: integer}}, default: {rank: 1}}",
            &["types::Move.at: At"],
            &[],
        );
        beside_a_reference: (
            "Move: {type: object, properties: {at: {$ref: '#/components/schemas/At', default: 3}}}, At: {type: integer}",
            &["types::Move.at: At"],
            &[],
        );
        that_does_not_fit_what_is_referred_to: (
            "Move: {type: object, properties: {at: {$ref: '#/components/schemas/At', default: {rank: first}}}}, At: {type: object, properties: {rank: {type: integer}}}",
            &["types::Move.at: Option<At>"],
            &["/components/schemas/Move/properties/at/default: widened"],
        );
        that_lacks_what_is_required: (
            "Move: {type: object, properties: {at: {type: object, required: [rank], properties: {rank: {type: integer}}, default: {}}}}",
            &["types::Move.at: Option<MoveAt>"],
            &["/components/schemas/Move/properties/at/default: widened"],
        );
        without_an_end: (
            "Move: {type: object, properties: {next: {$ref: '#/components/schemas/Move', default: {}}}}",
            &["types::Move.next: Option<Box<Move>>"],
            &["/components/schemas/Move/properties/next/default: widened"],
        );
    });

    #[test]
    fn a_field_missing_from_a_default_has_its_own_default() {
        let text = "
openapi: 3.0.3
info: {title: Moves, version: '1'}
paths: {}
components:
  schemas:
    Move: {type: object, properties: {at: {type: object, default: {rank: 1}, properties: {rank: {type: integer}, file: {type: string, default: a}}}}}
";
        let lowered = lower(&Contract::of(Document::parse("moves.yaml", text).unwrap())).unwrap();
        let default = lowered.value.pointer("/components/schemas/Move/properties/at/default").unwrap();
        assert_eq!(*default, serde_json::json!({ "file": "a", "rank": 1 }));
    }
}

mod numbers {
    use super::*;

    cases!(received {
        without_a_sign: ("Move: {type: object, properties: {n: {type: integer, format: uint64}}}", &["types::Move.n: Option<u64>"], &[]);
        by_its_bounds: (
            "Move: {type: object, properties: {n: {type: integer, minimum: 0, maximum: 18446744073709551615}}}",
            &["types::Move.n: Option<u64>"],
            &[],
        );
        with_a_sign: ("Move: {type: object, properties: {n: {type: integer, format: int32}}}", &["types::Move.n: Option<i64>"], &[]);
        too_large: (
            "Move: {type: object, properties: {n: {type: integer, format: uint128}}}",
            &["types::Move.n: Option<i64>"],
            &["/components/schemas/Move/properties/n: narrowed"],
        );
        rounded: (
            "Move: {type: object, properties: {n: {type: number, format: int64}}}",
            &["types::Move.n: Option<f64>"],
            &["/components/schemas/Move/properties/n: narrowed"],
        );
    });
}

mod operations {
    use super::*;

    const PARAMETER: &[&str] = &["/paths/~1moves/get/parameters/0/schema: narrowed"];

    cases!(called {
        a_response_to_head: (
            "{head: {operationId: move, responses: {200: {description: A, content: {application/json: {schema: {$ref: '#/components/schemas/Move'}}}}, 404: {description: B, content: {application/json: {schema: {type: string}}}}}}}",
            &["async api::builder::Move::send(self) -> Result<ResponseValue<()>, Error<()>>"],
            &[],
        );
        a_request_that_may_be_empty: (
            "{post: {operationId: move, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Move'}}}}, responses: {204: {description: A}}}}",
            &[],
            &["/paths/~1moves/post/requestBody: narrowed"],
        );
        nothing_but_a_redirect: (
            "{get: {operationId: move, responses: {302: {description: A}, 404: {description: B}}}}",
            &[],
            &["/paths/~1moves/get/responses/302: omitted"],
        );
        a_redirect_beside_a_success: ("{get: {operationId: move, responses: {200: {description: A}, 304: {description: B}}}}", &[], &[]);
        null_in_a_query: (
            "{get: {operationId: move, parameters: [{name: at, in: query, schema: {type: [string, 'null']}}], responses: {204: {description: A}}}}",
            &[],
            PARAMETER,
        );
        null_in_a_header: (
            "{get: {operationId: move, parameters: [{name: at, in: header, schema: {anyOf: [{type: integer}, {type: 'null'}]}}], responses: {204: {description: A}}}}",
            &[],
            PARAMETER,
        );
        null_in_a_query_behind_a_reference: (
            "{get: {operationId: move, parameters: [{name: at, in: query, schema: {$ref: '#/components/schemas/Blank'}}], responses: {204: {description: A}}}}",
            &[],
            PARAMETER,
        );
        null_beside_a_reference: (
            "{get: {operationId: move, parameters: [{name: side, in: query, schema: {anyOf: [{$ref: '#/components/schemas/Side'}, {type: 'null'}]}}], responses: {204: {description: A}}}}",
            &[],
            PARAMETER,
        );
        null_among_many_in_a_query: (
            "{get: {operationId: move, parameters: [{name: at, in: query, schema: {type: array, items: {type: [string, 'null']}}}], responses: {204: {description: A}}}}",
            &[],
            &["/paths/~1moves/get/parameters/0/schema/items: narrowed"],
        );
    });
}
