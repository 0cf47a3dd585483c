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
use serde_json::{Map, Value};
use zerogate_emulator::{ClockSetting, Emulator, Seed};

use super::failure::{Failure, tell};
use super::output::Output;
use super::runtime::block_on;
use crate::exit;

/// Run the emulator until Ctrl-C.
///
/// It responds like a correct 0Gate, keeps everything in memory, and can be made to fail through its control URL, which serves
/// an OpenAPI document about itself at `/openapi.yaml`. Its keys are fixed and fake. The first line of output says where it
/// listens.
#[derive(Args)]
pub(super) struct Emulate {
    /// The port; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,

    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    host: IpAddr,

    /// Let other machines reach it, use its keys and control it
    #[arg(long)]
    allow_remote: bool,

    /// Take control requests under this host name, such as that of a container, beside addresses and localhost
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,

    /// Let pages of this origin call the API, such as http://localhost:3000
    ///
    /// A secret key has no business in a browser: this is for the fake keys of the emulator. Control requests from pages are
    /// always refused.
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,

    /// The time that the clock starts with: `frozen`, an RFC 3339 time, or `frozen:` and such a time
    ///
    /// A clock that is frozen moves when the control plane says so. The header Date follows the clock.
    #[arg(long, value_name = "TIME", value_parser = clock)]
    clock: Option<ClockSetting>,

    /// Start with the sessions of a JSON file: a list of what the control plane takes for one
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,

    /// Send webhooks to this URL: http, and of this machine unless --allow-remote
    ///
    /// One is sent for each session that is created, completed, expires or is cancelled, signed with a fixed, fake secret.
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,

    /// Say where it listens as one JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints, and nothing beside it.
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

/// The largest file of sessions that is read.
const LIMIT: u64 = 16 * 1024 * 1024;

fn clock(text: &str) -> Result<ClockSetting, &'static str> {
    text.parse()
        .map_err(|_| "neither `frozen`, nor an RFC 3339 time of a year from 1970 to 8999, nor `frozen:` and one")
}

/// What is in a file of sessions. Its values are no secrets: they are those of an emulator.
fn seeds(path: &Path) -> Result<Vec<Seed>, Failure> {
    let refuse = |reason: &str| Failure::usage(format!("--seed-file {}: {reason}", path.display()));
    let about = fs::metadata(path).map_err(|error| refuse(&error.to_string()))?;
    if !about.is_file() || about.len() > LIMIT {
        return Err(refuse(&format!("it is not a file of up to {LIMIT} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|error| refuse(&error.to_string()))?;
    let sessions: Vec<Map<String, Value>> = serde_json::from_str(&text)
        .map_err(|error| refuse(&format!("it is not a JSON list of sessions, such as [{{\"id\": \"a\"}}]: {error}")))?;
    (1..)
        .zip(sessions)
        .map(|(number, session)| {
            let seed = serde_json::from_value(session.into());
            seed.map_err(|error| refuse(&format!("session {number}: {error}")))
        })
        .collect()
}

impl Emulate {
    async fn start(&self) -> Result<Emulator, Failure> {
        let (host, port) = (self.host, self.port);
        if !(self.allow_remote || host.is_loopback()) {
            let why = "lets other machines use and control the emulator; --allow-remote if that is meant";
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
                Failure::usage(format!("cannot listen on {at}: {error}; --port 0 takes any that is free"))
            }
        })
    }

    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        block_on(async {
            let emulator = self.start().await?;
            if !self.host.is_loopback() {
                let opens =
                    "can be reached by other machines: whoever does can use the keys, read the journal and control it";
                tell("warning", &format!("{} {opens}", emulator.addr()));
            }
            for origin in &self.cors {
                let only = "with the fake keys of the emulator: a secret key of 0Gate has no business in a browser";
                tell("warning", &format!("pages of {origin} can call the API, {only}"));
            }
            let mut interrupted = pin!(tokio::signal::ctrl_c());
            // Whoever reads the first line may press Ctrl-C at once: it must be listened for by then, and that begins with
            // the first poll.
            let early = poll_fn(|context| Poll::Ready(interrupted.as_mut().poll(context))).await;
            announce(&emulator, self.json, output)?;
            match early {
                Poll::Ready(done) => done,
                Poll::Pending => interrupted.await,
            }
            .map_err(|error| Failure::not_judged(format!("Ctrl-C cannot be waited for: {error}")))?;
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
        writeln!(output, "key of the partner           {}", keys.partner)?;
        writeln!(output, "key of another partner       {}", keys.other_partner)?;
        writeln!(output, "publishable key              {}", keys.publishable)?;
        writeln!(output, "secret of webhooks           {}", keys.webhook)?;
        writeln!(output, "Ctrl-C stops it.")?;
    }
    // A program that waits for the first line must not wait for a buffer to fill.
    output.flush()?;
    Ok(())
}
