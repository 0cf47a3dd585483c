//! The task that carries out what is due.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rusqlite::Result;
use tokio::task::JoinSet;
use tokio::time::sleep;
use zerogate::{Client, NextStep, SessionRecord, SessionStatus};

use crate::store::{Ask, Entry, Store, Then, millis};

/// The longest wait that a server may ask for: one that would keep a cancellation longer is for a person to see.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How fast it goes, and when it stops.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many calls are made at a time.
    pub at_a_time: usize,
    /// The wait after a first call; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait of its own; a server may ask for more, up to a day.
    pub longest_wait: Duration,
    /// After how many calls a person has to look.
    pub tries: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { at_a_time: 16, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(600), tries: 50 }
    }
}

/// Carries out what is due, for as long as its future is polled.
///
/// # Errors
///
/// Of the database.
pub async fn work(store: Arc<Store>, client: Client, pace: Pace) -> Result<()> {
    let mut calls = JoinSet::new();
    let mut taken = HashSet::new();
    loop {
        let now = millis(SystemTime::now());
        let mut idle = Duration::from_secs(60);
        for entry in store.due(2 * pace.at_a_time)? {
            if taken.contains(&entry.reference) {
                continue;
            }
            if entry.due_at_ms > now {
                idle = Duration::from_millis(entry.due_at_ms.abs_diff(now));
                break;
            }
            if calls.len() == pace.at_a_time {
                break;
            }
            taken.insert(entry.reference.clone());
            calls.spawn(carry_out(Arc::clone(&store), client.clone(), pace, entry));
        }
        tokio::select! {
            // A call that panicked is a bug, and must not be taken for one that is under way for ever.
            Some(ended) = calls.join_next() => {
                let reference = ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
                taken.remove(&reference);
            }
            () = store.changed() => {}
            () = sleep(idle) => {}
        }
    }
}

/// Makes one call, and stores what came of it. Gives the reference.
async fn carry_out(store: Arc<Store>, client: Client, pace: Pace, entry: Entry) -> Result<String> {
    let (reference, id) = (entry.reference.as_str(), &entry.session_id);
    let record = match entry.ask {
        Ask::Cancel => SessionRecord::new(reference, id, &client.cancel_session(id).await),
        Ask::Read => SessionRecord::new(reference, id, &client.retrieve_session(id).await),
    };
    store.note(&record, pace.then(&entry, &record))?;
    Ok(entry.reference)
}

impl Pace {
    /// What follows a call, by its record.
    fn then(&self, entry: &Entry, record: &SessionRecord) -> Then {
        let ask = match record.next {
            NextStep::Done => match &record.status {
                Some(status) if status.is_terminal() => return Then::Finish,
                // It was read, and nobody has cancelled it.
                Some(SessionStatus::Open) => Ask::Cancel,
                // A status that is not known to be the last one.
                _ => Ask::Read,
            },
            NextStep::Retry => entry.ask,
            NextStep::ReadSession => Ask::Read,
            // The key, the URL, or a session of nobody's; and what a later version may add.
            NextStep::FixRequest | NextStep::GiveUp | _ => return Then::Park,
        };
        let asked = record.retry_after_ms.map(Duration::from_millis);
        if entry.tries + 1 >= self.tries || asked.is_some_and(|wait| wait > DAY) {
            return Then::Park;
        }
        let wait = self.first_wait.saturating_mul(1 << entry.tries.min(20)).min(self.longest_wait);
        let own = SystemTime::now() + wait;
        Then::Ask(ask, record.not_before().map_or(own, |asked| asked.max(own)))
    }
}
