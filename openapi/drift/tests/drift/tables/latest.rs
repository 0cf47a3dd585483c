//! The additions of OpenAPI 3.2, and the effect of changing them.

use zerogate_contract::Document;
use zerogate_drift::diff;

/// Two documents, and all reported differences of the second one with an effect on the wire.
#[track_caller]
fn told(old: &str, new: &str, wanted: &[&str]) {
    let document = |text: &str| Document::parse("gate.yaml", text).unwrap();
    let drift = diff(&document(old), &document(new));
    let changes = drift.changes.iter().filter(|change| !change.doc_only && change.id != "generated-code-changed");
    let found: Vec<String> = changes.map(|change| format!("{} {}", change.id, change.wire)).collect();
    assert_eq!(found, wanted, "{drift}");
}

fn item(version: &str, item: &str) -> String {
    format!("{{openapi: {version}, paths: {{/a: {item}}}}}")
}

/// For the operations of a path.
#[track_caller]
fn path(old: &str, new: &str, wanted: &[&str]) {
    told(&item("3.2.0", old), &item("3.2.0", new), wanted);
}

/// For the parameters of an operation.
#[track_caller]
fn parameters(old: &str, new: &str, wanted: &[&str]) {
    let operation =
        |parameters: &str| format!("{{get: {{operationId: a, parameters: {parameters}, responses: {{}}}}}}");
    path(&operation(old), &operation(new), wanted);
}

/// For the content of a response.
#[track_caller]
fn response(old: &str, new: &str, wanted: &[&str]) {
    let operation = |content: &str| format!("{{get: {{operationId: a, responses: {{200: {{content: {content}}}}}}}}}");
    path(&operation(old), &operation(new), wanted);
}

/// For a schema of a response.
#[track_caller]
fn schema(media_type: &str, old: &str, new: &str, wanted: &[&str]) {
    let content = |schema: &str| format!("{{{media_type}: {{schema: {schema}}}}}");
    response(&content(old), &content(new), wanted);
}

/// For a security scheme that an operation requires.
#[track_caller]
fn scheme(old: &str, new: &str, wanted: &[&str]) {
    let document = |scheme: &str| {
        format!(
            "{{openapi: 3.2.0, security: [{{s: []}}], paths: {{/a: {{get: {{operationId: a}}}}}}, \
             components: {{securitySchemes: {{s: {scheme}}}}}}}"
        )
    };
    told(&document(old), &document(new), wanted);
}

#[test]
fn a_method_is_an_operation() {
    let get = "get: {operationId: a}";
    for (method, other) in [
        ("query: {operationId: b}", ""),
        ("additionalOperations: {COPY: {operationId: b}}", ""),
        ("x-oai-additionalOperations: {COPY: {operationId: b}}", ""),
    ] {
        let (with, without) = (format!("{{{get}, {method}}}"), format!("{{{get}{other}}}"));
        path(&with, &without, &["api-removed-without-deprecation breaking"]);
        path(&without, &with, &["endpoint-added compatible"]);
    }
    path(
        "{additionalOperations: {copy: {operationId: b}}}",
        "{additionalOperations: {COPY: {operationId: b}}}",
        &["api-operation-moved breaking"],
    );
    path(
        "{additionalOperations: {COPY: {operationId: a, parameters: [{name: p, in: query}]}}}",
        "{additionalOperations: {COPY: {operationId: a, parameters: [{name: p, in: query, required: true}]}}}",
        &["request-parameter-became-required breaking"],
    );
}

#[test]
fn a_move_without_effect_is_no_change() {
    told(
        &item("3.1.0", "{x-oai-additionalOperations: {QUERY: {operationId: a}}}"),
        &item("3.2.0", "{query: {operationId: a}}"),
        &[],
    );
    told(
        "{openapi: 3.2.0, $self: 'https://gate.example/a.yaml', jsonSchemaDialect: 'https://spec.openapis.org/oas/3.1/dialect/base', paths: {/a: {get: {responses: {200: {content: {application/json: {$ref: '#/components/mediaTypes/M'}}}}}}}, components: {schemas: {S: {type: string}}, mediaTypes: {M: {schema: {$ref: 'a.yaml#/components/schemas/S'}}}}}",
        "{openapi: 3.1.0, paths: {/a: {get: {responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}}}}, components: {schemas: {S: {type: string}}}}",
        &[],
    );
    response(
        "{application/jsonl: {schema: {type: array, items: {type: string}}}}",
        "{application/jsonl: {itemSchema: {type: string}}}",
        &[],
    );
    scheme("{type: oauth2, x-oai-deprecated: false}", "{type: oauth2}", &[]);
    let form = "{name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}, b: {type: integer}}}}}}";
    parameters(
        &format!("[{form}, {{name: c, in: header, schema: {{type: string}}}}]"),
        "[{name: b, in: query, schema: {type: integer}}, {name: c, in: header, schema: {type: string}}, {name: a, in: query, schema: {type: string}}]",
        &[],
    );
}

#[test]
fn a_uri_identifies_its_security_scheme() {
    let document = |name: &str| {
        format!(
            "{{openapi: 3.2.0, security: [{{'{name}': []}}], paths: {{/a: {{get: {{}}}}}}, \
             components: {{securitySchemes: {{s: {{type: http}}, t: {{type: http}}}}}}}}"
        )
    };
    told(&document("s"), &document("#/components/securitySchemes/s"), &[]);
    told(&document("s"), &document("#/components/securitySchemes/t"), &["api-security-updated breaking"]);
}

#[test]
fn items_are_compared_by_their_values() {
    let lines = |schema: &str| format!("{{application/jsonl: {{itemSchema: {schema}}}}}");
    response(&lines("{type: string}"), &lines("{type: integer}"), &["response-body-type-changed breaking"]);
    response(
        "{text/event-stream: {schema: {type: object}}}",
        "{text/event-stream: {itemSchema: {type: object}}}",
        &["response-body-item-schema-changed risky"],
    );
}

#[test]
fn encodings_of_parts_of_a_body() {
    let body = |encoding: &str| {
        let content = format!("{{multipart/form-data: {{schema: {{type: object}}{encoding}}}}}");
        format!(
            "{{post: {{operationId: a, requestBody: {{content: {content}}}, responses: {{200: {{content: {content}}}}}}}}}"
        )
    };
    let part = |said: &str| body(&format!(", encoding: {{file: {{{said}}}}}"));
    for (old, new, request, response) in [
        (part("contentType: image/png"), part("contentType: image/gif"), "breaking", "risky"),
        (part("contentType: image/png"), part("contentType: 'image/gif, image/png'"), "compatible", "risky"),
        (part("contentType: image/png"), part("contentType: image/*"), "compatible", "risky"),
        (part("contentType: image/*"), part("contentType: image/png"), "breaking", "compatible"),
        (part("style: form"), part("style: deepObject"), "breaking", "risky"),
        (part("headers: {}"), part("headers: {X-A: {required: true, schema: {}}}"), "breaking", "compatible"),
        (
            body(", prefixEncoding: [{contentType: a/b}]"),
            body(", prefixEncoding: [{contentType: a/c}]"),
            "breaking",
            "risky",
        ),
        (body(", itemEncoding: {contentType: a/b}"), body(""), "risky", "risky"),
    ] {
        let request = format!("request-body-encoding-changed {request}");
        let response = format!("response-body-encoding-changed {response}");
        // The worst comes first.
        let is_graver = request.ends_with("compatible");
        path(&old, &new, &if is_graver { [&*response, &*request] } else { [&*request, &*response] });
    }
    path(&part("contentType: 'a/b, c/d'"), &part("contentType: 'c/d,a/b'"), &[]);
    let described = "headers: {content-type: {required: true, schema: {}}}";
    path(&part("headers: {}"), &part(described), &[]);
}

#[test]
fn the_whole_query_is_a_parameter() {
    let json = |required: &str| {
        format!("[{{name: q, in: querystring{required}, content: {{application/json: {{schema: {{type: object}}}}}}}}]")
    };
    let (optional, required) = (json(""), json(", required: true"));
    parameters("[]", &optional, &["new-optional-request-parameter compatible"]);
    parameters("[]", &required, &["new-required-request-parameter breaking"]);
    parameters(&optional, "[]", &["request-parameter-removed risky"]);
    parameters(&optional, &optional.replace("name: q", "name: all"), &[]);
    parameters(&optional, "[{name: a, in: query}, {name: b, in: query}]", &["cannot-judge risky"]);
}

#[test]
fn styles_of_a_parameter() {
    let cookie =
        |style: &str, kind: &str| format!("[{{name: c, in: cookie, style: {style}, schema: {{type: {kind}}}}}]");
    parameters(&cookie("form", "integer"), &cookie("cookie", "integer"), &[]);
    let changed = "request-parameter-style-changed breaking";
    parameters(&cookie("form", "string"), &cookie("cookie", "string"), &[changed]);
    let reserved = |flag| format!("[{{name: c, in: query, allowReserved: {flag}, schema: {{type: string}}}}]");
    parameters(&reserved(false), &reserved(true), &["request-parameter-became-allow-reserved compatible"]);
    parameters(&reserved(true), &reserved(false), &["request-parameter-became-not-allow-reserved risky"]);
}

#[test]
fn a_default_mapping_decides_what_is_read() {
    let union =
        |more: &str| format!("{{oneOf: [{{title: A}}, {{title: B}}], discriminator: {{propertyName: kind{more}}}}}");
    schema(
        "application/json",
        &union(""),
        &union(", defaultMapping: '#/components/schemas/B'"),
        &["response-body-discriminator-default-changed risky"],
    );
    schema(
        "application/json",
        &union(", defaultMapping: B"),
        &union(", defaultMapping: '#/components/schemas/B'"),
        &[],
    );
}

#[test]
fn a_flow_is_added_removed_and_moved() {
    let flows = |flows: &str| format!("{{type: oauth2, flows: {{{flows}}}}}");
    let device = |url: &str| {
        flows(&format!("deviceAuthorization: {{deviceAuthorizationUrl: {url}, tokenUrl: t, scopes: {{}}}}"))
    };
    scheme(&flows(""), &device("d"), &["api-security-component-changed compatible"]);
    scheme(&device("d"), &flows(""), &["api-security-component-changed breaking"]);
    scheme(&device("d"), &device("e"), &["api-security-component-oauth-url-changed risky"]);
    scheme("{type: oauth2}", "{type: oauth2, oauth2MetadataUrl: u, deprecated: true}", &[]);
}

#[test]
fn xml_representations() {
    let attribute = "{type: string, xml: {attribute: true}}";
    schema("application/xml", attribute, "{type: string, xml: {nodeType: attribute}}", &[]);
    schema("application/xml", "{type: array, xml: {wrapped: true}}", "{type: array, xml: {nodeType: element}}", &[]);
    let changed = "response-body-xml-changed breaking";
    schema("application/xml", attribute, "{type: string, xml: {nodeType: text}}", &[changed]);
    schema("application/json", attribute, "{type: string, xml: {nodeType: text}}", &[]);
}

#[test]
fn texts_for_people_have_no_effect() {
    let document = |server: &str, tag: &str, response: &str| {
        format!(
            "{{openapi: 3.2.0, servers: [{{url: 'https://gate.example'{server}}}], tags: [{{name: a{tag}}}], \
             paths: {{/a: {{get: {{responses: {{200: {{{response}}}}}}}}}}}}}"
        )
    };
    told(&document("", "", ""), &document(", name: live", ", parent: b, kind: nav, summary: A", "summary: s"), &[]);
    let example = |said: &str| format!("{{application/json: {{examples: {{e: {{{said}: 1}}}}}}}}");
    response(&example("value"), &example("dataValue"), &[]);
}
