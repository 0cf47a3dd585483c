//! A server of which every byte is under the test's control.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use zerogate::{CallOptions, Client, OnConflict, SecretKey, SessionId};

pub(crate) const KEY: &str = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// Responds on every connection with the same bytes, whatever is asked, and then closes it.
pub(crate) struct Server {
    address: SocketAddr,
    requests: JoinHandle<Vec<String>>,
}

impl Server {
    /// A server that responds to `connections` requests and is then gone.
    pub(crate) async fn responding(connections: usize, response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::responding_in_turn(vec![response; connections]).await
    }

    /// A server that gives each request a response of its own and is then gone.
    pub(crate) async fn responding_in_turn(responses: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let responses: Vec<Vec<u8>> = responses.into_iter().map(Into::into).collect();
        let requests = tokio::spawn(async move {
            let mut requests = Vec::new();
            for response in responses {
                let (mut stream, _) = listener.accept().await.unwrap();
                requests.push(read_request(&mut stream).await);
                stream.write_all(&response).await.unwrap();
                stream.shutdown().await.unwrap();
            }
            requests
        });
        Self { address, requests }
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.base_url())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that arrived, to the byte.
    pub(crate) async fn requests(self) -> Vec<String> {
        // A client that sends less than the test expects would keep it waiting for ever.
        let arrived = tokio::time::timeout(Duration::from_secs(10), self.requests).await;
        arrived.expect("fewer requests arrived than the server was to response").unwrap()
    }
}

pub(crate) fn client(base_url: &str) -> Client {
    let key: SecretKey = KEY.parse().unwrap();
    // One attempt and no reading back, for tests that are about one request or one response.
    let options = CallOptions::default().max_attempts(1).on_conflict(OnConflict::Report);
    Client::builder(key).base_url(base_url).unwrap().options(options).build().unwrap()
}

pub(crate) fn session_id() -> SessionId {
    SessionId::new("67a1f3b9e4b0c10001234567").unwrap()
}

/// An HTTP response with a JSON body and the headers of a correct server.
pub(crate) fn json(status: &str, body: &str) -> String {
    response(status, "content-type: application/json\r\nx-request-id: req_test_000000000123\r\n", body)
}

/// An HTTP response.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut buffer).await.unwrap() {
            0 => return text,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
