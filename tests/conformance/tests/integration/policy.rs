//! The policies of `zerogate diff`: sunsets, the version, and hidden changes.

use std::fs;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{self, code, shown, zerogate};
use crate::drift;

/// A shop contract with many announced removals, each on its own line.
const SHOP: &str = r##"openapi: 3.1.0
info: {title: Shop, version: 2.4.0}
paths:
  /carts:
    post:
      operationId: makeCart
      parameters:
        - {name: hint, in: query, deprecated: true, x-sunset: "2026-03-01", schema: {type: string}}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Cart"}}}}
      responses: {"201": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Cart"}}}}}
    put: {operationId: fillCart, deprecated: true, x-sunset: "2026-03-01", responses: {"200": {description: Done., content: {application/json: {schema: {$ref: "#/components/schemas/Full"}}}}}}
  /coupons: {get: {operationId: listCoupons, deprecated: true, x-sunset: someday, responses: {"204": {description: None.}}}}
  /gifts: {get: {operationId: listGifts, deprecated: true, responses: {"204": {description: None.}}}}
components:
  schemas:
    Cart:
      type: object
      required: [id]
      properties:
        id: {type: string}
        note: {type: string, deprecated: true, x-sunset: "2026-03-01"}
    Full: {type: object, properties: {line: {$ref: "#/components/schemas/Line"}}}
    Line: {type: object, properties: {next: {$ref: "#/components/schemas/Line"}}}
    Stray: {type: object}
"##;

/// The shop contract without the lines that contain one of these texts.
fn without(lines: &[&str]) -> String {
    let kept = SHOP.lines().filter(|line| !lines.iter().any(|gone| line.contains(gone)));
    kept.flat_map(|line| [line, "\n"])
        .collect::<String>()
        .replace("      parameters:\n      requestBody", "      requestBody")
}

fn folder(old: &str, new: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.yaml"), old).unwrap();
    fs::write(folder.path().join("new.yaml"), new).unwrap();
    folder
}

fn diff(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = zerogate(&["diff", "old.yaml", "new.yaml"]);
    command.args(arguments).current_dir(folder.path()).output().unwrap()
}

fn report(folder: &TempDir, arguments: &[&str]) -> Value {
    let output = diff(folder, &[arguments, &["--format", "json"]].concat());
    drift::valid(&String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_removal_is_forgiven_from_its_announced_day() {
    for (gone, plain, over, ahead) in [
        // The removal, and the exit codes without --sunset, after the day, and before it.
        (&["put:", "Full:", "Line:"][..], 1, 0, 1),
        (&["hint"], 1, 0, 1),
        (&["note"], 1, 0, 1),
        (&["/coupons"], 1, 1, 1),
        (&["/gifts"], 1, 1, 1),
        // These removals were not announced.
        (&["Stray"], 1, 1, 1),
        (&["put:", "Full:", "Line:", "Stray"], 1, 1, 1),
    ] {
        let folder = folder(SHOP, &without(gone));
        for (arguments, wanted) in [
            (&[][..], plain),
            (&["--sunset", "--today", "2026-03-01"], over),
            (&["--sunset", "--today", "2026-02-28"], ahead),
            (&["--today", "2026-03-01"], plain),
        ] {
            let output = diff(&folder, arguments);
            assert_eq!(code(&output), wanted, "{gone:?} {arguments:?}: {}", shown(&output));
        }
        // An excused removal is still reported.
        let (plain, forgiven) = (report(&folder, &[]), report(&folder, &["--sunset", "--today", "2026-03-01"]));
        assert_eq!(plain["overall"], forgiven["overall"]);
        assert_eq!(plain["changes"].as_array().unwrap().len(), forgiven["changes"].as_array().unwrap().len());
        assert_eq!((&plain["sunset"], &forgiven["sunset"]), (&Value::Null, &"2026-03-01".into()));
    }
}

#[test]
fn an_excused_webhook_excuses_what_only_it_used() {
    let request = |sunset: &str| {
        let content = "{content: {application/json: {schema: {$ref: '#/components/schemas/Paid'}}}}";
        format!(
            "{{post: {{deprecated: true, x-sunset: '{sunset}', requestBody: {content}, responses: {{200: {{description: Ok.}}}}}}}}"
        )
    };
    let contract = |callbacks: &str, webhooks: &str, schemas: &str| {
        let operation = format!("{{operationId: a, callbacks: {callbacks}, responses: {{200: {{description: Ok.}}}}}}");
        format!(
            "openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\npaths: {{/a: {{post: {operation}}}}}\nwebhooks: {webhooks}\ncomponents: {{schemas: {schemas}}}\n"
        )
    };
    for (sunset, wanted) in [("2026-03-01", 0), ("2026-03-02", 1)] {
        let paid = request(sunset);
        for (callbacks, webhooks) in [
            (format!("{{paid: {{'{{$url}}': {paid}}}}}"), "{}".to_owned()),
            ("{}".to_owned(), format!("{{paid: {paid}}}")),
        ] {
            let old = contract(&callbacks, &webhooks, "{Paid: {type: object}}");
            let output = diff(&folder(&old, &contract("{}", "{}", "{}")), &["--sunset", "--today", "2026-03-01"]);
            assert_eq!(code(&output), wanted, "{old}: {}", shown(&output));
        }
    }
}

/// The removal of an optional part is only risky, unless its sunset date is in the future.
#[test]
fn a_removal_before_its_day_breaks() {
    let folder = folder(SHOP, &without(&["hint"]));
    for (arguments, wanted) in [
        (&["--only", "wire"][..], 0),
        (&["--only", "wire", "--fail-on", "risky"], 1),
        (&["--only", "wire", "--fail-on", "risky", "--sunset", "--today", "2026-03-01"], 0),
        (&["--only", "wire", "--fail-on", "any", "--hide", "docs", "--sunset", "--today", "2026-03-01"], 1),
        (&["--only", "wire", "--sunset", "--today", "2026-02-28"], 1),
    ] {
        let output = diff(&folder, arguments);
        assert_eq!(code(&output), wanted, "{arguments:?}: {}", shown(&output));
    }
}

#[test]
fn the_sunset_of_each_removal_is_reported() {
    let gone = ["put:", "hint", "/coupons", "/gifts", "Full:", "Line:", "Stray"];
    let new = without(&gone).replace("2026-03-01\"}", "2026-01-01\"}");
    let folder = folder(
        &SHOP.replace(
            "hint, in: query, deprecated: true, x-sunset: \"2026",
            "hint, in: query, deprecated: true, x-sunset: \"2027",
        ),
        &new,
    );
    for format in ["text", "markdown", "github", "json"] {
        let output = diff(&folder, &["--sunset", "--today", "2026-03-01", "--format", format]);
        let shown = shown(&output);
        crate::snapshot::check(&format!("diff-sunset-{format}"), "Much is gone that had been announced.", &shown);
    }
}

#[test]
fn an_invalid_date_is_reported_in_one_line() {
    let folder = folder(SHOP, SHOP);
    for (name, arguments) in [
        ("month", &["--sunset", "--today", "2026-13-01"][..]),
        ("leap", &["--today", "2026-02-29"]),
        ("words", &["--sunset", "--today", "tomorrow\u{1b}[2J"]),
        ("hide", &["--hide", "docs,titles"]),
    ] {
        let output = diff(&folder, arguments);
        assert_eq!((code(&output), output.stdout.len()), (2, 0), "{}", shown(&output));
        command::snapshot(&format!("diff-usage-{name}"), "Bad input.", zerogate(&["diff", "a", "b"]).args(arguments));
    }
}

#[test]
fn the_version_must_follow_the_verdict() {
    let wider = SHOP.replace("{type: object}", "{type: object, properties: {a: {type: string}}}");
    let broken = without(&["/gifts"]);
    let worded = SHOP.replace("title: Shop", "title: Shops");
    for (new, version, wanted) in [
        (SHOP, "2.4.0", None),
        (SHOP, "2.3.0", Some("api-version-lowered")),
        (&worded, "2.4.0", Some("api-version-not-bumped")),
        (&worded, "2.4.1", None),
        (&broken, "2.4.0", Some("api-version-not-bumped")),
        (&broken, "2.5.0", Some("api-version-bumped-too-little")),
        (&broken, "3.0.0", None),
        (&broken, "1.0.0", Some("api-version-lowered")),
        // Other version schemes.
        (&broken, "next", None),
        (&wider, "2.4.0", Some("api-version-not-bumped")),
    ] {
        let folder = folder(SHOP, &new.replace("2.4.0", version));
        let told = report(&folder, &[]);
        let changes = told["changes"].as_array().unwrap();
        let ids = changes.iter().filter_map(|it| it["id"].as_str()).filter(|id| id.starts_with("api-version"));
        assert_eq!(ids.collect::<Vec<_>>(), wanted.into_iter().collect::<Vec<_>>(), "{version}: {told}");
        let told = changes.iter().find(|it| Some(it["id"].as_str().unwrap()) == wanted);
        assert!(told.is_none_or(|it| it["new"]["line"] == 2 && it["pointer"] == "/info/version"), "{told:?}");
    }
    // Ignored changes require nothing.
    let folder = folder(SHOP, &broken);
    let list = "[[ignore]]\nid = \"api-path-removed-with-deprecation\"\npointer = \"/paths/~1gifts\"\nreason = \"x\"\nexpires = \"9999-12-31\"\n";
    fs::write(folder.path().join("list.toml"), list).unwrap();
    let ignored = report(&folder, &["--ignore", "list.toml"]);
    assert_eq!(ignored["changes"].as_array().unwrap().len(), 1, "{ignored}");
    // A single verdict requires its own bump.
    let renamed = self::folder(SHOP, &SHOP.replace("makeCart", "openCart"));
    let count = |only| report(&renamed, &["--only", only])["changes"].as_array().unwrap().len();
    assert_eq!((count("source"), count("wire")), (2, 0));
}

#[test]
fn documentation_and_extensions_can_be_hidden() {
    let new =
        SHOP.replace("title: Shop", "title: Shops").replace("description: Made.", "description: Made it., x-id: 7");
    let new = new.replace("id: {type: string}", "id: {type: string, deprecated: true}");
    let folder = folder(SHOP, &new.replace("2.4.0", "2.4.1"));
    for (hide, wanted) in [
        (
            &[][..],
            &[
                "description-changed",
                "extension-changed",
                "info-changed",
                "info-changed",
                "response-property-deprecated",
            ][..],
        ),
        (&["--hide", "docs"], &["extension-changed", "response-property-deprecated"]),
        (
            &["--hide", "extensions"],
            &["description-changed", "info-changed", "info-changed", "response-property-deprecated"],
        ),
        (&["--hide", "docs,extensions"], &["response-property-deprecated"]),
        (&["--hide", "docs", "--hide", "extensions"], &["response-property-deprecated"]),
    ] {
        let report = report(&folder, hide);
        let mut ids: Vec<&str> =
            report["changes"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, wanted, "{hide:?}");
        assert_eq!(report["hidden"], 5 - wanted.len());
    }
    let worded = self::folder(SHOP, &SHOP.replace("description: Made.", "description: Made it."));
    let output = diff(&worded, &["--hide", "docs", "--fail-on", "breaking"]);
    assert_eq!(shown(&output), "exit code 0\n-- stdout\nold.yaml -> new.yaml\nevery change is hidden\n-- stderr\n");
    assert_eq!(
        (code(&diff(&worded, &["--fail-on", "any"])), code(&diff(&worded, &["--fail-on", "any", "--hide", "docs"]))),
        (1, 0)
    );
}

#[test]
fn a_server_must_keep_the_contract() {
    let server = SHOP.replace("  /", "  /api/").replace("makeCart", "make_cart").replace("title: Shop", "title: Mine");
    let server = server.replace("version: 2.4.0", "version: 0.1.0").replace("      required: [id]\n", "");
    let server = server.replace("Cart", "CartOut").replace("deprecated: true, x-sunset: \"2026-03-01\", ", "");
    for (base, exit) in [("https://shop.example/api", 1), ("https://shop.example", 1)] {
        let contract = SHOP.replace("paths:\n", &format!("servers: [{{url: {base:?}}}]\npaths:\n"));
        let folder = folder(&contract, &server);
        for format in ["text", "markdown", "github", "json"] {
            let output = diff(&folder, &["--provider", "--format", format]);
            assert_eq!(code(&output), exit, "{base}: {}", shown(&output));
            if base.ends_with("/api") {
                let description = "What a server's document lacks of the contract.";
                crate::snapshot::check(&format!("diff-provider-{format}"), description, &shown(&output));
            }
        }
        report(&folder, &["--provider"]);
    }
    let keeps = folder(SHOP, &SHOP.replace("title: Shop", "title: Mine").replace("makeCart", "make_cart"));
    let output = diff(&keeps, &["--provider", "--fail-on", "any"]);
    assert_eq!(
        shown(&output),
        "exit code 0\n-- stdout\nold.yaml -> new.yaml\nthe server's document keeps the contract\n-- stderr\n"
    );
    let both = diff(&keeps, &["--provider", "--only", "source"]);
    assert_eq!((code(&both), both.stderr.iter().filter(|byte| **byte == b'\n').count()), (2, 1), "{}", shown(&both));
}
