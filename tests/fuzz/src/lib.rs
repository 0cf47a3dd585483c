//! One function of bytes for each reader of foreign input. None may panic.
//!
//! [`TARGETS`] is the table. `fuzz/` has a harness of libFuzzer for each, for `cargo fuzz run NAME` with a nightly
//! toolchain. The test `seeded` mutates the seeds on stable Rust.

mod contracts;
mod response;
mod seeds;
mod texts;

use std::sync::Once;
use std::thread;

use zerogate_generate::GENERATOR_THREAD;

/// A function to fuzz, and its seeds.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the target and its harness.
    pub name: &'static str,
    /// Reads bytes, and panics if a check fails.
    pub run: fn(&[u8]),
    /// The seeds.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "document", run: contracts::document, seeds: contracts::documents },
    Target { name: "generate", run: contracts::generate, seeds: contracts::documents },
    Target { name: "drift", run: contracts::drift, seeds: contracts::pairs },
    Target { name: "har", run: texts::har, seeds: texts::recordings },
    Target { name: "timestamp", run: texts::timestamp, seeds: texts::timestamps },
    Target { name: "key", run: texts::key, seeds: texts::keys },
    Target { name: "url", run: texts::url, seeds: texts::urls },
    Target { name: "envelope", run: response::envelope, seeds: response::responses },
    Target { name: "fixtures", run: texts::fixtures, seeds: texts::fixture_files },
    Target { name: "webhooks", run: texts::webhooks, seeds: texts::events },
];

/// Hides panics of the generator from the panic hook: the generator catches them, and returns them as errors of the
/// document, but libFuzzer's hook would abort the process before that.
fn hide_panics_of_the_generator() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(GENERATOR_THREAD) {
                report(panic);
            }
        }));
    });
}

/// Runs a target by its name.
///
/// # Panics
///
/// If there is no such target, or if a check fails.
pub fn run(name: &str, data: &[u8]) {
    hide_panics_of_the_generator();
    let target = TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target `{name}`"));
    (target.run)(data);
}
