//! The servers of the matrix, one at a time, to measure other tools on.
//!
//! ```sh
//! cargo run -p zerogate-conformance -F faulty --example faulty -- --list  # area, name, and the rules that it breaks
//! cargo run -p zerogate-conformance -F faulty --example faulty -- foreign-403
//! ```
//!
//! A server prints one line of JSON, and serves until its standard input ends. The line has the address, the keys,
//! sessions in each state, and the control plane of the emulator behind the fault, which can provoke a 429 or 5xx.

#![expect(clippy::unwrap_used, reason = "what cannot be arranged ends the program")]

#[path = "../tests/integration/harmless.rs"]
mod harmless;
#[path = "../tests/integration/proxy/mod.rs"]
mod proxy;
#[path = "../tests/integration/violation/mod.rs"]
#[expect(dead_code, reason = "here they are listed by their areas")]
mod violation;

use std::error::Error;
use std::io;
use std::{env, thread};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use zerogate_emulator::{Emulator, Owner, Seed, Status};

use self::proxy::{Act, Proxy};

/// The number of sessions of each kind.
const SESSIONS: usize = 20;

/// One server of the matrix.
struct Server {
    area: &'static str,
    name: &'static str,
    breaks: &'static [&'static str],
    act: Act,
}

/// All servers, the faithful one first.
fn servers() -> impl Iterator<Item = Server> {
    let faithful = Server { area: "faithful", name: "faithful", breaks: &[], act: Act::Edit(|_, _| {}) };
    let harmless = harmless::ALL.iter().map(|&(name, breaks, act)| Server { area: "harmless", name, breaks, act });
    let violations = violation::AREAS.iter().flat_map(|&(area, violations)| {
        violations.iter().map(move |violation| {
            let violation::Violation { name, breaks, act } = *violation;
            Server { area, name, breaks, act }
        })
    });
    [faithful].into_iter().chain(harmless).chain(violations)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--list"] => {
            for Server { area, name, breaks, .. } in servers() {
                println!("{area:<9} {name:<34} {}", breaks.join(","));
            }
            Ok(())
        }
        [name] => match servers().find(|server| server.name == *name) {
            Some(server) => serve(server.act).await,
            None => Err(format!("there is no server {name:?}; --list lists them").into()),
        },
        _ => Err("give the name of one server, or --list".into()),
    }
}

async fn serve(act: Act) -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start().await?;
    let proxy = Proxy::start(&emulator, act).await;
    println!("{}", describe(&emulator, &proxy)?);
    input_ended().await?;
    Ok(())
}

fn describe(emulator: &Emulator, proxy: &Proxy) -> Result<Value, Box<dyn Error>> {
    let keys = emulator.keys();
    let seeded = |owner, status| -> Result<Vec<String>, Box<dyn Error>> {
        (0..SESSIONS).map(|_| Ok(emulator.seed(Seed { owner, status, ..Seed::default() })?.id)).collect()
    };
    let own = |status| seeded(Owner::Partner, status);
    Ok(json!({
        "base_url": proxy.base_url().to_string(),
        "control_url": emulator.control_url(),
        "keys": {
            "partner": keys.partner,
            "other_partner": keys.other_partner,
            "publishable": keys.publishable,
        },
        "sessions": {
            "open": own(Status::Open)?,
            "completed": own(Status::Completed)?,
            "expired": own(Status::Expired)?,
            "cancelled": own(Status::Cancelled)?,
            "foreign": seeded(Owner::OtherPartner, Status::Open)?,
        },
    }))
}

/// Waits for the end of standard input, on a thread that does not keep the program alive.
async fn input_ended() -> Result<(), Box<dyn Error>> {
    let (ended, end) = oneshot::channel();
    thread::spawn(move || ended.send(io::copy(&mut io::stdin(), &mut io::sink())));
    end.await??;
    Ok(())
}
