//! The accept loop, the connections, and how to cut one from inside a handler.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::shared::Shared;

/// Every task that runs for the emulator. None outlives it.
#[derive(Debug)]
pub(crate) struct Tasks(Mutex<Option<JoinSet<()>>>);

impl Tasks {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Some(JoinSet::new())))
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = &mut *tasks {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    pub(crate) fn stop(&self) {
        let tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Dropped after the lock: what a task drops may want to lock, too.
        drop(tasks);
    }
}

/// The listening socket, where a drop can reach it: closing it must not wait for the runtime to notice an abort.
#[derive(Debug)]
pub(crate) struct Door(Mutex<Option<TcpListener>>);

impl Door {
    pub(crate) fn new(listener: TcpListener) -> Self {
        Self(Mutex::new(Some(listener)))
    }

    pub(crate) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The next connection, or none once the door is closed.
    async fn accept(&self) -> Option<io::Result<TcpStream>> {
        poll_fn(|context| {
            let listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match &*listener {
                None => Poll::Ready(None),
                Some(listener) => listener.poll_accept(context).map_ok(|(stream, _)| stream).map(Some),
            }
        })
        .await
    }
}

/// How a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HangUp {
    /// FIN: the stream ends without an answer.
    Close,
    /// RST.
    Reset,
}

/// The connection that a request came in on.
#[derive(Debug, Clone)]
pub(crate) struct Line(mpsc::Sender<HangUp>);

impl Line {
    pub(crate) fn cut(&self, how: HangUp) {
        // Full means that the connection is being cut already.
        let _ = self.0.try_send(how);
    }
}

pub(crate) async fn accept(shared: Arc<Shared>, router: Router) {
    while let Some(accepted) = shared.door.accept().await {
        match accepted {
            Ok(stream) => shared.tasks.spawn(connection(stream, router.clone())),
            // Out of file descriptors, most likely: give the connections time to end.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let (line, mut cut) = mpsc::channel(1);
    let line = Line(line);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(line.clone());
        let answer = router.call(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    // A client may close its half once it has sent its request, as `nc` does.
    let mut connection = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service);
    let how = tokio::select! {
        finished = &mut connection => match finished {
            Ok(()) => return,
            // Also a body that was cut on purpose.
            Err(_) => HangUp::Close,
        },
        how = cut.recv() => how.unwrap_or(HangUp::Close),
    };
    let stream = connection.into_parts().io.into_inner();
    match how {
        HangUp::Reset => {
            let _ = stream.set_zero_linger();
        }
        HangUp::Close => close(stream).await,
    }
}

/// Ends a connection with FIN. Dropping it would do so only if nothing were left to read: otherwise the kernel sends
/// RST, which can also take away what the client has not read yet.
async fn close(mut stream: TcpStream) {
    const PATIENCE: Duration = Duration::from_secs(2);
    let drain = async {
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(PATIENCE, drain).await;
}
