//! `zerogate emulate`

use std::fs;
use std::future::{Future, poll_fn};
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;

use clap::Args;
use serde::Serialize;
use zerogate_emulator::{ClockSetting, Emulator, Seed};

use super::failure::{Failure, tell};
use super::output::Output;
use super::parse::port;
use super::runtime::block_on;
use crate::exit;

/// Run the emulator until Ctrl-C.
///
/// It responds like a correct 0Gate and keeps everything in memory. Control requests below `/_emulator` add sessions
/// and arm faults; `/_emulator/openapi.yaml` describes them. Its keys are fixed and fake. The first line of output says
/// where it listens.
#[derive(Args)]
pub(super) struct Emulate {
    /// The port; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = port)]
    port: u16,

    /// The IP address to listen on
    #[arg(long, value_name = "IP", default_value_t = Ipv4Addr::LOCALHOST.into(), value_parser = address)]
    host: IpAddr,

    /// Let other machines reach it, use its keys and control it
    #[arg(long)]
    allow_remote: bool,

    /// Accept control requests for this host name, such as a container's, in addition to IP addresses and localhost
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    allow_host: Vec<String>,

    /// Let web pages of this origin call the API, such as http://localhost:3000
    ///
    /// Use it only with the fake keys of the emulator: a secret key must never be in a browser. Control requests from
    /// web pages are always refused.
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,

    /// The initial time of the clock: `frozen`, an RFC 3339 time, or `frozen:` and an RFC 3339 time
    ///
    /// Only control requests move a frozen clock. The Date header follows the clock.
    #[arg(long, value_name = "TIME", value_parser = clock)]
    clock: Option<ClockSetting>,

    /// Start with the sessions of a JSON file: a list of session objects as the control plane accepts them
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,

    /// Send webhooks to this http URL, on this machine unless --allow-remote
    ///
    /// The emulator sends one when a session is created, completed, expired or cancelled, signed with a fixed, fake
    /// secret.
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,

    /// Print the URLs and keys as one JSON object
    #[arg(long)]
    json: bool,
}

/// The only output of `--json`.
#[derive(Serialize)]
struct Address<'e> {
    base_url: String,
    control_url: String,
    keys: Keys<'e>,
}

#[derive(Serialize)]
struct Keys<'e> {
    partner: &'e str,
    other_partner: &'e str,
    publishable: &'e str,
    webhook: &'e str,
}

/// The maximum size of the file of sessions.
const LIMIT: u64 = 16 * 1024 * 1024;

fn clock(text: &str) -> Result<ClockSetting, &'static str> {
    text.parse()
        .map_err(|_| "expected `frozen`, an RFC 3339 time with a year from 1970 to 8999, or `frozen:` and such a time")
}

fn address(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_| "not an IP address; write one like 127.0.0.1")
}

fn host_name(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric() || "-._".contains(char));
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("not a host name; write it without scheme and port, such as emulator")
    }
}

/// Reads a file of sessions. Its values are not secrets, since they belong to an emulator.
fn seeds(path: &Path) -> Result<Vec<Seed>, Failure> {
    let refuse = |reason: &str| Failure::usage(format!("--seed-file {}: {reason}", path.display()));
    let about = fs::metadata(path).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    if !about.is_file() || about.len() > LIMIT {
        return Err(refuse(&format!(
            "not a regular file of at most {LIMIT} bytes; pass a JSON file with a list of sessions"
        )));
    }
    let text = fs::read_to_string(path).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    Seed::list(&text).map_err(|error| refuse(&error.to_string()))
}

impl Emulate {
    async fn start(&self) -> Result<Emulator, Failure> {
        let (host, port) = (self.host, self.port);
        if !(self.allow_remote || host.is_loopback()) {
            let why = "lets other machines use and control the emulator; pass --allow-remote to allow it";
            return Err(Failure::usage(format!("--host {host} {why}")));
        }
        let mut builder = Emulator::builder().host(host).port(port).clock(self.clock.unwrap_or_default());
        if self.allow_remote {
            builder = builder.allow_remote();
        }
        if let Some(path) = &self.seed_file {
            builder = builder.seeds(seeds(path)?);
        }
        builder = self.cors.iter().fold(builder, |builder, origin| builder.cors(origin));
        builder = self.allow_host.iter().fold(builder, |builder, name| builder.allow_host(name));
        if let Some(url) = &self.webhook_url {
            builder = builder.webhooks(url);
        }
        builder.start().await.map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => Failure::usage(error.to_string()),
            _ => {
                let at = std::net::SocketAddr::new(host, port);
                Failure::usage(format!("cannot listen on {at}: {error}; --port 0 picks a free port"))
            }
        })
    }

    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        block_on(async {
            let emulator = self.start().await?;
            if !self.host.is_loopback() {
                let opens =
                    "is reachable from other machines: anyone there can use the keys, read the journal and control it";
                tell("warning", &format!("{} {opens}", emulator.addr()));
            }
            for origin in &self.cors {
                let only = "but only with the fake keys of the emulator: never put a secret key of 0Gate in a browser";
                tell("warning", &format!("pages of {origin} can call the API, {only}"));
            }
            let mut interrupted = pin!(tokio::signal::ctrl_c());
            // Poll once before the first line is printed, so that Ctrl-C works as soon as it is visible.
            let early = poll_fn(|context| Poll::Ready(interrupted.as_mut().poll(context))).await;
            announce(&emulator, self.json, output)?;
            match early {
                Poll::Ready(done) => done,
                Poll::Pending => interrupted.await,
            }
            .map_err(|error| Failure::not_judged(format!("cannot wait for Ctrl-C: {error}")))?;
            Ok(exit::CONFORMS)
        })
    }
}

fn announce(emulator: &Emulator, json: bool, output: &mut Output) -> Result<(), Failure> {
    let (base_url, control_url, keys) = (emulator.base_url(), emulator.control_url(), emulator.keys());
    let zerogate_emulator::Keys { partner, other_partner, publishable, webhook, .. } = keys;
    let keys = Keys { partner, other_partner, publishable, webhook };
    if json {
        let address = serde_json::to_string(&Address { base_url, control_url, keys })
            .map_err(|error| Failure::not_judged(error.to_string()))?;
        writeln!(output, "{address}")?;
    } else {
        writeln!(output, "0Gate emulator (unofficial) at {base_url}")?;
        writeln!(output, "control plane                {control_url}")?;
        writeln!(output, "  as an OpenAPI document     {control_url}/openapi.yaml")?;
        writeln!(output, "partner's key                {}", keys.partner)?;
        writeln!(output, "another partner's key        {}", keys.other_partner)?;
        writeln!(output, "publishable key              {}", keys.publishable)?;
        writeln!(output, "webhook secret               {}", keys.webhook)?;
        writeln!(output, "Ctrl-C stops it.")?;
    }
    // Flush, because a program may be waiting for the first line.
    output.flush()?;
    Ok(())
}
