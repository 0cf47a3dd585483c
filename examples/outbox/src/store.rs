//! The outbox in SQLite: one row per cancellation, and the record of every call.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use serde::Serialize;
use tokio::sync::Notify;
use zerogate::{SessionId, SessionRecord};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS cancellations (
        reference  TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        state      TEXT NOT NULL DEFAULT 'due',
        ask        TEXT NOT NULL DEFAULT 'cancel',
        due_at_ms  INTEGER NOT NULL DEFAULT 0,
        tries      INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS due ON cancellations (state, due_at_ms);
    CREATE TABLE IF NOT EXISTS records (
        reference TEXT NOT NULL,
        at_ms     INTEGER NOT NULL,
        json      TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS of_reference ON records (reference);
";

const COLUMNS: &str = "reference, session_id, state, ask, due_at_ms, tries";

/// The rows, and a way to wait for changes.
pub struct Store {
    connection: Mutex<Connection>,
    changed: Notify,
}

/// A row of the outbox.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The caller's reference.
    pub reference: String,
    /// The session to cancel.
    pub session_id: SessionId,
    /// The progress of the cancellation.
    pub state: State,
    /// The next request to the server.
    pub ask: Ask,
    /// The earliest time for it, in milliseconds since 1970.
    pub due_at_ms: i64,
    /// The number of calls since it was accepted.
    pub tries: u32,
}

/// The progress of a cancellation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A request is due.
    Due,
    /// The session is terminal: its status is in the last record.
    Done,
    /// Only a person can continue: the key or the request is wrong, or the server never gives a clear response or
    /// requires too long a wait. The last record says why. To continue, submit it again.
    Parked,
}

/// A request to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Cancel the session.
    Cancel,
    /// Read the session.
    Read,
}

/// What to do after a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Then {
    /// Send this request, not earlier than this.
    Ask(Ask, SystemTime),
    /// Nothing: the session is terminal.
    Finish,
    /// Wait for a person.
    Park,
}

impl Store {
    /// Opens the database, or creates it.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened, or is not such a database.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection: Mutex::new(connection), changed: Notify::new() })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a cancellation; returns false if the reference belongs to another session.
    ///
    /// A parked cancellation becomes due again, like a new one. One that is due or done does not change.
    ///
    /// In your own service, do this in the transaction that cancels the order.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub fn add(&self, reference: &str, session_id: &SessionId) -> Result<bool> {
        let connection = self.connection();
        let insert = "INSERT INTO cancellations (reference, session_id) VALUES (?1, ?2)
                      ON CONFLICT (reference) DO UPDATE SET state = 'due', ask = 'cancel', tries = 0, due_at_ms = 0
                      WHERE state = 'parked' AND session_id = excluded.session_id";
        connection.execute(insert, params![reference, session_id.as_str()])?;
        let select = "SELECT session_id FROM cancellations WHERE reference = ?1";
        let known: String = connection.query_row(select, [reference], |row| row.get(0))?;
        drop(connection);
        self.changed.notify_one();
        Ok(known == session_id.as_str())
    }

    /// Returns a row.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub fn get(&self, reference: &str) -> Result<Option<Entry>> {
        let select = format!("SELECT {COLUMNS} FROM cancellations WHERE reference = ?1");
        self.connection().query_row(&select, [reference], entry).optional()
    }

    /// Returns the records of all its calls, in order.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub fn records(&self, reference: &str) -> Result<Vec<SessionRecord>> {
        let select = "SELECT json FROM records WHERE reference = ?1 ORDER BY rowid";
        let connection = self.connection();
        let mut statement = connection.prepare_cached(select)?;
        let rows = statement.query_map([reference], record)?;
        rows.collect()
    }

    /// Returns its last record.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub fn last(&self, reference: &str) -> Result<Option<SessionRecord>> {
        let select = "SELECT json FROM records WHERE reference = ?1 ORDER BY rowid DESC LIMIT 1";
        self.connection().prepare_cached(select)?.query_row([reference], record).optional()
    }

    /// Stores the record of a call that is about to start.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub fn begin(&self, record: &SessionRecord) -> Result<()> {
        insert(&self.connection(), record)
    }

    /// Returns the first rows that are due, longest waiting first.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub fn due(&self, limit: usize) -> Result<Vec<Entry>> {
        let select = format!("SELECT {COLUMNS} FROM cancellations WHERE state = 'due' ORDER BY due_at_ms LIMIT ?1");
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select)?;
        let rows = statement.query_map([limit], entry)?;
        rows.collect()
    }

    /// Stores the record of a call together with what follows: both or neither.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub fn note(&self, record: &SessionRecord, then: Then) -> Result<()> {
        let (state, ask, due_at) = match then {
            Then::Ask(ask, due_at) => (State::Due, Some(ask), millis(due_at)),
            Then::Finish => (State::Done, None, 0),
            Then::Park => (State::Parked, None, 0),
        };
        let update = "UPDATE cancellations SET state = ?2, ask = coalesce(?3, ask), due_at_ms = ?4, tries = tries + 1
                      WHERE reference = ?1";
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        insert(&transaction, record)?;
        transaction.execute(update, params![record.reference_id, state, ask, due_at])?;
        transaction.commit()?;
        drop(connection);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits until a row has changed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}

pub(crate) fn millis(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn insert(connection: &Connection, record: &SessionRecord) -> Result<()> {
    let json = serde_json::to_string(record).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let at = record.recorded_at.to_system_time().map_or(0, millis);
    let insert = "INSERT INTO records (reference, at_ms, json) VALUES (?1, ?2, ?3)";
    connection.execute(insert, params![record.reference_id, at, json])?;
    Ok(())
}

fn record(row: &Row<'_>) -> Result<SessionRecord> {
    let json: String = row.get(0)?;
    Ok(serde_json::from_str(&json).map_err(|error| FromSqlError::Other(error.into()))?)
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let session_id: String = row.get(1)?;
    let session_id = SessionId::new(session_id).map_err(|error| FromSqlError::Other(Box::new(error)))?;
    Ok(Entry {
        reference: row.get(0)?,
        session_id,
        state: row.get(2)?,
        ask: row.get(3)?,
        due_at_ms: row.get(4)?,
        tries: row.get(5)?,
    })
}

/// Stores an enum by the names of its values.
macro_rules! stored {
    ($type:ident: $($value:ident = $name:literal),+) => {
        impl ToSql for $type {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(match self { $(Self::$value => $name),+ }))
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($name => Ok(Self::$value),)+
                    _ => Err(FromSqlError::InvalidType),
                }
            }
        }
    };
}

stored! { State: Due = "due", Done = "done", Parked = "parked" }
stored! { Ask: Cancel = "cancel", Read = "read" }
