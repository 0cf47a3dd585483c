//! Identifiers: 24 lower-case hex digits, as in the reference's example.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

/// Generates identifiers that are unique within an emulator and practically unique across emulators.
#[derive(Debug)]
pub(crate) struct Ids {
    process: u64,
    next: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self { process: random(), next: AtomicU64::new(0) }
    }

    /// Seconds, a random part and a counter: unique as long as fewer than 2^24 are generated per second.
    pub(crate) fn object_id(&self, now: Timestamp) -> String {
        let seconds = now.as_second() & 0xffff_ffff;
        let process = self.process & 0xff_ffff_ffff;
        let counter = self.next.fetch_add(1, Ordering::Relaxed) & 0xff_ffff;
        format!("{seconds:08x}{process:010x}{counter:06x}")
    }

    pub(crate) fn event_id(&self, now: Timestamp) -> String {
        format!("evt_test_{}", self.object_id(now))
    }

    pub(crate) fn request_id(&self, now: Timestamp) -> String {
        format!("req_test_{}", self.object_id(now))
    }
}

/// The prefix by which the journal recognises a client secret of this emulator.
pub(crate) const CLIENT_SECRET_PREFIX: &str = "gs_test_secret_";

pub(crate) fn client_secret() -> String {
    format!("{CLIENT_SECRET_PREFIX}{:016x}{:016x}", random(), random())
}

/// Random enough for identifiers and fake secrets, without a dependency: every `RandomState` has its own keys.
fn random() -> u64 {
    RandomState::new().hash_one(0_u8)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_is_24_lower_case_hex_digits_and_never_repeats() {
        let (ids, now) = (Ids::new(), Timestamp::now());
        let made: HashSet<String> = (0..10_000).map(|_| ids.object_id(now)).collect();
        assert_eq!(made.len(), 10_000);
        for id in made {
            assert_eq!(id.len(), 24, "{id}");
            assert!(id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        }
    }

    #[test]
    fn two_client_secrets_differ() {
        assert_ne!(client_secret(), client_secret());
    }
}
