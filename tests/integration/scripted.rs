//! A server that follows a script, on a real socket: it reads what it likes and writes what it likes.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

/// What is done with every connection. It ends with an error when the client hangs up, which is no failure.
pub(crate) type Script = Arc<dyn Fn(Talk) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> + Send + Sync>;

/// Makes a script of a closure.
pub(crate) fn script<D>(does: impl Fn(Talk) -> D + Send + Sync + 'static) -> Script
where
    D: Future<Output = io::Result<()>> + Send + 'static,
{
    Arc::new(move |talk| Box::pin(does(talk)))
}

pub(crate) struct Scripted {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stop: oneshot::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Scripted {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::default();
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, script, Arc::clone(&requests), stopped));
        Self { address, requests, stop, accepting }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request that arrived, to the byte.
    ///
    /// The client has to be gone by now: its connections are read to their end.
    pub(crate) async fn finish(self) -> Vec<String> {
        let _ = self.stop.send(());
        // A connection that somebody still holds would keep this waiting for ever.
        let ended = tokio::time::timeout(Duration::from_secs(30), self.accepting).await;
        ended.expect("a connection is still open").unwrap();
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

async fn accept(
    listener: TcpListener,
    script: Script,
    requests: Arc<Mutex<Vec<String>>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut talks = JoinSet::new();
    let mut begin = |stream| {
        talks.spawn(script(Talk { stream, requests: Arc::clone(&requests) }));
    };
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => begin(accepted.unwrap().0),
        }
    }
    // What was connected and not accepted yet counts too.
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
    while let Some(ended) = talks.join_next().await {
        // An error is a client that hung up; a panic is a script that is wrong.
        let _ = ended.unwrap();
    }
}

/// One connection.
pub(crate) struct Talk {
    stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Talk {
    /// Reads a request and counts it.
    pub(crate) async fn request(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if is_complete(&text) {
                self.requests.lock().unwrap().push(text.clone());
                return Ok(text);
            }
            match self.stream.read(&mut buffer).await? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => bytes.extend_from_slice(&buffer[..read]),
            }
        }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await
    }

    /// Writes the same bytes over and over, about `total` of them in all, in small pieces.
    pub(crate) async fn repeat(&mut self, bytes: &[u8], total: usize) -> io::Result<()> {
        let times = (4096 / bytes.len()).max(1);
        let piece = bytes.repeat(times);
        for _ in 0..total / piece.len() {
            self.write(&piece).await?;
        }
        let rest = total % piece.len() / bytes.len();
        self.write(bytes.repeat(rest)).await
    }

    /// Ends this side alone; the client may go on writing.
    pub(crate) async fn close_half(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// Ends the connection so that the client sees a reset.
    pub(crate) fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Waits until the client has hung up. A request that comes instead is counted.
    pub(crate) async fn silence(&mut self) -> io::Result<()> {
        loop {
            self.request().await?;
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
