//! Lowering: one construct of real documents per case.

use serde_json::Value;
use zerogate_contract::{Contract, Document, NoteKind, slice};
use zerogate_generate::{Lowered, lower};

fn lowered(version: &str, operation: &str, schemas: &str) -> Lowered {
    let text = format!(
        "openapi: {version}\ninfo: {{title: A, version: '1'}}\npaths: {{/a: {operation}}}\ncomponents: {{schemas: {schemas}}}\n"
    );
    lower(&Contract::of(Document::parse("gate.yaml", &text).unwrap())).unwrap()
}

fn lossy(lowered: &Lowered) -> Vec<(NoteKind, &str)> {
    lowered.notes.iter().filter(|note| note.is_lossy()).map(|note| (note.kind, note.pointer.as_str())).collect()
}

const USES: &str = "{get: {operationId: a, responses: {200: {description: A, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}}}";

#[track_caller]
fn schema(version: &str, schema: &str, wanted: &str, notes: &[(NoteKind, &str)]) {
    let lowered = lowered(version, USES, &format!("{{S: {schema}}}"));
    let wanted = Document::parse("wanted", wanted).unwrap();
    assert_eq!(lowered.value["components"]["schemas"]["S"], *wanted.value());
    assert_eq!(lossy(&lowered), notes);
}

mod schemas {
    use super::*;

    cases!(schema {
        a_pattern_without_a_type: ("3.0.3", "{pattern: '(?i)^a$'}", "{type: string}", &[(NoteKind::Narrowed, "/components/schemas/S")]);
        an_enum_of_sequences: ("3.0.3", "{type: array, items: {type: string}, enum: [[a]]}", "{type: array, items: {type: string}}", &[]);
        a_constant_object: ("3.1.0", "{const: {a: 1}}", "{type: object}", &[]);
        a_negated_enum: ("3.0.3", "{not: {enum: [a]}}", "{}", &[]);
        limits_of_several_types: (
            "3.1.0",
            "{type: [integer, object], exclusiveMinimum: 0, patternProperties: {a: {type: string}}, additionalProperties: false}",
            "{oneOf: [{type: integer}, {type: object, additionalProperties: {type: string}}]}",
            &[(NoteKind::Widened, "/components/schemas/S/patternProperties")],
        );
        what_3_0_has_no_words_for: (
            "3.1.0",
            "{type: object, $comment: a, contentSchema: {}, if: {}, dependentRequired: {a: [b]}, maxContains: 2}",
            "{type: object}",
            &[
                (NoteKind::Widened, "/components/schemas/S/maxContains"),
                (NoteKind::Widened, "/components/schemas/S/dependentRequired"),
            ],
        );
        a_hint_beside_null: (
            "3.1.0",
            "{anyOf: [{type: string}, {type: 'null'}], discriminator: {propertyName: a}, default: b}",
            "{type: string, nullable: true, discriminator: {propertyName: a}, default: b}",
            &[],
        );
        nothing_fits: ("3.1.0", "false", "{not: {}}", &[]);
        a_reference_to_the_anchor_of_a_component: (
            "3.1.0",
            "{$anchor: s, type: object, properties: {in: {$ref: '#s'}}}",
            "{type: object, properties: {in: {$ref: '#/components/schemas/S'}}}",
            &[],
        );
    });
}

/// A list or a string: the schema does not say which.
const AMBIGUOUS: &str = "{items: {type: string}, minLength: 2}";

/// Checks a place of a lowered document with [`AMBIGUOUS`], and the end of the note.
#[track_caller]
fn weakened(operation: &str, schemas: &str, at: &str, wanted: &str, note: &str) {
    let lowered =
        lowered("3.0.3", &operation.replace("AMBIGUOUS", AMBIGUOUS), &schemas.replace("AMBIGUOUS", AMBIGUOUS));
    assert_eq!(lowered.value.pointer(at), Some(Document::parse("wanted", wanted).unwrap().value()));
    let noted = lowered.notes.iter().find(|note| note.pointer == at).unwrap();
    assert!(noted.message.ends_with(note), "{noted}");
}

/// A schema without a usable type accepts any text where text is sent, and any JSON elsewhere, whatever the property is
/// called.
mod weakening {
    use super::*;

    cases!(weakened {
        a_property_of_a_body: (
            "{get: {operationId: a, responses: {200: {description: A, content: {application/json: {schema: {properties: {parameters: {properties: {x: AMBIGUOUS}}}}}}}}}}",
            "{}",
            "/paths/~1a/get/responses/200/content/application~1json/schema/properties/parameters/properties/x",
            "{}",
            ": any JSON is accepted",
        );
        a_property_of_a_component: (
            USES,
            "{S: {properties: {headers: {properties: {x: AMBIGUOUS}}}}}",
            "/components/schemas/S/properties/headers/properties/x",
            "{}",
            ": any JSON is accepted",
        );
        a_header: (
            "{get: {operationId: a, responses: {200: {description: A, headers: {X-A: {schema: AMBIGUOUS}}}}}}",
            "{}",
            "/paths/~1a/get/responses/200/headers/X-A/schema",
            "{type: string}",
            ": any text is accepted",
        );
    });
}

#[track_caller]
fn union(branches: &str, notes: &[(NoteKind, &str)]) {
    let lowered = lowered("3.0.3", USES, &format!("{{S: {{oneOf: [{branches}]}}}}"));
    assert_eq!(lossy(&lowered), notes);
}

mod unions {
    use super::*;

    const WARNED: &[(NoteKind, &str)] = &[(NoteKind::Widened, "/components/schemas/S/oneOf")];

    cases!(union {
        told_apart_by_a_tag: (
            "{type: object, required: [k], properties: {k: {type: string, enum: [a]}}}, {type: object, required: [k], properties: {k: {type: string, enum: [b]}}}",
            &[],
        );
        told_apart_by_what_is_required: (
            "{type: object, required: [a], properties: {a: {type: string}}}, {type: object, required: [b], properties: {b: {type: string}}}",
            &[],
        );
        told_apart_by_nothing: (
            "{type: object, properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}",
            WARNED,
        );
        a_tag_that_may_be_left_out: (
            "{type: object, properties: {k: {type: string, enum: [a]}}}, {type: object, properties: {k: {type: string, enum: [b]}}}",
            WARNED,
        );
    });
}

#[track_caller]
fn operation(operation: &str, kind: NoteKind, pointer: &str) {
    let lowered = lowered("3.0.3", &format!("{{post: {{operationId: a, {operation}}}}}"), "{}");
    assert_eq!(lossy(&lowered), [(kind, pointer)]);
}

mod operations {
    use super::*;

    cases!(operation {
        a_list_with_commas: (
            "parameters: [{name: p, in: query, explode: false, schema: {type: array, items: {type: string}}}], responses: {200: {description: A}}",
            NoteKind::Widened, "/paths/~1a/post/parameters/0/schema",
        );
        a_list_of_objects: (
            "parameters: [{name: p, in: query, schema: {type: array, items: {type: object}}}], responses: {200: {description: A}}",
            NoteKind::Omitted, "/paths/~1a/post/parameters/0",
        );
        a_parameter_called_like_a_method_of_its_builder: (
            "parameters: [{name: send, in: query, schema: {type: string}}], responses: {200: {description: A}}",
            NoteKind::Omitted, "/paths/~1a/post/parameters/0",
        );
        a_form_with_a_list: (
            "requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}, l: {type: array, items: {type: string}}}}}}}, responses: {200: {description: A}}",
            NoteKind::Omitted, "/paths/~1a/post/requestBody/content/application~1x-www-form-urlencoded",
        );
        a_response_that_is_not_read: (
            "responses: {200: {description: A, content: {application/hal+json: {schema: {type: object}}}}}",
            NoteKind::Widened, "/paths/~1a/post/responses/200/content/application~1hal+json",
        );
    });
}

#[track_caller]
fn left_out(id: &str) {
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: A, version: '1'}}\npaths: {{/a: {{get: {{operationId: {id}, responses: {{200: {{description: A}}}}}}}}}}"
    );
    let lowered = lower(&Contract::of(Document::parse("gate.yaml", &text).unwrap())).unwrap();
    assert_eq!(lowered.skipped.len(), 1);
}

mod methods_of_the_client {
    use super::*;

    cases!(left_out {
        pre: ("pre");
        post: ("post");
        exec: ("exec");
        inner: ("inner");
        client: ("client");
        baseurl: ("baseurl");
        api_version: ("apiVersion");
    });
}

#[test]
fn many_types_with_one_name_get_different_names() {
    let fields: Vec<String> =
        (0..200).map(|n| format!("p{n}: {{title: Status, type: string, enum: [a, b{n}]}}")).collect();
    let lowered = lowered("3.0.3", USES, &format!("{{S: {{type: object, properties: {{{}}}}}}}", fields.join(", ")));
    assert!(lossy(&lowered).is_empty());
}

#[test]
fn notes_after_dropped_items_name_the_original_place() {
    let cookies = "{name: c, in: cookie, schema: {type: string}}";
    let parameters = format!(
        "[{cookies}, {{name: d, in: cookie, schema: {{type: string}}}}, {{name: q, in: query, schema: {{pattern: a}}}}]"
    );
    let lowered = lowered(
        "3.0.3",
        &format!("{{get: {{operationId: a, parameters: {parameters}, responses: {{200: {{description: A}}}}}}}}"),
        "{}",
    );
    let pointers: Vec<&str> = lossy(&lowered).into_iter().map(|(_, pointer)| pointer).collect();
    assert_eq!(
        pointers,
        [0, 1]
            .map(|n| format!("/paths/~1a/get/parameters/{n}"))
            .into_iter()
            .chain(["/paths/~1a/get/parameters/2/schema".to_owned()])
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_slice_has_the_targets_of_all_its_references() {
    let document = Document::parse("gate.yaml", "
paths:
  /a:
    get:
      operationId: a
      responses: {200: {description: A, content: {application/json: {examples: {e: {$ref: '#/components/examples/E'}}}}}}
      callbacks: {c: {$ref: '#/components/callbacks/C'}}
  /b: {get: {operationId: b, responses: {}}}
components:
  examples: {E: {value: 1}, F: {value: 2}}
  callbacks: {C: {'{$url}': {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}}}}
  schemas: {S: {type: string}, T: {type: string}}
").unwrap();
    let slice = slice(&document, &["a"]).unwrap();
    let names = |section: &str| -> Vec<String> {
        slice.value()["components"][section]
            .as_object()
            .map(|entries| entries.keys().cloned().collect())
            .unwrap_or_default()
    };
    assert_eq!(
        [names("examples"), names("callbacks"), names("schemas")],
        [["E"], ["C"], ["S"]].map(|names| names.map(str::to_owned).to_vec())
    );
    assert_eq!(slice.value().pointer("/paths/~1b"), None::<&Value>);
}

#[test]
fn the_document_of_the_inventory_tests_is_usable() {
    lower(&Contract::of(Document::parse("gate.yaml", include_str!("../../../contract/tests/inventory.yaml")).unwrap()))
        .unwrap();
}

/// Mistakes that do not concern the client, or have only one possible meaning, are noted and stop nothing.
#[track_caller]
fn mistaken(operation: &str, schema: &str, at: &str, says: &str) {
    let responses = if operation.contains("responses") { "" } else { "responses: {200: {description: A}}, " };
    let operation = format!("{{get: {{operationId: a, {responses}{operation}}}}}");
    let lowered = lowered("3.0.3", &operation, &format!("{{S: {schema}}}"));
    assert!(lowered.skipped.is_empty(), "{:?}", lowered.skipped);
    let mistakes: Vec<_> = lowered.notes.iter().filter(|note| note.mistake).collect();
    let [mistake] = mistakes.as_slice() else { panic!("{mistakes:#?}") };
    assert!(mistake.is_warning());
    assert_eq!(mistake.pointer, at);
    assert!(mistake.message.contains(says), "{mistake}");
    // The lowered document is valid: it can be parsed again.
    let document = Document::parse("lowered", &lowered.value.to_string()).unwrap();
    let again = lower(&Contract::of(document)).unwrap();
    assert!(again.notes.iter().all(|note| !note.mistake), "{:?}", again.notes);
}

mod mistakes {
    use super::*;

    const A: &str = "/paths/~1a/get";

    fn at(rest: &str) -> String {
        format!("{A}{rest}")
    }

    cases!(mistaken {
        a_stray_field: ("heading: A", "{}", &at("/heading"), "no field `heading` in OpenAPI 3.0: it was omitted");
        a_slip_that_only_people_miss: ("sumary: A", "{}", &at("/sumary"), "did you mean `summary`?");
        an_empty_key: ("parameters: ", "{}", &at("/parameters"), "is empty: it was omitted");
        tags_that_are_no_list: ("tags: sessions", "{}", &at("/tags"), "must be a sequence");
        a_tag_that_is_not_a_string: ("tags: [a, {b: c}]", "{}", &at("/tags/1"), "must be strings");
        text_that_is_a_number: ("summary: 7, x-a: 1", "{}", &at("/summary"), "must be text");
        a_callback_that_is_text: ("callbacks: {c: {'{$url}': later}}", "{}", &at("/callbacks/c/{$url}"), "must be a mapping");
        a_callback_with_a_broken_operation: ("callbacks: {c: {'{$url}': {post: {body: 1}}}}", "{}", &at("/callbacks/c/{$url}/post/body"), "nothing is generated");
        callbacks_that_are_a_list: ("callbacks: []", "{}", &at("/callbacks"), "must be a mapping");
        a_link_with_a_stray_field: ("responses: {200: {description: A, links: {l: {operationId: a, y: 1}}}}", "{}", &at("/responses/200/links/l/y"), "a link has no field `y`");
        an_example_that_is_a_list: ("responses: {200: {description: A, content: {text/plain: {examples: {e: []}}}}}", "{}", &at("/responses/200/content/text~1plain/examples/e"), "an example must be a mapping");
        a_response_without_a_description: ("responses: {200: {}}", "{}", &at("/responses/200"), "a response has no `description`");
        a_response_that_is_empty: ("responses: {200: }", "{}", &at("/responses/200"), "the response is read as undocumented");
        no_response_at_all: ("responses: {}", "{}", &at("/responses"), "the operation has no response");
        a_response_to_no_status: ("responses: {200: {description: A}, ok: {description: A}}", "{}", &at("/responses/ok"), "`ok` is not a status");
        an_empty_media_type: ("responses: {200: {description: A, content: {application/json: }}}", "{}", &at("/responses/200/content/application~1json"), "any content is accepted");
        an_empty_schema_of_a_response: ("responses: {200: {description: A, content: {application/json: {schema: }}}}", "{}", &at("/responses/200/content/application~1json/schema"), "any JSON is accepted");
        an_empty_schema_of_a_parameter: ("parameters: [{name: b, in: query, schema: }]", "{}", &at("/parameters/0/schema"), "any text is accepted");
        a_keyword_beside_the_schema: ("parameters: [{name: b, in: query, enum: [c], schema: {type: string}}]", "{}", &at("/parameters/0/enum"), "a parameter has no field `enum`");
        a_parameter_without_a_schema: ("parameters: [{name: b, in: query}]", "{}", &at("/parameters/0"), "any text is accepted");
        a_parameter_of_another_path: ("parameters: [{name: b, in: path, required: true, schema: {type: string}}]", "{}", &at("/parameters/0"), "is not in the path `/a`: the parameter was omitted");
        a_flag_in_quotes: ("parameters: [{name: b, in: query, required: 'true', schema: {type: string}}]", "{}", &at("/parameters/0/required"), "it was read as `true`");
        an_unknown_scheme: ("security: [{key: []}]", "{}", &at("/security/0/key"), "unknown security scheme `key`");
        a_discriminator_that_names_nothing: ("x-a: 1", "{type: object, discriminator: {mapping: {}}}", "/components/schemas/S/discriminator", "needs a `propertyName`");
        a_discriminator_that_is_a_name: ("x-a: 1", "{type: object, discriminator: kind}", "/components/schemas/S/discriminator", "must be a mapping");
        a_mapping_to_no_names: ("x-a: 1", "{type: object, discriminator: {propertyName: k, mapping: {a: 1}}}", "/components/schemas/S/discriminator", "names or references");
        required_as_a_flag: ("x-a: 1", "{type: object, properties: {a: {type: string, required: true}}}", "/components/schemas/S/properties/a/required", "must be a sequence");
        a_list_of_types: ("x-a: 1", "{type: [string, 'null']}", "/components/schemas/S", "written as in OpenAPI 3.1, and read that way: `type`");
        null_among_alternatives: ("x-a: 1", "{oneOf: [{type: string}, {type: 'null'}]}", "/components/schemas/S/oneOf/1", "read that way: `type`");
        examples_of_a_schema: ("x-a: 1", "{type: string, examples: [a]}", "/components/schemas/S", "read that way: `examples`");
        an_empty_property: ("x-a: 1", "{type: object, properties: {a: }}", "/components/schemas/S/properties/a", "any JSON is accepted");
        no_alternative: ("x-a: 1", "{oneOf: []}", "/components/schemas/S/oneOf", "`oneOf` is empty");
    });

    #[test]
    fn a_slip_that_the_client_would_miss_is_rejected() {
        for (operation, meant) in [
            ("paramters: []", "parameters"),
            ("requestbody: {content: {}}", "requestBody"),
            ("Responses: {}", "responses"),
        ] {
            let text = format!(
                "openapi: 3.0.3\ninfo: {{title: A, version: '1'}}\npaths: {{/a: {{get: {{operationId: a, responses: {{200: {{description: A}}}}, {operation}}}}}}}\n"
            );
            let error = lower(&Contract::of(Document::parse("gate.yaml", &text).unwrap())).unwrap_err();
            assert_eq!(error.problems().len(), 1, "{error}");
            assert!(error.to_string().ends_with(&format!("did you mean `{meant}`?")), "{error}");
        }
    }

    #[test]
    fn everything_that_stops_a_document_is_reported() {
        let items = (0..700).map(|n| format!("  /a{n}: {{get: {{paramters: []}}}}\n"));
        let text = format!("openapi: 3.0.3\ninfo: {{title: A, version: '1'}}\npaths:\n{}", items.collect::<String>());
        let error = lower(&Contract::of(Document::parse("gate.yaml", &text).unwrap())).unwrap_err();
        assert_eq!(error.problems().len(), 700);
    }
}
