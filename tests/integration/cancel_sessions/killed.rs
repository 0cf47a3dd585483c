//! The example that cancels many sessions, in processes of its own: killed, resumed, and in memory that does not grow.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child;

#[path = "../../../examples/cancel_many.rs"]
#[expect(dead_code, reason = "its `main` is for those who run it")]
mod cancel_many;

const FILES: [&str; 2] = ["ZEROGATE_TEST_IDS", "ZEROGATE_TEST_RECORDS"];
/// How much more memory ten times the sessions may take, in kilobytes: the ids of those that are settled, for going on.
const GROWTH_KB: u64 = 4 * 1024;

/// The process that is killed; nothing by itself.
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
