//! Responses that the client receives, over a socket.

use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use zerogate::{CallOptions, Client, OnConflict, SessionId};

use crate::seeds::bytes;

const KEY: &str = "sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz";
const ID: &str = "67a1f3b9e4b0c10001234567";

/// A client, and the server that it talks to.
struct Line {
    runtime: Runtime,
    listener: TcpListener,
    client: Client,
}

impl Line {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let once = CallOptions::default()
            .max_attempts(1)
            .on_conflict(OnConflict::Report)
            .attempt_timeout(Duration::from_secs(5))
            .max_body(64 * 1024);
        let builder = Client::builder(KEY.parse().expect("a key")).options(once).reuse_connections(false);
        let client = builder.base_url(&format!("http://{address}")).expect("a base URL").build().expect("a client");
        Self { runtime, listener, client }
    }
}

/// Cancels a session at a server whose response, from the status on, is the input.
pub(crate) fn envelope(data: &[u8]) {
    static LINE: OnceLock<Line> = OnceLock::new();
    let Line { runtime, listener, client } = LINE.get_or_init(Line::new);
    let id = SessionId::new(ID).expect("an id");
    // Each request gets it: after a lost response the client reads the session.
    let respond = async {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {}
            // The client may have hung up.
            let _ = stream.write_all(b"HTTP/1.1 ").await;
            let _ = stream.write_all(data).await;
            let _ = stream.shutdown().await;
        }
    };
    let result = runtime.block_on(async {
        match select(pin!(client.cancel_session(&id)), pin!(respond)).await {
            Either::Left((result, _)) => result,
            Either::Right((never, _)) => never,
        }
    });
    let told = format!("{result:?}");
    assert!(!told.contains(KEY), "the key is in what a caller logs: {told}");
}

/// A success, each error of the reference, and responses from other servers.
pub(crate) fn responses() -> Vec<Vec<u8>> {
    bytes(&[
        "201 Created\r\ncontent-type: application/json\r\nx-request-id: req_1\r\n\r\n{\"id\":\"67a1f3b9e4b0c10001234567\",\
         \"object\":\"gate_session\",\"mode\":\"test\",\"status\":\"cancelled\",\"amount\":\"100.00\",\"currency\":\"EUR\",\
         \"metadata\":{\"a\":[1,null]},\"created_at\":\"2026-05-27T11:00:00.000Z\",\"expires_at\":\"2026-05-27T12:00:00.000Z\"}",
        "409 Conflict\r\ncontent-type: application/json\r\n\r\n{\"type\":\"conflict\",\"code\":\"conflict\",\"message\":\"no: \
         sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz\",\"request_id\":\"req_1\",\"doc_url\":null,\"statusCode\":409}",
        "401 Unauthorized\r\ncontent-type: application/json\r\nwww-authenticate: Bearer\r\n\r\n{\"type\":\"unauthorized\",\
         \"code\":\"unauthorized\",\"message\":\"\\u0073k_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz\",\"statusCode\":\"401\"}",
        "429 Too Many Requests\r\nretry-after: 3\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n{\"type\":\"rate_limited\"}",
        "503 Service Unavailable\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n",
        "502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 21\r\n\r\n<html>sk_test</html>\n",
        "302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n",
    ])
}
