//! `zerogate emulate`

use std::future::{Future, poll_fn};
use std::io::Write;
use std::pin::pin;
use std::task::Poll;

use clap::Args;
use serde::Serialize;
use zerogate_emulator::Emulator;

use super::failure::Failure;
use super::output::Output;
use super::runtime::block_on;
use crate::exit;

/// Run the emulator until Ctrl-C.
///
/// It answers like a correct 0Gate, keeps everything in memory, and can be made to fail through its control URL. Its keys
/// are fixed and fake. The first line of output says where it listens.
#[derive(Args)]
pub(super) struct Emulate {
    /// The port on 127.0.0.1; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,

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
}

impl Emulate {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        block_on(async {
            let emulator = Emulator::builder().port(self.port).start().await.map_err(|error| {
                let port = self.port;
                Failure::usage(format!("cannot listen on 127.0.0.1:{port}: {error}; --port 0 takes any that is free"))
            })?;
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
    let keys = Keys { partner: &keys.partner, other_partner: &keys.other_partner, publishable: &keys.publishable };
    if json {
        let address = serde_json::to_string(&Address { base_url, control_url, keys })
            .map_err(|error| Failure::not_judged(error.to_string()))?;
        writeln!(output, "{address}")?;
    } else {
        writeln!(output, "0Gate emulator (unofficial) at {base_url}")?;
        writeln!(output, "control plane                {control_url}")?;
        writeln!(output, "key of the partner           {}", keys.partner)?;
        writeln!(output, "key of another partner       {}", keys.other_partner)?;
        writeln!(output, "publishable key              {}", keys.publishable)?;
        writeln!(output, "Ctrl-C stops it.")?;
    }
    // A program that waits for the first line must not wait for a buffer to fill.
    output.flush()?;
    Ok(())
}
