//! A run that is interrupted by a signal at any time cancels the sessions that it created.

use std::env;
use std::io::{self, Write as _};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use zerogate_emulator::{Emulator, Fault, FaultKind, Operation};

use crate::command::{code, shown, zerogate};
use crate::run::open_sessions;

/// The signals with which a shell, a terminal or a pipeline ends a process.
const SIGNALS: [&str; 4] = ["-INT", "-TERM", "-HUP", "-QUIT"];

/// How many runs are interrupted in CI, and how many elsewhere.
const ALL: usize = 60;
const SOME: usize = 8;

#[tokio::test]
async fn an_interrupted_run_leaves_no_session_open() {
    let runs = if env::var_os("ZEROGATE_ALL").is_some() { ALL } else { SOME };
    // Not `println!`, which the test harness hides for passing tests.
    writeln!(io::stderr(), "{runs} of {ALL} runs are interrupted; ZEROGATE_ALL=1 cargo test interrupts all").unwrap();
    for (run, signal) in SIGNALS.into_iter().cycle().take(runs).enumerate() {
        let emulator = Emulator::start().await.unwrap();
        let key = emulator.keys().partner.clone();
        // Delays the response to a creation, to widen the window in which the session is unknown.
        emulator.arm(Fault::new(FaultKind::delay(20)).on(Operation::CreateSession).after().until_reset()).unwrap();
        let child = zerogate(&["conform", "--base-url", &emulator.base_url()])
            .env("GATE_KEY", &key)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A different moment in each run, mostly while sessions are created.
        let after = 3 + run * 250 / runs;
        while emulator.journal().len() < after {
            tokio::task::yield_now().await;
        }
        let output = interrupt(child, signal).await;
        assert_eq!(code(&output), 3, "{signal} after {after}: {}", shown(&output));
        let told = "error: the run was stopped early; every session that it created is closed\n";
        assert_eq!(String::from_utf8_lossy(&output.stderr), told, "{signal} after {after}");
        assert_eq!(open_sessions(&emulator.base_url(), &key).await, 0, "{signal} after {after}");
    }
}

#[tokio::test]
async fn an_exploration_that_is_interrupted_leaves_nothing_open() {
    let runs = if env::var_os("ZEROGATE_ALL").is_some() { ALL / 3 } else { SOME / 4 };
    for (run, signal) in SIGNALS.into_iter().cycle().take(runs).enumerate() {
        let emulator = Emulator::start().await.unwrap();
        let keys = emulator.keys().clone();
        // Slow creations make it likely that a replay is interrupted.
        emulator.arm(Fault::new(FaultKind::delay(5)).on(Operation::CreateSession).until_reset()).unwrap();
        let arguments = ["conform", "--only", "exploration", "--explore", "100000", "--base-url", &emulator.base_url()];
        let mut child = zerogate(&arguments)
            .env("GATE_KEY", &keys.partner)
            .env("GATE_OTHER_KEY", &keys.other_partner)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // At the end of a sequence, creations are replayed whose response was lost: an interruption must not forget
        // them.
        let after = 40 + run * 250 / runs;
        while emulator.journal().len() < after {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            tokio::task::yield_now().await;
        }
        let output = interrupt(child, signal).await;
        assert_eq!(code(&output), 3, "{signal} after {after}: {}", shown(&output));
        for key in [&keys.partner, &keys.other_partner] {
            assert_eq!(open_sessions(&emulator.base_url(), key).await, 0, "{signal} after {after}");
        }
    }
}

/// Interrupts a run, and serves its clean-up until it ends.
async fn interrupt(child: Child, signal: &str) -> Output {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let waiting = thread::spawn(|| child.wait_with_output().unwrap());
    while !waiting.is_finished() {
        tokio::task::yield_now().await;
    }
    waiting.join().unwrap()
}
