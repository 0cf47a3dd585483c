//! The task that sends the requests that are due.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rusqlite::Result;
use tokio::task::JoinSet;
use tokio::time::sleep;
use zerogate::{Client, NextStep, SessionRecord};

use crate::store::{Ask, Entry, Store, Then, millis};

/// The longest wait that a server may require. A longer one would delay the cancellation too much, so a person must
/// look.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The limits and waits of the task.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The maximum number of concurrent calls.
    pub at_a_time: usize,
    /// The wait after the first call; it doubles with each further one.
    pub first_wait: Duration,
    /// The maximum of this wait. A server may require more, up to a day.
    pub longest_wait: Duration,
    /// The number of calls after which a person must look.
    pub tries: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { at_a_time: 16, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(600), tries: 50 }
    }
}

/// Sends the requests that are due, as long as its future is polled.
///
/// # Errors
///
/// Fails if the database does.
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
            // A call that panicked is a bug, and must not count as in progress forever.
            Some(ended) = calls.join_next() => {
                let reference = ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
                taken.remove(&reference);
            }
            () = store.changed() => {}
            () = sleep(idle) => {}
        }
    }
}

/// Makes one call, and stores its result. Returns the reference.
async fn carry_out(store: Arc<Store>, client: Client, pace: Pace, entry: Entry) -> Result<String> {
    let (reference, id) = (entry.reference.as_str(), &entry.session_id);
    let previous = store.last(reference)?;
    let mut record = match entry.ask {
        Ask::Cancel => {
            // If the process dies during the call, the next one finds this record.
            store.begin(&SessionRecord::under_way(reference, id))?;
            SessionRecord::new(reference, id, &client.cancel_session(id).await)
        }
        Ask::Read => SessionRecord::new(reference, id, &client.retrieve_session(id).await),
    };
    if let Some(previous) = &previous {
        record = record.following(previous);
    }
    store.note(&record, pace.then(&entry, &record))?;
    Ok(entry.reference)
}

impl Pace {
    /// What to do after a call, by its record.
    fn then(&self, entry: &Entry, record: &SessionRecord) -> Then {
        let ask = match record.next {
            NextStep::Done => return Then::Finish,
            NextStep::Retry => Ask::Cancel,
            NextStep::ReadSession => Ask::Read,
            // A wrong key or URL, an unknown session, or a step that a later version adds.
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
