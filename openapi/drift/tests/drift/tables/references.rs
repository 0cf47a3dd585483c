//! References by anchors, and unused components.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::{Wire, reason};

use super::{contract, wires};

#[test]
fn a_reference_by_an_anchor_is_followed() {
    let of = |word: &str, values: Value, more: Value| {
        let (reference, anchor) =
            if word == "anchor" { ("$ref", "$anchor") } else { ("$dynamicRef", "$dynamicAnchor") };
        let used = json!({"type": "object", "properties": {"mode": {reference: "#mode"}}});
        let mut schemas = json!({"Mode": {"type": "string", "enum": values, anchor: "mode"}});
        schemas.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        contract("3.1.0", &json!({"type": "string"}), &used, &schemas)
    };
    for word in ["anchor", "dynamic"] {
        let before = of(word, json!(["a"]), json!({}));
        let drift = reason(&before, &of(word, json!(["b"]), json!({})));
        assert!(
            wires(&drift).contains(&"response-property-enum-values-replaced breaking".to_owned()),
            "{word}: {drift}"
        );
        assert_eq!(reason(&before, &before).to_string(), "no change");
        // A name that two schemas have does not resolve.
        let twice = of(word, json!(["a"]), json!({"Other": {"$anchor": "mode"}}));
        let told = wires(&reason(&before, &twice));
        assert!(told.contains(&"cannot-judge risky".to_owned()), "{word}: {told:?}");
    }
}

#[test]
fn a_reference_to_outside_of_both_contracts_is_reported_once() {
    let far = json!({"$ref": "https://gate.example/session.json"});
    let used = json!({"type": "object", "properties": {"a": far, "b": far, "c": {"$ref": "#/components/schemas/C"}}});
    let contract = contract("3.0.3", &json!({"type": "string"}), &used, &json!({"C": {"properties": {"d": far}}}));
    let drift = reason(&contract, &contract);
    let [change] = drift.changes.as_slice() else { panic!("{drift}") };
    assert_eq!((change.id, change.wire), ("cannot-judge", Wire::Risky));
    assert!(change.message.starts_with("the reference `https://gate.example/session.json` leads out"), "{drift}");
    assert!(change.message.contains("(from 3 places)") && change.reach.len() == 1, "{change:?}");
}

#[test]
fn unused_components_have_no_effect() {
    let of = |components: Value, links: Value| {
        let contract = json!({
            "openapi": "3.1.0",
            "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": ".", "links": links}}}}},
            "components": components,
        });
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let link = |operation: &str| json!({"next": {"operationId": operation}});
    let definition = |kind: &str| json!({"Thing": {"type": "object", "$defs": {"Size": {"type": kind}}}});
    let callback = json!({"done": {"{$request.body#/url}": {"post": {"responses": {"200": {"description": "."}}}}}});
    let media = |kind: &str| json!({"Thing": {"schema": {"type": kind}}});
    let none = json!({});
    for (old, new, wanted) in [
        (json!({}), json!({"links": link("a")}), "component-added none"),
        (json!({"links": link("a")}), json!({}), "component-removed none"),
        (json!({"links": link("a")}), json!({"links": link("b")}), "component-changed none"),
        (json!({}), json!({"callbacks": callback}), "component-added none"),
        (json!({"schemas": definition("string")}), json!({"schemas": definition("integer")}), "component-changed none"),
        (
            json!({"schemas": {"Thing": {"type": "object"}}}),
            json!({"schemas": definition("integer")}),
            "component-added none",
        ),
        (json!({}), json!({"mediaTypes": media("string")}), "component-added none"),
        (json!({"mediaTypes": media("string")}), json!({"mediaTypes": media("integer")}), "component-changed none"),
    ] {
        assert_eq!(wires(&reason(&of(old, none.clone()), &of(new, none.clone()))).join(", "), wanted);
    }
    let used = || json!({"next": {"$ref": "#/components/links/next"}});
    let drift = reason(&of(json!({"links": link("a")}), used()), &of(json!({"links": link("b")}), used()));
    assert!(!wires(&drift).iter().any(|told| told.starts_with("component-")), "{drift}");
}

#[test]
fn one_change_is_reported_once_however_often_it_occurs() {
    let (schema, text) =
        (json!({"type": "object", "properties": {"a": {"type": "string"}}}), json!({"type": "string"}));
    let query = json!({"name": "x", "in": "query", "schema": text});
    let response = json!({"description": ".", "content": {"application/json": {"schema": text}}});
    let json =
        |schema: &Value| json!({"200": {"description": ".", "content": {"application/json": {"schema": schema}}}});
    let to = |section: &str| json!({"$ref": format!("#/components/{section}/X")});
    let with = |section: &str, value: &Value| json!({section: {"X": value}});
    let form = |explode: bool| {
        let list = json!({"type": "array", "items": text});
        let media = json!({
            "schema": {"type": "object", "properties": {"a": list, "b": list}},
            "encoding": {"a": {"style": "form", "explode": explode}, "b": {"explode": explode}},
        });
        json!({"requestBody": {"content": {"application/x-www-form-urlencoded": media}}, "responses": {}})
    };
    let nothing = json!({});
    let by_schema = json!({"responses": json(&to("schemas"))});
    let by_parameter = json!({"parameters": [to("parameters")], "responses": {}});
    let by_response = json!({"responses": {"200": {"description": "."}, "400": to("responses")}});
    let secured = |scheme: &str| json!({"security": [{scheme: []}], "responses": {}});
    // In several responses, each of which is a separate place.
    let written = |name: &str| {
        let content = json!({name: {"schema": text}});
        let response = json!({"description": ".", "content": content});
        json!({"requestBody": {"content": content}, "responses": {"200": response, "400": response}})
    };
    let sent =
        |schema: Value| json!({"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}});
    let unlike = |kind: &str| sent(json!({"not": {"type": kind, "minLength": 1}}));
    let never = |kind: &str| match kind {
        "string" => sent(json!({"type": "object"})),
        other => sent(json!({"type": "object", "not": {"required": [other]}})),
    };
    let (plain, few) = (json!({"responses": {}}), json!({"responses": {"200": {"description": "."}}}));
    for (old, old_components, new, new_components, wanted) in [
        (&by_schema, with("schemas", &schema), &by_schema, nothing.clone(), "cannot-judge risky"),
        (&by_schema, nothing.clone(), &by_schema, with("schemas", &schema), "cannot-judge risky"),
        (&by_schema, nothing.clone(), &by_schema, nothing.clone(), ""),
        (&by_parameter, with("parameters", &query), &by_parameter, nothing.clone(), "cannot-judge risky"),
        (
            &by_parameter,
            with("parameters", &query),
            &plain,
            with("parameters", &query),
            "request-parameter-removed risky",
        ),
        (&by_response, with("responses", &response), &by_response, nothing.clone(), "cannot-judge risky"),
        (
            &few,
            with("responses", &response),
            &by_response,
            with("responses", &response),
            "response-non-success-status-added risky",
        ),
        (&secured("a"), nothing.clone(), &secured("b"), nothing.clone(), "api-security-updated breaking"),
        (&form(true), nothing.clone(), &form(false), nothing.clone(), "request-body-encoding-changed breaking"),
        (
            &written("application/json"),
            nothing.clone(),
            &written("application/vnd.gate+json"),
            nothing.clone(),
            "request-body-media-type-name-changed breaking, response-media-type-name-changed breaking",
        ),
        (
            &written("text/csv"),
            nothing.clone(),
            &written("application/json"),
            nothing.clone(),
            "request-body-media-type-added compatible, request-body-media-type-removed breaking, response-media-type-removed breaking, response-media-type-added compatible",
        ),
        (&unlike("string"), nothing.clone(), &unlike("integer"), nothing.clone(), "cannot-judge risky"),
        (&never("string"), nothing.clone(), &never("integer"), nothing.clone(), "request-body-not-added breaking"),
    ] {
        let of = |operation: &Value, components: &Value| {
            let paths: serde_json::Map<String, Value> =
                (0..20).map(|index| (format!("/{index}"), json!({"post": operation}))).collect();
            let contract = json!({"openapi": "3.0.3", "paths": paths, "components": components});
            Document::parse("contract.json", &contract.to_string()).unwrap()
        };
        let drift = reason(&of(old, &old_components), &of(new, &new_components));
        let told: Vec<String> = wires(&drift).into_iter().filter(|it| !it.ends_with(" none")).collect();
        assert_eq!(told.join(", "), wanted, "{old} to {new}: {drift}");
        for change in drift.changes.iter().filter(|change| change.wire != Wire::None) {
            assert_eq!(change.operations().len(), 20, "{change:?}");
            let several = change.message.starts_with("each of several responses");
            assert!(change.message.contains(if several { "(40 times)" } else { "20 " }), "{}", change.message);
        }
    }
}

#[test]
fn a_component_with_very_many_users_is_reported_by_the_first_path() {
    // Within the limit of the walk up, a second path is reported too; the walk down finds one.
    for (count, wanted) in [(100, &["k000.s.p", "k001.s.p"][..]), (400, &["k000.s.p"])] {
        let of = |kind: &str| {
            let at = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
            let users = || (0..count).map(|index| format!("k{index:03}"));
            let top: serde_json::Map<_, _> = users().map(|name| (name.clone(), at(&name))).collect();
            let mut schemas: serde_json::Map<_, _> =
                users().map(|name| (name, json!({"type": "object", "properties": {"s": at("S")}}))).collect();
            let properties = json!({"p": {"type": kind}, "q": {"type": kind}});
            schemas.insert("S".to_owned(), json!({"type": "object", "properties": properties}));
            let top = json!({"type": "object", "properties": top});
            contract("3.1.0", &json!({"type": "string"}), &top, &Value::Object(schemas))
        };
        let drift = reason(&of("string"), &of("integer"));
        let change = drift.changes.iter().find(|change| change.new.as_ref().unwrap().pointer.contains("/p"));
        let fields: Vec<&str> = change.unwrap().reach.iter().map(|reach| reach.field.as_str()).collect();
        assert_eq!((drift.changes.len(), fields.as_slice()), (2, wanted), "{count}");
    }
}

#[test]
fn a_property_is_hidden_by_what_it_refers_to() {
    let flagged = |flag: &str| {
        let mut secret = json!({"type": "string"});
        secret.as_object_mut().unwrap().extend((!flag.is_empty()).then(|| (flag.to_owned(), json!(true))));
        secret
    };
    let direct = json!({"$ref": "#/components/schemas/Secret"});
    let wrapped = json!({"allOf": [direct]});
    let chained = json!({"$ref": "#/components/schemas/Alias"});
    let told = |reference: &Value, required: &Value, deep: bool, flags: [&str; 2]| {
        let login = json!({"type": "object", "required": required, "properties": {"secret": reference}});
        let login = if deep { json!({"type": "array", "items": login}) } else { login };
        let of = |flag: &str| {
            let schemas = json!({"Secret": flagged(flag), "Alias": direct});
            contract("3.0.3", &login, &login, &schemas)
        };
        wires(&reason(&of(flags[0]), &of(flags[1])))
    };
    for (flags, must, may) in [
        (
            ["", "writeOnly"],
            "response-required-property-became-write-only breaking",
            "response-optional-property-became-write-only risky",
        ),
        (
            ["writeOnly", ""],
            "response-required-property-became-not-write-only compatible",
            "response-optional-property-became-not-write-only compatible",
        ),
        (
            ["", "readOnly"],
            "request-required-property-became-read-only risky",
            "request-optional-property-became-read-only risky",
        ),
        (
            ["readOnly", ""],
            "request-required-property-became-not-read-only breaking",
            "request-optional-property-became-not-read-only compatible",
        ),
    ] {
        for (reference, deep) in [(&direct, false), (&direct, true), (&wrapped, false), (&chained, true)] {
            for (required, wanted) in [(json!(["secret"]), must), (json!([]), may)] {
                assert_eq!(told(reference, &required, deep, flags), [wanted], "{flags:?} by {reference}");
            }
        }
    }
    // What is never received has no effect there, whatever it becomes.
    let of = |kind: &str| {
        let login = json!({"type": "object", "properties": {"secret": direct}});
        let schemas = json!({"Secret": {"type": kind, "writeOnly": true}});
        contract("3.0.3", &json!({"type": "string"}), &login, &schemas)
    };
    let drift = reason(&of("string"), &of("integer"));
    assert!(drift.changes.iter().all(|change| change.wire == Wire::None), "{drift}");
}

#[test]
fn what_is_beside_a_reference_counts_from_3_1_on() {
    let beside = |most: u8| json!({"$ref": "#/components/schemas/Text", "maxLength": most});
    let told = |(from, old): (&str, u8), (to, new): (&str, u8)| {
        let of = |version: &str, schema: Value| {
            contract(version, &schema, &json!({"type": "boolean"}), &json!({"Text": {"type": "string"}}))
        };
        wires(&reason(&of(from, beside(old)), &of(to, beside(new))))
    };
    assert_eq!(told(("3.0.3", 3), ("3.1.0", 3)), ["request-body-max-length-set breaking"]);
    assert_eq!(told(("3.1.0", 3), ("3.0.3", 3)), ["request-body-max-length-unset compatible"]);
    // Nothing says what 3.0 meant by another one.
    assert_eq!(told(("3.0.3", 3), ("3.1.0", 4)), ["request-body-max-length-set breaking", "cannot-judge risky"]);
}
