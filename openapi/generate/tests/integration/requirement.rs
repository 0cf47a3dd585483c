//! Requirements: each way in which a contract can break them.

use zerogate_contract::{Contract, Document, Inventory};
use zerogate_generate::{RequiredField, RequiredSchema, Requirement, missing};

const GATE_SESSION: RequiredSchema = RequiredSchema::new(
    "GateSession",
    &[
        RequiredField::always("id", "string"),
        RequiredField::always("status", "string"),
        RequiredField::always("expires_at", "string(date-time)"),
        RequiredField::maybe("cancel_url", "string"),
        RequiredField::maybe("tags", "array<string>"),
    ],
);
const ERROR: RequiredSchema = RequiredSchema::new("Error", &[RequiredField::always("type", "string")]);
const REQUEST: RequiredSchema = RequiredSchema::new("Request", &[]);

const CANCEL: Requirement = Requirement::operation("cancelSession", "POST")
    .at("/gate_sessions/{id}/cancel")
    .needed_by("the client's `cancel_session()`")
    .secured()
    .parameters(&[("path", "id")])
    .success(201, GATE_SESSION)
    .errors(&["404", "409", "5XX"], ERROR);
const CREATE: Requirement = Requirement::operation("createSession", "POST")
    .needed_by("the client's `create_session()`")
    .parameters(&[("header", "Idempotency-Key")])
    .request(REQUEST)
    .success(201, GATE_SESSION);

const CONTRACT: &str = "
security: [{secretKey: []}]
paths:
  /gate_sessions/{id}/cancel:
    post:
      operationId: cancelSession
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        201: {content: {application/json: {schema: {$ref: '#/components/schemas/GateSession'}}}}
        409: {content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
        4XX: {content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
        500: {content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  /gate_sessions:
    post:
      operationId: createSession
      parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Request'}}}}
      responses:
        201: {content: {application/json: {schema: {$ref: '#/components/schemas/GateSession'}}}}
components:
  securitySchemes: {secretKey: {type: http, scheme: bearer}}
  schemas:
    Base: {required: [id], properties: {id: {type: string}}}
    GateSession:
      required: [status, expires_at]
      allOf: [{$ref: '#/components/schemas/Base'}]
      properties:
        status: {$ref: '#/components/schemas/Status'}
        expires_at: {type: string, format: date-time}
        cancel_url: {type: string, format: uri, nullable: true}
        tags: {type: array, items: {type: string, format: uri}}
    Status: {type: string, enum: [open]}
    Error: {required: [type], properties: {type: {type: string}}}
    Request: {type: object}
";

fn judged(contract: &str) -> Vec<String> {
    let contract = Contract::of(Document::parse("gate.yaml", contract).unwrap());
    missing(&contract, &Inventory::of(&contract), &[CANCEL, CREATE]).iter().map(ToString::to_string).collect()
}

/// Changes one thing in the contract, and checks what is missing then.
#[track_caller]
fn without(from: &str, to: &str, expected: &[&str]) {
    assert!(CONTRACT.contains(from), "{from}");
    assert_eq!(judged(&CONTRACT.replacen(from, to, 1)), expected);
}

#[test]
fn a_complete_contract_misses_nothing() {
    assert_eq!(judged(CONTRACT), [""; 0]);
}

cases!(without {
    an_operation_renamed: ("operationId: cancelSession", "operationId: sessionsCancel", &[
        "gate.yaml:5:5: /paths/~1gate_sessions~1{id}~1cancel/post: the operation `cancelSession` is missing, but the client's `cancel_session()` needs it; it seems to have been renamed to `sessionsCancel`: rename it back to `cancelSession`",
    ]);
    an_operation_without_a_known_place: ("operationId: createSession", "operationId: create", &[
        "gate.yaml:3:1: /paths: the operation `createSession` is missing, but the client's `create_session()` needs it; keep the operation and its id",
    ]);
    another_method: ("    post:\n      operationId: cancelSession", "    delete:\n      operationId: cancelSession", &[
        "gate.yaml:5:5: /paths/~1gate_sessions~1{id}~1cancel/delete: `cancelSession` uses the method DELETE, but the client's `cancel_session()` expects POST; keep the method POST",
    ]);
    no_security: ("security: [{secretKey: []}]", "security: []", &[
        "gate.yaml:5:5: /paths/~1gate_sessions~1{id}~1cancel/post: `cancelSession` has no security, but the client's `cancel_session()` sends a secret key; declare its `security`",
    ]);
    a_parameter_renamed: ("name: Idempotency-Key", "name: Request-Key", &[
        "gate.yaml:14:5: /paths/~1gate_sessions/post: `createSession` has no header parameter `Idempotency-Key`, but the client's `create_session()` sends it; keep the parameter and its name",
    ]);
    a_parameter_moved: ("name: Idempotency-Key, in: header", "name: Idempotency-Key, in: query", &[
        "gate.yaml:14:5: /paths/~1gate_sessions/post: the parameter `Idempotency-Key` of `createSession` is in the query, but the client's `create_session()` sends it in the header; keep it in the header",
    ]);
    a_new_required_parameter: ("parameters: [{name: id,", "parameters: [{name: reason, in: query, required: true}, {name: id,", &[
        "gate.yaml:5:5: /paths/~1gate_sessions~1{id}~1cancel/post: `cancelSession` requires the query parameter `reason`, but the client's `cancel_session()` does not send it; make it optional, or extend the hand-written code to send it",
    ]);
    a_new_optional_parameter: ("parameters: [{name: id,", "parameters: [{name: reason, in: query}, {name: id,", &[]);
    a_new_required_body: ("      operationId: cancelSession", "      operationId: cancelSession\n      requestBody: {required: true}", &[
        "gate.yaml:5:5: /paths/~1gate_sessions~1{id}~1cancel/post: `cancelSession` has a request body, but the client's `cancel_session()` sends none; remove it, or extend the hand-written code to send it: the generator treats even an optional body as required",
    ]);
    a_new_optional_body: ("      operationId: cancelSession", "      operationId: cancelSession\n      requestBody: {required: false}", &[
        "gate.yaml:5:5: /paths/~1gate_sessions~1{id}~1cancel/post: `cancelSession` has a request body, but the client's `cancel_session()` sends none; remove it, or extend the hand-written code to send it: the generator treats even an optional body as required",
    ]);
    a_parameter_of_another_kind: ("name: id, in: path, required: true, schema: {type: string}", "name: id, in: path, required: true, schema: {type: integer}", &[
        "gate.yaml:5:5: /paths/~1gate_sessions~1{id}~1cancel/post: the parameter `id` of `cancelSession` is integer, but the client's `cancel_session()` sends a string; keep it a string",
    ]);
    no_request_body: ("      requestBody: ", "      x-requestBody: ", &[
        "gate.yaml:14:5: /paths/~1gate_sessions/post: `createSession` has no request body, but the client's `create_session()` sends a `Request`; keep the request body",
    ]);
    another_request_body: ("schema: {$ref: '#/components/schemas/Request'}", "schema: {type: string}", &[
        "gate.yaml:14:5: /paths/~1gate_sessions/post: the request of `createSession` is string, but the client's `create_session()` needs `Request`; refer to `#/components/schemas/Request`",
    ]);
    no_success: ("        201: ", "        202: ", &[
        "gate.yaml:8:7: /paths/~1gate_sessions~1{id}~1cancel/post/responses: `cancelSession` has no response 201, but the client's `cancel_session()` needs it; keep the response 201",
    ]);
    another_success_body: ("schema: {$ref: '#/components/schemas/GateSession'}", "schema: {$ref: '#/components/schemas/Error'}", &[
        "gate.yaml:9:9: /paths/~1gate_sessions~1{id}~1cancel/post/responses/201: the response 201 of `cancelSession` is Error, but the client's `cancel_session()` needs `GateSession`; refer to `#/components/schemas/GateSession`",
    ]);
    a_conflict_without_a_body: ("409: {content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}", "409: {}", &[
        "gate.yaml:10:9: /paths/~1gate_sessions~1{id}~1cancel/post/responses/409: the response 409 of `cancelSession` has no JSON body, but the client's `cancel_session()` reads or writes a `Error`; keep `application/json` with `Error`",
    ]);
    no_server_errors: ("        500: ", "        x-500: ", &[
        "gate.yaml:8:7: /paths/~1gate_sessions~1{id}~1cancel/post/responses: `cancelSession` has no response 5XX, but the client's `cancel_session()` needs it; keep the response 5XX",
    ]);
    a_default_in_place_of_the_server_errors: ("        500: ", "        default: ", &[]);
    no_conflict_but_a_range: ("        409: ", "        x-409: ", &[]);
    a_schema_renamed: ("    Error: {", "    Failure: {", &[
        "gate.yaml:22:3: /components/schemas: the schema `Error` is missing (needed by the client's `cancel_session()`); keep the component and its name",
    ]);
    a_field_renamed: ("        cancel_url:", "        cancelUrl:", &[
        "gate.yaml:24:5: /components/schemas/GateSession: the field `GateSession.cancel_url` is missing (needed by the client's `cancel_session()`, the client's `create_session()`); keep the field and its name",
    ]);
    a_field_of_another_kind: ("type: {type: string}", "type: {type: integer}", &[
        "gate.yaml:33:44: /components/schemas/Error/properties/type: the field `Error.type` is integer instead of string (needed by the client's `cancel_session()`); keep it string",
    ]);
    a_field_without_its_format: (", format: date-time", "", &[
        "gate.yaml:29:9: /components/schemas/GateSession/properties/expires_at: the field `GateSession.expires_at` is string instead of string(date-time) (needed by the client's `cancel_session()`, the client's `create_session()`); keep it string(date-time)",
    ]);
    a_field_made_optional: ("required: [id]", "required: []", &[
        "gate.yaml:24:5: /components/schemas/GateSession: the field `GateSession.id` is optional, but must be required (needed by the client's `cancel_session()`, the client's `create_session()`); list it under `required`",
    ]);
    a_field_made_nullable: ("{type: string, format: date-time}", "{type: string, format: date-time, nullable: true}", &[
        "gate.yaml:29:9: /components/schemas/GateSession/properties/expires_at: the field `GateSession.expires_at` may be null, but must not be (needed by the client's `cancel_session()`, the client's `create_session()`); remove `nullable`",
    ]);
    a_field_made_nullable_behind_a_name: ("Status: {type: string,", "Status: {nullable: true, type: string,", &[
        "gate.yaml:28:9: /components/schemas/GateSession/properties/status: the field `GateSession.status` may be null, but must not be (needed by the client's `cancel_session()`, the client's `create_session()`); remove `nullable`",
    ]);
});

#[test]
fn everything_missing_is_named_at_once_in_the_order_of_the_text() {
    let contract = CONTRACT
        .replace("operationId: createSession", "operationId: create")
        .replace("        409: ", "        x-409: ")
        .replace("        4XX: ", "        x-4XX: ")
        .replace("    Error: {", "    Failure: {");
    let problems = judged(&contract);
    let places: Vec<&str> = problems.iter().filter_map(|problem| problem.split(": ").next()).collect();
    assert_eq!(places, ["gate.yaml:3:1", "gate.yaml:8:7", "gate.yaml:8:7", "gate.yaml:22:3"], "{problems:#?}");
}
