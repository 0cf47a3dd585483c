//! How generating both sides changes the reasoned source verdicts.

use zerogate_contract::Document;
use zerogate_drift::{Basis, Drift, GENERATED_CODE_CHANGED, Source, diff, reason};

/// A contract with an operation and these component schemas.
fn document(responses: &str, schemas: &str) -> Document {
    let text = format!(
        "
openapi: 3.0.3
info: {{title: Shop, version: '1'}}
paths:
  /orders:
    post:
      operationId: placeOrder
      requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Order'}}}}}}}}
      responses: {{200: {{description: Placed.}}{responses}}}
components:
  schemas: {{{schemas}}}
"
    );
    Document::parse("shop.yaml", &text).unwrap()
}

fn compared(old: (&str, &str), new: (&str, &str)) -> Drift {
    let drift = diff(&document(old.0, old.1), &document(new.0, new.1));
    assert_eq!(drift.basis, Basis::Measured, "{drift}");
    drift
}

/// The changes with an effect on Rust code: id, verdict and pointer.
fn told(drift: &Drift) -> Vec<(&str, Source, &str)> {
    let told = drift.changes.iter().filter(|change| change.source != Source::None);
    told.map(|change| (change.id, change.source, change.place().map_or("", |place| place.pointer.as_str()))).collect()
}

const ORDER: &str = "Order: {type: object, properties: {note: {type: string}, state: {type: string, enum: [open]}}}";

#[test]
fn unexplained_code_changes_are_reported_at_their_component_or_operation() {
    // Two notations of one schema, for which the generator writes different types.
    let note = |schema: &str| ORDER.replace("note: {type: string}", &format!("note: {schema}"));
    let old = note("{allOf: [{type: number}, {type: integer}]}");
    let drift = compared(("", &old), ("", &note("{type: integer}")));
    assert_eq!(told(&drift), [(GENERATED_CODE_CHANGED, Source::Breaking, "/components/schemas/Order")], "{drift}");
    let change = drift.changes.iter().find(|change| change.id == GENERATED_CODE_CHANGED).unwrap();
    assert_eq!(change.operations(), ["placeOrder"]);
    assert!(change.lines.iter().any(|line| line.contains("types::Order.note")), "{change}");
    // The type has the name of a title.
    let titled = |schema: &str| ORDER.replace("note: {", &format!("by: {{title: Sender, {schema}}}, note: {{"));
    let old = titled("type: object, properties: {name: {allOf: [{type: number}, {type: integer}]}}");
    let new = titled("type: object, properties: {name: {type: integer}}");
    let drift = compared(("", &old), ("", &new));
    assert_eq!(told(&drift), [(GENERATED_CODE_CHANGED, Source::Breaking, "/components/schemas/Order")], "{drift}");
    // Two properties with the same name in Rust become two fields.
    let drift = compared(("", ORDER), ("", &ORDER.replace("note:", "Note: {type: string}, note:")));
    assert!(told(&drift).iter().all(|(_, source, _)| *source != Source::Breaking), "{drift}");
}

#[test]
fn lost_code_is_reported_at_its_cause() {
    let order = |old: &str, new: &str| ORDER.replace(old, new);
    let gift = |schema: &str| {
        format!(", 422: {{description: Refused., content: {{application/json: {{schema: {{{schema}}}}}}}}}")
    };
    let why = gift("type: object, properties: {why: {type: string}, code: {type: string, enum: [late, lost]}}");
    let address = "type: object, properties: {at: {type: object, properties: {street: {type: string}}}}";
    let component = "/components/schemas/Order";
    let at = |rest: &str| format!("/paths/~1orders/post/responses/422{rest}");
    let in_schema = |rest: &str| at(&format!("/content/application~1json/schema{rest}"));
    let cases = [
        (
            "the first required property",
            ("", ORDER.to_owned()),
            (
                String::new(),
                order("type: object,", "type: object, required: [by],").replace("note:", "by: {type: string}, note:"),
            ),
            ("new-required-request-property", format!("{component}/properties/by"), "types::Order: Default"),
        ),
        (
            "a component that takes the name of an inline type",
            ("", ORDER.to_owned()),
            (String::new(), format!("{ORDER}, OrderState: {{type: object, properties: {{by: {{type: string}}}}}}")),
            ("api-schema-added", "/components/schemas/OrderState".to_owned(), "types::OrderState::Open"),
        ),
        (
            "two values with the same name in Rust",
            ("", ORDER.to_owned()),
            (String::new(), order("[open]", "[open, Open]")),
            (
                "request-property-enum-value-added",
                format!("{component}/properties/state/enum/1"),
                "enum types::OrderState",
            ),
        ),
        (
            "the first error with a body",
            ("", ORDER.to_owned()),
            (why.clone(), ORDER.to_owned()),
            ("response-non-success-status-added", at(""), "Error<()>"),
        ),
        (
            "a value of an inline enum",
            (why.as_str(), ORDER.to_owned()),
            (why.replace("late, ", ""), ORDER.to_owned()),
            (
                "response-property-enum-value-removed",
                in_schema("/properties/code/enum/0"),
                "types::PlaceOrderResponseCode::Late",
            ),
        ),
        (
            "the last property of an inline object",
            (&gift(address), ORDER.to_owned()),
            (gift(&address.replace("{street: {type: string}}", "{}")), ORDER.to_owned()),
            (
                "response-optional-property-removed",
                in_schema("/properties/at/properties/street"),
                "struct types::PlaceOrderResponseAt",
            ),
        ),
    ];
    for (name, (old_responses, old_schemas), (new_responses, new_schemas), (id, at, line)) in &cases {
        let drift = compared((old_responses, old_schemas), (new_responses, new_schemas));
        let mut breaks = told(&drift);
        breaks.retain(|(_, source, _)| *source == Source::Breaking);
        assert_eq!(breaks, [(*id, Source::Breaking, at.as_str())], "{name}: {drift}");
        let change = drift.changes.iter().find(|change| change.source == Source::Breaking).unwrap();
        // What was reasoned needs no proof.
        let is_shown = change.lines.iter().any(|lost| lost.contains(line));
        assert!(is_shown || change.lines.is_empty() && !change.message.contains("loses nothing"), "{name}: {change}");
    }
}

#[test]
fn explained_code_changes_are_not_reported_again() {
    for (new, id) in [
        (ORDER.replace("note: {type: string}, ", ""), "request-property-removed"),
        (ORDER.replace("note: {type: string}", "note: {type: integer}"), "request-property-type-changed"),
        (ORDER.replace("state: {", "state: {title: Phase, "), "title-changed"),
        (ORDER.replace("type: object", "type: object, required: [note]"), "request-property-became-required"),
    ] {
        let drift = compared(("", ORDER), ("", &new));
        let told = told(&drift);
        assert!(matches!(told.as_slice(), [(told, Source::Breaking, _)] if *told == id), "{id}: {drift}");
    }
}

#[test]
fn members_from_all_of_are_reported_at_their_own_place() {
    let gift =
        "Gift: {allOf: [{$ref: '#/components/schemas/Order'}, {type: object, properties: {card: {type: string}}}]}";
    let old = format!("{ORDER}, {gift}");
    for (new, id) in [
        (old.replace("note: {type: string}, ", ""), "request-property-removed"),
        (old.replace("[open]", "[shut]"), "request-property-enum-values-replaced"),
    ] {
        let drift = compared(("", &old), ("", &new));
        let told = told(&drift);
        assert!(matches!(told.as_slice(), [(told, Source::Breaking, _)] if *told == id), "{id}: {drift}");
    }
}

#[test]
fn a_second_break_is_reported_beside_an_explained_one() {
    let new = ORDER.replace("state: {type: string, enum: [open]}", "state: {type: string, enum: [open, Open]}");
    let new = new.replace("note: {type: string}, ", "");
    let drift = compared(("", ORDER), ("", &new));
    let breaks: Vec<&str> =
        drift.changes.iter().filter(|change| change.source == Source::Breaking).map(|change| change.id).collect();
    assert_eq!(breaks, ["request-property-removed", "request-property-enum-value-added"], "{drift}");
}

#[test]
fn no_lost_line_is_no_break_and_additions_are_reported_once() {
    // The same enum, written differently.
    let new = ORDER.replace("{type: string, enum: [open]}", "{oneOf: [{type: string, enum: [open]}]}");
    assert_eq!(told(&compared(("", ORDER), ("", &new))), []);
    let grown = compared(("", ORDER), ("", &ORDER.replace("note:", "memo: {type: string}, note:")));
    assert_eq!(
        told(&grown),
        [("new-optional-request-property", Source::Compatible, "/components/schemas/Order/properties/memo")]
    );
}

#[test]
fn without_generated_code_the_verdict_is_not_measured_and_says_so() {
    let (old, new) = (document("", ORDER), document("", &ORDER.replace("type: string}", "type: text}")));
    for (old, new, side) in [(&old, &new, "the new contract"), (&new, &old, "the old contract")] {
        let drift = diff(old, new);
        assert!(matches!(&drift.basis, Basis::NotGenerated(why) if why.starts_with(side)), "{:?}", drift.basis);
        assert_eq!(drift.changes, reason(old, new).changes);
    }
}

#[test]
fn a_name_that_stays_for_something_else_breaks_code_that_compiles() {
    let of = |paths: &str| {
        let text = format!("openapi: 3.0.3\ninfo: {{title: Shop, version: '1'}}\npaths: {{{paths}}}\n");
        Document::parse("shop.yaml", &text).unwrap()
    };
    let call = |id: &str| format!("{{operationId: {id}, responses: {{200: {{description: Done.}}}}}}");
    let orders = |get: &str, delete: &str| format!("/orders: {{get: {}, delete: {}}}", call(get), call(delete));
    let archive = |id: &str| format!(", /archive: {{get: {}}}", call(id));
    let path = |template: &str, names: [&str; 2]| {
        let [one, other] =
            names.map(|name| format!("{{name: {name}, in: path, required: true, schema: {{type: string}}}}"));
        format!("'{template}': {{parameters: [{one}, {other}], get: {}}}", call("show"))
    };
    let swapped = "code that calls `drop` still compiles, but calls that one";
    let taken = "`list` is now the id of GET /archive; code that calls `list` still compiles, but calls that one";
    let line =
        "was renamed to `line`, and another one to `order`; code that sets `order` still compiles, but sets that one";
    for (old, new, breaks, message) in [
        (orders("list", "drop"), orders("drop", "list"), 2, swapped),
        // An added operation has the old id.
        (orders("list", "drop"), orders("listOpen", "drop") + &archive("list"), 1, taken),
        (path("/o/{order}/{line}", ["order", "line"]), path("/o/{line}/{order}", ["order", "line"]), 2, line),
        // Nothing has the old id.
        (orders("list", "drop"), orders("listOpen", "drop"), 1, "the operation `list` changed id to `listOpen`"),
        (
            path("/o/{order}/{line}", ["order", "line"]),
            path("/o/{order}/{item}", ["order", "item"]),
            1,
            "the path parameter `line` was renamed to `item`",
        ),
    ] {
        let drift = diff(&of(&old), &of(&new));
        assert_eq!(drift.basis, Basis::Measured, "{drift}");
        let told: Vec<_> = drift.changes.iter().filter(|change| change.source == Source::Breaking).collect();
        assert_eq!(told.len(), breaks, "{drift}");
        assert!(told.iter().any(|change| change.message.ends_with(message)), "{message}: {drift}");
    }
}

#[test]
fn the_measured_end_of_a_message_is_dropped_with_the_source_verdict() {
    let drift = compared(("", ORDER), ("", &ORDER.replace("[open]", "[open, Open]")));
    let change = drift.changes.iter().find(|change| change.message.contains("; the generated code")).expect("measured");
    let plain = change.message.split("; the generated code").next().unwrap();
    let dropped = |message: String| {
        let mut change = change.clone();
        change.message = message;
        change.drop_source();
        change.message
    };
    assert_eq!(dropped(change.message.clone()), plain);
    assert_eq!(dropped(format!("See: {}", change.message)), format!("See: {plain}"));
    assert_eq!(dropped("ä".repeat(99)), "ä".repeat(99));
}
