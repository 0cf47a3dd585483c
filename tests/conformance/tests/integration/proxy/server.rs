//! The proxy's own sockets.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use zerogate_conformance::BaseUrl;
use zerogate_emulator::Emulator;

use super::message::{Asked, Response};
use super::{Act, Upstream};

/// A proxy on a loopback port. It stops when it is dropped.
pub(crate) struct Proxy {
    base: BaseUrl,
    _accepting: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn start(emulator: &Emulator, act: Act) -> Self {
        let upstream = Arc::new(Upstream::of(emulator));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                while connections.try_join_next().is_some() {}
                connections.spawn(connection(stream, number, upstream.clone(), act));
            }
        });
        Self { base, _accepting: accepting }
    }

    pub(crate) fn base_url(&self) -> BaseUrl {
        self.base.clone()
    }
}

async fn connection(stream: TcpStream, number: usize, upstream: Arc<Upstream>, act: Act) {
    stream.set_nodelay(true).unwrap();
    let service = service_fn(move |request| {
        let upstream = upstream.clone();
        async move { Ok::<_, Infallible>(serve(request, number, upstream, act).await) }
    });
    let mut builder = http1::Builder::new();
    builder.title_case_headers(matches!(act, Act::TitleCase));
    // A client that hangs up is not a failure of the proxy.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn serve(
    request: Request<Incoming>,
    connection: usize,
    upstream: Arc<Upstream>,
    act: Act,
) -> hyper::Response<Pieces> {
    let (head, body) = request.into_parts();
    let asked = Asked {
        method: head.method,
        target: head.uri.to_string(),
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
        connection,
    };
    let response = match act {
        Act::TitleCase => upstream.respond(&asked).await,
        Act::Edit(edit) => {
            let mut response = upstream.respond(&asked).await;
            // The response to a `HEAD` has no body to edit.
            if asked.method != Method::HEAD {
                edit(&asked, &mut response);
            }
            response
        }
        Act::Serve(serve) => serve(upstream, asked).await,
    };
    let Response { status, headers, body, version, chunked } = response;
    let mut sent = hyper::Response::new(Pieces::of(body, chunked));
    *sent.status_mut() = status.try_into().unwrap();
    *sent.headers_mut() = headers;
    *sent.version_mut() = version;
    sent
}

/// A body in one piece, or in several without a length.
struct Pieces(VecDeque<Bytes>);

impl Pieces {
    fn of(body: Bytes, chunked: bool) -> Self {
        let size = if chunked { 7 } else { body.len().max(1) };
        Self(body.chunks(size).map(Bytes::copy_from_slice).collect())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        match self.0.len() {
            0 => SizeHint::with_exact(0),
            1 => SizeHint::with_exact(self.0[0].len() as u64),
            _ => SizeHint::default(),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}
