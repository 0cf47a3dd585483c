//! `zerogate import` as a process.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use zerogate_contract::Document;

use crate::command::{self, code, shown, zerogate};
use crate::snapshot;

const VENDOR: &str = include_str!("../../../../openapi/generate/tests/intake/vendor-3.1.yaml");
const SAME: &str = include_str!("../../../../openapi/generate/tests/intake/gate-3.1.yaml");
const SESSIONS: &str = "cancelSession,createSession,listSessions,retrieveSession";

/// A workspace with a contract, and a vendor's document next to it.
fn workspace(vendor: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("openapi")).unwrap();
    fs::write(contract(&folder), crate::CONTRACT).unwrap();
    fs::write(folder.path().join("vendor.yaml"), vendor).unwrap();
    folder
}

fn contract(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("openapi/gate-v1.yaml")
}

fn read(folder: &TempDir) -> String {
    fs::read_to_string(contract(folder)).unwrap()
}

fn import(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = zerogate(&["import", "vendor.yaml"]);
    command.args(arguments).current_dir(folder);
    command
}

fn check(name: &str, description: &str, command: &mut Command) {
    command::snapshot(&format!("import-{name}"), description, command);
}

#[test]
fn help() {
    check("help", "What `zerogate import --help` says.", &mut zerogate(&["import", "--help"]));
}

#[test]
fn the_same_contract_in_3_1_is_shown_and_not_written() {
    let folder = workspace(SAME);
    check("same", "Our contract in the words of 3.1.", &mut import(folder.path(), &["--strict"]));
    assert_eq!(read(&folder), crate::CONTRACT);
}

#[test]
fn outside_a_checkout_there_is_nothing_to_compare_with() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("vendor.yaml"), SAME).unwrap();
    let output = shown(&import(folder.path(), &[]).output().unwrap());
    let missing =
        "openapi/gate-v1.yaml does not exist; run this in a checkout of zerogate, or name the contract with --contract";
    for line in [format!("\nnothing to compare with: {missing}\n"), format!("\nnothing was written: {missing}\n")] {
        assert!(output.contains(&line), "{line}\n{output}");
    }
}

#[test]
fn a_large_contract_is_shown_with_its_rewrites() {
    let folder = workspace(VENDOR);
    let output = shown(&import(folder.path(), &[]).output().unwrap());
    // The drift has its own tests.
    let (lowering, drift) = output.split_once("\nopenapi/gate-v1.yaml -> vendor.yaml\n").unwrap();
    snapshot::check("import-vendor", "A vendor's contract with much that cannot be generated.", lowering);
    assert!(drift.starts_with("\nwire    breaking\nsource  breaking\n"), "{drift}");
    assert!(drift.contains("nothing was written; pass --write to write openapi/gate-v1.yaml"), "{drift}");
    assert_eq!(read(&folder), crate::CONTRACT);
}

#[test]
fn a_document_is_written_unchanged() {
    let folder = workspace(VENDOR);
    let output = import(folder.path(), &["--write"]).output().unwrap();
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(read(&folder), VENDOR);
    assert_eq!(code(&import(folder.path(), &["--check"]).output().unwrap()), 0);
    // Nothing else is left in the folder.
    assert_eq!(fs::read_dir(folder.path().join("openapi")).unwrap().count(), 1);
}

#[test]
fn a_contract_that_cannot_be_read_can_be_replaced() {
    let folder = workspace(SAME);
    fs::write(contract(&folder), "openapi: 3.0.3\n\tinfo: {}\n").unwrap();
    let output = import(folder.path(), &["--write"]).output().unwrap();
    assert_eq!(code(&output), 0, "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("nothing to compare with: openapi/gate-v1.yaml:1:10: "), "{told}");
    assert_eq!(read(&folder), SAME);
}

#[test]
fn check_fails_for_another_document_and_writes_nothing() {
    let folder = workspace(SAME);
    let output = import(folder.path(), &["--check"]).output().unwrap();
    assert_eq!(code(&output), 1, "{output:?}");
    assert_eq!(read(&folder), crate::CONTRACT);
}

#[test]
fn a_slice_contains_its_operations_and_what_they_need() {
    let folder = workspace(VENDOR);
    let output = import(folder.path(), &["--operations", SESSIONS, "--strict", "--write"]).output().unwrap();
    assert_eq!(code(&output), 0, "{output:?}");
    let written: Value = serde_json::from_str(&read(&folder)).unwrap();
    assert_eq!(written["openapi"], "3.1.0");
    assert_eq!(written["paths"].as_object().unwrap().len(), 3);
    let schemas = written["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("GateSession") && !schemas.contains_key("Payment"), "{:?}", schemas.keys());
    let again = import(folder.path(), &["--operations", SESSIONS, "--check"]).output().unwrap();
    assert_eq!(code(&again), 0, "{again:?}");
}

#[test]
fn strict_refuses_what_loses_meaning() {
    let folder = workspace(VENDOR);
    let output = import(folder.path(), &["--strict", "--write"]).output().unwrap();
    assert_eq!(code(&output), 1, "{output:?}");
    assert_eq!(read(&folder), crate::CONTRACT);
}

#[test]
fn an_unbuildable_document_is_reported_in_one_line() {
    let without_cancel = crate::CONTRACT.replacen("operationId: cancelSession", "operationId: voidSession", 1);
    let key_in_a_header = crate::CONTRACT.replacen(
        "      type: http\n      scheme: bearer\n",
        "      type: apiKey\n      in: header\n      name: X-Key\n",
        1,
    );
    for (name, description, vendor, arguments) in [
        ("swagger", "Swagger 2.0.", "swagger: '2.0'\ninfo: {}\n", &[][..]),
        ("no-openapi", "A document that is none of OpenAPI.", "a: 1\n", &[]),
        ("syntax", "A document that is not well-formed.", "openapi: 3.1.0\n\tinfo: {}\n", &[]),
        ("no-cancel", "A contract without cancelSession.", &without_cancel, &[]),
        ("key-in-a-header", "A contract whose key is no bearer token.", &key_in_a_header, &[]),
        ("unknown-operation", "A slice of what is not there.", VENDOR, &["--operations", "cancelSesion"]),
        ("write-and-check", "Two options that exclude each other.", VENDOR, &["--write", "--check"]),
        ("no-file", "A contract that is a folder.", SAME, &["--contract", "openapi", "--write"]),
        ("nowhere", "A contract in a folder that is not there.", SAME, &["--contract", "no/gate.yaml", "--write"]),
    ] {
        let folder = workspace(vendor);
        check(name, description, &mut import(folder.path(), arguments));
        assert_eq!(read(&folder), crate::CONTRACT, "{name}");
    }
}

#[test]
fn a_second_scheme_is_reported_as_by_the_build() {
    let app = "  securitySchemes:\n    app: {type: apiKey, in: header, name: X-App}\n    url: {type: apiKey, in: query, name: k}\n";
    for (security, arguments, exit, told) in [
        ("[{secretKey: []}, {app: []}]", &["--strict"][..], 0, "4 complete"),
        ("[{secretKey: [], app: []}, {secretKey: []}]", &["--strict"], 0, "4 complete"),
        ("[{secretKey: [], app: []}]", &[], 0, "`secretKey` is sent without `app`"),
        ("[{secretKey: [], app: []}]", &["--strict"], 1, "a custom transport can send `X-App`"),
        ("[{secretKey: [], url: []}]", &[], 2, "`cancelSession` requires `url` together with `secretKey`"),
    ] {
        let vendor = crate::CONTRACT.replacen("security:\n  - secretKey: []\n", &format!("security: {security}\n"), 1);
        let folder = workspace(&vendor.replacen("  securitySchemes:\n", app, 1));
        let output = import(folder.path(), arguments).output().unwrap();
        // Long lines are wrapped.
        let shown = shown(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(code(&output) == exit && shown.contains(told), "{security}: {shown}");
    }
}

/// A crate that compiles with contracts shorter than the vendor's.
fn with_crate(folder: &TempDir) {
    let root = folder.path();
    let source = format!(
        "const C: &str = include_str!(\"../openapi/gate-v1.yaml\"); const _: () = assert!(C.len() < {});",
        VENDOR.len()
    );
    fs::write(root.join("Cargo.toml"), "[package]\nname = \"zerogate\"\nedition = \"2024\"\n[workspace]\n").unwrap();
    fs::create_dir(root.join("src")).unwrap();
    fs::write(root.join("src/lib.rs"), source).unwrap();
}

#[test]
fn the_workspace_is_compiled_with_the_document_in_a_separate_folder() {
    for (vendor, exit, told) in [
        (SAME, 0, "cargo check: the workspace compiles"),
        (VENDOR, 1, "the workspace does not compile with this document, see above; nothing was written"),
    ] {
        let folder = workspace(vendor);
        with_crate(&folder);
        let output = import(folder.path(), &["--compile", "--write"]).output().unwrap();
        let shown = shown(&output);
        assert!(code(&output) == exit && shown.contains(told), "{shown}");
        assert_eq!(read(&folder) == crate::CONTRACT, exit == 1);
    }
}

#[test]
fn without_a_workspace_or_cargo_nothing_is_compiled() {
    let folder = workspace(SAME);
    for (path, told) in
        [(true, "needs a workspace around the contract, but there is none"), (false, "which is not installed here")]
    {
        let mut command = import(folder.path(), &["--compile"]);
        if !path {
            command.env("PATH", "");
        }
        let output = command.output().unwrap();
        let shown = shown(&output);
        assert!(code(&output) == 2 && shown.contains(told) && output.stdout.is_empty(), "{shown}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = workspace(SAME);
    let target = folder.path().join("elsewhere.yaml");
    fs::rename(contract(&folder), &target).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, contract(&folder)).unwrap();
    assert_eq!(code(&import(folder.path(), &["--write"]).output().unwrap()), 0);
    assert!(fs::symlink_metadata(contract(&folder)).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&target).unwrap(), SAME);
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

/// The workspace's contract with one schema in its own file, which refers back.
fn split(folder: &TempDir) {
    let mut value = Document::parse("gate-v1.yaml", crate::CONTRACT).unwrap().value().clone();
    let session = value["components"]["schemas"]["GateSession"].take();
    let session = session.to_string().replace("\"#/components", "\"../vendor.yaml#/components");
    value["components"]["schemas"]["GateSession"] = json!({ "$ref": "schemas/session.json" });
    let list = json!({ "$ref": "schemas/responses.yaml#/Sessions" });
    let response = std::mem::replace(&mut value["paths"]["/gate_sessions"]["get"]["responses"]["200"], list);
    let responses =
        json!({ "Sessions": response }).to_string().replace("\"#/components", "\"../vendor.yaml#/components");
    fs::create_dir(folder.path().join("schemas")).unwrap();
    fs::write(folder.path().join("schemas/session.json"), session).unwrap();
    fs::write(folder.path().join("schemas/responses.yaml"), responses).unwrap();
    fs::write(folder.path().join("vendor.yaml"), value.to_string()).unwrap();
}

#[test]
fn a_document_of_several_files_is_written_as_one() {
    let folder = workspace("");
    split(&folder);
    let output = import(folder.path(), &["--write"]).output().unwrap();
    assert_eq!(code(&output), 0, "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.starts_with("vendor.yaml and 2 other files become one document\n\nvendor.yaml: OpenAPI 3.0.3\n"),
        "{told}"
    );
    assert!(told.contains("4 complete") && told.contains("vendor.yaml\nnothing changed\n"), "{told}");
    let written: Value = serde_json::from_str(&read(&folder)).unwrap();
    assert_eq!(written["components"]["responses"]["Sessions"]["description"], "One page of your sessions.");
    assert_eq!(code(&import(folder.path(), &["--check"]).output().unwrap()), 0);
}

#[test]
fn files_of_a_revision_are_read_from_it() {
    let folder = workspace("");
    split(&folder);
    for arguments in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message", "Add"]] {
        crate::diff::git(folder.path(), arguments);
    }
    let session = folder.path().join("schemas/session.json");
    let text = fs::read_to_string(&session).unwrap();
    fs::write(&session, text.replace("\"amount\":", "\"sum\":")).unwrap();
    let compare = |new: &str| zerogate(&["diff", "git:HEAD:vendor.yaml", new]).current_dir(folder.path()).output();
    assert!(String::from_utf8(compare("git:HEAD:vendor.yaml").unwrap().stdout).unwrap().ends_with("nothing changed\n"));
    let changed = compare("vendor.yaml").unwrap();
    assert_eq!(code(&changed), 1, "{changed:?}");
    let told = String::from_utf8(changed.stdout).unwrap();
    assert!(told.contains("was      git:HEAD:schemas/session.json:1:"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_forbidden_reference_is_reported_in_one_line() {
    use std::os::unix::fs::symlink;

    let folder = workspace("");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.yaml"), "type: string").unwrap();
    fs::create_dir(folder.path().join("folder.yaml")).unwrap();
    symlink(outside.path().join("a.yaml"), folder.path().join("link.yaml")).unwrap();
    let pipe = folder.path().join("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (target, wanted) in [
        ("https://me:word@gate.example/a.yaml", "`https://…@gate.example/a.yaml` leads to another document"),
        ("missing.yaml", "the file `missing.yaml` cannot be read: No such file"),
        ("../a.yaml", "leaves the folder of the document"),
        ("link.yaml", "`link.yaml` is a symbolic link to outside of the folder"),
        ("folder.yaml", "folder.yaml: the contract cannot be read: a folder"),
        ("pipe.yaml", "pipe.yaml: the contract cannot be read: a pipe"),
    ] {
        let vendor = crate::CONTRACT.replacen("#/components/schemas/GateSessionStatus", target, 1);
        fs::write(folder.path().join("vendor.yaml"), vendor).unwrap();
        let output = import(folder.path(), &["--write"]).output().unwrap();
        assert_eq!(code(&output), 2, "{target}: {output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(wanted) && told.lines().count() == 1, "{target}: {told}");
        assert_eq!(read(&folder), crate::CONTRACT, "{target}");
    }
    let output = zerogate(&["diff", "pipe.yaml", "vendor.yaml"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(code(&output), 2, "{output:?}");
    // Allowed with --allow-outside.
    let vendor = crate::CONTRACT.replacen("#/components/schemas/GateSessionStatus", "link.yaml", 1);
    fs::write(folder.path().join("vendor.yaml"), vendor).unwrap();
    let output = import(folder.path(), &["--allow-outside"]).output().unwrap();
    assert_eq!(code(&output), 0, "{output:?}");
}

#[test]
fn leftovers_of_a_killed_run_are_removed() {
    let folder = workspace(SAME);
    let left = folder.path().join("openapi/.gate-v1.yaml.k1ll3d.tmp");
    let others = folder.path().join("openapi/.gate-v2.yaml.k1ll3d.tmp");
    for path in [&left, &others] {
        fs::write(path, "openapi: 3").unwrap();
    }
    assert_eq!(code(&import(folder.path(), &["--check"]).output().unwrap()), 1);
    assert!(left.exists());
    assert_eq!(code(&import(folder.path(), &["--write"]).output().unwrap()), 0);
    assert!(!left.exists() && others.exists());
    assert_eq!(read(&folder), SAME);
}
