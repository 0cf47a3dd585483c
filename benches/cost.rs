//! Compares the cost of a call with a hand-written client: reqwest and a plain serde struct.
//!
//! `cargo bench -p zerogate --bench cost` prints ratios; `benches/README.md` says how they are measured. With `ours`,
//! `generated` or `theirs` and a number it only makes that many calls, for a profiler; `decode-ours` and
//! `decode-theirs` decode instead.

use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use zerogate::{Client, GateSession, SecretKey, SessionId};

type Failure = Box<dyn std::error::Error>;

const KEY: &str = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
const ID: &str = "67a1f3b9e4b0c10001234567";
const ROUNDS: usize = 9;
const CONCURRENCY: usize = 64;

/// A cancelled session in the contract's format.
const SESSION: &str = r#"{"id":"67a1f3b9e4b0c10001234567","object":"gate_session","partner_id":"507f1f77bcf86cd799439011","mode":"test","amount":"100.00","currency":"EUR","return_url":"https://partner.example/checkout/done","cancel_url":"https://partner.example/checkout/cancelled","status":"cancelled","expires_at":"2026-05-27T12:00:00.000Z","created_at":"2026-05-26T12:00:00.000Z","flow":"on_ramp","target_token":"USDC","target_network":"arbitrum","wallet_address":"0x52908400098527886E0F7030069857D2E4169EE7","user_reference":"order_abc123","kyc_pre_verified":false,"metadata":{"order":"abc123","shop":"berlin"}}"#;

/// The same as a hand-written struct.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "decoded but never read")]
struct Plain {
    id: String,
    object: String,
    partner_id: String,
    mode: String,
    amount: String,
    currency: String,
    return_url: String,
    cancel_url: Option<String>,
    status: String,
    expires_at: String,
    created_at: String,
    flow: Option<String>,
    target_token: Option<String>,
    target_network: Option<String>,
    wallet_address: Option<String>,
    user_reference: Option<String>,
    kyc_pre_verified: bool,
    metadata: serde_json::Map<String, serde_json::Value>,
}

/// The hand-written client.
#[derive(Clone)]
struct ByHand {
    http: reqwest::Client,
    base: String,
}

impl ByHand {
    fn new(origin: &str) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10))
            // Like the other client, which uses no proxy for loopback.
            .no_proxy()
            .build()?;
        Ok(Self { http, base: format!("{origin}/v1") })
    }

    async fn cancel(&self, id: &str) -> Result<Plain, reqwest::Error> {
        let url = format!("{}/gate_sessions/{id}/cancel", self.base);
        self.http.post(url).bearer_auth(KEY).send().await?.error_for_status()?.json().await
    }
}

/// Both clients of the same server.
#[derive(Clone)]
struct Clients {
    ours: Client,
    theirs: ByHand,
    id: SessionId,
}

/// The clients to compare.
#[derive(Clone, Copy)]
enum Side {
    Ours,
    Theirs,
    /// Ours, through the builder that progenitor generates.
    Generated,
}

/// The measurements of both clients.
type Pair = [f64; 2];

impl Clients {
    fn new(origin: &str) -> Result<Self, Failure> {
        let key: SecretKey = KEY.parse()?;
        let ours = Client::builder(key).base_url(origin)?.build()?;
        Ok(Self { ours, theirs: ByHand::new(origin)?, id: SessionId::new(ID)? })
    }

    async fn call(&self, side: Side) {
        match side {
            Side::Ours => {
                let response = self.ours.cancel_session(&self.id).await.expect("the server cancels");
                assert!(black_box(response).value().is_cancelled());
            }
            Side::Theirs => {
                let session = self.theirs.cancel(self.id.as_str()).await.expect("the server cancels");
                assert_eq!(black_box(session).status, "cancelled");
            }
            Side::Generated => {
                let response = self.ours.call(async |api| api.cancel_session().id(&self.id).send().await).await;
                assert_eq!(black_box(response).expect("the server cancels").value().id, ID);
            }
        }
    }

    async fn one_after_another(&self, side: Side, calls: usize) {
        for _ in 0..calls {
            self.call(side).await;
        }
    }

    async fn at_once(&self, side: Side, calls: usize) {
        let mut tasks = JoinSet::new();
        for _ in 0..CONCURRENCY {
            let clients = self.clone();
            tasks.spawn(async move { clients.one_after_another(side, calls).await });
        }
        tasks.join_all().await;
    }
}

/// CPU time of this process per call in microseconds, with many calls at once.
fn cpu(runtime: &Runtime, clients: &Clients, ours: Side) -> Pair {
    const CALLS: usize = 20;
    alternate(ours, |side| {
        let started = ProcessTime::now();
        runtime.block_on(clients.at_once(side, CALLS));
        started.elapsed().as_secs_f64() * 1e6 / (CALLS * CONCURRENCY) as f64
    })
}

/// The time of a call on a reused connection in microseconds, one call after another.
fn latency(runtime: &Runtime, clients: &Clients) -> Pair {
    const CALLS: usize = 200;
    let [mut ours, mut theirs] = [Vec::new(), Vec::new()];
    for _ in 0..CALLS {
        for (side, times) in [(Side::Ours, &mut ours), (Side::Theirs, &mut theirs)] {
            let started = Instant::now();
            runtime.block_on(clients.call(side));
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
    }
    [median(&mut ours), median(&mut theirs)]
}

/// Allocations and bytes per call.
fn allocated(runtime: &Runtime, clients: &Clients) -> [Pair; 2] {
    const CALLS: usize = 200;
    let of = |side| {
        let seen = allocation_counter::measure(|| runtime.block_on(clients.one_after_another(side, CALLS)));
        [seen.count_total, seen.bytes_total].map(|total| total as f64 / CALLS as f64)
    };
    let ([count, bytes], [their_count, their_bytes]) = (of(Side::Ours), of(Side::Theirs));
    [[count, their_count], [bytes, their_bytes]]
}

/// CPU time in microseconds to decode a session.
fn decoding() -> Pair {
    const TIMES: usize = 2000;
    alternate(Side::Ours, |side| {
        let started = ProcessTime::now();
        decode(side, TIMES);
        started.elapsed().as_secs_f64() * 1e6 / TIMES as f64
    })
}

/// Decodes as each client does: ours checks once that the body is UTF-8, reqwest's `json()` checks every string in it.
fn decode(side: Side, times: usize) {
    for _ in 0..times {
        let body = black_box(SESSION.as_bytes());
        match side {
            Side::Ours | Side::Generated => {
                let text = std::str::from_utf8(body).expect("UTF-8");
                drop(black_box(serde_json::from_str::<GateSession>(text).expect("a session")));
            }
            Side::Theirs => drop(black_box(serde_json::from_slice::<Plain>(body).expect("a session"))),
        }
    }
}

/// The cost of each client: the median of several runs, in turn.
fn alternate(ours: Side, mut measure: impl FnMut(Side) -> f64) -> Pair {
    const TIMES: usize = 7;
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..TIMES {
        seen[0].push(measure(ours));
        seen[1].push(measure(Side::Theirs));
    }
    seen.map(|mut seen| median(&mut seen))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The names of the measurements, in the order of [`measure`].
const ROWS: [&str; 6] = [
    "CPU time per call, 64 at once (µs)",
    "allocations per call",
    "bytes allocated per call",
    "a call on a reused connection, p50 (µs)",
    "decoding a session, CPU time (µs)",
    "CPU time of a call through `Client::call`, which also decodes (µs)",
];

fn measure(runtime: &Runtime, clients: &Clients) -> [Pair; ROWS.len()] {
    let [count, bytes] = allocated(runtime, clients);
    let through_builder = cpu(runtime, clients, Side::Generated);
    [cpu(runtime, clients, Side::Ours), count, bytes, latency(runtime, clients), decoding(), through_builder]
}

fn report(rounds: &[[Pair; ROWS.len()]]) {
    println!(
        "| | zerogate | hand-written | ratio | least to greatest of {} rounds |\n|---|---|---|---|---|",
        rounds.len()
    );
    for (row, name) in ROWS.into_iter().enumerate() {
        let of = |value: fn(&Pair) -> f64| rounds.iter().map(|round| value(&round[row])).collect::<Vec<_>>();
        let [mut ours, mut theirs] = [of(|pair| pair[0]), of(|pair| pair[1])];
        let mut ratios = of(|[ours, theirs]| ours / theirs);
        let ratio = median(&mut ratios);
        let (least, greatest) = (ratios[0], ratios[ratios.len() - 1]);
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        println!("| {name} | {ours:.1} | {theirs:.1} | {ratio:.2} | {least:.2} to {greatest:.2} |");
    }
}

/// A process that sends a success for every cancellation, as fast as possible. It ends when its standard input ends.
struct Server(Child, String);

const SERVE: &str = "serve";

impl Server {
    fn start() -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?);
        let mut child = process.arg(SERVE).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut origin = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut origin)?;
        Ok(Self(child, origin.trim().to_owned()))
    }

    fn end(mut self) -> Result<(), Failure> {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let response = format!(
        "HTTP/1.1 201 Created\r\ndate: Tue, 26 May 2026 12:00:00 GMT\r\ncontent-type: application/json; charset=utf-8\r\n\
         x-request-id: req_67a1f3b9e4b0c10001234567\r\ncontent-length: {}\r\n\r\n{SESSION}",
        SESSION.len()
    );
    let response: &'static str = response.leak();
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(respond(stream, response));
    }
}

/// Responds to every request on a connection. No request has a body or is pipelined.
async fn respond(mut stream: TcpStream, response: &'static str) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    while stream.read_buf(&mut request).await? > 0 {
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            stream.write_all(response.as_bytes()).await?;
        }
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    if arguments == [SERVE] {
        std::thread::spawn(|| {
            let _ = io::stdin().read(&mut [0]);
            std::process::exit(0);
        });
        return Ok(runtime.block_on(serve())?);
    }
    let server = Server::start()?;
    let clients = Clients::new(&server.1)?;
    match arguments[..] {
        ["ours", calls] => runtime.block_on(clients.one_after_another(Side::Ours, calls.parse()?)),
        ["generated", calls] => runtime.block_on(clients.one_after_another(Side::Generated, calls.parse()?)),
        ["theirs", calls] => runtime.block_on(clients.one_after_another(Side::Theirs, calls.parse()?)),
        ["decode-ours", times] => decode(Side::Ours, times.parse()?),
        ["decode-theirs", times] => decode(Side::Theirs, times.parse()?),
        [] => {
            for side in [Side::Ours, Side::Theirs] {
                runtime.block_on(clients.at_once(side, 10));
            }
            let rounds: Vec<_> = (0..ROUNDS).map(|_| measure(&runtime, &clients)).collect();
            report(&rounds);
        }
        _ => return Err("nothing, or ours, generated, theirs, decode-ours or decode-theirs and a number".into()),
    }
    server.end()
}
