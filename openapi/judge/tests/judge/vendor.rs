//! A vendor's contract of 79 operations in OpenAPI 3.1: generated traffic for each, first correct, then with one
//! mistake.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use zerogate_contract::{Document, methods, pointer, written_out};
use zerogate_judge::{Judge, Part};

use crate::{Draft, lines};

const TEXT: &str = include_str!("../../../generate/tests/intake/vendor-3.1.yaml");

/// Generates values that fit a schema, in one direction.
struct Maker<'d> {
    document: &'d Document,
    other_way: &'static str,
}

impl Maker<'_> {
    fn value(&self, schema: &Value, depth: usize) -> Value {
        let Some(whole) = self.document.resolve(schema) else { return json!({}) };
        if let Some(value) = whole.get("const").or_else(|| whole.get("enum")?.get(0)) {
            return value.clone();
        }
        let below = |schema: &Value| if depth == 0 { Value::Null } else { self.value(schema, depth - 1) };
        for key in ["oneOf", "anyOf"] {
            if let Some(branch) = whole.get(key).and_then(|branches| branches.get(0)) {
                return merged(below(branch), self.typed(whole, depth));
            }
        }
        let branches = whole.get("allOf").and_then(Value::as_array).into_iter().flatten();
        branches.fold(self.typed(whole, depth), |value, branch| merged(value, below(branch)))
    }

    fn typed(&self, schema: &Value, depth: usize) -> Value {
        let kind = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().find(|kind| *kind != "null").and_then(Value::as_str),
            kind => kind.and_then(Value::as_str),
        };
        let number = |key: &str| schema.get(key).and_then(Value::as_u64).unwrap_or_default();
        match kind {
            Some("string") => match schema.get("format").and_then(Value::as_str) {
                Some("date-time") => json!("2026-05-26T12:00:00Z"),
                Some("date") => json!("2026-05-26"),
                Some("uri") => json!("https://a.example/"),
                Some("uuid") => json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
                Some("email") => json!("a@a.example"),
                Some("byte") => json!("YWFh"),
                _ => json!("a".repeat(number("minLength").max(1) as usize)),
            },
            Some("integer" | "number") if schema.get("exclusiveMaximum").is_some() => json!(0),
            Some("integer" | "number") => json!(number("minimum").max(1)),
            Some("boolean") => json!(true),
            Some("array") => {
                let items = schema.get("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
                let rest = schema.get("items").filter(|items| items.is_object());
                let more = rest.filter(|_| depth > 0).map(|items| self.value(items, depth - 1));
                items.iter().map(|item| self.value(item, depth.saturating_sub(1))).chain(more).collect()
            }
            Some("object") | None if schema.get("properties").is_some() => {
                let properties = schema["properties"].as_object().into_iter().flatten();
                let required =
                    |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|it| it == name));
                let goes = |property: &Value| {
                    property != &json!(false)
                        && self.document.resolve(property).is_none_or(|it| it.get(self.other_way) != Some(&json!(true)))
                };
                let taken = properties.filter(|(name, property)| goes(property) && (depth > 2 || required(name)));
                taken
                    .map(|(name, property)| (name.clone(), self.value(property, depth.saturating_sub(1))))
                    .collect::<Map<_, _>>()
                    .into()
            }
            Some("object") => json!({}),
            _ => Value::Null,
        }
    }
}

/// Merges two objects; otherwise returns the first value.
fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (Value::Null, other) => other,
        (one, _) => one,
    }
}

/// A request and its first documented success response.
fn draft(document: &Document, path: &str, method: &str, item: &Value, operation: &Value) -> Draft {
    let resolve = |node: &Value| document.resolve(node).cloned().unwrap_or_default();
    let requests = Maker { document, other_way: "readOnly" };
    let mut draft = Draft::new(
        ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "HEAD"].into_iter().find(|it| *it == method).unwrap(),
        &format!("https://gate-api.gate.example/v1{path}"),
        200,
        &json!(null),
    );
    let parameters = [item.get("parameters"), operation.get("parameters")];
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_array).flatten().map(resolve) {
        let (name, is_required) = (parameter["name"].as_str().unwrap(), parameter["required"] == true);
        let content = parameter["content"].as_object().and_then(|content| content.values().next());
        let text = match requests.value(&content.unwrap_or(&parameter)["schema"], 4) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match parameter["in"].as_str().unwrap() {
            "path" => draft.url = draft.url.replace(&format!("{{{name}}}"), &text),
            "query" if is_required => {
                draft.url += &format!("{}{name}={text}", if draft.url.contains('?') { '&' } else { '?' })
            }
            "header" if is_required => draft.request_headers.push((name.to_owned(), text)),
            "cookie" if is_required => draft.request_headers.push(("Cookie".to_owned(), format!("{name}={text}"))),
            _ => {}
        }
    }
    // A body of the first media type: generated if it is JSON, else any text.
    let body = |node: &Value, maker: &Maker<'_>| {
        let content = node["content"].as_object()?;
        let (name, media) = content.iter().find(|(name, _)| name.contains("json")).or_else(|| content.iter().next())?;
        let is_json = name.contains("json") && !name.contains("seq") && !name.contains("jsonl");
        let text = if is_json { maker.value(&media["schema"], 5).to_string() } else { "a=a".to_owned() };
        Some((name.split(';').next().unwrap_or_default().replace('*', "a"), text))
    };
    let none = Map::from_iter([("200".to_owned(), json!({}))]);
    let responses = operation["responses"].as_object().unwrap_or(&none);
    let (status, response) =
        responses.iter().find(|(status, _)| status.starts_with('2')).or_else(|| responses.iter().next()).unwrap();
    let response = resolve(response);
    draft.status = Part::Known(status.replace('X', "0").parse().unwrap_or(200));
    let made = body(&response, &Maker { document, other_way: "writeOnly" });
    Draft::set(&mut draft.response_headers, "content-type", made.as_ref().map(|(media_type, _)| media_type.as_str()));
    draft.response = made.map_or(Part::Absent, |(_, text)| Part::Known(text));
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let value = Maker { document, other_way: "" }.value(&resolve(header)["schema"], 3);
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Draft::set(&mut draft.response_headers, name, Some(&text));
    }
    if let Some((media_type, text)) = operation.get("requestBody").map(resolve).and_then(|node| body(&node, &requests))
    {
        draft.request = Part::Known(text);
        draft.request_headers.push(("Content-Type".to_owned(), media_type));
    }
    draft
}

/// An operation, its request body, and a replacement in its response.
type ByHand = (&'static str, Option<&'static str>, Option<(&'static str, &'static str)>);

/// Values that cannot be generated from a schema alone.
const BY_HAND: [ByHand; 5] = [
    ("cancelSession", None, Some(("\"open\"", "\"cancelled\""))),
    ("createApproval", Some(r#"{"roles":["owner"]}"#), None),
    ("createToken", Some("grant_type=a"), None),
    ("lookupIban", Some(r#"{"iban":"DE12a"}"#), None),
    ("retrieveLedgerEntry", None, Some(("{", r#"{"direction":"debit","#))),
];

/// Whether a response has a body that is JSON.
fn has_json(draft: &Draft) -> bool {
    let is_json = |(name, value): &(String, String)| name == "content-type" && value.contains("json");
    matches!(&draft.response, Part::Known(_)) && draft.response_headers.iter().any(is_json)
}

/// A mistake: edits an exchange; false if it does not apply.
type Mistake = (&'static str, fn(&mut Draft) -> bool);

const MISTAKES: [Mistake; 8] = [
    ("an undocumented status", |it| {
        it.status = Part::Known(299);
        true
    }),
    ("another media type", |it| {
        let is_json = has_json(it);
        Draft::set(&mut it.response_headers, "content-type", Some("image/png"));
        is_json
    }),
    ("no body", |it| {
        let is_json = has_json(it);
        it.response = Part::Absent;
        is_json
    }),
    ("half a body", |it| {
        let is_json = has_json(it);
        it.response = Part::Known("[{\"a".to_owned());
        Draft::set(&mut it.response_headers, "content-length", Some("4"));
        is_json
    }),
    ("a body of another type", |it| {
        let is_json = has_json(it);
        let other = if matches!(&it.response, Part::Known(text) if text.starts_with('"')) { "7" } else { "\"canary\"" };
        it.response = Part::Known(other.to_owned());
        is_json
    }),
    ("a missing field", |it| first_field(it, |fields, name| drop(fields.remove(name)))),
    ("a field of another type", |it| {
        first_field(it, |fields, name| {
            let other = if fields[name].is_object() { json!(7) } else { json!({"canary": 1}) };
            fields.insert(name.to_owned(), other);
        })
    }),
    ("no credentials", |it| {
        Draft::set(&mut it.request_headers, "authorization", None);
        true
    }),
];

/// Edits the first field of a response that is an object.
fn first_field(draft: &mut Draft, edit: fn(&mut Map<String, Value>, &str)) -> bool {
    if !has_json(draft) {
        return false;
    }
    let Part::Known(text) = &mut draft.response else { return false };
    let Ok(Value::Object(mut fields)) = serde_json::from_str(text) else { return false };
    let Some(name) = fields.keys().next().cloned() else { return false };
    edit(&mut fields, &name);
    *text = Value::Object(fields).to_string();
    true
}

#[test]
fn traffic_of_every_operation_is_judged() {
    let document = Document::parse("vendor-3.1.yaml", TEXT).unwrap();
    let judge = Judge::of(document.clone());
    let document = written_out(&document);
    let (mut count, mut others) = (0, Vec::new());
    let mut table: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (path, item) in document.value()["paths"].as_object().unwrap() {
        for (method, operation) in methods::operations(item) {
            assert!(document.value().pointer(&method.at(&pointer::join("/paths", path))).is_some());
            let name = operation["operationId"].as_str().unwrap_or("");
            let mut draft = draft(&document, path, &method.sent(), item, operation);
            if let Some((_, request, response)) = BY_HAND.iter().find(|(known, ..)| *known == name) {
                draft.request = request.map_or(draft.request, |text| Part::Known(text.to_owned()));
                if let (Part::Known(text), Some((from, to))) = (&mut draft.response, response) {
                    *text = text.replacen(from, to, 1);
                }
            }
            let exchange = draft.exchange();
            let judgement = judge.judge(&exchange);
            assert!(judgement.operation.is_some_and(|it| name.is_empty() || it.name == name), "{name}");
            let found = lines(&judgement);
            assert!(judgement.findings.is_empty(), "{name}: {found:?}");
            others.extend(found.into_iter().map(|left| format!("{name}: {left}")));
            count += 1;
            for (mistake, plant) in MISTAKES {
                let mut wrong = draft.clone();
                if plant(&mut wrong) {
                    let counts = table.entry(mistake).or_default();
                    counts.0 += 1;
                    counts.1 += usize::from(!judge.judge(&wrong.exchange()).findings.is_empty());
                }
            }
        }
    }
    let table: Vec<String> =
        table.iter().map(|(name, (planted, found))| format!("{name}: {found} of {planted}")).collect();
    assert_eq!(
        others,
        [
            "uploadDocument: not judged request.body: only JSON, forms and text are judged",
            "registerDevice: not judged request.credentials: the credentials are not part of the request",
            "uploadEvidence: not judged request.body: only JSON, forms and text are judged",
            "ping: not judged response.status: the contract documents no responses",
            "downloadStatement: not judged response.body: only JSON, forms and text are judged",
        ]
    );
    // Where a mistake is not found, the contract allows it: any status or body, an optional field, an operation without
    // security.
    assert_eq!(count, 79);
    assert_eq!(
        table,
        [
            "a body of another type: 60 of 61",
            "a field of another type: 46 of 47",
            "a missing field: 39 of 47",
            "an undocumented status: 76 of 79",
            "another media type: 61 of 61",
            "half a body: 61 of 61",
            "no body: 61 of 61",
            "no credentials: 74 of 79",
        ]
    );
}
