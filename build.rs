//! Contract -> progenitor -> `OUT_DIR`. How it is done is in the crate `zerogate-generate`, where it can be tested.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;
use std::{env, fs, panic, thread};

use zerogate_contract::{Contract, ContractError, Document, OutputKind, inert};
use zerogate_generate::{GENERATOR_THREAD, Generated, build};

const CONTRACT: &str = "openapi/gate-v1.yaml";

/// What the tests and the conformance suite name of the generated code, beside what the hand-written code does. A contract
/// may be without it: then `cfg(known_surface)` is off, and they do without.
const KNOWN: &str = include_str!("src/known-surface.txt");

fn main() {
    // The generator is a dependency of this script: cargo runs the script again by itself when that changed.
    println!("cargo::rerun-if-changed={CONTRACT}");
    println!("cargo::rustc-check-cfg=cfg(known_surface)");
    panic::set_hook(Box::new(|panic| {
        // What the generator panics on comes back as a problem of the contract; a backtrace beside it helps nobody.
        if thread::current().name() != Some(GENERATOR_THREAD) {
            println!("cargo::error=a bug in the build script of zerogate: {}", panic.to_string().replace('\n', " "));
        }
    }));
    if let Err(failure) = run() {
        // An error that cargo prints as it is; an exit code would bury it in noise.
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
            "cargo::warning={CONTRACT}: tests are left out that need what this contract does not give: {first}{}; \
             src/known-surface.txt lists what they need",
            if missing.len() > 1 { format!(", and {} more", missing.len() - 1) } else { String::new() },
        ),
    }
    Ok(())
}

fn generated() -> Result<Generated, ContractError> {
    // Cargo runs build scripts in the package's folder, so that the name is also what a person would call it.
    let contract = Contract::of(Document::read(CONTRACT)?);
    let build = build(&contract)?;
    for note in build.lowered.notes.iter().filter(|note| note.is_warning()) {
        let message = format!("{}: {}", note.kind, note.message);
        let told = contract.document().problem_in_text(&note.pointer, message, "").to_string();
        // It ends up in the log of whoever builds.
        println!("cargo::warning={}", inert(&told, OutputKind::Text));
    }
    Ok(build.generated)
}
