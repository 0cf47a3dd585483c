//! Values that are written as text: in a URL, a header, a form. There, 7 and "7" are the same, and nothing is null.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::reason;

use super::wires;

/// A contract with one operation, in OpenAPI 3.1.
fn operation(operation: &Value) -> Document {
    let contract =
        json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"post": operation}}});
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

/// A parameter `f` with these keys, in the query by default.
fn parameter(keys: &Value) -> Document {
    let mut parameter = json!({"name": "f", "in": "query"});
    parameter.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    operation(&json!({"parameters": [parameter], "responses": {"200": {"description": "."}}}))
}

/// A response with a header with these keys.
fn header(keys: &Value) -> Document {
    operation(&json!({"responses": {"200": {"description": ".", "headers": {"F": keys}}}}))
}

/// A request whose body, with this media type, has one property.
fn body(media_type: &str, property: &Value, encoding: &Value) -> Document {
    let schema = json!({"type": "object", "properties": {"f": property}});
    operation(&json!({
        "requestBody": {"content": {media_type: {"schema": schema, "encoding": encoding}}},
        "responses": {"200": {"description": "."}},
    }))
}

type Make = fn(&Value) -> Document;

fn hold(make: Make, prefix: &str, cases: &[(Value, Value, &str)]) {
    for (old, new, wanted) in cases {
        let told = wires(&reason(&make(old), &make(new)));
        let told: Vec<String> = told.iter().map(|it| it.replace(prefix, "")).collect();
        assert_eq!(told.join(", "), *wanted, "{old} to {new}");
    }
}

#[test]
fn a_string_takes_the_texts_of_another_type_unless_it_asks_for_more() {
    let number = || json!({"type": "integer"});
    let from = |old: Value, new: Value, wanted: &'static str| (json!({"schema": old}), json!({"schema": new}), wanted);
    let (wider, other) = ("type-generalized compatible", "type-changed breaking");
    let cases = [
        from(number(), json!({"type": "string"}), wider),
        from(number(), json!({"type": "string", "format": "uuid"}), other),
        from(number(), json!({"type": "string", "format": "decimal"}), wider),
        from(number(), json!({"type": "string", "pattern": "^[A-Z]+$"}), other),
        from(number(), json!({"type": "string", "pattern": r"^-?\d+$"}), wider),
        from(number(), json!({"type": "string", "maxLength": 5}), other),
        from(number(), json!({"type": "string", "minLength": 2}), other),
        from(
            json!({"type": "integer", "minimum": 10, "maximum": 99}),
            json!({"type": "string", "maxLength": 2, "minLength": 2}),
            wider,
        ),
        from(json!({"type": "integer", "format": "int32"}), json!({"type": "string", "maxLength": 11}), wider),
        from(json!({"type": "boolean"}), json!({"type": "string", "enum": ["on", "off"]}), other),
        from(json!({"type": "boolean"}), json!({"type": "string", "enum": ["true", "false", "maybe"]}), wider),
        from(json!({"enum": [7, 8]}), json!({"enum": ["8", "9"]}), other),
        from(json!({"enum": [7, 8]}), json!({"enum": ["7", "8"]}), "type-generalized none"),
        from(json!({"type": "string"}), number(), "type-changed breaking"),
        from(
            json!({"type": ["string", "integer"]}),
            json!({"type": "string", "format": "date"}),
            "format-added breaking, type-changed breaking",
        ),
        from(json!({"type": "string"}), json!({}), "type-generalized none"),
        from(json!({"type": "array", "items": number()}), json!({"type": "array", "items": {"type": "string"}}), wider),
        from(
            json!({"type": "array", "items": number()}),
            json!({"type": "array", "items": {"type": "string", "maxLength": 2}}),
            other,
        ),
        from(json!({"type": "string"}), json!({"type": ["string", "null"]}), ""),
        from(
            json!({"type": ["array", "null"], "items": {"type": ["string", "null"]}}),
            json!({"type": "array", "items": {"type": "string"}}),
            "",
        ),
    ];
    hold(parameter, "request-parameter-", &cases);
    let deep = |kind: &str| json!({"style": "deepObject", "explode": true, "schema": {"type": "object", "properties": {"n": {"type": kind}}}});
    hold(
        parameter,
        "request-parameter-",
        &[(deep("number"), deep("string"), wider), (deep("string"), deep("number"), other)],
    );
    // In the other direction for what is received.
    let narrower = "type-specialized compatible";
    let cases = [
        from(json!({"type": "string"}), number(), narrower),
        from(json!({"type": "string", "format": "date-time"}), number(), other),
        from(json!({"type": "string", "enum": ["soon"]}), number(), other),
        from(json!({"type": "string", "maxLength": 2}), number(), other),
        from(json!({"type": "string", "pattern": "^[0-9]+$"}), json!({"type": "integer", "minimum": 0}), narrower),
        from(number(), json!({"type": "string"}), other),
        from(json!({"type": "string"}), json!({}), "type-changed none"),
        from(json!({"type": ["string", "null"]}), json!({"type": "string"}), ""),
    ];
    hold(header, "response-header-", &cases);
}

#[test]
fn a_flag_without_effect_may_change() {
    let flag = |place: &str, kind: &str, flag: &str, on: bool| json!({"in": place, "required": true, "schema": {"type": kind}, flag: on});
    for (place, kind, keyword, wanted) in [
        ("header", "string", "allowEmptyValue", ""),
        ("cookie", "string", "allowEmptyValue", ""),
        ("header", "string", "allowReserved", ""),
        ("cookie", "string", "allowReserved", ""),
        ("query", "integer", "allowReserved", ""),
        ("query", "boolean", "allowReserved", ""),
        ("query", "string", "allowReserved", "request-parameter-became-not-allow-reserved risky"),
        ("query", "number", "allowReserved", "request-parameter-became-not-allow-reserved risky"),
        ("query", "string", "allowEmptyValue", "request-parameter-became-not-allow-empty-value breaking"),
    ] {
        let drift =
            reason(&parameter(&flag(place, kind, keyword, true)), &parameter(&flag(place, kind, keyword, false)));
        assert_eq!(wires(&drift).join(", "), wanted, "{keyword} of {kind} in a {place}: {drift}");
    }
}

#[test]
fn a_list_with_commas_is_the_same_exploded_or_not() {
    let of = |kind: &str, explode: bool| json!({"explode": explode, "schema": {"type": kind}});
    hold(
        header,
        "response-header-",
        &[
            (of("array", false), of("array", true), ""),
            (of("object", false), of("object", true), "style-changed breaking"),
        ],
    );
    let in_header = |kind: &str, explode: bool| json!({"in": "header", "explode": explode, "schema": {"type": kind}});
    hold(
        parameter,
        "request-parameter-",
        &[
            (in_header("array", false), in_header("array", true), ""),
            (of("array", false), of("array", true), "explode-changed breaking"),
        ],
    );
}

#[test]
fn a_parameter_with_content_is_not_text() {
    let json = |kind: &str| json!({"content": {"application/json": {"schema": {"type": kind}}}});
    let text = |kind: &str| json!({"content": {"text/plain": {"schema": {"type": kind}}}});
    hold(
        parameter,
        "request-parameter-",
        &[
            (json("integer"), json("string"), "type-changed breaking"),
            (text("integer"), text("string"), "type-generalized compatible"),
        ],
    );
    hold(header, "response-header-", &[(json("string"), json("boolean"), "type-changed breaking")]);
    // Only numbers and booleans are the same text in JSON and by a style.
    let styled = |kind: &str| json!({"schema": {"type": kind}});
    let style = "style-changed breaking";
    let unknown = json!({"content": {"application/json": {}}});
    let cases = [
        (json("integer"), styled("integer"), ""),
        (styled("boolean"), json("boolean"), ""),
        (json("number"), styled("integer"), "type-changed breaking"),
        (text("string"), styled("string"), ""),
        (styled("string"), json("string"), style),
        (json("object"), styled("object"), style),
        (styled("array"), json("array"), style),
        (styled("array"), text("array"), "cannot-judge risky"),
        (unknown, styled("object"), "cannot-judge risky"),
    ];
    hold(parameter, "request-parameter-", &cases);
    hold(
        header,
        "response-header-",
        &[(json("string"), styled("string"), style), (styled("integer"), json("integer"), "")],
    );
}

#[test]
fn the_fields_of_a_form_are_texts() {
    let told = |media_type: &str, old: Value, new: Value, encoding: Value| {
        wires(&reason(&body(media_type, &old, &encoding), &body(media_type, &new, &encoding))).join(", ")
    };
    let (number, text) = (json!({"type": "integer"}), json!({"type": "string"}));
    let list = |items: &Value| json!({"type": "array", "items": items});
    let object = |property: &Value| json!({"type": "object", "properties": {"n": property}});
    let wider = "request-property-type-generalized compatible";
    let other = "request-property-type-changed breaking";
    for form in ["application/x-www-form-urlencoded", "multipart/form-data"] {
        assert_eq!(told(form, number.clone(), text.clone(), json!({})), wider);
        assert_eq!(told(form, list(&number), list(&text), json!({})), wider);
        // An object in a form is written as JSON, and so is its description.
        assert_eq!(told(form, object(&number), object(&text), json!({})), other);
        assert_eq!(told(form, number.clone(), text.clone(), json!({"f": {"contentType": "application/json"}})), other);
    }
    assert_eq!(told("application/json", number, text, json!({})), other);
}

#[test]
fn one_value_is_a_list_of_one() {
    let one = |schema: Value| json!({"schema": schema});
    let list = |items: Value| json!({"schema": {"type": "array", "items": items}});
    let (text, number) = (|| json!({"type": "string"}), || json!({"type": "integer"}));
    let wider = "type-generalized compatible";
    let mut comma = list(text());
    comma["explode"] = json!(false);
    let mut comma_number = list(number());
    comma_number["explode"] = json!(false);
    // A list of one item must be allowed, whatever the item.
    for more in [
        json!({"minItems": 2}),
        json!({"maxItems": 0}),
        json!({"prefixItems": [number()]}),
        json!({"enum": [["a"]]}),
        json!({"contains": {"const": "a"}}),
        json!({"unevaluatedItems": false}),
    ] {
        let mut other = list(text());
        other["schema"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        hold(parameter, "request-parameter-", &[(one(text()), other.clone(), "type-changed breaking")]);
        hold(header, "response-header-", &[(other, one(text()), "type-changed breaking")]);
    }
    hold(
        parameter,
        "request-parameter-",
        &[
            (one(text()), list(text()), wider),
            (one(number()), list(text()), "type-generalized compatible, type-generalized compatible"),
            (
                one(text()),
                list(json!({"type": "string", "maxLength": 3})),
                "type-generalized compatible, max-length-set breaking",
            ),
            (list(text()), one(text()), "type-changed breaking"),
            (json!({"schema": number(), "explode": false}), comma_number.clone(), wider),
            // `explode` has no effect on the single value.
            (one(number()), comma_number.clone(), wider),
            (comma_number, one(number()), "type-changed breaking"),
            // A comma in a single value splits it in two.
            (json!({"schema": text(), "explode": false}), comma, "type-changed breaking"),
        ],
    );
    hold(
        header,
        "response-header-",
        &[
            (list(number()), one(number()), "type-specialized compatible"),
            (list(text()), one(text()), "type-changed breaking"),
            (one(number()), list(number()), "type-changed breaking"),
        ],
    );
}

#[test]
fn a_default_has_no_effect_on_a_required_value() {
    let sized = |required: bool, default: Value| {
        let mut property = json!({"type": "string"});
        if !default.is_null() {
            property["default"] = default;
        }
        (json!({"required": required, "schema": property}), property)
    };
    let cases = [
        (sized(true, json!("s")), sized(true, json!("m")), ""),
        (sized(true, json!(null)), sized(true, json!("m")), ""),
        (sized(false, json!("s")), sized(false, json!("m")), "default-value-changed breaking"),
        (sized(true, json!(null)), sized(false, json!("m")), "became-optional compatible"),
        (sized(false, json!("s")), sized(true, json!("s")), "became-required breaking"),
    ];
    for ((old, old_property), (new, new_property), wanted) in cases {
        hold(parameter, "request-parameter-", &[(old.clone(), new.clone(), wanted)]);
        let of = |keys: &Value, property: &Value, named: bool| {
            let size = if named { json!({"$ref": "#/components/schemas/Size"}) } else { property.clone() };
            let required = if keys["required"] == true { json!(["size"]) } else { json!([]) };
            let schema = json!({"type": "object", "required": required, "properties": {"size": size}});
            super::contract(
                "3.1.0",
                &schema,
                &json!({"type": "string"}),
                &if named { json!({"Size": property}) } else { json!({}) },
            )
        };
        // The same where the schema of the property is a component.
        for named in [false, true] {
            let told = wires(&reason(&of(&old, &old_property, named), &of(&new, &new_property, named)));
            let told: Vec<String> = told.iter().map(|it| it.replace("request-property-", "")).collect();
            assert_eq!(told.join(", "), wanted, "{old} to {new}, named: {named}");
        }
    }
}

#[test]
fn parts_of_a_form_have_default_encodings() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let list = || json!({"type": "array", "items": {"type": "string"}});
    let styled = |style: &str, explode: bool| json!({"f": {"style": style, "explode": explode}});
    let as_type = |name: &str| json!({"f": {"contentType": name}});
    let (text, map) = (json!({"type": "string"}), json!({"type": "object"}));
    let changed = |wire: &str| format!("request-body-encoding-changed {wire}");
    for (media_type, property, old, new, wanted) in [
        (FORM, list(), json!({}), styled("form", true), String::new()),
        (FORM, list(), styled("form", true), styled("form", false), changed("breaking")),
        (FORM, list(), json!({}), styled("pipeDelimited", false), changed("breaking")),
        (FORM, text.clone(), json!({}), styled("form", false), String::new()),
        (FORM, text.clone(), json!({}), as_type("text/plain"), String::new()),
        (FORM, text.clone(), json!({}), json!({"f": {"allowReserved": true}}), changed("compatible")),
        (FORM, map.clone(), json!({}), as_type("application/json"), String::new()),
        (FORM, map.clone(), json!({}), styled("deepObject", true), changed("breaking")),
        (FORM, text.clone(), json!({}), json!({"other": {"contentType": "image/png"}}), String::new()),
        ("multipart/form-data", text.clone(), json!({}), as_type("text/plain"), String::new()),
        ("multipart/form-data", text, as_type("text/plain"), as_type("application/json"), changed("breaking")),
        ("multipart/form-data", map, as_type("a/b"), as_type("a/b, c/d"), changed("compatible")),
        ("application/json", list(), json!({}), styled("form", false), String::new()),
    ] {
        let told = wires(&reason(&body(media_type, &property, &old), &body(media_type, &property, &new))).join(", ");
        assert_eq!(told, wanted, "{media_type} {property}: {old} to {new}");
    }
}

#[test]
fn an_alternative_whose_texts_another_one_takes_makes_no_difference() {
    let (text, number) = (|| json!({"type": "string"}), || json!({"type": "integer"}));
    let any = |branches: &[Value]| json!({"anyOf": branches});
    let with_number = |other: Value| any(&[number(), other]);
    let short = || json!({"type": "string", "maxLength": 3});
    let flags = || json!({"type": "string", "enum": ["true", "false", "auto"]});
    let (unwrapped, wrapped) = ("unwrapped", "wrapped-in-one-of");
    let (removed, added) = ("any-of-removed", "any-of-added");
    let three = || any(&[number(), json!({"type": "boolean"}), text()]);
    let two_dates = |more: &[Value]| any(&[&[number(), json!({"type": "string", "format": "date"})], more].concat());
    // What is single in the new schema or goes; whether it is the same text.
    let cases = [
        (with_number(text()), text(), unwrapped, wrapped, true),
        (any(&[number(), json!({"type": "boolean"}), text()]), text(), unwrapped, wrapped, true),
        (with_number(short()), short(), unwrapped, wrapped, false),
        (any(&[json!({"type": "integer", "minimum": 0, "maximum": 99}), short()]), short(), unwrapped, wrapped, true),
        (any(&[json!({"type": "boolean"}), flags()]), flags(), unwrapped, wrapped, true),
        (with_number(text()), number(), unwrapped, wrapped, false),
        (
            with_number(json!({"type": "string", "not": {"const": "7"}})),
            json!({"type": "string", "not": {"const": "7"}}),
            unwrapped,
            wrapped,
            false,
        ),
        (three(), with_number(text()), removed, added, true),
        (two_dates(&[json!({"type": "boolean"})]), two_dates(&[]), removed, added, false),
    ];
    for (many, few, gone, come, is_same) in &cases {
        let (lost, gained) = if *is_same { ("none", "none") } else { ("breaking", "compatible") };
        let pair = |old: &Value, new: &Value| (json!({"schema": old}), json!({"schema": new}));
        let ((a, b), (c, d)) = (pair(many, few), pair(few, many));
        hold(
            parameter,
            "request-parameter-",
            &[(a, b, &format!("{gone} {lost}")), (c, d, &format!("{come} {gained}"))],
        );
        // A body of JSON keeps them apart.
        let json: Make = |property| body("application/json", property, &json!({}));
        let apart = |kind: &str, wire: &str| format!("request-property-{kind} {wire}");
        hold(
            json,
            "",
            &[
                (many.clone(), few.clone(), &apart(gone, "breaking")),
                (few.clone(), many.clone(), &apart(come, "compatible")),
            ],
        );
        let form: Make = |property| body("application/x-www-form-urlencoded", property, &json!({}));
        hold(
            form,
            "",
            &[(many.clone(), few.clone(), &apart(gone, lost)), (few.clone(), many.clone(), &apart(come, gained))],
        );
    }
}
