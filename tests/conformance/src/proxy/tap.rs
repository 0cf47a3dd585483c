//! The queue from the connections to the judge. It never blocks: what does not fit is counted and dropped.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::kept::{Kept, NO_ROOM, Room};

/// The maximum number of exchanges that wait for the judge.
const QUEUE: usize = 4096;

/// An exchange as it was on the wire.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) request: Message,
    pub(super) response: Option<Message>,
    /// Why the response is missing or incomplete.
    pub(super) lost: Option<&'static str>,
    pub(super) times: Times,
}

/// A message as it was on the wire.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) head: Kept,
    pub(super) body: Kept,
    pub(super) is_whole: bool,
}

/// When an exchange began, and the time until each part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) start: Timestamp,
    clock: Instant,
    pub(super) sent: Duration,
    pub(super) responded: Duration,
    pub(super) end: Duration,
}

impl Times {
    pub(super) fn start() -> Self {
        let none = Duration::ZERO;
        Self { start: Timestamp::now(), clock: Instant::now(), sent: none, responded: none, end: none }
    }

    /// When it began.
    pub(super) fn began(&self) -> Instant {
        self.clock
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}

/// Receives exchanges from the connections.
#[derive(Debug)]
pub(super) struct Tap {
    sender: SyncSender<Heard>,
    losses: Arc<Losses>,
    room: Arc<Room>,
}

/// The exchanges that were not judged.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Exchanges that did not fit into the queue.
    pub(super) crowded: AtomicUsize,
    /// Connections that were not judged to their end, by reason.
    pub(super) unframed: Mutex<BTreeMap<&'static str, usize>>,
    /// Failed connections to the upstream, and why the first failed.
    pub(super) refused: Mutex<(usize, String)>,
}

impl Tap {
    pub(super) fn new() -> (Self, Receiver<Heard>, Arc<Losses>) {
        let (sender, receiver) = sync_channel(QUEUE);
        let losses = Arc::<Losses>::default();
        (Self { sender, losses: Arc::clone(&losses), room: Room::new() }, receiver, losses)
    }

    /// A part of a message, still empty.
    pub(super) fn keep(&self) -> Kept {
        Kept::new(&self.room)
    }

    pub(super) fn hand_over(&self, heard: Heard) {
        let has_heads = [Some(&heard.request), heard.response.as_ref()];
        let has_heads = has_heads.into_iter().flatten().all(|message| message.head.bytes().is_ok());
        if !has_heads || self.sender.try_send(heard).is_err() {
            self.losses.crowded.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn unframed(&self, why: &'static str) {
        *self.losses.unframed.lock().unwrap_or_else(PoisonError::into_inner).entry(why).or_default() += 1;
    }

    pub(super) fn refused(&self, why: &impl ToString) {
        let mut refused = self.losses.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.0 += 1;
        if refused.0 == 1 {
            refused.1 = why.to_string();
        }
    }
}

/// Why exchanges that did not fit into the queue are not judged.
pub(super) const CROWDED: &str = NO_ROOM;
