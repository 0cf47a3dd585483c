//! The listening socket, the connections, and a way to close one from inside a handler.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// The listening socket and every task that runs for the emulator, until it is stopped.
///
/// A drop closes the socket directly, without waiting for the runtime to notice an abort.
#[derive(Debug)]
pub(crate) struct Server {
    running: Mutex<Option<Running>>,
    header_timeout: Duration,
}

#[derive(Debug)]
struct Running {
    listener: TcpListener,
    tasks: JoinSet<()>,
}

impl Server {
    /// Closes a connection if the head of its next request does not arrive in time.
    pub(crate) fn new(listener: TcpListener, header_timeout: Duration) -> Self {
        let running = Mutex::new(Some(Running { listener, tasks: JoinSet::new() }));
        Self { running, header_timeout }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does nothing once the server is stopped.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(Running { tasks, .. }) = &mut *self.lock() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    pub(crate) fn stop(&self) {
        let running = self.lock().take();
        // Dropped after the lock is released, because a task's drop may lock as well.
        drop(running);
    }

    /// The next connection, or none once the server is stopped.
    async fn accept(&self) -> Option<io::Result<TcpStream>> {
        poll_fn(|context| match &*self.lock() {
            None => Poll::Ready(None),
            Some(Running { listener, .. }) => listener.poll_accept(context).map_ok(|(stream, _)| stream).map(Some),
        })
        .await
    }

    pub(crate) async fn serve(self: Arc<Self>, router: Router) {
        while let Some(accepted) = self.accept().await {
            match accepted {
                Ok(stream) => self.spawn(serve_connection(stream, router.clone(), self.header_timeout)),
                // Most likely out of file descriptors: give connections time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

/// What happens to a connection in place of an ordinary response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HangUp {
    /// FIN: the stream ends without a response.
    Close,
    /// RST.
    Reset,
    /// These bytes, then FIN.
    WriteAndClose(Bytes),
    /// These bytes, and the next request.
    Write(Bytes),
}

/// The connection that a request came in on.
#[derive(Debug, Clone)]
pub(crate) struct Connection(mpsc::Sender<HangUp>);

impl Connection {
    /// Closes the connection of the request; never returns.
    pub(crate) async fn hang_up<T>(&self, how: HangUp) -> T {
        // If the channel is full, the connection is already being closed.
        let _ = self.0.try_send(how);
        pending().await
    }
}

async fn serve_connection(mut stream: TcpStream, router: Router, header_timeout: Duration) {
    let _ = stream.set_nodelay(true);
    let (connection, mut cut) = mpsc::channel(1);
    let connection = Connection(connection);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection.clone());
        let response = router.call(request);
        async move { Ok::<_, Infallible>(response.await.unwrap_or_else(|never| match never {})) }
    });
    // A client may close its half once it has sent its request, as `nc` does.
    let mut http = http1::Builder::new();
    http.half_close(true).timer(TokioTimer::new()).header_read_timeout(header_timeout);
    loop {
        let mut serving = http.serve_connection(TokioIo::new(stream), &service);
        let how = tokio::select! {
            finished = &mut serving => match finished {
                Ok(()) => return,
                // Includes bodies that were cut on purpose.
                Err(_) => HangUp::Close,
            },
            how = cut.recv() => how.unwrap_or(HangUp::Close),
        };
        stream = serving.into_parts().io.into_inner();
        match how {
            HangUp::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
            HangUp::Close => return close(stream).await,
            HangUp::WriteAndClose(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return close(stream).await;
            }
            HangUp::Write(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Closes a connection with FIN. A drop would send RST if there is unread input, and RST can discard data that the
/// client has not read yet.
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
