//! A relay that keeps the traffic, request by request.

use std::io;
use std::net::Ipv4Addr;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use tokio::net::TcpListener;
use zerogate::BaseUrl;

use super::head::Head;
use super::listening::Listening;
use super::tap::{Heard, Losses, Tap};
use crate::wire::dial::Dial;

/// A relay to a server on this machine. It changes nothing, not even `Host`.
#[derive(Debug)]
pub(crate) struct Wiretap {
    port: u16,
    listening: Listening,
    heard: Receiver<Heard>,
    losses: Arc<Losses>,
}

/// The kept traffic.
#[derive(Debug, Default)]
pub(crate) struct Caught {
    /// The requests, the earliest first.
    pub(crate) requests: Vec<Request>,
    /// Why a connection could not be read to its end, if one could not.
    pub(crate) unread: Option<&'static str>,
}

/// A request as it was on the wire, and its response.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The body, byte by byte, without chunk framing.
    pub(crate) body: Vec<u8>,
    pub(crate) began: Instant,
    /// When the exchange ended.
    pub(crate) ended: Instant,
    pub(crate) response: Option<Response>,
}

/// The response to a request.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) began: Instant,
    /// Whether it is complete.
    pub(crate) is_whole: bool,
}

impl Wiretap {
    pub(crate) async fn start(upstream: &BaseUrl) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let dial = Dial::new(upstream).map_err(io::Error::other)?;
        let (tap, heard, losses) = Tap::new();
        Ok(Self { port, listening: Listening::start(listener, dial, None, tap), heard, losses })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Closes all connections, and returns the kept traffic.
    pub(crate) async fn finish(self) -> Caught {
        let Self { listening, heard, losses, .. } = self;
        listening.stop().await;
        let mut requests: Vec<Request> = heard.try_iter().filter_map(|heard| Request::of(&heard)).collect();
        requests.sort_by_key(|request| request.began);
        let unread = losses.unframed.lock().unwrap_or_else(PoisonError::into_inner).keys().next().copied();
        Caught { requests, unread }
    }
}

impl Request {
    fn of(heard: &Heard) -> Option<Self> {
        let head = heard.request.head.bytes().ok()?;
        let read = Head::request(head).ok()?;
        let (method, target) = read.first;
        let began = heard.times.began();
        let response = heard.response.as_ref().and_then(|message| {
            let head = Head::response(message.head.bytes().ok()?).ok()?;
            let (status, began) = (head.status, began + heard.times.responded);
            Some(Response { status, began, is_whole: message.is_whole })
        });
        Some(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: owned(&read),
            body: heard.request.body.bytes().unwrap_or_default().to_owned(),
            began,
            ended: began + heard.times.end,
            response,
        })
    }
}

fn owned(head: &Head<'_>) -> Vec<(String, String)> {
    head.headers.iter().map(|(name, value)| ((*name).to_owned(), String::from_utf8_lossy(value).into_owned())).collect()
}
