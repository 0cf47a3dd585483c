//! Cancels many sessions with a progress bar, and resumes after it was killed.
//!
//! ```sh
//! cargo run --example cancel_many                           # 10,000 sessions of a failing emulator
//! cargo run --example cancel_many -- ids.txt records.jsonl  # your sessions, one id per line
//! ```
//!
//! The first is killed halfway and resumed. The second needs `GATE_KEY`, and uses `GATE_API_BASE_URL` if it is set.
//!
//! To resume it only needs the file of records: each line is written before the next request depends on it, and the
//! last record of a session is its state. A session that was given up is tried again. It exits with 0 if every session
//! is known to be cancelled or was already terminal.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use zerogate::{CallOptions, CancelTarget, Client, RecordedOutcome, SessionId, SessionRecord};
use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Seed, Status};

/// The number of concurrent sessions.
const CONCURRENCY: usize = 16;
/// Set where the server is the emulator of a demonstration.
const DEMONSTRATION: &str = "CANCEL_MANY_DEMONSTRATION";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let result = match (arguments.next(), arguments.next()) {
        (Some(ids), Some(records)) => cancel(Path::new(&ids), Path::new(&records)).await,
        (sessions, _) => match sessions.map_or(Ok(10_000), |sessions| sessions.parse()) {
            Ok(sessions) => demonstrate(sessions, &worker).await.map(|(tally, _)| tally),
            Err(_) => Err("usage: cancel_many [IDS_FILE RECORDS_FILE | SESSIONS]".into()),
        },
    };
    match result {
        Ok(tally) if tally.is_settled() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(3),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Cancels the sessions in `ids`, except those that are settled in `records`, and appends all new records there.
pub(crate) async fn cancel(ids: &Path, records: &Path) -> Result<Tally> {
    let mut client = Client::from_env()?;
    if std::env::var_os(DEMONSTRATION).is_some() {
        // Short pauses are only for the emulator.
        client = client.with_options(CallOptions::default().backoff(Duration::from_millis(20), Duration::from_secs(5)));
    }
    let (mut file, mut tally, mut before) = resume(records)?;
    let total = lines(ids)?.count();
    let bar = ProgressBar::new(u64::try_from(total)?)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec}, {eta} left {msg}")?);
    bar.set_position(u64::try_from(tally.settled.len())?);

    let settled = std::mem::take(&mut tally.settled);
    let mut broken = None;
    let targets = lines(ids)?.map_while(|line| line.and_then(id_of).map_err(|error| broken = Some(error)).ok());
    let targets = targets.filter(|id| !settled.contains(id)).map(|id| match before.remove(&id) {
        // Also after `GiveUp`: the key may have changed since.
        Some(record) => CancelTarget::again(record),
        None => CancelTarget::from(id),
    });
    let mut cancelling = client.cancel_sessions(targets, CONCURRENCY);
    while let Some(record) = cancelling.next().await {
        // Write before asking for the next record, so that a request never runs ahead of its record. Add `sync_data` if
        // the machine may lose power.
        file.write_all(format!("{}\n", serde_json::to_string(&record)?).as_bytes())?;
        if record.outcome != RecordedOutcome::UnderWay {
            tally.count(&record);
            bar.inc(1);
        }
    }
    drop(cancelling);
    bar.finish_and_clear();
    if let Some(error) = broken {
        return Err(error.into());
    }
    tally.settled = settled;
    println!("{tally}");
    if let Some(peak) = peak_memory() {
        println!("peak memory: {peak} kB");
    }
    Ok(tally)
}

/// Opens the file of records for appending. Also returns the tally of settled sessions, and the last record of each
/// other one.
fn resume(path: &Path) -> Result<(File, Tally, HashMap<SessionId, SessionRecord>)> {
    let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
    let (mut tally, mut before) = (Tally::default(), HashMap::new());
    let (mut reader, mut line, mut end) = (BufReader::new(&mut file), String::new(), 0);
    // A line without an end was cut off when the process was killed. Another file than one of records stays as it is.
    while reader.read_line(&mut line)? > 0 && line.ends_with('\n') {
        let record: SessionRecord = serde_json::from_str(&line)?;
        if record.status.as_ref().is_some_and(|status| status.is_terminal()) {
            before.remove(&record.session_id);
            tally.count(&record);
            tally.settled.insert(record.session_id);
        } else {
            before.insert(record.session_id.clone(), record);
        }
        end += u64::try_from(line.len())?;
        line.clear();
    }
    if !line.is_empty() && !line.starts_with('{') {
        return Err(format!("{} is not a file of records", path.display()).into());
    }
    file.set_len(end)?;
    file.seek(SeekFrom::End(0))?;
    Ok((file, tally, before))
}

fn lines(path: &Path) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
    Ok(BufReader::new(File::open(path)?).lines().filter(|line| line.as_ref().map_or(true, |line| !line.is_empty())))
}

fn id_of(line: String) -> io::Result<SessionId> {
    SessionId::new(line.trim()).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// The number of sessions by outcome.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) outcomes: BTreeMap<String, usize>,
    /// The sessions that an earlier run settled.
    settled: HashSet<SessionId>,
}

impl Tally {
    fn count(&mut self, record: &SessionRecord) {
        let what = match (&record.status, record.error) {
            (Some(status), _) if record.outcome == RecordedOutcome::AlreadyTerminal => format!("already {status}"),
            (_, Some(error)) => format!("failed: {error}, {}", record.next),
            _ => record.outcome.to_string(),
        };
        *self.outcomes.entry(what).or_default() += 1;
    }

    pub(crate) fn total(&self) -> usize {
        self.outcomes.values().sum()
    }

    pub(crate) fn is_settled(&self) -> bool {
        !self.outcomes.keys().any(|what| what.starts_with("failed"))
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} sessions", self.total())?;
        self.outcomes
            .iter()
            .enumerate()
            .try_for_each(|(number, (what, count))| write!(f, "{} {count} {what}", if number == 0 { ":" } else { "," }))
    }
}

/// The peak memory of this process in kilobytes, if the system reports it.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// This program, to start it as another process.
fn worker(ids: &Path, records: &Path) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([ids, records]);
    Ok(command)
}

/// The peak memory of the cancelling process during the demonstration, in kilobytes.
pub(crate) type PeakMemory = Option<u64>;

/// Runs the program as another process against an emulator that fails one response in ten, kills it halfway, and starts
/// it again.
pub(crate) async fn demonstrate(
    sessions: usize,
    worker: &dyn Fn(&Path, &Path) -> io::Result<Command>,
) -> Result<(Tally, PeakMemory)> {
    let emulator = Emulator::start().await?;
    let folder = Folder::new(emulator.base_url().as_str())?;
    let (ids, records) = (folder.0.join("ids.txt"), folder.0.join("records.jsonl"));
    let mut file = File::create(&ids)?;
    for number in 0..sessions {
        // Some customers were faster.
        let status = if number % 50 == 0 { Status::Completed } else { Status::Open };
        writeln!(file, "{}", emulator.seed(Seed { status, ..Seed::default() })?.id)?;
    }
    arm(&emulator, sessions)?;

    let command = || {
        let mut command = worker(&ids, &records)?;
        command.env("GATE_KEY", &emulator.keys().partner).env("GATE_API_BASE_URL", emulator.base_url());
        command.env(DEMONSTRATION, "1");
        io::Result::Ok(command)
    };
    let mut first = command()?.stdout(Stdio::null()).spawn()?;
    // There are two records per session, so this is halfway.
    while !records.exists() || lines(&records)?.count() < sessions {
        if let Some(status) = first.try_wait()? {
            return Err(format!("it exited before it was killed: {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.kill()?;
    first.wait()?;
    let (_, tally, under_way) = resume(&records)?;
    println!("killed after {} of {sessions} sessions, with {} under way", tally.total(), under_way.len());

    let mut second = command()?;
    let output = tokio::task::spawn_blocking(move || second.stderr(Stdio::inherit()).output()).await??;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    let peak = text.lines().find_map(|line| line.strip_prefix("peak memory: ")?.strip_suffix(" kB")?.parse().ok());

    let (_, tally, left) = resume(&records)?;
    let mut wrong = tally.settled.len().abs_diff(sessions) + left.len() + tally.total().abs_diff(sessions);
    for line in lines(&ids)? {
        let id = id_of(line?)?;
        let is_open = emulator.session(id.as_str()).is_none_or(|session| session.status == Status::Open);
        wrong += usize::from(is_open || !tally.settled.contains(&id));
    }
    println!("{sessions} sessions, {wrong} of them not accounted for");
    if wrong > 0 { Err("not every session is accounted for".into()) } else { Ok((tally, peak)) }
}

/// About five cancellations in a hundred get a 429, and about five are carried out with a connection reset before the
/// response.
fn arm(emulator: &Emulator, sessions: usize) -> Result<()> {
    let on = |kind| Fault::new(kind).on(Operation::CancelSession);
    let mut dice = fastrand::Rng::with_seed(13);
    for _ in 0..sessions / 20 {
        for fault in [on(FaultKind::status(429).with_retry_after("0")), on(FaultKind::Reset).after()] {
            // A few undisturbed requests before each fault, nine on average.
            let fine = dice.u32(0..=18);
            if fine > 0 {
                emulator.arm(on(FaultKind::delay(0)).times(fine))?;
            }
            emulator.arm(fault)?;
        }
    }
    Ok(())
}

/// A temporary folder, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> io::Result<Self> {
        let name: String = name.chars().filter(char::is_ascii_digit).collect();
        let folder = std::env::temp_dir().join(format!("zerogate-cancel-many-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
