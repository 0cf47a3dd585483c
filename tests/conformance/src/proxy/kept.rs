//! What is kept of messages until they are judged: in bounded memory, however many there are and however large they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::recording::entry::{MAX_BODY, TOO_LARGE};

/// How much is kept of all messages together.
const ROOM: usize = 32 * 1024 * 1024;

/// Why something is not judged for which there was no room.
pub(super) const NO_ROOM: &str = "more came at a time than is kept";

/// The room that is left.
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

/// A head or a body, as far as it is kept.
#[derive(Debug)]
pub(super) struct Kept {
    room: Arc<Room>,
    bytes: Vec<u8>,
    /// How long it was, kept or not.
    pub(super) length: u64,
    /// Why it is not kept.
    lost: Option<&'static str>,
}

impl Kept {
    /// One of which nothing has come.
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

    /// Keeps nothing of it.
    pub(super) fn lose(&mut self, why: &'static str) {
        self.room.give_back(self.bytes.len());
        self.bytes = Vec::new();
        self.lost = Some(why);
    }

    /// What is kept, or why nothing is.
    pub(super) fn bytes(&self) -> Result<&[u8], &'static str> {
        self.lost.map_or(Ok(&self.bytes), Err)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.room.give_back(self.bytes.len());
    }
}
