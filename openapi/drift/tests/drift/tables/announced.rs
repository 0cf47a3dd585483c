//! Announcements: removals, and withdrawn sunsets. And whether the contract's version matches the changes.

use jiff::civil::date;
use serde_json::{Map, Value, json};
use zerogate_contract::Document;
use zerogate_drift::{Announced, Bump, Versions, reason};

/// The keys that announce a removal.
fn end(sunset: Option<&str>) -> Value {
    sunset.map_or(json!({"deprecated": true}), |sunset| json!({"deprecated": true, "x-sunset": sunset}))
}

fn with(value: Value, more: &Value) -> Value {
    let both = [value.as_object(), more.as_object()].into_iter().flatten().flatten();
    both.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
}

/// Everything whose removal can be announced, each with a name; without those in `gone`.
fn contract(gone: &[&str], said: &Value) -> Document {
    let text = || json!({"type": "string"});
    let keep = |entries: Vec<(&str, Value)>| -> Value {
        entries
            .into_iter()
            .filter(|(name, _)| !gone.contains(name))
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>()
            .into()
    };
    let list = |entries: Vec<(&str, Value)>| -> Vec<Value> {
        entries.into_iter().filter(|(name, _)| !gone.contains(name)).map(|(_, value)| value).collect()
    };
    let a_response = |schema: Value| json!({"description": ".", "content": {"application/json": {"schema": schema}}});
    let operation = |id: &str| json!({"operationId": id, "responses": {"204": {"description": "."}}});
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": text()});
    let kept = || ("kept", text());
    let request = keep(vec![kept(), ("sent", with(text(), said))]);
    let response = keep(vec![
        kept(),
        ("got", with(text(), said)),
        ("always", with(text(), said)),
        ("behind", json!({"$ref": "#/components/schemas/Behind"})),
        ("joined", json!({"allOf": [with(json!({"type": "object"}), said)]})),
    ]);
    let required = list(vec![("kept", json!("kept")), ("always", json!("always"))]);
    let values = list(vec![
        ("one", json!({"const": "one"})),
        ("two", json!({"const": "two"})),
        ("value", with(json!({"const": "three"}), said)),
    ]);
    let alternatives = list(vec![
        ("number", json!({"type": "number"})),
        ("text", json!({"type": "string"})),
        ("alternative", with(json!({"type": "array", "items": text()}), said)),
    ]);
    let thing = json!({
        "operationId": "makeThing",
        "security": list(vec![("kept", json!({"kept": []})), ("key", json!({"key": []}))]),
        "parameters": list(vec![
            ("kept", parameter("kept")),
            ("query", with(parameter("query"), said)),
            ("described", json!({"name": "described", "in": "query", "schema": with(text(), said)})),
            ("referred", json!({"$ref": "#/components/parameters/Old"})),
        ]),
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": request}}}},
        "responses": {
            "200": with(
                a_response(json!({
                    "type": "object",
                    "required": required,
                    "properties": response,
                    "allOf": [
                        {"properties": keep(vec![("twice", text())])},
                        {"properties": keep(vec![("twice", with(text(), said))])},
                    ],
                })),
                &json!({"headers": keep(vec![
                    ("Kept", json!({"schema": text()})),
                    ("Header", with(json!({"schema": text()}), said)),
                ])}),
            ),
            "400": a_response(json!({"oneOf": values})),
            "404": a_response(json!({"oneOf": alternatives})),
        },
    });
    let paths = json!({
        "/things": keep(vec![("post", thing), ("delete", with(operation("dropThings"), said))]),
        "/old": {"get": with(operation("readOld"), said), "put": with(operation("writeOld"), said)},
        "/mixed": {"get": with(operation("readMixed"), said), "put": operation("writeMixed")},
    });
    let paths: Map<_, _> =
        paths.as_object().unwrap().clone().into_iter().filter(|(path, _)| !gone.contains(&path.as_str())).collect();
    let contract = json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"Behind": with(text(), said)},
            "parameters": {"Old": with(parameter("old"), said)},
            "securitySchemes": {
                "kept": {"type": "http", "scheme": "bearer"},
                "key": with(json!({"type": "apiKey", "in": "header", "name": "X-Key"}), said),
            },
        },
    });
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

#[test]
fn a_removal_of_something_deprecated_names_its_sunset() {
    let day = date(2026, 5, 1);
    for (gone, before, after) in [
        ("delete", "api-removed-without-deprecation", "api-removed-with-deprecation"),
        ("/old", "api-path-removed-without-deprecation", "api-path-removed-with-deprecation"),
        ("query", "request-parameter-removed", "request-parameter-removed-with-deprecation"),
        ("described", "request-parameter-removed", "request-parameter-removed-with-deprecation"),
        ("referred", "request-parameter-removed", "request-parameter-removed-with-deprecation"),
        ("sent", "request-property-removed", "request-property-removed-with-deprecation"),
        ("got", "response-optional-property-removed", "response-optional-property-removed-with-deprecation"),
        ("behind", "response-optional-property-removed", "response-optional-property-removed-with-deprecation"),
        ("joined", "response-optional-property-removed", "response-optional-property-removed-with-deprecation"),
        ("twice", "response-optional-property-removed", "response-optional-property-removed-with-deprecation"),
        ("key", "api-security-removed", "api-security-removed"),
        ("always", "response-required-property-removed", "response-required-property-removed-with-deprecation"),
        ("Header", "optional-response-header-removed", "optional-response-header-removed"),
        ("value", "response-body-enum-value-removed", "response-body-enum-value-removed"),
        ("alternative", "response-body-one-of-removed", "response-body-one-of-removed"),
    ] {
        for (said, id, announced) in [
            (json!({}), before, None),
            (end(None), after, Some(Announced::Undated)),
            (end(Some("2026-05-01")), after, Some(Announced::For(day))),
            (end(Some("2026-05-01T23:00:00Z")), after, Some(Announced::For(day))),
            (end(Some("in May")), after, Some(Announced::Unreadable("`in May`".to_owned()))),
            (json!({"x-sunset": "2026-05-01"}), before, None),
        ] {
            let drift = reason(&contract(&[], &said), &contract(&[gone], &said));
            let told: Vec<_> = drift.changes.iter().map(|change| (change.id, change.announced.clone())).collect();
            assert_eq!(told, [(id, announced.clone())], "{gone}: {said}");
            let message = &drift.changes[0].message;
            let of_day = matches!(announced, Some(Announced::For(_) | Announced::Unreadable(_)));
            assert_eq!(message.contains("it was deprecated"), of_day, "{message}");
        }
    }
}

#[test]
fn announced_removals_of_values_are_reported_one_by_one() {
    let of = |values: &[(&str, bool)]| {
        let said = end(Some("2026-05-01"));
        let value = |(text, goes): &(&str, bool)| {
            let value = json!({"const": text});
            if *goes { with(value, &said) } else { value }
        };
        let schema = json!({"oneOf": values.iter().map(value).collect::<Vec<_>>()});
        super::contract("3.1.0", &json!({"type": "string"}), &schema, &json!({}))
    };
    let (old, new) = ([("a", true), ("b", true)], [("c", false), ("d", false)]);
    let told = |old: &[(&str, bool)], new: &[(&str, bool)]| -> Vec<(&'static str, Option<Announced>)> {
        let drift = reason(&of(old), &of(new));
        drift.changes.iter().map(|change| (change.id, change.announced.clone())).collect()
    };
    let (day, gone) = (Some(Announced::For(date(2026, 5, 1))), "response-body-enum-value-removed");
    let come = "response-body-enum-value-added";
    assert_eq!(told(&old, &new), [(gone, day.clone()), (gone, day), (come, None), (come, None)]);
    let old = old.map(|(text, _)| (text, false));
    assert_eq!(told(&old, &new), [("response-body-enum-values-replaced", None)]);
}

#[test]
fn a_path_is_removed_with_its_last_operation() {
    let said = end(Some("2026-05-01"));
    let drift = reason(&contract(&[], &said), &contract(&["/mixed"], &said));
    assert_eq!((drift.changes[0].id, &drift.changes[0].announced), ("api-path-removed-without-deprecation", &None));
    let days = ["2026-05-01", "2027-05-01"].map(|day| with(json!({"responses": {}}), &end(Some(day))));
    let paths = json!({"/a": {"get": days[0], "put": days[1]}});
    let [old, new] = [paths, json!({})]
        .map(|paths| Document::parse("a.json", &json!({"openapi": "3.0.3", "paths": paths}).to_string()).unwrap());
    assert_eq!(reason(&old, &new).changes[0].announced, Some(Announced::For(date(2027, 5, 1))));
}

#[test]
fn what_is_left_of_a_path_without_operations_is_no_change() {
    let get = json!({"operationId": "read", "responses": {"200": {"description": "."}}});
    let of =
        |paths: Value| Document::parse("a.json", &json!({"openapi": "3.1.0", "paths": paths}).to_string()).unwrap();
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    for rest in [json!({}), json!({"parameters": id}), json!({"summary": "Things."})] {
        let full = with(json!({"get": get}), &rest);
        let (old, new) = (of(json!({"/a/{id}": full})), of(json!({"/a/{id}": rest})));
        for (old, new, id) in [(&old, &new, "api-removed-without-deprecation"), (&new, &old, "endpoint-added")] {
            let told: Vec<&str> = reason(old, new).changes.iter().map(|change| change.id).collect();
            assert_eq!(told, [id], "{rest}");
        }
    }
}

#[test]
fn a_withdrawn_sunset_is_risky() {
    const DAYS: [Option<&str>; 4] = [None, Some("2026-05-01"), Some("2026-06-01"), Some("soon")];
    let told = |old: &Value, new: &Value| -> Vec<String> {
        let drift = reason(&contract(&[], old), &contract(&[], new));
        let mut told: Vec<String> = drift
            .changes
            .iter()
            .filter(|change| change.id.starts_with("sunset"))
            .map(|change| format!("{} {}", change.id, change.wire))
            .collect();
        // Every part of the contract is reported in the same way.
        assert!(told.is_empty() || told.len() == 17, "{old} to {new}: {drift}");
        told.sort();
        told.dedup();
        told
    };
    for old in DAYS {
        for new in DAYS {
            let wanted: &[&str] = match (old, new) {
                _ if old == new => &[],
                (_, Some("soon")) => &["sunset-unreadable risky"],
                (Some(_), None) => &["sunset-deleted risky"],
                (Some("2026-06-01"), Some(_)) => &["sunset-moved-earlier risky"],
                _ => &[],
            };
            assert_eq!(told(&end(old), &end(new)), wanted, "{old:?} to {new:?}");
            // Without `deprecated`, nothing was announced.
            let idle = new.map_or(json!({}), |new| json!({"x-sunset": new}));
            assert!(told(&end(old), &idle).is_empty(), "{old:?} to {new:?}");
        }
    }
    // A date is a string.
    let number = json!({"deprecated": true, "x-sunset": 20260501});
    assert_eq!(told(&end(None), &number), ["sunset-unreadable risky"]);
}

#[test]
fn the_version_must_match_the_changes() {
    let versions = |old: &str, new: &str| {
        let document = |version: &str| {
            let info = json!({"title": "T", "version": version});
            Document::parse("a.json", &json!({"openapi": "3.0.3", "info": info, "paths": {}}).to_string()).unwrap()
        };
        Versions::of(&document(old), &document(new))
    };
    const SAME: &str = "api-version-not-bumped";
    const LITTLE: &str = "api-version-bumped-too-little";
    const LOWER: &str = "api-version-lowered";
    for (old, new, [major, minor, patch, none]) in [
        ("1.2.3", "1.2.3", [SAME, SAME, SAME, ""]),
        ("1.2.3", "v1.2.3+build.7", [SAME, SAME, SAME, ""]),
        ("1.2.3", "1.2.4", [LITTLE, LITTLE, "", ""]),
        ("1.2.3", "1.3.0", [LITTLE, "", "", ""]),
        ("1.2.3", "2.0.0", ["", "", "", ""]),
        ("1.2.3", "1.10.0", [LITTLE, "", "", ""]),
        ("1.2.3", "1.2.2", [LOWER, LOWER, LOWER, LOWER]),
        ("1.2.3", "1.2.3-rc.1", [LOWER, LOWER, LOWER, LOWER]),
        ("2.0.0-rc.2", "2.0.0-rc.10", ["", "", "", ""]),
        ("2.0.0-rc.2", "2.0.0", ["", "", "", ""]),
        // Below 1.0, the next number is raised instead.
        ("0.3.1", "0.4.0", ["", "", "", ""]),
        ("0.3.1", "0.3.2", [LITTLE, "", "", ""]),
        ("0.0.1", "0.0.2", ["", "", "", ""]),
        // A missing number need not be raised.
        ("1", "1", [SAME, "", "", ""]),
        ("v1", "v2", ["", "", "", ""]),
        ("1.0", "1.0", [SAME, SAME, "", ""]),
        ("1.0", "1.0.1", [LITTLE, LITTLE, "", ""]),
        // For dates, only the order matters.
        ("2026-05-01", "2026-05-01", [SAME, SAME, SAME, ""]),
        ("2026-05-01", "2026-05-02", ["", "", "", ""]),
        ("2026-05-01", "2026-04-30", [LOWER, LOWER, LOWER, LOWER]),
        ("2026-05-01-preview", "2026-05-01", ["", "", "", ""]),
        ("2026.5.1", "2026.5.2", ["", "", "", ""]),
        // For other forms, nothing.
        ("latest", "latest", ["", "", "", ""]),
        ("1.x", "1.0", ["", "", "", ""]),
        ("", "1.0", ["", "", "", ""]),
        ("99999999999999999999.0", "1.0", ["", "", "", ""]),
        ("18446744073709551615.0.0", "18446744073709551615.0.0", [SAME, SAME, SAME, ""]),
    ] {
        let bumps = [(Bump::Major, major), (Bump::Minor, minor), (Bump::Patch, patch), (Bump::None, none)];
        for (bump, wanted) in bumps {
            let told = versions(old, new).and_then(|versions| versions.judge(bump));
            let id = told.as_ref().map_or("", |change| change.id);
            assert_eq!(id, wanted, "{old} to {new}, {bump}");
        }
    }
    let told = |old, new| versions(old, new).and_then(|versions| versions.judge(Bump::Major)).unwrap().message;
    assert_eq!(told("1.2.3", "1.2.3"), "the version is still `1.2.3`; the changes require `2.0.0` or later");
    assert_eq!(told("0.2", "0.2"), "the version is still `0.2`; the changes require `0.3` or later");
    assert_eq!(
        told("1.2.3", "1.3.0"),
        "the version was only raised from `1.2.3` to `1.3.0`; the changes require `2.0.0` or later"
    );
    assert_eq!(told("2026-05-01", "2026-05-01"), "the version is still `2026-05-01`; the changes require a later one");
}
