//! A server on a real socket that follows a script: every byte is under the test's control.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use zerogate::Client;

/// Handles a connection. An error means that the client closed it, which is not a failure.
pub(crate) type Script = Arc<dyn Fn(Connection) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> + Send + Sync>;

/// Makes a script from a closure.
pub(crate) fn script<D>(does: impl Fn(Connection) -> D + Send + Sync + 'static) -> Script
where
    D: Future<Output = io::Result<()>> + Send + 'static,
{
    Arc::new(move |connection| Box::pin(does(connection)))
}

pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    /// The number of requests after which the server closes, if any.
    expected: Option<usize>,
    stop: oneshot::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        Self::limited(script, None).await
    }

    /// A server that responds to `connections` requests and then closes.
    pub(crate) async fn responding(connections: usize, response: impl Into<Vec<u8>>) -> Self {
        Self::responding_in_turn(vec![response.into(); connections]).await
    }

    /// A server that sends one of the responses to each request, closes the connection after it, and closes after the
    /// last.
    pub(crate) async fn responding_in_turn(responses: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let mut responses: Vec<Vec<u8>> = responses.into_iter().map(Into::into).collect();
        let expected = Some(responses.len());
        responses.reverse();
        let responses = Arc::new(Mutex::new(responses));
        let in_turn = script(move |mut connection| {
            let responses = Arc::clone(&responses);
            async move {
                connection.request().await?;
                let response = responses.lock().unwrap().pop().unwrap();
                connection.write(response).await?;
                connection.close_half().await
            }
        });
        Self::limited(in_turn, expected).await
    }

    async fn limited(script: Script, expected: Option<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::default();
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, script, expected, Arc::clone(&requests), stopped));
        Self { address, requests, expected, stop, accepting }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client for one attempt.
    pub(crate) fn client(&self) -> Client {
        crate::arrange::client(&self.base_url())
    }

    /// Returns every request that arrived, byte by byte.
    ///
    /// If the script keeps its connections, drop the client first: they are read to their end.
    pub(crate) async fn finish(self) -> Vec<String> {
        let _ = self.stop.send(());
        // An open connection would keep this waiting forever.
        let ended = tokio::time::timeout(Duration::from_secs(30), self.accepting).await;
        ended.expect("a connection is still open").unwrap();
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        assert!(
            self.expected.is_none_or(|expected| requests.len() == expected),
            "fewer or more requests than expected: {requests:?}"
        );
        requests
    }
}

async fn accept(
    listener: TcpListener,
    script: Script,
    mut left: Option<usize>,
    requests: Arc<Mutex<Vec<String>>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    let mut begin = |stream| {
        connections.spawn(script(Connection { stream, requests: Arc::clone(&requests) }));
    };
    let mut listener = Some(listener);
    while let Some(open) = &listener {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = open.accept() => {
                left = left.map(|left| left - 1);
                // Before the response, so that a later request cannot connect.
                if left == Some(0) {
                    listener = None;
                }
                begin(accepted.unwrap().0);
            }
        }
    }
    // Connections that are not accepted yet count as well.
    if let Some(listener) = listener {
        let listener = listener.into_std().unwrap();
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(true).unwrap();
                    begin(TcpStream::from_std(stream).unwrap());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    while let Some(ended) = connections.join_next().await {
        // An error means that the client hung up; a panic means that the script is wrong.
        let _ = ended.unwrap();
    }
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Connection {
    /// Reads a request and counts it.
    pub(crate) async fn request(&mut self) -> io::Result<String> {
        let request = read_request(&mut self.stream).await?.ok_or(ErrorKind::UnexpectedEof)?;
        self.requests.lock().unwrap().push(request.clone());
        Ok(request)
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await
    }

    /// Writes the same bytes repeatedly, about `total` bytes in all, in small pieces.
    pub(crate) async fn repeat(&mut self, bytes: &[u8], total: usize) -> io::Result<()> {
        let times = (4096 / bytes.len()).max(1);
        let piece = bytes.repeat(times);
        for _ in 0..total / piece.len() {
            self.write(&piece).await?;
        }
        let rest = total % piece.len() / bytes.len();
        self.write(bytes.repeat(rest)).await
    }

    /// Closes only the writing side; the client may go on writing.
    pub(crate) async fn close_half(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// Ends the connection so that the client sees a reset.
    pub(crate) fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Waits until the client hangs up. Counts a request that arrives instead.
    pub(crate) async fn silence(&mut self) -> io::Result<()> {
        loop {
            self.request().await?;
        }
    }
}

/// Reads a request to its end; `None` if the client hangs up before.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if is_complete(&text) {
            return Ok(Some(text.into_owned()));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn is_complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
    body.len() >= head.lines().find_map(length).unwrap_or(0)
}
