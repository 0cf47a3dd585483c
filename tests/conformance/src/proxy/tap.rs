//! The way from the connections to the judge. Nothing waits in it: what there is no room for is counted and let go.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::kept::{Kept, NO_ROOM, Room};

/// How many exchanges may wait for the judge.
const QUEUE: usize = 4096;

/// An exchange as it was on the wire.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) request: Message,
    pub(super) response: Option<Message>,
    /// Why there is no response, or not all of it.
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

/// When an exchange was, and how long each part of it took since it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) start: Timestamp,
    clock: Instant,
    pub(super) sent: Duration,
    pub(super) answered: Duration,
    pub(super) end: Duration,
}

impl Times {
    pub(super) fn start() -> Self {
        let none = Duration::ZERO;
        Self { start: Timestamp::now(), clock: Instant::now(), sent: none, answered: none, end: none }
    }

    /// When it began.
    pub(super) fn began(&self) -> Instant {
        self.clock
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}

/// Where connections leave what they hear.
#[derive(Debug)]
pub(super) struct Tap {
    sender: SyncSender<Heard>,
    losses: Arc<Losses>,
    room: Arc<Room>,
}

/// What was not judged.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Exchanges that the judge had no room for.
    pub(super) crowded: AtomicUsize,
    /// Connections that were not followed, by the reason.
    pub(super) unframed: Mutex<BTreeMap<&'static str, usize>>,
    /// Connections that the upstream did not take, and why the first was not.
    pub(super) refused: Mutex<(usize, String)>,
}

impl Tap {
    pub(super) fn new() -> (Self, Receiver<Heard>, Arc<Losses>) {
        let (sender, receiver) = sync_channel(QUEUE);
        let losses = Arc::<Losses>::default();
        (Self { sender, losses: Arc::clone(&losses), room: Room::new() }, receiver, losses)
    }

    /// A part of a message of which nothing has come yet.
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

/// Why exchanges are not judged that the judge had no room for.
pub(super) const CROWDED: &str = NO_ROOM;
