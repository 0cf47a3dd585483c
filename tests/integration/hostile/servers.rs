//! The servers. Each uses only a few kilobytes, so that the client's memory is measured.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::examples::SESSION;
use crate::server::{Connection, Script, script};
use tokio::sync::Notify;
use zerogate::CallOptions;

const JSON: &str = "content-type: application/json\r\n";
const TOO_MUCH: usize = 100_000_000;

/// A hostile server, and the call to make.
pub(crate) struct Hostile {
    pub(crate) does: &'static str,
    pub(crate) script: Script,
    pub(crate) options: CallOptions,
    pub(crate) calls: usize,
    /// Notified when the server is ready for the next call.
    pub(crate) ready: Option<Arc<Notify>>,
}

impl Hostile {
    /// A server with time limits so long that only the server ends a call.
    fn new(does: &'static str, script: Script) -> Self {
        let options = CallOptions::default()
            .deadline(Duration::from_secs(300))
            .attempt_timeout(Duration::from_secs(120))
            .backoff(Duration::ZERO, Duration::ZERO);
        Self { does, script, options, calls: 1, ready: None }
    }

    /// A server that keeps a client waiting forever: one short attempt.
    fn stalling(does: &'static str, script: Script) -> Self {
        let mut hostile = Self::new(does, script);
        hostile.options = hostile.options.max_attempts(1).attempt_timeout(Duration::from_millis(400));
        hostile
    }

    fn called_twice(self) -> Self {
        Self { calls: 2, ..self }
    }
}

/// A server that responds to every request of a connection with the documented status and these headers and body.
fn responding(headers: impl Into<Vec<u8>>, body: impl Into<Vec<u8>>) -> Script {
    let (headers, body): (Arc<[u8]>, Arc<[u8]>) = (headers.into().into(), body.into().into());
    script(move |mut connection| {
        let (headers, body) = (Arc::clone(&headers), Arc::clone(&body));
        async move {
            loop {
                let status = success(&connection.request().await?);
                response(&mut connection, status, &headers, &body).await?;
            }
        }
    })
}

/// A server that responds with these bytes and closes. A 201 becomes a 200 for operations that succeed with 200.
fn saying(response: &'static str) -> Script {
    script(move |mut connection| async move {
        let status = success(&connection.request().await?);
        connection.write(response.replace("201 Created", status)).await
    })
}

/// A server that begins a success, repeats the same bytes, and ends it.
fn flooding(headers: &'static str, again: &'static [u8]) -> Script {
    script(move |mut connection| async move {
        let status = success(&connection.request().await?);
        connection.write(format!("HTTP/1.1 {status}\r\n{JSON}{headers}")).await?;
        connection.repeat(again, TOO_MUCH).await
    })
}

async fn response(connection: &mut Connection, status: &str, headers: &[u8], body: &[u8]) -> io::Result<()> {
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(headers);
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    connection.write(bytes).await
}

/// The documented success of the operation.
fn success(request: &str) -> &'static str {
    if request.starts_with("GET") { "200 OK" } else { "201 Created" }
}

/// All of them. `other` is a host to which a redirect points.
pub(crate) fn all(other: SocketAddr) -> Vec<Hostile> {
    [too_much(), too_slow(), elsewhere(other), no_http(), odd_responses(), bad_endings()]
        .into_iter()
        .flatten()
        .collect()
}

fn too_much() -> Vec<Hostile> {
    vec![
        Hostile::new("a body of 100 MB", flooding("content-length: 100000000\r\n\r\n", &[b' '; 4096])),
        Hostile::new("a body of 100 MB, without its length", flooding("\r\n", &[b' '; 4096])),
        Hostile::new(
            "a chunked body without end",
            flooding(
                "transfer-encoding: chunked\r\n\r\n",
                b"40\r\n                                                                \r\n",
            ),
        ),
        Hostile::new(
            "a 404 of 100 MB",
            script(|mut connection| async move {
                connection.request().await?;
                connection.write("HTTP/1.1 404 Not Found\r\ncontent-length: 100000000\r\n\r\n").await?;
                connection.repeat(&[b' '; 4096], TOO_MUCH).await
            }),
        ),
        Hostile::new("headers without end", flooding("", b"x-more: and more\r\n")),
        Hostile::new("one header of 100 MB", flooding("x-long: ", &[b'x'; 4096])),
        Hostile::new(
            "50,000 times 100 Continue, then a response",
            script(|mut connection| async move {
                let status = success(&connection.request().await?);
                connection.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 50_000 * 25).await?;
                response(&mut connection, status, JSON.as_bytes(), SESSION.as_bytes()).await?;
                connection.silence().await
            }),
        ),
        Hostile::stalling(
            "100 Continue without end",
            script(|mut connection| async move {
                connection.request().await?;
                connection.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", usize::MAX).await
            }),
        ),
        Hostile::new("JSON nested 100,000 deep", responding(JSON, [b'['; 100_000])),
        Hostile::new("a session with metadata nested 100,000 deep", {
            let deep = format!("\"metadata\": {{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
            responding(JSON, SESSION.replace("\"metadata\": {}", &deep))
        }),
        // Small on the wire, but large when decoded into values.
        Hostile::new(
            "a 404 of a megabyte of objects",
            script(|mut connection| async move {
                connection.request().await?;
                let body = format!("{{\"a\":[{}0]}}", "{\"\":0},".repeat(140_000));
                response(&mut connection, "404 Not Found", JSON.as_bytes(), body.as_bytes()).await
            }),
        ),
        Hostile::new("a 201 of a megabyte of objects, with an escape", {
            responding(JSON, format!("{{\"a\":[{}\"\\u0061\"]}}", "{\"\":0},".repeat(140_000)))
        }),
        Hostile::new(
            "a 404 of JSON nested 100,000 deep",
            script(|mut connection| async move {
                connection.request().await?;
                response(&mut connection, "404 Not Found", JSON.as_bytes(), &[b'['; 100_000]).await
            }),
        ),
    ]
}

fn too_slow() -> Vec<Hostile> {
    vec![
        Hostile::stalling(
            "not a word",
            script(|mut connection| async move {
                connection.request().await?;
                connection.silence().await
            }),
        ),
        Hostile::stalling(
            "a head that drips",
            script(|mut connection| async move {
                connection.request().await?;
                connection.write("HTTP/1.1 201 Created\r\nx-drip: ").await?;
                drip(&mut connection).await
            }),
        ),
        Hostile::stalling(
            "a body that drips",
            script(|mut connection| async move {
                let status = success(&connection.request().await?);
                connection.write(format!("HTTP/1.1 {status}\r\n{JSON}content-length: 1000000\r\n\r\n")).await?;
                drip(&mut connection).await
            }),
        ),
        Hostile::stalling(
            "a chunk, and no word after it",
            script(|mut connection| async move {
                let status = success(&connection.request().await?);
                connection
                    .write(format!("HTTP/1.1 {status}\r\n{JSON}transfer-encoding: chunked\r\n\r\n1\r\n{{\r\n"))
                    .await?;
                connection.silence().await
            }),
        ),
        Hostile::new(
            "429 that asks to wait a century",
            script(|mut connection| async move {
                loop {
                    connection.request().await?;
                    response(&mut connection, "429 Too Many Requests", b"retry-after: 3155760000\r\n", b"{}").await?;
                }
            }),
        ),
    ]
}

/// A byte every 50 ms: each arrives in time, but the whole never does.
async fn drip(connection: &mut Connection) -> io::Result<()> {
    loop {
        connection.write(" ").await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn elsewhere(other: SocketAddr) -> Vec<Hostile> {
    vec![
        Hostile::new(
            "a redirect to another host",
            script(move |mut connection| async move {
                connection.request().await?;
                let to = format!("location: http://{other}/v1/gate_sessions\r\n");
                response(&mut connection, "307 Temporary Redirect", to.as_bytes(), b"").await
            }),
        ),
        Hostile::new("a cookie", responding(format!("{JSON}set-cookie: id=canary; path=/\r\n"), SESSION))
            .called_twice(),
    ]
}

fn no_http() -> Vec<Hostile> {
    vec![
        Hostile::new("garbage", saying("\u{1}\u{2}\u{3}no HTTP at all\r\n\r\n")),
        Hostile::new("a response in HTTP/2", saying("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0")),
        Hostile::new(
            "101 Switching Protocols",
            saying("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"),
        ),
        Hostile::new("status 999", saying("HTTP/1.1 999 Beyond\r\ncontent-length: 0\r\n\r\n")),
        Hostile::new(
            "two different content-lengths",
            saying("HTTP/1.1 201 Created\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} "),
        ),
        Hostile::new(
            "a chunk size that is no number",
            saying("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nmany\r\n{}\r\n0\r\n\r\n"),
        ),
        Hostile::new(
            "a chunk size beyond all numbers",
            saying("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ),
    ]
}

fn odd_responses() -> Vec<Hostile> {
    let twice = "x-request-id: req_test_first\r\nx-request-id: req_test_second\r\ncontent-type: application/json\r\n\
                 content-type: text/html\r\nretry-after: 1\r\nretry-after: 2\r\n";
    let no_text = b"content-type: \xff\xfe\r\nx-request-id: \xc3\x28\r\nretry-after: \x80\r\n";
    let (before, after) = SESSION.split_once("order_abc123").expect("the example has a reference");
    vec![
        Hostile::new("another content type", responding("content-type: text/html\r\n", SESSION)),
        Hostile::new("no content type", responding("", SESSION)),
        Hostile::new("a body that is not UTF-8", {
            responding(JSON, [before.as_bytes(), b"\xc3\x28", after.as_bytes()].concat())
        }),
        Hostile::new("every header twice", responding(twice, SESSION)),
        Hostile::new("headers that are not text", responding(*no_text, SESSION)),
        Hostile::new(
            "a compressed body that nobody asked for",
            responding(format!("{JSON}content-encoding: gzip\r\n"), gzip(SESSION.as_bytes())),
        ),
    ]
}

fn bad_endings() -> Vec<Hostile> {
    let ready = Arc::new(Notify::new());
    let stale = Hostile::new("a response, and then the connection is closed", closing(Arc::clone(&ready)));
    vec![
        Hostile::new(
            "hangs up without a word",
            script(|mut connection| async move {
                connection.request().await?;
                Ok(())
            }),
        ),
        Hostile::new(
            "half a response, then a reset",
            script(|mut connection| async move {
                let status = success(&connection.request().await?);
                connection.write(format!("HTTP/1.1 {status}\r\n{JSON}content-length: 1000\r\n\r\n{{")).await?;
                connection.reset()
            }),
        ),
        Hostile::new(
            "a response, then a reset",
            script(|mut connection| async move {
                let status = success(&connection.request().await?);
                response(&mut connection, status, JSON.as_bytes(), SESSION.as_bytes()).await?;
                connection.reset()
            }),
        ),
        Hostile { calls: 2, ready: Some(ready), ..stale },
        // The second call must not accept the surplus bytes of the first response.
        Hostile::new("a response, and the response to the next request behind it", {
            let planted = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
            script(move |mut connection| async move {
                let status = success(&connection.request().await?);
                let length = SESSION.len();
                let head = format!("HTTP/1.1 {status}\r\n{JSON}content-length: {length}\r\n\r\n");
                connection.write(format!("{head}{SESSION}{planted}")).await?;
                connection.silence().await
            })
        })
        .called_twice(),
    ]
}

/// A server that closes a connection after one response, and is ready for the next call once the client has noticed.
fn closing(ready: Arc<Notify>) -> Script {
    script(move |mut connection| {
        let ready = Arc::clone(&ready);
        async move {
            let status = success(&connection.request().await?);
            response(&mut connection, status, JSON.as_bytes(), SESSION.as_bytes()).await?;
            connection.close_half().await?;
            let hung_up = connection.silence().await;
            ready.notify_one();
            hung_up
        }
    })
}

/// The bytes as gzip, stored as they are: unpacked they would be a session again.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("one block");
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&(!length).to_le_bytes());
    packed.extend_from_slice(bytes);
    packed.extend_from_slice(&crc32(bytes).to_le_bytes());
    packed.extend_from_slice(&u32::from(length).to_le_bytes());
    packed
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
