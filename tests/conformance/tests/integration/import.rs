//! `zerogate import` as a process.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{self, code, shown, zerogate};
use crate::snapshot;

const VENDOR: &str = include_str!("../../../../openapi/generate/tests/intake/vendor-3.1.yaml");
const SAME: &str = include_str!("../../../../openapi/generate/tests/intake/gate-3.1.yaml");
const SESSIONS: &str = "cancelSession,createSession,listSessions,retrieveSession";

/// A workspace with a contract, and a vendor's document beside it.
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
fn a_large_contract_is_shown_with_what_it_costs() {
    let folder = workspace(VENDOR);
    let output = shown(&import(folder.path(), &[]).output().unwrap());
    // The drift has tests of its own.
    let (lowering, drift) = output.split_once("\nopenapi/gate-v1.yaml -> vendor.yaml\n").unwrap();
    snapshot::check("import-vendor", "A vendor's contract with much that cannot be generated.", lowering);
    assert!(drift.starts_with("\nwire    breaking\nsource  breaking\n"), "{drift}");
    assert!(drift.contains("nothing was written; --write writes openapi/gate-v1.yaml"), "{drift}");
    assert_eq!(read(&folder), crate::CONTRACT);
}

#[test]
fn a_document_is_written_as_it_came() {
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
    assert!(told.contains("nothing to compare it with: openapi/gate-v1.yaml:1:10: "), "{told}");
    assert_eq!(read(&folder), SAME);
}

#[test]
fn check_fails_on_another_document_and_writes_nothing() {
    let folder = workspace(SAME);
    let output = import(folder.path(), &["--check"]).output().unwrap();
    assert_eq!(code(&output), 1, "{output:?}");
    assert_eq!(read(&folder), crate::CONTRACT);
}

#[test]
fn a_slice_holds_its_operations_and_what_they_need() {
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
fn what_the_workspace_cannot_be_built_from_is_told_in_a_line() {
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

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_as_they_are() {
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
