//! The client as a process: without a shell, in its own process group, with a time limit, and killed as a group.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, fmt, io};

use memchr::memmem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zerogate_contract::mask_keys;

use super::outcome::Said;
use crate::evidence::body::one_line;

/// How much of the client's output is kept: its end, in bytes.
const KEPT: usize = 64 * 1024;

/// The hosts that the client reaches without a proxy.
const LOOPBACK: &str = "127.0.0.1,localhost";

/// How many outcomes of a served client may wait to be read.
const LINES: usize = 1024;

/// How long an ended client's output may take to arrive. Only a process that left the group can hold it back.
const DRAIN: Duration = Duration::from_millis(500);

/// The command line of a client.
#[derive(Debug, Clone)]
pub struct Client {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// What was printed on a stream.
type Printed = Arc<Mutex<Stream>>;

#[derive(Debug, Default)]
struct Stream {
    /// Its end.
    end: VecDeque<u8>,
    /// How the key may be written.
    keys: Vec<String>,
    /// Whether the key was printed, no matter how long ago.
    has_key: bool,
}

/// How many cases a served client was told, and how many outcomes it printed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    told: AtomicUsize,
    printed: AtomicUsize,
}

impl Tally {
    /// The cases and the outcomes, if the outcomes are more: then nobody knows which outcome is that of which case.
    pub(super) fn surplus(&self) -> Option<(usize, usize)> {
        let (told, printed) = (self.told.load(Ordering::Relaxed), self.printed.load(Ordering::Relaxed));
        (printed > told).then_some((told, printed))
    }
}

impl Stream {
    fn add(&mut self, read: &[u8]) {
        let before = self.end.len();
        self.end.extend(read);
        // A key may begin in what was read before.
        let longest = self.keys.iter().map(String::len).max().unwrap_or_default();
        let new = self.end.make_contiguous().get(before.saturating_sub(longest)..).unwrap_or_default();
        self.has_key |= self.keys.iter().any(|key| memmem::find(new, key.as_bytes()).is_some());
        let surplus = self.end.len().saturating_sub(KEPT);
        self.end.drain(..surplus);
    }
}

/// A running client. Dropping it ends its process group.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    group: Group,
    stdin: Option<ChildStdin>,
    stdout: Printed,
    stderr: Printed,
    readers: [JoinHandle<()>; 2],
    lines: mpsc::Receiver<Said>,
    tally: Arc<Tally>,
}

/// How a client ended.
#[derive(Debug)]
pub(super) enum End {
    /// It ended by itself.
    Exited(ExitStatus),
    /// It was stopped after the time limit.
    Stopped,
}

/// A process group, which is killed when this value is dropped.
#[derive(Debug)]
struct Group(Option<u32>);

impl Client {
    /// Starts the client. With `is_served`, its standard input stays open and its lines can be awaited.
    ///
    /// Its output is searched for the secret.
    pub(super) fn start(&self, variables: &[(&str, String)], secret: &str, is_served: bool) -> io::Result<Running> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.stdin(if is_served { Stdio::piped() } else { Stdio::null() });
        // No proxy of the machine may be between the client and the server.
        for name in ["NO_PROXY", "no_proxy"] {
            let own = env::var(name).unwrap_or_default();
            command.env(name, format!("{own},{LOOPBACK}").trim_start_matches(','));
        }
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let group = Group(child.id());
        let (sender, lines) = mpsc::channel(LINES);
        let (stdout, stderr, tally) = (Printed::default(), Printed::default(), Arc::<Tally>::default());
        let sender = Some((sender, Arc::clone(&tally))).filter(|_| is_served);
        let readers = [
            tokio::spawn(keep(child.stdout.take(), Arc::clone(&stdout), sender)),
            tokio::spawn(keep(child.stderr.take(), Arc::clone(&stderr), None)),
        ];
        let stdin = child.stdin.take();
        let running = Running { child, group, stdin, stdout, stderr, readers, lines, tally };
        running.watch_for(secret);
        Ok(running)
    }
}

impl Running {
    /// Waits for the end, or stops the client after the limit. Then its process group is gone.
    pub(super) async fn end(&mut self, limit: Duration) -> io::Result<End> {
        let ended = timeout(limit, self.child.wait()).await;
        self.group.end();
        let end = match ended {
            Ok(status) => End::Exited(status?),
            Err(_) => {
                self.child.kill().await?;
                End::Stopped
            }
        };
        for reader in &mut self.readers {
            if timeout(DRAIN, &mut *reader).await.is_err() {
                reader.abort();
            }
        }
        Ok(end)
    }

    /// Sends a line to standard input.
    pub(super) async fn tell(&mut self, line: &str) -> io::Result<()> {
        let Some(stdin) = &mut self.stdin else { return Err(io::ErrorKind::BrokenPipe.into()) };
        self.tally.told.fetch_add(1, Ordering::Relaxed);
        stdin.write_all(line.as_bytes()).await?;
        stdin.write_all(b"\n").await?;
        stdin.flush().await
    }

    /// Forgets what was printed so far, and searches what is printed from now on for this secret.
    pub(super) fn forget(&mut self, secret: &str) {
        while self.lines.try_recv().is_ok() {}
        self.watch_for(secret);
    }

    fn watch_for(&self, secret: &str) {
        let is_one = !secret.is_empty();
        let keys: Vec<String> = [secret.to_owned(), secret.replace('_', "%5F"), secret.replace('_', "%5f")]
            .into_iter()
            .filter(|_| is_one)
            .collect();
        for printed in [&self.stdout, &self.stderr] {
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            *printed = Stream { keys: keys.clone(), ..Stream::default() };
        }
    }

    pub(super) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// The next outcome on standard output; none if there are no more.
    pub(super) async fn said(&mut self) -> Option<Said> {
        self.lines.recv().await
    }

    /// Closes standard input.
    pub(super) fn close(&mut self) {
        self.stdin = None;
    }

    /// The stream on which a key was printed.
    pub(super) fn printed_key_on(&self) -> Option<&'static str> {
        let streams = [("standard output", &self.stdout), ("standard error", &self.stderr)];
        let has_key = |printed: &Printed| printed.lock().unwrap_or_else(PoisonError::into_inner).has_key;
        streams.into_iter().find(|(_, printed)| has_key(printed)).map(|(name, _)| name)
    }

    /// The ends of what was printed: standard output, and standard error.
    pub(super) fn printed(&self) -> (String, String) {
        (text(&self.stdout), text(&self.stderr))
    }
}

fn text(printed: &Printed) -> String {
    let printed: Vec<u8> = printed.lock().unwrap_or_else(PoisonError::into_inner).end.iter().copied().collect();
    String::from_utf8_lossy(&printed).into_owned()
}

/// Keeps the end of a stream, and passes on its outcomes.
async fn keep(
    stream: Option<impl AsyncRead + Unpin>,
    printed: Printed,
    lines: Option<(mpsc::Sender<Said>, Arc<Tally>)>,
) {
    let Some(stream) = stream else { return };
    let (mut stream, mut buffer, mut line) = (BufReader::new(stream), vec![0; 8 * 1024], Vec::new());
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let read = buffer.get(..length).unwrap_or_default();
        printed.lock().unwrap_or_else(PoisonError::into_inner).add(read);
        let Some((lines, tally)) = &lines else { continue };
        for byte in read.iter().copied() {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            // Log lines are not passed on. The client never waits, even if nobody reads its outcomes.
            if let Some(said) = Said::line(&String::from_utf8_lossy(&line)) {
                tally.printed.fetch_add(1, Ordering::Relaxed);
                let _ = lines.try_send(said);
            }
            line.clear();
        }
        // The line never ends.
        if line.len() > KEPT {
            line.clear();
        }
    }
}

impl Group {
    /// Kills the rest of the group, whatever signals it ignores.
    fn end(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.take().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
        {
            // Usually it is already gone.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

impl Client {
    /// The program, for messages.
    pub(super) fn name(&self) -> String {
        one_line(&mask_keys(&self.program.to_string_lossy()))
    }
}

/// The command line, without keys.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        let words: Vec<String> = words.map(|word| one_line(&mask_keys(&word.to_string_lossy()))).collect();
        f.write_str(&words.join(" "))
    }
}
