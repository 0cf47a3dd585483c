//! Schemas of OpenAPI 3.1, and parameters by style.

use serde_json::{Value, json};
use zerogate_judge::Scope;

use crate::{Draft, judge_of, lines};

/// The findings for a response body, by a schema of OpenAPI 3.1.
fn found(schema: &str, body: &Value) -> String {
    let judge = judge_of(&format!(
        "
openapi: 3.1.0
paths:
  /a: {{get: {{operationId: a, responses: {{'200': {{description: a, content: {{application/json: {{schema: {schema}}}}}}}}}}}}}
components:
  schemas:
    User: {{type: object, properties: {{password: {{type: string, writeOnly: true}}, name: {{type: string}}}}, required: [password]}}
    Tree: {{$dynamicAnchor: node, type: object, properties: {{children: {{type: array, items: {{$dynamicRef: '#node'}}}}}}}}
    Strict: {{$dynamicAnchor: node, $ref: '#/components/schemas/Tree', unevaluatedProperties: false}}
"
    ));
    lines(&judge.judge(&Draft::new("GET", "http://a.example/a", 200, body).exchange())).join(" | ")
}

const AT: &str = "/paths/~1a/get/responses/200/content/application~1json/schema";

#[test]
fn keywords_of_3_1_are_checked() {
    for (schema, right, wrong, expected) in [
        (
            "{if: {properties: {a: {const: 1}}}, then: {required: [b]}}",
            json!({"a": 1, "b": 1}),
            json!({"a": 1}),
            "/then/required: a field `b`; no such field",
        ),
        (
            "{contains: {type: integer}}",
            json!(["a", 1]),
            json!(["a"]),
            "/contains: an array with an item that fits the schema of `contains`; an array of 1 item",
        ),
        (
            "{propertyNames: {maxLength: 2}}",
            json!({"ab": 1}),
            json!({"abc": 1}),
            "/propertyNames/maxLength: field names that fit the schema of `propertyNames`; an object of 1 field",
        ),
        ("{const: a}", json!("a"), json!("b"), "/const: \"a\"; a string of 1 character"),
        ("{type: [string, 'null']}", json!(null), json!(1), "/type: a string or null; a number"),
        (
            "{dependentRequired: {a: [b]}}",
            json!({"a": 1, "b": 1}),
            json!({"a": 1}),
            "/dependentRequired: a field `b`; no such field",
        ),
        (
            "{patternProperties: {'^x': {type: integer}}}",
            json!({"x": 1}),
            json!({"x": "1"}),
            "/patternProperties/^x/type: an integer; a string of 1 character",
        ),
        ("{exclusiveMinimum: 1}", json!(2), json!(1), "/exclusiveMinimum: a number above 1; a number"),
        (
            "{type: integer, format: int32}",
            json!(2_147_483_647),
            json!(2_147_483_648_u32),
            "/maximum: a number of at most 2147483647; a number",
        ),
        (
            "{format: uuid}",
            json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
            json!("canary"),
            "/format: a string of format `uuid`; a string of 6 characters",
        ),
        ("{format: byte}", json!("YQ=="), json!("?"), "/format: a string of format `byte`; a string of 1 character"),
        (
            "{type: array, prefixItems: [{type: string}], items: false}",
            json!(["a"]),
            json!(["a", 1]),
            "/items: nothing: the schema allows no value; a number",
        ),
        (
            "{anyOf: [{type: object, properties: {a: {type: integer}}}, {type: 'null'}]}",
            json!(null),
            json!({"a": "b"}),
            "/anyOf/0/properties/a/type: an integer; a string of 1 character",
        ),
    ] {
        assert_eq!(found(schema, &right), "", "{schema}");
        let told = found(schema, &wrong);
        let by = told.split_once(" by ").map(|(_, by)| by.to_owned());
        assert_eq!(by, Some(format!("{AT}{expected}")), "{schema}");
    }
}

#[test]
fn a_dynamic_reference_resolves_to_the_outermost_anchor() {
    let strict = "{$ref: '#/components/schemas/Strict'}";
    assert_eq!(found(strict, &json!({"children": [{"children": []}]})), "");
    let told = found(strict, &json!({"children": [{"other": 1}]}));
    assert!(told.contains("response-body-invalid at response.body /children/0"), "{told}");
}

#[test]
fn a_write_only_field_is_not_required_and_not_allowed_in_a_response() {
    let user = "{$ref: '#/components/schemas/User'}";
    assert_eq!(found(user, &json!({"name": "a"})), "");
    assert_eq!(
        found(user, &json!({"password": "canary"})),
        "Should response-write-only at response.body /password by /components/schemas/User/properties/password: no such \
         field; a string of 6 characters"
    );
}

#[test]
fn names_that_may_come_from_a_customer_are_not_shown() {
    let told = found("{additionalProperties: {type: integer}}", &json!({"jane.doe@canary.example": "a"}));
    assert!(told.contains(" at response.body /… by "), "{told}");
}

#[test]
fn an_unusable_schema_is_listed_as_unjudged() {
    let told = found("{$ref: 'https://elsewhere.example/schema.json'}", &json!(1));
    assert_eq!(told, "not judged response.body: its schema cannot be used: no validator can be built from it");
    assert_eq!(found("{type: string, pattern: '[a-'}", &json!("a")), "");
}

#[test]
fn parameters_are_read_by_their_style() {
    let ids = "schema: {type: array, maxItems: 2, items: {type: integer}}";
    for (parameter, right, wrong) in [
        (format!("name: id, in: query, {ids}"), "?id=1&id=2", "?id=1&id=a"),
        (format!("name: id, in: query, explode: false, {ids}"), "?id=1,2", "?id=1,2,3"),
        (format!("name: id, in: query, explode: false, {ids}"), "?id=1%2c2", "?id=1%2C2%2C3"),
        (format!("name: id, in: path, {ids}"), "/1%2C2", "/1%2Ca"),
        (format!("name: id, in: query, style: spaceDelimited, explode: false, {ids}"), "?id=1%202", "?id=1+2%203"),
        (format!("name: id, in: query, style: pipeDelimited, explode: false, {ids}"), "?id=1%7C2", "?id=1|b"),
        (
            "name: at, in: query, style: deepObject, schema: {type: object, properties: {gt: {type: integer}}}"
                .to_owned(),
            "?at[gt]=1",
            "?at%5Bgt%5D=a",
        ),
        ("name: q, in: query, content: {application/json: {schema: {type: array}}}".to_owned(), "?q=%5B1%5D", "?q=1"),
        ("name: q, in: query, required: true, schema: {type: string}".to_owned(), "?q=", "?p=1"),
        ("name: q, in: query, schema: {type: boolean}".to_owned(), "?q=true", "?q=yes"),
        ("name: q, in: query, schema: {anyOf: [{type: integer}, {enum: [all]}]}".to_owned(), "?q=all", "?q=none"),
        ("name: q, in: query, schema: {type: string, maxLength: 3}".to_owned(), "?q=123", "?q=1234"),
        ("name: q, in: query, schema: {type: object, properties: {a: {type: integer}}}".to_owned(), "?a=1", "?a=b"),
    ] {
        let path = if right.starts_with('/') { "/a/{id}" } else { "/a" };
        let judge = judge_of(&format!(
            "{{openapi: 3.1.0, paths: {{'{path}': {{get: {{operationId: a, parameters: [{{{parameter}}}], responses: {{'200': {{description: a}}}}}}}}}}}}"
        ));
        let kinds = |query: &str| {
            let mut draft = Draft::new("GET", &format!("http://a.example/a{query}"), 200, &json!(null));
            draft.response = zerogate_judge::Part::Absent;
            let exchange = draft.exchange();
            let judgement = judge.judge(&exchange);
            assert!(judgement.unjudged.is_empty(), "{parameter}: {:?}", judgement.unjudged);
            judgement.findings.iter().map(|found| found.kind.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(right), Vec::<String>::new(), "{parameter}");
        assert_eq!(kinds(wrong).len(), 1, "{parameter}");
    }
}

#[test]
fn undocumented_parts_are_not_judged() {
    let judge = judge_of(
        "
openapi: 3.0.3
paths:
  /a:
    get:
      operationId: a
      parameters: [{name: filter, in: query, required: true, schema: {type: object, additionalProperties: {type: string}}}]
      responses:
        '200': {description: a}
        '404': {description: no such thing}
        default: {description: a failure, headers: {X-Id: {required: true, schema: {type: string}}}, content: {application/json: {schema: {type: object, required: [error]}}}}
",
    );
    for (status, expected) in [
        (
            200,
            "Should response-body-undocumented at response.body  by /paths/~1a/get/responses/200: no body; a body | not judged request.query: the contract does not name the fields of an exploded object",
        ),
        (302, "not judged response.status: `default` does not describe redirects"),
        (304, "not judged response.status: `default` does not describe redirects"),
        (404, "not judged response.body: the contract does not describe the body of this error"),
        (
            500,
            "Must response-header-missing at response.header X-Id by /paths/~1a/get/responses/default/headers/X-Id: the header `X-Id`; none | Must response-body-invalid at response.body  by /paths/~1a/get/responses/default/content/application~1json/schema/required: a field `error`; no such field",
        ),
    ] {
        let draft = Draft::new("GET", "http://a.example/a?name=x", status, &json!({"message": "canary"}));
        assert_eq!(lines(&judge.judge(&draft.exchange())).join(" | "), expected);
    }
}

#[test]
fn redirects_of_a_client_are_not_judged() {
    let judge = judge_of(
        "
openapi: 3.0.3
security: [{key: []}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
paths:
  /a:
    get: {operationId: a, responses: {'302': {description: a}}}
    options: {operationId: b, responses: {'200': {description: a}}}
",
    );
    let draft = Draft::new("GET", "http://a.example/a", 200, &json!(1));
    let mut exchange = draft.exchange();
    exchange.follows_redirects = true;
    let expected = "not judged response.status: the recorder follows redirects: the response may come from another URL";
    assert_eq!(lines(&judge.judge(&exchange)), [expected]);
}

/// A browser sends it without credentials, the headers of the request and its body. A contract seldom has it.
#[test]
fn a_preflight_is_neither_judged_as_the_request_that_it_asks_for_nor_as_undocumented() {
    const TEXT: &str = "
openapi: 3.0.3
security: [{key: []}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
servers: [{url: 'http://a.example'}]
paths:
  /a:
    get: {operationId: a, responses: {'200': {description: a}}}
  /b:
    get: {operationId: b, responses: {'200': {description: b}}}
    options:
      operationId: c
      parameters: [{name: X-Own, in: header, required: true, schema: {type: string}}]
      requestBody: {required: true, content: {text/plain: {}}}
      responses: {'200': {description: c}}
";
    const LEFT: &str =
        "not judged exchange: a preflight, with which a browser asks whether a page may send a request (CORS)";
    const GENERAL: &str = "not judged exchange: HEAD and OPTIONS are judged only where the contract has them";
    let judge = judge_of(TEXT);
    let based = judge_of(TEXT).at("http://b.example");
    for (judge, url, asks_for, status, scope, expected) in [
        (&judge, "http://a.example/a", "GET", 200, Scope::Found, LEFT),
        (&judge, "http://a.example/a", "get", 403, Scope::Found, LEFT),
        (&judge, "http://a.example/a", "PUT", 204, Scope::Undocumented, LEFT),
        (&judge, "http://a.example/z", "GET", 204, Scope::Undocumented, LEFT),
        (&judge, "http://a.example/a", "", 204, Scope::Undocumented, GENERAL),
        (&judge, "http://other.example/a", "GET", 204, Scope::Found, LEFT),
        (&judge, "http://other.example/z", "GET", 204, Scope::Elsewhere, LEFT),
        (&based, "http://b.example/a", "GET", 204, Scope::Found, LEFT),
        (&based, "http://b.example/z", "GET", 204, Scope::Undocumented, LEFT),
        (&based, "http://a.example/a", "GET", 204, Scope::Elsewhere, LEFT),
        // The contract has it, and so says which responses it gets.
        (&judge, "http://a.example/b", "GET", 200, Scope::Found, ""),
        (
            &judge,
            "http://a.example/b",
            "GET",
            204,
            Scope::Found,
            "Must response-status-undocumented at response.status  by /paths/~1b/options/responses: one of 200; 204",
        ),
    ] {
        let mut draft = Draft::new("OPTIONS", url, status, &json!(1));
        draft.response = zerogate_judge::Part::Absent;
        let asked = Some(asks_for).filter(|method| !method.is_empty());
        draft.request_headers =
            asked.map(|it| ("Access-Control-Request-Method".to_owned(), it.to_owned())).into_iter().collect();
        let judgement = judge.judge(&draft.exchange());
        assert_eq!((judgement.scope, lines(&judgement).join(" | ").as_str()), (scope, expected), "{url} {asks_for}");
    }
}

#[test]
fn redacted_credentials_are_unknown() {
    for (scheme, url, cookie, expected) in [
        ("in: query, name: key", "?key=a", "", ""),
        ("in: query, name: key", "?key=", "", "not judged request.credentials: the recorder did not keep its value"),
        ("in: query, name: key", "", "", "security-missing"),
        ("in: cookie, name: key", "", "key=a", ""),
        (
            "in: cookie, name: key",
            "",
            "[redacted]",
            "not judged request.credentials: the recorder did not keep its value",
        ),
        ("in: cookie, name: key", "", "other=a", "security-missing"),
    ] {
        let judge = judge_of(&format!(
            "{{openapi: 3.0.3, security: [{{key: []}}], components: {{securitySchemes: {{key: {{type: apiKey, {scheme}}}}}}}, paths: {{/a: {{get: {{operationId: a, responses: {{'200': {{description: a}}}}}}}}}}}}"
        ));
        let mut draft = Draft::new("GET", &format!("http://a.example/a{url}"), 200, &json!(1));
        draft.response = zerogate_judge::Part::Absent;
        draft.request_headers = vec![("Cookie".to_owned(), cookie.to_owned())];
        draft.request_headers.retain(|(_, value)| !value.is_empty());
        let told = lines(&judge.judge(&draft.exchange())).join(" | ");
        assert!(
            told == expected || (expected == "security-missing" && told.contains(expected)),
            "{url} {cookie}: {told}"
        );
    }
}
