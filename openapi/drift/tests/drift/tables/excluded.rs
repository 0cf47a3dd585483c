//! Types that `not`, a condition or a list of all other types excludes, null among them.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, judge, with};

#[test]
fn a_type_that_is_excluded_is_none_of_the_types() {
    let text = || json!({"type": "string"});
    let nullable = |more: Value| with(json!({"type": ["string", "null"]}), more);
    let nil = || json!({"type": "null"});
    let both = |one: Value| json!({"anyOf": [one, text()]});
    let (out, let_in) = ("became-not-nullable breaking", "became-nullable breaking");
    let (out_kindly, let_in_kindly) = ("became-not-nullable compatible", "became-nullable compatible");
    let mut cases = vec![
        ("another type", json!({"type": ["string", "integer"], "not": text()}), json!({"type": "integer"}), "", ""),
        (
            "by a join",
            json!({"allOf": [{"type": ["string", "integer"]}, {"not": text()}]}),
            json!({"type": "integer"}),
            "",
            "",
        ),
        (
            "all types",
            text(),
            with(text(), json!({"not": {"description": "Nothing."}})),
            "type-changed breaking",
            "type-changed breaking",
        ),
        (
            "some values of a type",
            text(),
            with(text(), json!({"not": {"type": "string", "minLength": 5}})),
            "not-added breaking",
            "not-added compatible",
        ),
        (
            "null, in an alternative",
            both(nil()),
            both(with(nil(), json!({"not": nil()}))),
            "became-not-nullable breaking, wrapped-in-one-of compatible",
            "became-not-nullable compatible, wrapped-in-one-of breaking",
        ),
        (
            "null by a condition, instead of null alone",
            nil(),
            json!({"if": nil(), "then": text()}),
            "became-not-nullable breaking, type-generalized compatible",
            "became-not-nullable compatible, type-changed breaking",
        ),
        (
            "as its types say",
            nullable(json!({"if": text(), "else": {"type": "integer"}})),
            nullable(json!({"if": text(), "else": {"type": "integer"}, "not": nil()})),
            "",
            "",
        ),
    ];
    for excluded in [nil(), json!({"const": null}), json!({"enum": [null]})] {
        cases.push(("null", nullable(json!({})), nullable(json!({"not": excluded})), out, out_kindly));
        cases.push(("null, no longer", nullable(json!({"not": excluded})), nullable(json!({})), let_in_kindly, let_in));
        cases.push(("null of any type", json!({}), json!({"not": excluded}), out, out_kindly));
        let beside = json!({"type": ["null", "integer"], "not": excluded});
        cases.push(("null beside a type", both(json!({"type": "integer"})), both(beside), "", ""));
    }
    let all_others = json!({"type": ["array", "boolean", "number", "object", "string"]});
    cases.push(("null, by naming all others", json!({}), all_others.clone(), out, out_kindly));
    cases.push(("null, by naming all others, no longer", all_others, json!({}), let_in_kindly, let_in));
    judge(cases);
}

#[test]
fn null_and_nothing_have_different_names() {
    let of = |schema: Value| contract("3.1.0", &schema, &json!({"type": "string"}), &json!({}));
    let message = |old: Value, new: Value| {
        let told = reason(&of(old), &of(new)).changes;
        told.into_iter().map(|it| it.message).find(|it| it.contains("changed type")).unwrap_or_default()
    };
    let (nil, text) = (|| json!({"type": "null"}), || json!({"type": "string"}));
    assert_eq!(message(nil(), text()), "the body of the request changed type from null to string");
    assert_eq!(
        message(json!({"type": ["string", "null"]}), nil()),
        "the body of the request changed type from string to null"
    );
    assert_eq!(message(text(), json!(false)), "the body of the request changed type from string to nothing");
}
