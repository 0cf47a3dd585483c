//! The proxy itself: a port of this machine, and a thread that judges.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use tokio::net::TcpListener;
use tokio::task;
use zerogate_judge::Judge;

use super::judging::Judging;
use super::listening::Listening;
use super::tap::Tap;
use super::upstream::Upstream;
use crate::recording::check::CheckOptions;
use crate::recording::traffic::Traffic;
use crate::recording::written::Recording;
use crate::wire::dial::{Dial, NoTls};

/// Options of a proxy.
#[derive(Debug, Clone, Default)]
pub struct ProxyOptions {
    /// The port of 127.0.0.1; 0 for a free one.
    pub port: u16,
    /// Leaves `Host` as the client sends it.
    pub keep_host: bool,
    /// The HAR file to record to. An existing file is kept until the first exchange, or the end.
    pub record: Option<PathBuf>,
    /// Records keys and other secrets unchanged.
    pub keep_secrets: bool,
    /// What is judged, and the known failures.
    pub check: CheckOptions,
}

/// Why a proxy cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The port cannot be bound.
    #[error("cannot listen on 127.0.0.1:{0}: {1}; --port 0 picks a free port")]
    Port(u16, io::Error),
    /// It would relay to itself.
    #[error("the upstream is the proxy itself; choose another --port")]
    Loop,
    /// The recording cannot be created.
    #[error("{0}: cannot record to it: {1}")]
    Record(String, io::Error),
    /// The upstream needs TLS, which cannot be set up on this machine.
    #[error(transparent)]
    Tls(#[from] NoTls),
    /// The judge's thread cannot be started.
    #[error("the judge cannot start: {0}")]
    Judge(io::Error),
}

/// A reverse proxy on a port of this machine, which relays to an upstream and judges the traffic.
///
/// It relays HTTP/1 bytes as they come, with `Host` replaced by the upstream's unless that is switched off. Traffic
/// that it cannot judge in time, or cannot parse, is relayed and counted as not judged. It needs a Tokio runtime, and
/// stops with [`finish`](Self::finish).
///
/// ```
/// use zerogate_conformance::{Proxy, ProxyOptions};
/// use zerogate_contract::Document;
/// use zerogate_judge::Judge;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = zerogate_emulator::Emulator::start().await?;
/// let judge = Judge::of(Document::parse("gate-v1.yaml", zerogate::CONTRACT)?);
/// let proxy = Proxy::start(&emulator.base_url().parse()?, judge, ProxyOptions::default()).await?;
///
/// // An ordinary client, with the proxy as its base URL.
/// let key = zerogate::SecretKey::new(&emulator.keys().partner)?;
/// let client = zerogate::Client::builder(key).base_url(&proxy.url())?.build()?;
/// client.list_sessions().send().await?;
///
/// let traffic = proxy.finish().await;
/// assert_eq!((traffic.judged, traffic.faults.len()), (1, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    path: String,
    listening: Listening,
    judging: JoinHandle<Traffic>,
    is_finished: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts a proxy for `upstream`, which does not need to be reachable yet.
    ///
    /// # Errors
    ///
    /// If the port is taken, the upstream is the proxy itself, the recording cannot be written, or TLS cannot be set
    /// up.
    pub async fn start(upstream: &Upstream, judge: Judge, options: ProxyOptions) -> Result<Self, ProxyError> {
        let ProxyOptions { port, keep_host, record, keep_secrets, check } = options;
        let taken = |error| ProxyError::Port(port, error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let base = upstream.base();
        if base.is_loopback() && base.port() == address.port() {
            return Err(ProxyError::Loop);
        }
        let dial = Dial::new(base)?;
        let recording = record
            .map(|path| Recording::begin(&path).map_err(|error| ProxyError::Record(path.display().to_string(), error)));
        let judge = match upstream.judged_at() {
            Some(base_url) => judge.at(&base_url),
            None => judge,
        };
        let (tap, heard, losses) = Tap::new();
        let judging = Judging::new(judge, check, upstream, address, recording.transpose()?, keep_secrets);
        let thread = thread::Builder::new().name("judge".to_owned());
        let is_finished = Arc::<AtomicBool>::default();
        let finished = Arc::clone(&is_finished);
        let judging = thread.spawn(move || judging.run(&heard, &losses, &finished)).map_err(ProxyError::Judge)?;
        let host = if keep_host { None } else { Some(base.authority().to_owned()) };
        let listening = Listening::start(listener, dial, host, tap);
        Ok(Self { address, path: upstream.path().to_owned(), listening, judging, is_finished })
    }

    /// The URL to use in place of the upstream's: the proxy's address with the upstream's path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// Closes all connections, judges the rest, and returns the result.
    ///
    /// # Panics
    ///
    /// If the judge panicked.
    pub async fn finish(self) -> Traffic {
        let Self { listening, judging, is_finished, .. } = self;
        is_finished.store(true, Ordering::Release);
        listening.stop().await;
        match task::spawn_blocking(|| judging.join()).await {
            Ok(Ok(traffic)) => traffic,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}
