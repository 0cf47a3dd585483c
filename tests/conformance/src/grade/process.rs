//! The client as a process: without a shell, in its own process group, with a time limit, and killed as a group.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, fmt, io};

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

/// The end of what was printed.
type Printed = Arc<Mutex<VecDeque<u8>>>;

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
    pub(super) fn start(&self, variables: &[(&str, String)], is_served: bool) -> io::Result<Running> {
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
        let (stdout, stderr) = (Printed::default(), Printed::default());
        let sender = Some(sender).filter(|_| is_served);
        let readers = [
            tokio::spawn(keep(child.stdout.take(), Arc::clone(&stdout), sender)),
            tokio::spawn(keep(child.stderr.take(), Arc::clone(&stderr), None)),
        ];
        let stdin = child.stdin.take();
        Ok(Running { child, group, stdin, stdout, stderr, readers, lines })
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
        stdin.write_all(line.as_bytes()).await?;
        stdin.write_all(b"\n").await?;
        stdin.flush().await
    }

    /// Forgets what was printed so far.
    pub(super) fn forget(&mut self) {
        while self.lines.try_recv().is_ok() {}
        for printed in [&self.stdout, &self.stderr] {
            printed.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
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
    pub(super) fn printed_on(&self, key: &str) -> Option<&'static str> {
        let (stdout, stderr) = self.printed();
        let streams = [("standard output", stdout), ("standard error", stderr)];
        streams.into_iter().find(|(_, text)| text.contains(key)).map(|(name, _)| name)
    }

    /// The ends of what was printed: standard output, and standard error.
    pub(super) fn printed(&self) -> (String, String) {
        (text(&self.stdout), text(&self.stderr))
    }
}

fn text(printed: &Printed) -> String {
    let printed: Vec<u8> = printed.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
    String::from_utf8_lossy(&printed).into_owned()
}

/// Keeps the end of a stream, and passes on its outcomes.
async fn keep(stream: Option<impl AsyncRead + Unpin>, printed: Printed, lines: Option<mpsc::Sender<Said>>) {
    let Some(stream) = stream else { return };
    let (mut stream, mut buffer, mut line) = (BufReader::new(stream), vec![0; 8 * 1024], Vec::new());
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let read = buffer.get(..length).unwrap_or_default();
        {
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            printed.extend(read);
            let surplus = printed.len().saturating_sub(KEPT);
            printed.drain(..surplus);
        }
        let Some(lines) = &lines else { continue };
        for byte in read.iter().copied() {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            // Log lines are not passed on. The client never waits, even if nobody reads its outcomes.
            if let Some(said) = Said::line(&String::from_utf8_lossy(&line)) {
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
