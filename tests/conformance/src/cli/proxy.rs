//! `zerogate proxy`

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use clap::Args;
use tokio::process::{Child, Command};

use super::failure::{Failure, tell};
use super::judged::JudgedArgs;
use super::output::Output;
use super::parse::port;
use super::report::ReportArgs;
use super::runtime::block_on;
use super::signals::{Asked, Signals};
use crate::exit;
use crate::proxy::server::{Proxy, ProxyError, ProxyOptions};
use crate::proxy::upstream::Upstream;
use crate::replacement::one_name;
use crate::report;

/// The variable that tells a command where the server is.
const BASE_URL: &str = "GATE_API_BASE_URL";

/// The exit code of a command that a signal ended, without the signal's number.
const SIGNALLED: i32 = 128;

/// Check live traffic to a server, without changing it.
///
/// Listens on 127.0.0.1, relays HTTP/1.x to the upstream byte by byte, and checks every exchange against a contract as
/// `zerogate check` does. Only `Host` is replaced. Aborts are relayed as aborts; the proxy never responds itself, and
/// checking never delays a response. What it cannot check is relayed and counted.
///
/// Starts COMMAND, such as your tests, with GATE_API_BASE_URL set to the proxy's URL with the path of --upstream, and
/// prints the report when COMMAND ends. Without COMMAND, it runs until Ctrl-C.
///
/// Everything below the path of the upstream's URL is checked; without a path, what matches a path of the contract's
/// servers.
#[derive(Args)]
#[command(
    name = "proxy",
    after_help = exit::PROXY.to_string(),
    override_usage = "zerogate proxy [OPTIONS] --upstream <URL> [-- <COMMAND>...]\n       zerogate proxy --schema",
)]
pub(super) struct ProxyCommand {
    /// The server to relay to
    #[arg(long, value_name = "URL", required_unless_present = "schema")]
    upstream: Option<String>,

    /// The port; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = port)]
    port: u16,

    /// The variable that tells COMMAND where the proxy is; can be repeated [default: GATE_API_BASE_URL]
    #[arg(long, value_name = "NAME", value_parser = variable)]
    env: Vec<String>,

    /// Leave `Host` as the client sends it
    #[arg(long)]
    keep_host: bool,

    /// Let requests, keys included, go over plain http to another machine
    #[arg(long)]
    allow_plain_text: bool,

    /// Record the traffic to a HAR file, without keys and cookies
    ///
    /// `zerogate check` and the network tools of browsers read it. The file is complete after each exchange. An
    /// existing FILE is replaced at the first exchange, or at the end if there is none. It contains what customers
    /// entered: protect it accordingly.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Record keys, cookies and client secrets as they are
    #[arg(long, requires = "record")]
    keep_secrets: bool,

    #[command(flatten)]
    judged: JudgedArgs,

    #[command(flatten)]
    report: ReportArgs,

    /// The command to start, and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl ProxyCommand {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        // It is missing only with `--schema`.
        let Some(upstream) = &self.upstream else {
            return output.only(&report::traffic_schema());
        };
        // Not parsed by clap, which would repeat an invalid value and a password in it.
        let upstream: &Upstream = &upstream.parse().map_err(|error| Failure::usage(format!("--upstream: {error}")))?;
        if upstream.is_plain_text() && !self.allow_plain_text {
            let why = "keys would go over plain http to another machine; use https, or pass --allow-plain-text";
            return Err(Failure::usage(format!("--upstream: {why}")));
        }
        let judge = self.judged.judge()?;
        let options = ProxyOptions {
            port: self.port,
            keep_host: self.keep_host,
            record: self.record.clone(),
            keep_secrets: self.keep_secrets,
            check: self.judged.options()?,
        };
        self.judged.inputs().chain(self.record.as_deref()).try_for_each(|input| self.report.spare(Some(input)))?;
        if let Some(record) = self
            .record
            .as_deref()
            .filter(|record| self.judged.inputs().any(|input| one_name(record) == one_name(input)))
        {
            let why = "this file is an input of the run; record to another file";
            return Err(Failure::usage(format!("--record: {}: {why}", record.display())));
        }
        let reports = self.report.open_traffic(output)?;
        let (ended, traffic) = block_on(async {
            // A program that reads the address may end the proxy at once.
            let mut signals = Signals::listen();
            let proxy = Proxy::start(upstream, judge, options).await.map_err(|error| failed(&error))?;
            let child = self.start(&proxy.url())?;
            if child.is_none() || !self.report.is_quiet() {
                // There is no way to report a failure.
                let _ = writeln!(io::stderr(), "proxy: {} relays to {upstream}", proxy.url());
            }
            let ended = match child {
                Some(child) => Some(wait(child, &mut signals).await),
                None => {
                    signals.next().await;
                    None
                }
            };
            Ok((ended, proxy.finish().await))
        })?;
        let own = self.report.finish(reports, &traffic);
        match ended.transpose().map_err(|error| Failure::not_judged(format!("cannot wait for COMMAND: {error}"))) {
            Ok(Some(status)) if code(status) != 0 => {
                // A failure of the command keeps its code.
                if let Err(Failure { message, .. }) = own {
                    tell("error", &message);
                }
                Ok(u8::try_from(code(status)).unwrap_or(exit::DOES_NOT_CONFORM))
            }
            Ok(_) => own,
            Err(failure) => Err(failure),
        }
    }

    /// Starts the command, if there is one.
    fn start(&self, url: &str) -> Result<Option<Child>, Failure> {
        let Some((program, arguments)) = self.command.split_first() else { return Ok(None) };
        let mut command = Command::new(program);
        command.args(arguments);
        let names: &[String] = if self.env.is_empty() { &[BASE_URL.to_owned()] } else { &self.env };
        for name in names {
            command.env(name, url);
        }
        let named = Path::new(program).display().to_string();
        command.spawn().map(Some).map_err(|error| Failure::usage(format!("{named}: cannot start it: {error}")))
    }
}

/// Waits for a command to end. A signal that it does not get from the terminal is passed on; the same one again kills
/// it.
async fn wait(mut child: Child, signals: &mut Signals) -> io::Result<ExitStatus> {
    let mut seen = Vec::new();
    loop {
        let asked = tokio::select! {
            ended = child.wait() => return ended,
            asked = signals.next() => asked,
        };
        if seen.contains(&asked) {
            break;
        }
        seen.push(asked);
        pass_on(&child, asked);
    }
    child.kill().await?;
    child.wait().await
}

#[cfg(unix)]
fn pass_on(child: &Child, asked: Asked) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let Some((pid, signal)) = pid.zip(Signal::from_named_raw(asked.signal)) else { return };
    // The terminal sends these two to every process in the foreground.
    if ![Signal::INT, Signal::QUIT].contains(&signal) || !is_in_foreground() {
        // It may have ended already.
        let _ = kill_process(pid, signal);
    }
}

/// Whether this process is in the foreground of the terminal, so that its keys also reach the command, which is in the
/// same group.
#[cfg(unix)]
fn is_in_foreground() -> bool {
    let group = fs::File::open("/dev/tty").and_then(|terminal| Ok(rustix::termios::tcgetpgrp(terminal)?));
    group.is_ok_and(|group| group == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn pass_on(_: &Child, _: Asked) {}

/// The exit code of a command.
fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return SIGNALLED + signal;
    }
    status.code().unwrap_or(SIGNALLED)
}

fn failed(error: &ProxyError) -> Failure {
    match error {
        ProxyError::Tls(_) | ProxyError::Judge(_) => Failure::not_judged(error.to_string()),
        _ => Failure::usage(error.to_string()),
    }
}

fn variable(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty() && !text.contains(['=', '\0']);
    if is_name { Ok(text.to_owned()) } else { Err("not the name of an environment variable") }
}
