//! Relays one connection: bytes as they come, an end as an end, and an abort as an abort.

use std::io::ErrorKind;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::TcpStream;

use super::observer::Observer;
use crate::wire::dial::Line;

/// The size of a read buffer.
const CHUNK: usize = 32 * 1024;

/// How one direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The sender closed it, and the receiver's side was closed too.
    Closed,
    /// The sender is gone.
    SenderGone,
    /// The receiver is gone.
    ReceiverGone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// Relays a connection to its end. An abort on one side becomes an abort on the other.
pub(super) async fn relay(mut client: TcpStream, mut line: Line, observer: Observer) {
    let observer = Mutex::new(observer);
    let (from_client, to_client) = client.split();
    let (up, down) = match &mut line {
        Line::Plain(upstream) => {
            let (from, to) = upstream.split();
            both((from_client, to), (from, to_client), &observer).await
        }
        Line::Secure(upstream) => {
            let (from, to) = split(upstream);
            both((from_client, to), (from, to_client), &observer).await
        }
    };
    if up == Some(Ended::SenderGone) || down == Some(Ended::ReceiverGone) {
        reset(line.socket());
    }
    if down == Some(Ended::SenderGone) {
        reset(&client);
    }
}

/// Makes closing a connection abort it.
pub(super) fn reset(stream: &TcpStream) {
    // If this fails, the other side sees an ordinary close; there is no other way.
    let _ = stream.set_zero_linger();
}

/// Relays in both directions, until both have ended or the connection is aborted.
async fn both(
    (from_client, to_upstream): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    (from_upstream, to_client): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    observer: &Mutex<Observer>,
) -> (Option<Ended>, Option<Ended>) {
    let mut up = pin!(one(from_client, to_upstream, observer, Direction::Up));
    let mut down = pin!(one(from_upstream, to_client, observer, Direction::Down));
    let mut ended = (None, None);
    loop {
        tokio::select! {
            how = &mut up, if ended.0.is_none() => ended.0 = Some(how),
            how = &mut down, if ended.1.is_none() => ended.1 = Some(how),
        }
        match ended {
            (Some(Ended::SenderGone), _) | (_, Some(Ended::SenderGone | Ended::ReceiverGone)) | (Some(_), Some(_)) => {
                return ended;
            }
            // An upstream that stops reading may still send a response.
            _ => {}
        }
    }
}

async fn one(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    observer: &Mutex<Observer>,
    direction: Direction,
) -> Ended {
    let (mut buffer, mut out) = (vec![0; CHUNK], Vec::new());
    let look = || observer.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let (length, is_clean) = match from.read(&mut buffer).await {
            Ok(length) => (length, true),
            // Over TLS, an end without a close notification.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => (0, false),
            Err(_) => return Ended::SenderGone,
        };
        let input = buffer.get(..length).unwrap_or_default();
        let passed = match (direction, length) {
            (Direction::Up, 0) => look().requests_end(&mut out),
            (Direction::Up, _) => look().request(input, &mut out),
            (Direction::Down, 0) => {
                if look().responses_end(is_clean) {
                    return Ended::SenderGone;
                }
                input
            }
            (Direction::Down, _) => {
                look().response(input);
                input
            }
        };
        if to.write_all(passed).await.is_err() || to.flush().await.is_err() {
            return Ended::ReceiverGone;
        }
        if length == 0 {
            // The other side may already be gone.
            let _ = to.shutdown().await;
            return Ended::Closed;
        }
    }
}
