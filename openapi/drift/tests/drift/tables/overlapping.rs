//! Alternatives that have more values in common now, or fewer.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, judge, wires, with};

fn one_of(branches: Value) -> Value {
    json!({"oneOf": branches})
}

/// A row for an alternative that becomes another one beside others, and one for the way back.
fn cases<'w>(
    name: &'static str,
    (old, new, others): (Value, Value, &[Value]),
    around: &Value,
    [request, response, back_in_request, back_in_response]: [&'w str; 4],
) -> [super::Case<'w>; 2] {
    let [old, new] = [old, new].map(|it| with(one_of([others, &[it]].concat().into()), around.clone()));
    [(name, old.clone(), new.clone(), request, response), (name, new, old, back_in_request, back_in_response)]
}

#[test]
fn a_scalar_that_two_alternatives_take_now_is_rejected_and_one_that_a_single_one_takes_is_new() {
    let (whole, number) = (|| json!({"type": "integer"}), |least: f64| json!({"type": "number", "minimum": least}));
    let (short, long) =
        (|most: u8| json!({"type": "string", "maxLength": most}), || json!({"type": "string", "minLength": 3}));
    let fewer =
        ["min-decreased compatible", "min-decreased risky", "min-increased breaking", "min-increased compatible"];
    let most = ["max-length-increased compatible", "max-length-increased risky"];
    let least = ["max-length-decreased breaking", "max-length-decreased compatible"];
    let [longer, shorter] = [most, least].map(|[request, response]| {
        [
            format!("{request}, one-of-overlapped breaking"),
            format!("{response}, one-of-overlapped compatible"),
            format!("{request}, one-of-parted compatible"),
            format!("{response}, one-of-parted risky"),
        ]
    });
    let list = json!({"type": "string", "enum": (0..600).map(|index| index.to_string()).collect::<Vec<_>>()});
    let rows = [
        cases(
            "integers",
            (number(10.0), number(0.0), &[whole()]),
            &json!({}),
            [
                "min-decreased compatible, one-of-overlapped breaking",
                "min-decreased risky, one-of-overlapped compatible",
                "min-increased breaking, one-of-parted compatible",
                "min-increased compatible, one-of-parted risky",
            ],
        ),
        cases("no integers", (number(0.75), number(0.25), &[whole()]), &json!({}), fewer),
        cases(
            "integers that are rejected anyway",
            (number(10.0), number(0.0), &[whole()]),
            &json!({"exclusiveMinimum": 10}),
            fewer,
        ),
        cases(
            "integers that match two anyway",
            (number(10.0), number(0.0), &[whole(), json!({"type": "integer", "maximum": 20})]),
            &json!({}),
            fewer,
        ),
        cases("texts", (short(3), short(4), &[long()]), &json!({}), [&longer[0], &longer[1], &shorter[2], &shorter[3]]),
        cases(
            "beside a long list",
            (number(20.0), number(12.0), &[list, whole()]),
            &json!({}),
            [
                "min-decreased compatible, one-of-overlapped breaking",
                "min-decreased risky, one-of-overlapped compatible",
                "min-increased breaking, one-of-parted compatible",
                "min-increased compatible, one-of-parted risky",
            ],
        ),
        cases(
            "told apart",
            (short(3), short(4), &[long()]),
            &json!({"discriminator": {"propertyName": "p"}}),
            [most[0], most[1], least[0], least[1]],
        ),
    ];
    judge(rows.into_iter().flatten().collect());
}

#[test]
fn an_object_that_two_alternatives_take_now_is_rejected() {
    let needs = |names: Value| json!({"required": names});
    let object = |more: Value| with(json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}}), more);
    let (out, into) = (
        ["became-optional compatible", "became-optional breaking"],
        ["became-required breaking", "became-required compatible"],
    );
    let same = [out[0], out[1], into[0], into[1]];
    let told = |wire: &str| format!("{}, one-of-overlapped {wire}", out[0]);
    let (certain, maybe, received) =
        (told("breaking"), told("risky"), format!("{}, one-of-overlapped compatible", out[1]));
    let change = || (needs(json!(["b", "c"])), needs(json!(["b"])));
    let a = || needs(json!(["a"]));
    let rows = [
        cases(
            "fewer required",
            (change().0, change().1, &[a()]),
            &object(json!({})),
            [&certain, &received, into[0], into[1]],
        ),
        cases(
            "of a closed object",
            (change().0, change().1, &[a()]),
            &object(json!({"additionalProperties": false})),
            [&certain, &received, into[0], into[1]],
        ),
        cases(
            "required by the other one",
            (change().0, change().1, &[needs(json!(["a", "c"]))]),
            &object(json!({})),
            same,
        ),
        cases(
            "one of three",
            (change().0, change().1, &[a(), needs(json!(["a", "b", "c"]))]),
            &object(json!({})),
            [&maybe, &received, into[0], into[1]],
        ),
        cases(
            "only received",
            (change().0, change().1, &[a()]),
            &json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {"readOnly": true}}}),
            same,
        ),
        cases(
            "next to a limit",
            (change().0, change().1, &[a()]),
            &object(json!({"maxProperties": 1})),
            [&maybe, &received, into[0], into[1]],
        ),
    ];
    judge(rows.into_iter().flatten().collect());
}

#[test]
fn an_alternative_that_takes_values_of_another_one_rejects_them() {
    let list = |most: u64| json!({"type": "array", "maxItems": most});
    let code = |pattern: &str, most: u64| json!({"type": "string", "pattern": pattern, "maxLength": most});
    let longer = json!({"type": "string", "minLength": 4});
    let card =
        |tags: Value| json!({"type": "object", "required": ["method"], "properties": {"method": {"enum": tags}}});
    let (limit, wider) = ("max-length-increased", "enum-value-added");
    let range = |least: u8, most: u8| json!({"type": "integer", "minimum": least, "maximum": most});
    let bounds = ["max-increased compatible, min-decreased compatible", "max-increased risky, min-decreased risky"];
    let overlap = |wire: &str, it: usize| format!("{}, one-of-overlapped {wire}", bounds[it]);
    let (apart, met) = (one_of(json!([range(1, 5), range(10, 15)])), one_of(json!([range(1, 11), range(9, 15)])));
    judge(vec![
        // What matches two of them now matched none before.
        ("only new values", apart.clone(), one_of(json!([range(1, 7), range(7, 15)])), bounds[0], bounds[1]),
        ("old values too", apart, met, &overlap("breaking", 0), &overlap("compatible", 1)),
    ]);
    for (old, new, other, change, [request, response], overlap) in [
        (
            list(2),
            list(5),
            json!({"type": "array", "minItems": 3}),
            "max-items-increased",
            ["compatible", "risky"],
            "risky",
        ),
        (code("^x", 3), code("^x", 9), longer.clone(), limit, ["compatible", "risky"], "risky"),
        (
            card(json!(["card"])),
            card(json!(["card", "cash"])),
            card(json!(["cash"])),
            wider,
            ["compatible", "risky"],
            "breaking",
        ),
        // Some were shared before.
        (code("^x", 5), code("^x", 9), longer.clone(), limit, ["compatible", "risky"], "risky"),
        // Still apart.
        (code("^x", 2), code("^x", 3), longer, limit, ["compatible", "risky"], ""),
        (
            card(json!(["card"])),
            card(json!(["card", "bank"])),
            card(json!(["cash"])),
            wider,
            ["compatible", "risky"],
            "",
        ),
    ] {
        let told = |wire: &str, overlap: &str| match overlap {
            "" => format!("{change} {wire}"),
            overlap => format!("{change} {wire}, one-of-overlapped {overlap}"),
        };
        let received = if overlap.is_empty() { "" } else { "compatible" };
        let (request, response) = (told(request, overlap), told(response, received));
        let place = |branch: &Value| one_of(json!([branch, other]));
        judge(vec![("inline", place(&old), place(&new), &request, &response)]);
        // By references, with the same text where the alternatives are.
        let of = |branch: &Value, more: Value| {
            let mut place =
                one_of(json!([{"$ref": "#/components/schemas/One"}, {"$ref": "#/components/schemas/Other"}]));
            place.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let sent = json!({"type": "object", "properties": {"p": place}});
            contract("3.1.0", &sent, &json!({"type": "string"}), &json!({"One": branch, "Other": other}))
        };
        for (more, wanted) in [(json!({}), overlap), (json!({"discriminator": {"propertyName": "method"}}), "")] {
            let drift = reason(&of(&old, more.clone()), &of(&new, more));
            let mut told = wires(&drift);
            told.retain(|it| it.contains("overlapped"));
            let wanted = (!wanted.is_empty()).then(|| format!("request-property-one-of-overlapped {wanted}"));
            assert_eq!(told, Vec::from_iter(wanted), "{drift}");
        }
    }
}
