//! The example that cancels many sessions, in separate processes: it is killed and resumed, and its memory does not
//! grow.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use zerogate::{NextStep, RecordedOutcome, SessionRecord};
use zerogate_emulator::Status;

use crate::arrange::{emulator_and_client, quick, seeded};
use crate::child;

#[path = "../../../examples/cancel_many.rs"]
#[expect(dead_code, reason = "the tests do not call `main`")]
mod cancel_many;

const FILES: [&str; 2] = ["ZEROGATE_TEST_IDS", "ZEROGATE_TEST_RECORDS"];
/// How much more memory ten times as many sessions may take, in kilobytes: a resumed run keeps the ids of settled
/// sessions.
const GROWTH_KB: u64 = 4 * 1024;

/// The process that is killed; does nothing when run as a test.
#[tokio::test]
async fn worker() {
    let [Some(ids), Some(records)] = FILES.map(|name| env::var_os(name).map(PathBuf::from)) else {
        return;
    };
    cancel_many::cancel(&ids, &records).await.unwrap();
}

fn command(ids: &Path, records: &Path) -> io::Result<Command> {
    let mut command = child::command(module_path!(), "worker")?;
    command.env(FILES[0], ids).env(FILES[1], records);
    Ok(command)
}

#[tokio::test]
async fn every_session_is_accounted_for_after_a_kill_and_memory_does_not_grow() {
    let (few, many) = if env::var_os("ZEROGATE_ALL").is_some() { (1_000, 10_000) } else { (100, 500) };
    let mut peaks = Vec::new();
    for sessions in [few, many] {
        let (tally, peak) = cancel_many::demonstrate(sessions, &command).await.unwrap();
        assert_eq!(tally.total(), sessions);
        assert_eq!(tally.outcomes.get("already completed"), Some(&(sessions / 50)));
        assert!(tally.outcomes.get("found_cancelled").is_some_and(|found| *found >= sessions / 50), "{tally}");
        peaks.push(peak);
    }
    let [few_kb, many_kb] = peaks[..] else { unreachable!() };
    let mut stderr = io::stderr();
    writeln!(stderr, "{many} of 10000 sessions are cancelled; ZEROGATE_ALL=1 cargo test cancels all").unwrap();
    writeln!(stderr, "peak memory: {few_kb:?} kB for {few} sessions, {many_kb:?} kB for {many}").unwrap();
    if let (Some(few_kb), Some(many_kb)) = (few_kb, many_kb) {
        assert!(many_kb < few_kb + GROWTH_KB, "{few_kb} kB for {few} sessions, {many_kb} kB for {many}");
    }
}

#[tokio::test]
async fn sessions_that_an_earlier_run_gave_up_are_requested_again() {
    let (emulator, _) = emulator_and_client(quick()).await;
    let id = seeded(&emulator, Status::Open);
    let mut given_up = SessionRecord::under_way("order_1", &id);
    (given_up.outcome, given_up.next) = (RecordedOutcome::Failed, NextStep::GiveUp);
    let folder = env::temp_dir().join(format!("zerogate-given-up-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (ids, records) = (folder.join("ids.txt"), folder.join("records.jsonl"));
    fs::write(&ids, format!("{id}\n")).unwrap();
    fs::write(&records, format!("{}\n", serde_json::to_string(&given_up).unwrap())).unwrap();
    let mut worker = command(&ids, &records).unwrap();
    worker.env("GATE_KEY", &emulator.keys().partner).env("GATE_API_BASE_URL", emulator.base_url());
    let output = tokio::task::spawn_blocking(move || worker.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(emulator.session(id.as_str()).unwrap().status, Status::Cancelled);
}
