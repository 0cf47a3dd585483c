//! Reasons why a rule cannot be judged.

use serde::Deserialize;

use crate::wire::Sent;

/// Why a rule could not be judged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// The request that caused it, if any.
    pub sent: Option<Sent>,
}

impl Trouble {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), sent: None }
    }

    pub(crate) fn at(what: impl Into<String>, sent: &Sent) -> Self {
        Self { what: what.into(), sent: Some(sent.clone()) }
    }
}

/// A prerequisite of a rule that not every target can supply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Need {
    /// A secret key.
    #[error("a secret key")]
    Key,
    /// An open session: none can be created, and none was supplied.
    #[error("an open session: /sessions/open of the fixtures ({0})")]
    OpenSession(String),
    /// A session that the suite creates itself, and why it cannot.
    #[error("a session that the suite can create, but {0}")]
    Creation(String),
    /// The repetition of a creation whose session is cancelled, and why there is none.
    #[error("a creation that is repeated once its session is cancelled ({0})")]
    Repetition(String),
    /// The client secret of a session that the suite creates itself.
    #[error("a `client_secret` in the response to a creation")]
    ClientSecret,
    /// The operation that reads a session: how many known sessions it did not find, whose they are, and the status.
    #[error("retrieveSession, which returned {status} for {sessions}")]
    Retrieval {
        /// The sessions that it did not find.
        sessions: String,
        /// The status that it returned for each of them.
        status: u16,
    },
    /// A session that is `completed`, `expired` or `cancelled`.
    #[error("a session that is {0}: /sessions/{0} of the fixtures")]
    Session(&'static str),
    /// A session of another partner.
    #[error("a session of another partner: GATE_OTHER_KEY, or /sessions/foreign of the fixtures")]
    ForeignSession,
    /// The key of another partner, to read its session.
    #[error("the secret key of another partner: GATE_OTHER_KEY, or /keys/other_partner of the fixtures")]
    OtherKey,
    /// A publishable key.
    #[error("a publishable key: /keys/publishable of the fixtures")]
    PublishableKey,
    /// A live key in addition to a test key, and permission to use it.
    #[error("a live key in addition to a test key: /keys/live of the fixtures, and --allow-live")]
    LiveKey,
    /// A test key, because the rule sends the key where others could read it.
    #[error("a test key, because the rule sends it where others could read it")]
    TestKey,
    /// An operation that the target does not have.
    #[error("{0}, which returned {1}")]
    Operation(&'static str, u16),
    /// A creation with values that the target may refuse and does.
    #[error("a creation with {0}, which the target refuses")]
    Accepted(&'static str),
    /// A header of a response.
    #[error("a `{0}` header in the response")]
    Header(&'static str),
    /// The end of the list of sessions.
    #[error("a list that ends within {0} pages")]
    EndOfList(usize),
    /// A way to make the target return this status.
    #[error("a way to provoke {0}: /provoke/{0} of the fixtures")]
    Provocation(u16),
}

/// A prerequisite that a target can supply beyond an open session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Supply {
    /// A session that the suite creates itself.
    Creation,
    /// A session that is completed.
    CompletedSession,
    /// A session that is expired.
    ExpiredSession,
    /// A session of another partner.
    ForeignSession,
    /// The key of another partner.
    OtherKey,
    /// A publishable key.
    PublishableKey,
    /// A live key in addition to a test key, and permission to use it.
    LiveKey,
    /// A test key.
    TestKey,
    /// A list of sessions.
    Listing,
    /// The operation that reads a session.
    Retrieval,
    /// A way to provoke a 429.
    Provocation,
}

/// Why a probe returns no judgement.
#[derive(Debug, Clone)]
pub(crate) enum Obstacle {
    /// The target lacks a prerequisite.
    Lack(Need),
    /// Something went wrong before the rule could be judged.
    Trouble(Box<Trouble>),
}

impl From<Need> for Obstacle {
    fn from(need: Need) -> Self {
        Self::Lack(need)
    }
}

impl From<Trouble> for Obstacle {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(Box::new(trouble))
    }
}

/// What was found, if the target has the prerequisite; otherwise adds the prerequisite to those that it lacks.
pub(crate) fn or_lacking<T>(found: Result<T, Obstacle>, lacking: &mut Vec<Need>) -> Result<Option<T>, Obstacle> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Obstacle::Lack(need)) => {
            lacking.push(need);
            Ok(None)
        }
        Err(trouble) => Err(trouble),
    }
}
