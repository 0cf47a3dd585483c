//! Contract -> progenitor -> `OUT_DIR`. The work is done by the crate `zerogate-generate`, where it can be tested.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;
use std::{env, fs, panic, thread};

use zerogate_contract::{Contract, ContractError, Document, OutputKind, inert};
use zerogate_generate::{GENERATOR_THREAD, Generated, build};

const CONTRACT: &str = "openapi/gate-v1.yaml";

/// The generated items that the tests and the conformance suite use, besides those that the hand-written code needs. If
/// a contract lacks some of them, `cfg(known_surface)` is off, and what needs them is not compiled.
const KNOWN: &str = include_str!("src/known-surface.txt");

fn main() {
    // The generator is a dependency of this script, so cargo reruns the script when it changes.
    println!("cargo::rerun-if-changed={CONTRACT}");
    println!("cargo::rustc-check-cfg=cfg(known_surface)");
    panic::set_hook(Box::new(|panic| {
        // A panic in the generator is reported as a problem of the contract; a backtrace would not help.
        if thread::current().name() != Some(GENERATOR_THREAD) {
            println!("cargo::error=a bug in the build script of zerogate: {}", panic.to_string().replace('\n', " "));
        }
    }));
    if let Err(failure) = run() {
        // Cargo prints this error as it is; an exit code would bury it in other output.
        for line in inert(&failure.to_string(), OutputKind::Text).lines() {
            println!("cargo::error={line}");
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let generated = generated()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for (file, text) in [
        ("types.rs", &generated.types),
        ("client.rs", &generated.client),
        ("operations.rs", &generated.operations),
        ("surface.txt", &generated.surface.to_string()),
    ] {
        fs::write(out.join(file), text).map_err(|error| format!("{}: {error}", out.join(file).display()))?;
    }
    let surface = generated.surface.to_string();
    let lines: BTreeSet<&str> = surface.lines().map(str::trim).collect();
    let missing: Vec<&str> = KNOWN.lines().filter(|line| !lines.contains(line)).collect();
    match missing.first() {
        None => println!("cargo::rustc-cfg=known_surface"),
        Some(first) => println!(
            "cargo::warning={CONTRACT}: tests that need these items are skipped, because the contract lacks them: {first}{}; \
             src/known-surface.txt lists all items that they need",
            if missing.len() > 1 { format!(", and {} more", missing.len() - 1) } else { String::new() },
        ),
    }
    Ok(())
}

fn generated() -> Result<Generated, ContractError> {
    // Cargo runs build scripts in the package's folder, so the relative path is also a good name.
    let contract = Contract::of(Document::read(CONTRACT)?);
    let build = build(&contract)?;
    for note in build.lowered.notes.iter().filter(|note| note.is_warning()) {
        let message = format!("{}: {}", note.kind, note.message);
        let told = contract.document().problem_in_text(&note.pointer, message, "").to_string();
        // This text ends up in build logs.
        println!("cargo::warning={}", inert(&told, OutputKind::Text));
    }
    Ok(build.generated)
}
