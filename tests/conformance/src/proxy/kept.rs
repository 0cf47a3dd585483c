//! Keeps messages until they are judged, in bounded memory, whatever their number and size.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::recording::body::{MAX_BODY, TOO_LARGE};

/// The maximum total size of kept messages.
const ROOM: usize = 32 * 1024 * 1024;

/// Why a message was not kept for lack of memory.
pub(super) const NO_ROOM: &str = "too much traffic at a time: the queue was full";

/// The memory that is left.
#[derive(Debug)]
pub(super) struct Room(AtomicUsize);

impl Room {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(ROOM)))
    }

    fn take(&self, size: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(size)).is_ok()
    }

    fn give_back(&self, size: usize) {
        self.0.fetch_add(size, Ordering::Relaxed);
    }
}

/// The kept part of a head or a body.
#[derive(Debug)]
pub(super) struct Kept {
    room: Arc<Room>,
    bytes: Vec<u8>,
    /// Its full length.
    pub(super) length: u64,
    /// Why it was not kept.
    lost: Option<&'static str>,
}

impl Kept {
    /// An empty one.
    pub(super) fn new(room: &Arc<Room>) -> Self {
        Self { room: Arc::clone(room), bytes: Vec::new(), length: 0, lost: None }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.lost.is_some() {
        } else if self.bytes.len() + bytes.len() > MAX_BODY {
            self.lose(TOO_LARGE);
        } else if !self.room.take(bytes.len()) {
            self.lose(NO_ROOM);
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Discards it.
    pub(super) fn lose(&mut self, why: &'static str) {
        self.room.give_back(self.bytes.len());
        self.bytes = Vec::new();
        self.lost = Some(why);
    }

    /// The kept bytes, or why there are none.
    pub(super) fn bytes(&self) -> Result<&[u8], &'static str> {
        self.lost.map_or(Ok(&self.bytes), Err)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.room.give_back(self.bytes.len());
    }
}
