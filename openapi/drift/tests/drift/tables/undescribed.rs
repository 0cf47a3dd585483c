//! What `unevaluatedProperties` and `unevaluatedItems` are about depends on everything that describes a value.

use serde_json::{Value, json};

use super::{judge, with};

#[test]
fn schemas_that_describe_more_leave_less_undescribed() {
    let text = || json!({"type": "string"});
    let pet = |rest: Value, more: Value| {
        let own = json!({"type": "object", "properties": {"name": {}, "tag": {}}, "unevaluatedProperties": rest});
        with(own, more)
    };
    let closed = |more: Value| pet(json!(false), more);
    let none = || json!({});
    let tagged = |then: Value| json!({"if": {"required": ["tag"]}, "then": then});
    let wings = |schema: Value| json!({"properties": {"wings": schema}});
    let describing = [
        ("condition", tagged(wings(text()))),
        ("condition", json!({"if": {"required": ["tag"]}, "else": {"patternProperties": {"^wing": text()}}})),
        ("dependent-schema", json!({"dependentSchemas": {"tag": {"allOf": [wings(text())]}}})),
        ("any-of", json!({"anyOf": [wings(text()), {"type": "object", "properties": {"legs": {}}}]})),
    ];
    for (stem, more) in describing {
        let (gone, come) = match stem {
            "any-of" => ("any-of-unset", "any-of-set"),
            _ => (&*format!("{stem}-removed"), &*format!("{stem}-added")),
        };
        // Readers ignore what is opened.
        let (rejected, opened) =
            ((format!("{gone} breaking"), format!("{gone} compatible")), format!("{come} compatible"));
        judge(vec![
            ("gone", closed(more.clone()), closed(none()), &rejected.0, &rejected.1),
            ("come", closed(none()), closed(more.clone()), &opened, &opened),
        ]);
        // Elsewhere, they can only reject.
        let bare = |more: &Value| with(json!({"type": "object", "properties": {"name": {}, "tag": {}}}), more.clone());
        let (looser, stricter) = (
            (format!("{gone} compatible"), format!("{gone} breaking")),
            (format!("{come} breaking"), format!("{come} compatible")),
        );
        judge(vec![
            ("gone where nothing is closed", bare(&more), bare(&none()), &looser.0, &looser.1),
            ("come where nothing is closed", bare(&none()), bare(&more), &stricter.0, &stricter.1),
        ]);
    }
}

#[test]
fn what_describes_and_restricts_is_a_risk_in_either_direction() {
    let text = || json!({"type": "string"});
    let pet = |rest: Value, more: Value| {
        let own = json!({"type": "object", "properties": {"name": {}, "tag": {}}, "unevaluatedProperties": rest});
        with(own, more)
    };
    let tagged = |then: Value| json!({"if": {"required": ["tag"]}, "then": then});
    let wings = |schema: Value| json!({"properties": {"wings": schema}});
    let (numbers, none) = (|| json!({"type": "integer"}), || json!({}));
    let (gone, come) = ("condition-removed compatible", "condition-added breaking");
    let (lost, gained) = ("condition-removed breaking", "condition-added compatible");
    let asked = || tagged(with(wings(text()), json!({"maxProperties": 3})));
    let known = || tagged(json!({"properties": {"name": {"maxLength": 3}}}));
    judge(vec![
        ("also limits", pet(json!(false), asked()), pet(json!(false), none()), "condition-removed risky", lost),
        ("also limits, new", pet(json!(false), none()), pet(json!(false), asked()), come, "condition-added risky"),
        (
            "of another type than what is undescribed",
            pet(numbers(), tagged(wings(text()))),
            pet(numbers(), none()),
            "condition-removed risky",
            lost,
        ),
        ("of any type", pet(numbers(), tagged(wings(json!({})))), pet(numbers(), none()), lost, gone),
        ("of any type, new", pet(numbers(), none()), pet(numbers(), tagged(wings(json!({})))), gained, come),
        ("only what is described anyway", pet(json!(false), known()), pet(json!(false), none()), gone, lost),
        ("only what is described anyway, new", pet(json!(false), none()), pet(json!(false), known()), come, gained),
        (
            "by `if` alone",
            pet(json!(false), json!({"if": wings(text()), "then": {"maxProperties": 3}})),
            pet(json!(false), none()),
            "condition-removed risky",
            lost,
        ),
        (
            "exactly one of them",
            pet(json!(false), json!({"oneOf": [wings(text()), {"properties": {"legs": {}}}]})),
            pet(json!(false), none()),
            "one-of-unset risky",
            "one-of-unset breaking",
        ),
        (
            "one of the outcomes",
            pet(json!(false), with(tagged(wings(text())), json!({"else": {"properties": {"legs": {}}}}))),
            pet(json!(false), tagged(wings(text()))),
            lost,
            gone,
        ),
    ]);
}

#[test]
fn items_beyond_the_described_ones_are_rejected_by_any_keyword() {
    let list = |keys: Value| with(json!({"type": "array"}), keys);
    let first = || json!({"prefixItems": [{"type": "string"}]});
    let closed = |keys: Value| list(with(json!({"unevaluatedItems": false}), keys));
    let texts = |keys: Value| with(json!({"contains": {"type": "string"}}), keys);
    let some = || texts(json!({"minContains": 0}));
    let (gone, come) = ("prefix-items-removed", "prefix-items-added");
    judge(vec![
        (
            "opened",
            closed(first()),
            list(first()),
            "unevaluated-items-removed compatible",
            "unevaluated-items-removed breaking",
        ),
        (
            "opened, like `items`",
            list(with(first(), json!({"items": false}))),
            list(first()),
            "items-relaxed compatible",
            "items-relaxed breaking",
        ),
        (
            "no longer described by its position",
            closed(first()),
            closed(json!({})),
            &format!("{gone} breaking"),
            &format!("{gone} compatible"),
        ),
        (
            "described by its position",
            closed(json!({})),
            closed(first()),
            &format!("{come} compatible"),
            &format!("{come} breaking"),
        ),
        (
            "described by its position, and otherwise a number",
            list(with(first(), json!({"unevaluatedItems": {"type": "integer"}}))),
            list(json!({"unevaluatedItems": {"type": "integer"}})),
            "type-changed breaking",
            "type-changed breaking",
        ),
        (
            "no longer accepts what it may contain",
            closed(some()),
            closed(json!({})),
            "contains-removed breaking",
            "contains-removed compatible",
        ),
        (
            "accepts what it may contain",
            closed(json!({})),
            closed(some()),
            "contains-added compatible",
            "contains-added breaking",
        ),
        ("accepts anything, and what it may contain", list(json!({})), list(some()), "", ""),
        (
            "must contain some",
            closed(json!({})),
            closed(texts(json!({}))),
            "contains-added breaking",
            "contains-added risky",
        ),
        (
            "alternatives of positions",
            closed(json!({"anyOf": [first(), {"prefixItems": [{"type": "integer"}]}]})),
            closed(json!({})),
            "any-of-unset breaking",
            "any-of-unset compatible",
        ),
    ]);
}
