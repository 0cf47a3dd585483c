//! The reports on comparisons, with made-up changes of every severity and hostile texts.

use jiff::civil::date;
use serde_json::Value;
use zerogate_conformance::report::{DriftFormat, Styles, drift_schema, drift_text};
use zerogate_conformance::{Comparison, FailOn, IgnoreList, Only};
use zerogate_contract::Document;
use zerogate_drift::{Change, Direction, Drift, Place, Reach, Source, Wire};

use crate::{markup, schema, snapshot};

const IGNORED: &str = r#"
[[ignore]]
id = "request-property-removed"
pointer = "/components/schemas/CreateSessionRequest/properties/flow"
reason = "we never send it | see #12"
expires = "2026-12-31"

[[ignore]]
id = "response-status-removed"
pointer = "/paths/~1gate_sessions/get"
reason = "was settled with the vendor"
expires = "2026-12-31"

[[ignore]]
id = "response-property-became-nullable"
pointer = "/components/schemas/GateSession/properties/amount"
reason = "only in the sandbox"
expires = "2026-05-31"
"#;

fn contract(name: &str) -> Document {
    Document::parse(name, crate::CONTRACT).unwrap()
}

fn place(pointer: &str) -> Option<Place> {
    let position = contract("gate-v1.yaml").position(pointer);
    Some(Place { pointer: pointer.to_owned(), position, file: None })
}

fn reach(operation: &str, direction: Option<Direction>, status: Option<&str>, field: &str) -> Reach {
    let (status, field) = (status.map(str::to_owned), field.to_owned());
    Reach { direction, status, field, ..Reach::whole(operation) }
}

fn change(id: &'static str, wire: Wire, source: Source, message: &str) -> Change {
    let mut change = Change::new(id, message);
    (change.wire, change.source) = (wire, source);
    change
}

/// Every response with a session.
fn of_a_session(field: &str) -> Vec<Reach> {
    let response = |operation, status, field: &str| reach(operation, Some(Direction::Response), Some(status), field);
    vec![
        response("cancelSession", "201", field),
        response("createSession", "201", field),
        response("listSessions", "200", &format!("data[].{field}")),
        response("retrieveSession", "200", field),
    ]
}

fn drift() -> Drift {
    let mut removed = change(
        "response-property-became-nullable",
        Wire::Breaking,
        Source::Breaking,
        "the property `amount` may now be null",
    );
    removed.old = place("/components/schemas/GateSession/properties/amount");
    removed.new = removed.old.clone();
    removed.reach = of_a_session("amount");

    let mut status = change("response-status-removed", Wire::Breaking, Source::None, "the response 409 is gone");
    status.old = place("/paths/~1gate_sessions~1{id}~1cancel/post/responses/409");
    status.reach = vec![reach("cancelSession", Some(Direction::Response), Some("409"), "")];

    let mut value = change(
        "response-property-enum-value-added",
        Wire::Risky,
        Source::Compatible,
        "the property `status` has a new value `paused|<b>@octocat</b>`, and *nobody*\n::error::knows 100% of it: \u{1b}[2J",
    );
    value.old = place("/components/schemas/GateSessionStatus/enum");
    value.new = place("/components/schemas/GateSession/properties/status");
    value.reach = of_a_session("status");

    let mut ignored = change("request-property-removed", Wire::Risky, Source::Breaking, "the property `flow` is gone");
    ignored.old = place("/components/schemas/CreateSessionRequest/properties/flow");
    ignored.reach = vec![reach("createSession", Some(Direction::Request), None, "flow")];

    let mut added = change("endpoint-added", Wire::Compatible, Source::Compatible, "the operation `refund` was added");
    added.new = Some(Place { pointer: "/paths/~1refunds/post".to_owned(), position: None, file: None });
    added.reach = vec![reach("refund", None, None, "")];

    let mut renamed = change(
        "schema-renamed",
        Wire::None,
        Source::Breaking,
        "the schema `Error` is called `Problem` now, and is otherwise the same",
    );
    renamed.old = place("/components/schemas/Error");
    renamed.new = place("/components/schemas/ErrorType");
    renamed.reach = vec![reach("cancelSession", Some(Direction::Response), Some("5XX"), "")];

    let mut described = change("description-changed", Wire::None, Source::None, "the description has changed");
    described.doc_only = true;
    described.old = place("/info/description");
    described.new = described.old.clone();

    let mut drift = Drift::default();
    drift.changes = vec![removed, status, renamed, value, ignored, added, described];
    drift
}

fn compared(drift: Drift) -> Comparison {
    Comparison::new(&contract("git:HEAD:openapi/gate-v1.yaml"), &contract("./vendor.yaml"), drift)
        .in_files("openapi/gate-v1.yaml", "./vendor.yaml")
}

fn everything() -> Comparison {
    let list = IgnoreList::parse("drift-ignore.toml", IGNORED).unwrap();
    compared(drift()).ignoring(&list, date(2026, 6, 1))
}

fn written(format: &str, comparison: &Comparison) -> String {
    let format = DriftFormat::all().find(|it| it.name() == format).unwrap();
    format.drift(comparison, Styles::plain()).unwrap()
}

#[test]
fn in_every_format() {
    for format in DriftFormat::all().map(|format| format.name()) {
        let report = written(format, &everything());
        assert!(format != "html" || markup::complaint(&report).is_none(), "{:?}", markup::complaint(&report));
        snapshot::check(&format!("drift-{format}"), &format!("Changes of every gravity, as {format}."), &report);
    }
}

#[test]
fn for_a_pull_request() {
    let report = written("markdown", &everything());
    let rows: Vec<&str> = report.lines().filter(|line| line.starts_with('|')).collect();
    // And one for the unchanged version.
    assert_eq!(rows.len(), 2 + drift().changes.len() + 1);
    for row in rows {
        assert_eq!(row.matches('|').count(), 8, "{row}");
    }
}

#[test]
fn a_comment_on_a_pull_request_is_never_too_long() {
    let mut many = drift();
    many.changes = many.changes.iter().cycle().take(5_000).cloned().collect();
    let report = written("markdown", &compared(many));
    assert!(report.len() < 65_536 && report.contains(" more: too many for a comment."), "{}", report.len());
}

#[test]
fn a_page_is_never_too_long() {
    let mut many = drift();
    many.changes = many.changes.iter().cycle().take(20_000).cloned().collect();
    let report = written("html", &compared(many));
    assert!(report.len() < 2_100_000 && report.contains(" more: too many for a page."), "{}", report.len());
    assert_eq!(markup::complaint(&report), None);
}

#[test]
fn for_github() {
    for line in written("github", &everything()).lines() {
        assert!(["::error file=", "::warning file=", "::notice file="].iter().any(|start| line.starts_with(start)));
    }
}

#[test]
fn for_a_program() {
    valid(&written("json", &everything()));
    valid(&written("json", &compared(Drift::default())));
}

/// Validates the report against the published schema.
pub(crate) fn valid(report: &str) -> Value {
    let fields = [
        "schema_version",
        "old",
        "new",
        "only",
        "source_basis",
        "not_generated",
        "provider",
        "sunset",
        "hidden",
        "overall",
        "changes",
        "lapsed",
    ];
    schema::check(&drift_schema(), report, &fields);
    serde_json::from_str(report).unwrap()
}

#[test]
fn of_nothing() {
    let nothing = compared(Drift::default());
    for format in ["text", "markdown"] {
        snapshot::check(&format!("drift-nothing-{format}"), "Nothing changed.", &written(format, &nothing));
    }
    assert_eq!(written("github", &nothing), "");
    assert!(!nothing.fails(FailOn::Any));
    for (only, wanted) in
        [(Only::Wire, "nothing changed on the wire\n"), (Only::Source, "nothing changed in the generated code\n")]
    {
        let report = written("text", &compared(Drift::default()).only(only));
        assert!(report.contains(wanted), "{report}");
    }
}

#[test]
fn colours_change_only_the_style() {
    let mut coloured = Vec::new();
    drift_text(&everything(), Styles::coloured(), &mut coloured).unwrap();
    let (coloured, plain) = (String::from_utf8(coloured).unwrap(), written("text", &everything()));
    assert!(coloured.contains('\x1b') && !plain.contains('\x1b'));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn a_level_covers_wire_and_source() {
    use FailOn::{Any, Breaking, Risky};
    for (wire, source, fails) in [
        (Wire::Breaking, Source::None, &[Breaking, Risky, Any][..]),
        (Wire::None, Source::Breaking, &[Breaking, Risky, Any]),
        (Wire::Risky, Source::Compatible, &[Risky, Any]),
        (Wire::Compatible, Source::Compatible, &[Any]),
        (Wire::None, Source::None, &[Any]),
    ] {
        let mut drift = Drift::default();
        drift.changes = vec![change("a-change", wire, source, "it changed")];
        for level in [Breaking, Risky, Any] {
            assert_eq!(compared(drift.clone()).fails(level), fails.contains(&level), "{wire} {source} {level:?}");
        }
    }
}

#[test]
fn the_verdict_that_was_not_requested_decides_nothing() {
    let order = |only: Only| {
        let mut drift = Drift::default();
        drift.changes = vec![
            change("code", Wire::Compatible, Source::Breaking, "breaks code"),
            change("wire", Wire::Risky, Source::Compatible, "may break"),
        ];
        compared(drift).only(only).changes.into_iter().map(|compared| compared.change.id).take(2).collect::<Vec<_>>()
    };
    assert_eq!((order(Only::Wire), order(Only::Source)), (vec!["wire", "code"], vec!["code", "wire"]));
    // Two values with the same name in Rust, which only generating them shows.
    let new = crate::CONTRACT.replacen("enum: [test, live]", "enum: [test, Test, live]", 1);
    let compared = Comparison::of(&contract("gate-v1.yaml"), &Document::parse("new.yaml", &new).unwrap());
    for format in DriftFormat::all().map(|format| format.name()) {
        assert!(written(format, &compared).contains("generated code"), "{}", written(format, &compared));
    }
    let compared = compared.only(Only::Wire);
    for format in DriftFormat::all().map(|format| format.name()) {
        assert!(!written(format, &compared).contains("generated code"), "{}", written(format, &compared));
    }
    assert!(compared.changes.iter().all(|compared| compared.change.lines.is_empty()));
}

#[test]
fn description_changes_alone_require_a_patch() {
    let mut drift = drift();
    drift.changes.retain(|change| change.doc_only);
    let report = written("text", &compared(drift));
    assert!(report.contains("wire    none: only descriptions changed\n"), "{report}");
    assert!(report.contains("semver  requires a patch version\n"), "{report}");
}

#[test]
fn ignored_changes_do_not_count() {
    let list = r#"
        [[ignore]]
        id = "response-status-removed"
        pointer = "/paths/~1gate_sessions~1{id}~1cancel/post/responses/409"
        reason = "it was never sent"
        expires = "2026-06-01"
    "#;
    let mut drift = drift();
    drift.changes.retain(|change| change.id == "response-status-removed");
    let list = IgnoreList::parse("drift-ignore.toml", list).unwrap();
    let counts = compared(drift.clone());
    assert!(counts.fails(FailOn::Breaking) && counts.suite().contains("cancel-completed-conflicts"));
    let ignored = compared(drift.clone()).ignoring(&list, date(2026, 6, 1));
    assert!(!ignored.fails(FailOn::Any) && ignored.suite().is_empty());
    assert_eq!((ignored.overall().wire, ignored.changes.len()), (Wire::None, 1));
    let report = written("text", &ignored);
    snapshot::check("drift-all-ignored", "The only change is ignored.", &report);
    let expired = compared(drift).ignoring(&list, date(2026, 6, 2));
    assert!(expired.fails(FailOn::Any) && expired.overall().wire == Wire::Breaking);
    let unused = compared(Drift::default()).ignoring(&list, date(2026, 6, 1));
    assert!(unused.fails(FailOn::Breaking));
    let report = written("text", &unused);
    snapshot::check("drift-unused", "Nothing changed, and an entry of the list is unused.", &report);
}
