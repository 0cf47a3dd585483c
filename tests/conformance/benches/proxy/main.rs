//! What `zerogate proxy` costs, compared with a bare reverse proxy of hyper that judges nothing and, if it is named,
//! Prism's. `README.md` says how to run it, and what it gave.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "what cannot be arranged or told ends a measurement")]

use std::convert::Infallible;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "sk_test_nobodys_key_0000";
const LARGE: u64 = 1 << 30;
const CONCURRENCY: usize = 64;
const ROUNDS: usize = 7;
const SECONDS: u64 = 3;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["upstream"] => runtime.block_on(serve(|_| |request| std::future::ready(Ok(respond(&request))))),
        ["bare", upstream] => {
            let upstream: SocketAddr = upstream.parse().unwrap();
            runtime.block_on(serve(move |_| {
                let idle = std::sync::Arc::new(tokio::sync::Mutex::new(None));
                move |request| relayed(request, upstream, idle.clone())
            }));
        }
        [zerogate, rest @ ..] => runtime.block_on(measure(zerogate, rest.first().copied())),
        [] => println!("see benches/proxy/README.md"),
    }
}

/// Serves every connection, and says where on the first line.
async fn serve<S, F>(service: impl Fn(usize) -> S)
where
    S: Fn(Request<Incoming>) -> F + 'static,
    F: Future<Output = Result<Response<BoxBody<Bytes, hyper::Error>>, hyper::Error>> + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let local = tokio::task::LocalSet::new();
    let accepting = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(service(0)));
            tokio::task::spawn_local(async move { drop(connection.await) });
        }
    };
    local.run_until(accepting).await;
}

/// A page of sessions, or a body of 1 GiB.
fn respond(request: &Request<Incoming>) -> Response<BoxBody<Bytes, hyper::Error>> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let body = if request.uri().path() == "/v1/large" {
        Zeros(LARGE).map_err(|never| match never {}).boxed()
    } else {
        let page = r#"{"object":"list","data":[{"id":"67a1f3b9e4b0c10001234567","object":"gate_session","partner_id":"507f1f77bcf86cd799439011","mode":"test","amount":"100.00","currency":"EUR","return_url":"https://partner.example/done","cancel_url":null,"status":"open","expires_at":"2026-05-27T12:00:00.000Z","created_at":"2026-05-26T12:00:00.000Z","flow":null,"target_token":null,"target_network":null,"wallet_address":null,"user_reference":null,"kyc_pre_verified":false,"metadata":{}}],"has_more":false}"#;
        Full::from(page).map_err(|never| match never {}).boxed()
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let id = format!("req_{:012}", COUNT.fetch_add(1, Ordering::Relaxed));
    response.headers_mut().insert("x-request-id", id.parse().unwrap());
    response
}

/// What any reverse proxy has to do: a connection to the upstream for each of a client, another `Host`, and nothing
/// else.
async fn relayed(
    mut request: Request<Incoming>,
    upstream: SocketAddr,
    idle: std::sync::Arc<tokio::sync::Mutex<Option<SendRequest<Incoming>>>>,
) -> Result<Response<BoxBody<Bytes, hyper::Error>>, hyper::Error> {
    let mut sender = idle.lock().await;
    if sender.is_none() {
        let stream = TcpStream::connect(upstream).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (new, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::task::spawn_local(async move { drop(connection.await) });
        *sender = Some(new);
    }
    request.headers_mut().insert(HOST, upstream.to_string().parse().unwrap());
    let sender = sender.as_mut().unwrap();
    sender.ready().await?;
    Ok(sender.send_request(request).await?.map(BodyExt::boxed))
}

/// So many bytes.
struct Zeros(u64);

impl Body for Zeros {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static CHUNK: [u8; 65536] = [0; 65536];
        let length = self.0.min(CHUNK.len() as u64);
        self.0 -= length;
        let frame = (length > 0).then(|| Ok(Frame::data(Bytes::from_static(&CHUNK[..length as usize]))));
        std::task::Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}

/// A process, and where it listens.
struct Server(Child, SocketAddr);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn own(arguments: &[&str]) -> Self {
        let mut child =
            Command::new(env::current_exe().unwrap()).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim().parse().unwrap())
    }

    fn zerogate(program: &str, upstream: SocketAddr) -> Self {
        let url = format!("http://{upstream}/v1");
        let mut command = Command::new(program);
        let mut child =
            command.args(["proxy", "--upstream", &url]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        Self(child, address.parse().unwrap())
    }

    /// In KiB: what it has, and the most that it had.
    fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}

/// With `prism`, the address at which Prism's proxy listens; it is to lead to the address of the upstream that is
/// printed.
async fn measure(zerogate: &str, prism: Option<&str>) {
    let upstream = Server::own(&["upstream"]);
    println!("upstream at http://{}", upstream.1);
    let bare = Server::own(&["bare", &upstream.1.to_string()]);
    let own = Server::zerogate(zerogate, upstream.1);
    let mut subjects = vec![("none", upstream.1), ("bare hyper", bare.1), ("zerogate", own.1)];
    let mut prism_process = None;
    if let Some(script) = prism {
        let (contract, url) = (env::var("CONTRACT").unwrap(), format!("http://{}/v1", upstream.1));
        let mut command = Command::new("node");
        command.args([script, "proxy", &contract, &url, "--port", "4019", "--host", "127.0.0.1"]);
        prism_process = Some(Server(command.stdout(Stdio::null()).spawn().unwrap(), "127.0.0.1:4019".parse().unwrap()));
        while TcpStream::connect("127.0.0.1:4019").await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        subjects.push(("prism", "127.0.0.1:4019".parse().unwrap()));
    }
    for concurrency in [1, CONCURRENCY] {
        let mut results: Vec<Vec<(f64, f64)>> = vec![Vec::new(); subjects.len()];
        for _ in 0..ROUNDS {
            for ((name, address), results) in subjects.iter().zip(&mut results) {
                let path = if *name == "prism" { "/gate_sessions" } else { "/v1/gate_sessions" };
                let (p50, rate) = load(*address, path, concurrency, Stop::After(Duration::from_secs(SECONDS))).await;
                results.push((p50, rate));
            }
        }
        for ((name, _), results) in subjects.iter().zip(&results) {
            let median = |of: fn(&(f64, f64)) -> f64| {
                let mut all: Vec<f64> = results.iter().map(of).collect();
                all.sort_by(f64::total_cmp);
                all[all.len() / 2]
            };
            println!(
                "{concurrency:>3} at a time  {name:<12} p50 {:>8.1} us  {:>9.0} requests/s",
                median(|(p50, _)| *p50),
                median(|(_, rate)| *rate)
            );
        }
    }
    drop(prism_process);
    for _ in 0..5 {
        load(own.1, "/v1/gate_sessions", CONCURRENCY, Stop::AfterRequests(200_000)).await;
        println!("after 200,000 more requests: {:?} KiB resident now, at most", own.memory());
    }
    let fresh = Server::zerogate(zerogate, upstream.1);
    let before = fresh.memory();
    let start = Instant::now();
    load(fresh.1, "/v1/large", 1, Stop::AfterRequests(1)).await;
    println!("1 GiB in {:?}: {before:?} KiB before, {:?} behind", start.elapsed(), fresh.memory());
}

#[derive(Clone, Copy)]
enum Stop {
    After(Duration),
    AfterRequests(usize),
}

/// Sends one request after the other on so many connections: the median in microseconds, and requests a second.
async fn load(address: SocketAddr, path: &str, concurrency: usize, stop: Stop) -> (f64, f64) {
    let start = Instant::now();
    let connections: FuturesUnordered<_> =
        (0..concurrency).map(|_| one(address, path, start, stop, concurrency)).collect();
    let mut all: Vec<u64> = connections.collect::<Vec<_>>().await.concat();
    let elapsed = start.elapsed().as_secs_f64();
    all.sort_unstable();
    (all[all.len() / 2] as f64 / 1000.0, all.len() as f64 / elapsed)
}

async fn one(address: SocketAddr, path: &str, start: Instant, stop: Stop, share: usize) -> Vec<u64> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    let (mut buffer, mut times) = (vec![0; 65536], Vec::new());
    loop {
        match stop {
            Stop::After(duration) if start.elapsed() >= duration && !times.is_empty() => return times,
            Stop::AfterRequests(count) if times.len() >= count.div_ceil(share) => return times,
            _ => {}
        }
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = stream.read(&mut buffer).await.unwrap();
        while !buffer[..read].windows(4).any(|window| window == b"\r\n\r\n") {
            read += stream.read(&mut buffer[read..]).await.unwrap();
        }
        let head = buffer[..read].windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
        assert!(text.starts_with("http/1.1 200 "), "{text}");
        let length = text.split("content-length:").nth(1).and_then(|rest| rest.lines().next()).unwrap();
        let mut left = length.trim().parse::<usize>().unwrap() - (read - head);
        while left > 0 {
            left -= stream.read(&mut buffer).await.unwrap();
        }
        times.push(u64::try_from(sent.elapsed().as_nanos()).unwrap());
    }
}
