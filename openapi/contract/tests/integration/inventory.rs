//! The inventory: its facts as lines, the items to cover, and what a response covers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zerogate_contract::{Contract, Document, Inventory};

const GATE: &str = include_str!("../inventory.yaml");

fn inventory(text: &str) -> Inventory {
    Inventory::of(&Contract::of(Document::parse("gate.yaml", text).unwrap()))
}

fn gate() -> Inventory {
    inventory(GATE)
}

/// Checks the facts of a document with only this component schema, `S`.
#[track_caller]
fn facts(schema: &str, expected: &[&str]) {
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: a, version: '1'}}\npaths: {{}}\ncomponents: {{schemas: {{S: {schema}}}}}\n"
    );
    assert_eq!(inventory(&text).to_string().lines().collect::<Vec<_>>(), expected);
}

mod lines {
    use super::*;

    #[test]
    fn every_fact_is_a_line() {
        let expected = "\
server https://gate.example/v1
security secretKey: http bearer
cancelSession: POST /gate_sessions/{id}/cancel
cancelSession: security secretKey (http bearer)
cancelSession: path parameter id: string, required
cancelSession 201: application/json GateSession
cancelSession 201: header X-Request-Id: string
cancelSession 409: application/json Error
cancelSession 409: header X-Request-Id: string, required
cancelSession 5XX: application/json Error
cancelSession 5XX: header X-Request-Id: string, required
listSessions: GET /gate_sessions
listSessions: deprecated
listSessions: query parameter limit: integer, default 10, maximum 100, minimum 1
listSessions: query parameter status: array<string>, explode false
listSessions: query parameter status[] = open
listSessions default: no body
Created: object
Created.address: object
Created.client_secret: string(password), required
Created.expires_at: string(date-time)
Created.flow: string, nullable, required
Created.flow = swap
Created.id: string, required
Created.status: Status, required
Created.tags: array<string>
Created.tags[]: string, maximum length 8
Created.address.city: string, required
Error: object, no other fields
Error.statusCode: integer
GateSession: object
GateSession.address: object
GateSession.expires_at: string(date-time)
GateSession.flow: string, nullable
GateSession.flow = swap
GateSession.id: string, required
GateSession.status: Status, required
GateSession.tags: array<string>
GateSession.tags[]: string, maximum length 8
GateSession.address.city: string, required
Status: string
Status = cancelled
Status = open
";
        assert_eq!(gate().to_string(), expected);
    }

    #[test]
    fn the_order_of_the_text_does_not_matter() {
        let mut lines: Vec<&str> = GATE.lines().collect();
        // `Status` before `GateSession`, which refers to it.
        let status = lines.iter().position(|line| line.starts_with("    Status:")).unwrap();
        let line = lines.remove(status);
        let session = lines.iter().position(|line| line.starts_with("    GateSession:")).unwrap();
        lines.insert(session, line);
        assert_eq!(inventory(&lines.join("\n")), gate());
    }

    #[test]
    fn texts_for_people_are_not_facts() {
        assert_eq!(inventory(&GATE.replace("Opaque.", "Not to be taken apart.")), gate());
    }

    /// Changes one thing in the contract, and checks which lines are removed and added.
    #[track_caller]
    fn drift(from: &str, to: &str, expected: &[&str]) {
        assert!(GATE.contains(from), "{from}");
        let (old, new) = (gate().to_string(), inventory(&GATE.replacen(from, to, 1)).to_string());
        let gone = old.lines().filter(|line| !new.lines().any(|other| other == *line)).map(|line| format!("- {line}"));
        let come = new.lines().filter(|line| !old.lines().any(|other| other == *line)).map(|line| format!("+ {line}"));
        assert_eq!(gone.chain(come).collect::<Vec<_>>(), expected);
    }

    cases!(drift {
        a_new_value: ("[open, cancelled]", "[open, cancelled, frozen]", &["+ Status = frozen"]);
        a_field_made_nullable: ("statusCode: {type: integer", "statusCode: {nullable: true, type: integer", &["- Error.statusCode: integer", "+ Error.statusCode: integer, nullable"]);
        a_new_server: ("gate.example/v1", "gate.example/v2", &["- server https://gate.example/v1", "+ server https://gate.example/v2"]);
        another_scheme: ("scheme: Bearer", "scheme: basic", &["- security secretKey: http bearer", "- cancelSession: security secretKey (http bearer)", "+ security secretKey: http basic", "+ cancelSession: security secretKey (http basic)"]);
        a_header_no_longer_promised: ("{required: true, schema", "{schema", &["- cancelSession 409: header X-Request-Id: string, required", "- cancelSession 5XX: header X-Request-Id: string, required", "+ cancelSession 409: header X-Request-Id: string", "+ cancelSession 5XX: header X-Request-Id: string"]);
        a_longer_item: ("maxLength: 8", "maxLength: 9", &["- Created.tags[]: string, maximum length 8", "- GateSession.tags[]: string, maximum length 8", "+ Created.tags[]: string, maximum length 9", "+ GateSession.tags[]: string, maximum length 9"]);
        an_open_error: (", additionalProperties: false", "", &["- Error: object, no other fields", "+ Error: object"]);
        a_renamed_operation: ("operationId: listSessions", "operationId: list", &[
            "- listSessions: GET /gate_sessions",
            "- listSessions: deprecated",
            "- listSessions: query parameter limit: integer, default 10, maximum 100, minimum 1",
            "- listSessions: query parameter status: array<string>, explode false",
            "- listSessions: query parameter status[] = open",
            "- listSessions default: no body",
            "+ list: GET /gate_sessions",
            "+ list: deprecated",
            "+ list: query parameter limit: integer, default 10, maximum 100, minimum 1",
            "+ list: query parameter status: array<string>, explode false",
            "+ list: query parameter status[] = open",
            "+ list default: no body",
        ]);
    });
}

mod shapes {
    use super::*;

    cases!(facts {
        anything: ("{}", &["S: any"]);
        an_integer: ("{type: integer, format: int64, minimum: 1, exclusiveMinimum: true}", &["S: integer(int64), exclusive minimum 1"]);
        a_map: ("{type: object, additionalProperties: {type: string}}", &["S: map<string>"]);
        an_open_object: ("{type: object, additionalProperties: true}", &["S: object"]);
        an_object_without_a_type: ("{properties: {a: {}}}", &["S: object", "S.a: any"]);
        a_nested_list: ("{type: array, items: {type: array, items: {type: string, enum: [a]}}}", &["S: array<array<string>>", "S[][] = a"]);
        a_list_of_objects: ("{type: array, items: {type: object, properties: {a: {}}}}", &["S: array<object>", "S[].a: any"]);
        a_map_of_objects: ("{type: object, additionalProperties: {type: object, properties: {a: {}}}}", &["S: map<object>", "S{}.a: any"]);
        one_of: ("{oneOf: [{type: string, enum: [a]}, {type: integer}]}", &["S: one of string | integer", "S#1 = a"]);
        any_of: ("{anyOf: [{type: object, properties: {a: {}}}, {$ref: '#/components/schemas/S'}]}", &["S: any of object | S", "S#1.a: any"]);
        a_decorated_reference: ("{type: object, properties: {a: {nullable: true, description: d, allOf: [{$ref: '#/components/schemas/S'}]}}}", &["S: object", "S.a: S, nullable"]);
        itself_by_all_of: ("{type: object, properties: {a: {allOf: [{$ref: '#/components/schemas/S'}, {properties: {b: {}}}]}}}", &["S: object", "S.a: object", "S.a.a: object", "S.a.b: any"]);
        values_that_all_members_allow: ("{allOf: [{type: string, enum: [a, b]}, {enum: [b, c]}]}", &["S: string", "S = b"]);
        a_field_in_two_members: ("{allOf: [{properties: {a: {type: string}}}, {properties: {a: {maxLength: 3}}, required: [a]}]}", &["S: object", "S.a: string, required, maximum length 3"]);
        a_name_with_a_line_break: ("{properties: {\"a\\nb\": {}}}", &["S: object", "S.a\\nb: any"]);
        numbers_as_values: ("{type: integer, enum: [1, 2]}", &["S: integer", "S = 1", "S = 2"]);
        only_read: ("{type: object, properties: {a: {type: string, readOnly: true, deprecated: true}}}", &["S: object", "S.a: string, deprecated, read-only"]);
    });

    #[test]
    fn an_inline_object_does_not_take_the_place_of_a_component() {
        let inventory =
            inventory("components: {schemas: {A: {properties: {b: {properties: {c: {}}}}}, A.b: {type: string}}}");
        assert_eq!(inventory.schemas["A.b"].shape.kind, "string");
        assert!(inventory.schemas["A"].field("b").unwrap().shape.schema().unwrap().starts_with("A.b'"));
    }
}

mod operations {
    use super::*;

    #[test]
    fn the_security_of_the_document_is_in_effect_unless_an_operation_has_its_own() {
        let inventory = gate();
        assert_eq!(inventory.operation("cancelSession").unwrap().security[0][0].name, "secretKey");
        assert!(inventory.operation("listSessions").unwrap().security.is_empty());
    }

    #[track_caller]
    fn security(security: &str, expected: &[&str]) {
        let text = format!("paths: {{/a: {{get: {{operationId: a, security: {security}}}}}}}");
        let lines = inventory(&text).to_string();
        let told: Vec<&str> = lines.lines().filter_map(|line| line.strip_prefix("a: security ")).collect();
        assert_eq!(told, expected);
    }

    cases!(security {
        one_alternative_is_one_entry: ("[{a: []}, {b: []}]", &["a", "b"]);
        what_is_needed_together_is_joined: ("[{b: [], a: []}]", &["a + b"]);
        scopes_are_listed: ("[{a: [read, write]}]", &["a[read write]"]);
        optional_security_is_told: ("[{}, {a: []}]", &["a", "anonymous"]);
        no_scheme_at_all_is_open: ("[{}]", &[]);
    });

    #[track_caller]
    fn response(status: u16, expected: Option<&str>) {
        let inventory =
            inventory("paths: {/a: {get: {operationId: a, responses: {404: {}, 4xx: {}, 5XX: {}, default: {}}}}}");
        let operation = inventory.operation("a").unwrap();
        assert_eq!(operation.response_for(status).map(|response| response.status.as_str()), expected);
    }

    cases!(response {
        exact: (404, Some("404"));
        a_range: (503, Some("5XX"));
        a_range_in_small_letters: (409, Some("4XX"));
        anything_else: (201, Some("default"));
    });

    #[test]
    fn an_undocumented_status_has_no_response() {
        assert!(gate().operation("cancelSession").unwrap().response_for(404).is_none());
    }

    #[test]
    fn a_parameter_of_the_operation_replaces_that_of_the_path_item() {
        let inventory = inventory(
            "paths: {/a: {parameters: [{name: p, in: query, schema: {type: string}}],
               get: {operationId: a, parameters: [{name: p, in: query, required: true, schema: {type: integer}}]}}}",
        );
        let parameters = &inventory.operation("a").unwrap().parameters;
        assert_eq!(parameters.len(), 1);
        assert_eq!(parameters[0].shape.kind, "integer");
    }

    #[test]
    fn an_operation_without_an_id_is_listed() {
        assert_eq!(inventory("paths: {/a: {get: {}}}").to_string(), "getA: GET /a\n");
    }
}

mod coverage {
    use super::*;

    fn names(items: impl IntoIterator<Item = zerogate_contract::Item>) -> Vec<String> {
        items.into_iter().map(|item| item.to_string()).collect()
    }

    #[test]
    fn the_items_are_what_responses_can_cover() {
        assert_eq!(
            names(gate().items()),
            [
                "cancelSession",
                "listSessions",
                "cancelSession 201",
                "cancelSession 409",
                "cancelSession 5XX",
                "listSessions default",
                "cancelSession 201: header X-Request-Id",
                "cancelSession 409: header X-Request-Id",
                "cancelSession 5XX: header X-Request-Id",
                "Error.statusCode",
                "GateSession.address",
                "GateSession.expires_at",
                "GateSession.flow",
                "GateSession.id",
                "GateSession.status",
                "GateSession.tags",
                "GateSession.address.city",
                "GateSession.flow = swap",
                "Status = cancelled",
                "Status = open",
            ],
        );
    }

    #[track_caller]
    fn covers(operation: &str, status: u16, headers: &[(&str, &str)], body: Option<Value>, expected: &[&str]) {
        let inventory = gate();
        let seen = inventory.observe(operation, status, headers, body.as_ref());
        assert!(seen.is_subset(&inventory.items()), "{seen:?}");
        assert_eq!(names(seen), expected);
    }

    cases!(covers {
        a_body: ("cancelSession", 201, &[], Some(json!({"status": "cancelled", "address": {"city": null}})), &[
            "cancelSession", "cancelSession 201", "GateSession.address", "GateSession.status", "GateSession.address.city", "Status = cancelled",
        ]);
        a_null: ("cancelSession", 201, &[], Some(json!({"flow": null})), &["cancelSession", "cancelSession 201", "GateSession.flow"]);
        an_inline_value: ("cancelSession", 201, &[], Some(json!({"flow": "swap"})), &["cancelSession", "cancelSession 201", "GateSession.flow", "GateSession.flow = swap"]);
        an_undocumented_value: ("cancelSession", 201, &[], Some(json!({"status": "frozen", "new": 1})), &["cancelSession", "cancelSession 201", "GateSession.status"]);
        a_range: ("cancelSession", 503, &[("x-request-ID", "req_1")], None, &["cancelSession", "cancelSession 5XX", "cancelSession 5XX: header X-Request-Id"]);
        a_default: ("listSessions", 418, &[], Some(json!({"a": 1})), &["listSessions", "listSessions default"]);
        an_undocumented_status: ("cancelSession", 404, &[("X-Request-Id", "req_1")], Some(json!({"statusCode": 404})), &["cancelSession"]);
        an_unknown_operation: ("refundSession", 200, &[], None, &[]);
        a_body_of_another_type: ("cancelSession", 409, &[("Content-Type", "text/html")], Some(json!({"statusCode": 409})), &["cancelSession", "cancelSession 409"]);
        a_body_of_the_right_type: ("cancelSession", 409, &[("content-type", "application/json; charset=utf-8")], Some(json!({"statusCode": 409})), &["cancelSession", "cancelSession 409", "Error.statusCode"]);
        a_body_that_is_no_object: ("cancelSession", 409, &[], Some(json!([1])), &["cancelSession", "cancelSession 409"]);
    });

    /// Checks what a body with schema `S` covers besides the operation and its status.
    #[track_caller]
    fn body(schemas: &str, body: Value, expected: &[&str]) {
        let inventory = inventory(&format!(
            "paths: {{/a: {{get: {{operationId: a, responses: {{200: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/S'}}}}}}}}}}}}}}}}\ncomponents: {{schemas: {{{schemas}}}}}"
        ));
        let seen = inventory.observe("a", 200, &[], Some(&body));
        assert!(seen.is_subset(&inventory.items()), "{seen:?} {:?}", inventory.items());
        assert_eq!(names(seen).into_iter().skip(2).collect::<Vec<_>>(), expected);
    }

    cases!(body {
        every_item_of_a_list: ("S: {type: array, items: {$ref: '#/components/schemas/T'}}, T: {properties: {a: {}, b: {}}}", json!([{"a": 1}, {"b": 1}]), &["T.a", "T.b"]);
        every_value_of_a_map: ("S: {type: object, additionalProperties: {type: string, enum: [a, b]}}", json!({"x": "a", "y": "c"}), &["S{} = a"]);
        the_variant_that_fits: ("S: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}, A: {required: [kind], properties: {kind: {type: string, enum: [a]}, x: {}}}, B: {required: [kind], properties: {kind: {type: string, enum: [b]}, x: {}}}", json!({"kind": "b", "x": 1}), &["B.kind", "B.x", "B.kind = b"]);
        the_variant_of_the_type: ("S: {oneOf: [{type: string, enum: [a]}, {type: integer, enum: [1]}]}", json!(1), &["S#2 = 1"]);
        an_alias: ("S: {$ref: '#/components/schemas/T'}, T: {properties: {a: {}}}", json!({"a": 1}), &["T.a"]);
        a_recursive_schema: ("S: {properties: {children: {type: array, items: {$ref: '#/components/schemas/S'}}, leaf: {}}}", json!({"children": [{"children": [{"leaf": 1}]}]}), &["S.children", "S.leaf"]);
        a_schema_that_is_itself: ("S: {oneOf: [{$ref: '#/components/schemas/S'}, {$ref: '#/components/schemas/S'}]}", json!({"a": 1}), &[]);
        an_inline_union: ("S: {properties: {a: {properties: {b: {}}, oneOf: [{type: object, properties: {c: {}}}, {type: string}]}}}", json!({"a": {"b": 1, "c": 1}}), &["S.a", "S.a.b", "S.a#1.c"]);
        fields_of_all_of: ("S: {allOf: [{$ref: '#/components/schemas/T'}, {properties: {b: {}}}]}, T: {properties: {a: {}}}", json!({"a": 1, "b": 2}), &["S.a", "S.b"]);
    });

    #[test]
    fn everything_can_be_covered() {
        let inventory = gate();
        let session = |status: &str| {
            json!({
                "id": "1", "status": status, "flow": "swap", "expires_at": "", "tags": [], "address": {"city": "Bern"},
            })
        };
        let headers = [("X-Request-Id", "req_1")];
        let mut seen = inventory.observe("listSessions", 200, &[], None);
        for status in ["open", "cancelled"] {
            seen.extend(inventory.observe("cancelSession", 201, &headers, Some(&session(status))));
        }
        for status in [409, 500] {
            seen.extend(inventory.observe("cancelSession", status, &headers, Some(&json!({"statusCode": status}))));
        }
        assert_eq!(seen, inventory.items());
    }
}

/// Documents that were not checked.
mod unchecked {
    use super::*;

    #[track_caller]
    fn survives(text: &str) {
        let begin = Instant::now();
        let inventory = inventory(text);
        let _ = (inventory.to_string(), inventory.items());
        for operation in &inventory.operations {
            let _ = inventory.observe(&operation.id, 200, &[], Some(&json!({"a": {"a": [{"a": 1}]}})));
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    }

    /// Component schemas that each refer to the next, and an operation that returns the first.
    fn chain(length: usize, link: impl Fn(&str) -> String) -> String {
        let links: String = (0..length)
            .map(|n| {
                format!("    S{n}: {}\n", link(&format!("{{$ref: '#/components/schemas/S{}'}}", (n + 1) % length)))
            })
            .collect();
        format!(
            "paths: {{/a: {{get: {{operationId: a, responses: {{200: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/S0'}}}}}}}}}}}}}}}}\ncomponents:\n  schemas:\n{links}"
        )
    }

    cases!(survives {
        a_number: ("1");
        wrong_kinds_everywhere: ("paths: {/a: {get: {parameters: {}, responses: [], security: 1, requestBody: 2}, post: []}, /b: 1}\ncomponents: {schemas: [1], securitySchemes: {a: 1}}\nservers: {}\n");
        wrong_kinds_in_schemas: ("components: {schemas: {A: 1, B: {properties: [], required: 1, enum: 1, allOf: {}, items: 1, type: [a]}, C: true, D: {properties: {a: 1}}}}");
        broken_references: ("paths: {/a: {$ref: '#/x'}, /b: {get: {responses: {200: {$ref: '#/y'}}, parameters: [{$ref: 7}]}}}\ncomponents: {schemas: {A: {$ref: '#/nowhere'}, B: {allOf: [{$ref: 'x.yaml'}]}}}");
        a_circle_of_references: (&chain(3, str::to_owned));
        a_circle_of_all_of: (&chain(3, |next| format!("{{allOf: [{next}]}}")));
        a_circle_of_all_of_with_properties: (&chain(3, |next| format!("{{properties: {{a: {{allOf: [{next}, {{properties: {{b: {{}}}}}}]}}}}, allOf: [{next}]}}")));
        a_circle_of_unions: (&chain(3, |next| format!("{{oneOf: [{next}, {next}, {{properties: {{a: {next}}}}}]}}")));
        a_long_chain_of_references: (&chain(20_000, str::to_owned));
        a_long_chain_of_unions: (&chain(20_000, |next| format!("{{oneOf: [{next}]}}")));
        a_long_chain_of_properties: (&chain(20_000, |next| format!("{{properties: {{a: {next}}}}}")));
        a_long_chain_of_all_of: (&chain(5_000, |next| format!("{{properties: {{p: {{allOf: [{next}, {{properties: {{q: {{}}}}}}]}}}}, allOf: [{next}]}}")));
        a_doubling_chain_of_all_of: (&chain(60, |next| format!("{{allOf: [{next}, {{allOf: [{next}]}}]}}")));
        a_doubling_chain_of_unions: (&chain(60, |next| format!("{{oneOf: [{next}, {next}]}}")));
        long_keys_above_many_objects: (&format!("components: {{schemas: {{S: {{properties: {{{0}: {{properties: {{{0}: {{properties: {{{1}}}}}}}}}}}}}}}}}", "k".repeat(1000), (0..20_000).map(|n| format!("p{n}: {{properties: {{a: {{}}}}}}, ")).collect::<String>()));
    });
}
