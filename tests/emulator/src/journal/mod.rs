//! The journal of requests and responses.

mod redact;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::auth::Keys;
use crate::clock;
use crate::operation::Operation;
use crate::response::X_REQUEST_ID;

/// The maximum number of entries; older ones are dropped,
const ENTRIES_KEPT: usize = 10_000;
/// as they are beyond this many bytes of text in total.
const BYTES_KEPT: usize = 16 * 1024 * 1024;

/// A request that arrived under `/v1`, and the response to it.
///
/// It contains no secrets: labels such as `[partner]` or `[unknown]` replace credentials, keys and client secrets
/// before the entry is created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The number of the request, starting at 1, in the order in which heads arrived. Clearing the journal does not
    /// reset it.
    pub sequence: u64,
    /// When it arrived: RFC 3339 with milliseconds and `Z`.
    pub time: String,
    /// Its method.
    pub method: String,
    /// Its raw path and query.
    pub target: String,
    /// Its HTTP version, such as `HTTP/1.1`.
    pub version: String,
    /// Its headers in order, with lower-case names; those of one name are adjacent.
    pub headers: Vec<(String, String)>,
    /// The first 16 KiB of its body as text.
    pub body: String,
    /// The length of its whole body in bytes.
    pub body_length: u64,
    /// Its operation, if it is one.
    pub operation: Option<Operation>,
    /// The status of the response, set just before it is sent. `None` while the request is in progress, and if the
    /// connection was reset or closed instead.
    pub status: Option<u16>,
    /// The request id in the head of the response. `None` while there is no status, and if a fault removed it.
    pub request_id: Option<String>,
    /// Whether this request itself created or cancelled a session, whatever the response says.
    pub committed: bool,
    /// The kind of fault that affected it, set together with the status or when the connection is closed.
    pub fault: Option<String>,
}

/// The sequence number of an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryId(u64);

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    count: u64,
    entries: VecDeque<JournalEntry>,
    bytes: usize,
}

impl JournalEntry {
    /// The size of the client's text in it.
    fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.method.len() + self.target.len() + headers + self.body.len()
    }
}

impl Inner {
    fn make_room(&mut self) {
        while self.entries.len() > ENTRIES_KEPT || self.bytes > BYTES_KEPT {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arrived(&self, head: &Parts, operation: Option<Operation>, at: Timestamp, keys: &Keys) -> EntryId {
        let target = head.uri.path_and_query().map_or_else(|| head.uri.path(), |target| target.as_str());
        let mut entry = JournalEntry {
            sequence: 0,
            time: clock::text(at),
            method: head.method.as_str().to_owned(),
            target: redact::target(target, keys),
            version: format!("{:?}", head.version),
            headers: redact::headers(&head.headers, keys),
            body: String::new(),
            body_length: 0,
            operation,
            status: None,
            request_id: None,
            committed: false,
            fault: None,
        };
        let mut journal = self.lock();
        journal.count += 1;
        entry.sequence = journal.count;
        journal.bytes += entry.size();
        journal.entries.push_back(entry);
        journal.make_room();
        EntryId(journal.count)
    }

    /// Changes an entry, unless it was cleared in the meantime.
    fn update(&self, EntryId(sequence): EntryId, change: impl FnOnce(&mut JournalEntry)) {
        let mut journal = self.lock();
        if let Ok(index) = journal.entries.binary_search_by_key(&sequence, |entry| entry.sequence) {
            let entry = &mut journal.entries[index];
            let before = entry.size();
            change(entry);
            let after = entry.size();
            journal.bytes = journal.bytes - before + after;
            journal.make_room();
        }
    }

    pub(crate) fn body(&self, entry: EntryId, start: &[u8], length: u64, keys: &Keys) {
        let text = redact::body(start, keys);
        self.update(entry, |entry| {
            entry.body = text;
            entry.body_length = length;
        });
    }

    pub(crate) fn committed(&self, entry: EntryId) {
        self.update(entry, |entry| entry.committed = true);
    }

    /// Without a response, the connection was closed.
    pub(crate) fn finished(&self, entry: EntryId, response: Option<(StatusCode, &HeaderMap)>, fault: Option<&str>) {
        self.update(entry, |entry| {
            entry.fault = fault.map(str::to_owned);
            entry.status = response.map(|(status, _)| status.as_u16());
            let request_id = response.and_then(|(_, headers)| headers.get(X_REQUEST_ID));
            entry.request_id = request_id.and_then(|id| id.to_str().ok()).map(str::to_owned);
        });
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.lock().entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut journal = self.lock();
        journal.entries.clear();
        journal.bytes = 0;
    }
}
