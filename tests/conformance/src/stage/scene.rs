//! The scenes: an attempt to cancel, watched before and after.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::session::{Look, session, unknown_id};
use super::{Stage, once};
use crate::body;
use crate::contract::CONTRACT;
use crate::exchange::{Credential, Exchange};
use crate::operation::Operation;
use crate::secrets::Role;
use crate::verdict::{Obstacle, Trouble};

/// What is attempted: to cancel which session, with which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Situation {
    Open,
    Completed,
    Expired,
    Cancelled,
    MissingKey,
    MalformedKey,
    OtherScheme,
    UnknownKey,
    PublishableKey,
    Unknown,
    Foreign,
}

/// The situations in which nobody is entitled to the session.
pub(crate) const UNAUTHORIZED: [Situation; 5] = [
    Situation::MissingKey,
    Situation::MalformedKey,
    Situation::OtherScheme,
    Situation::UnknownKey,
    Situation::PublishableKey,
];

impl Situation {
    pub(crate) const ALL: [Self; 11] = [
        Self::Open,
        Self::Completed,
        Self::Expired,
        Self::Cancelled,
        Self::MissingKey,
        Self::MalformedKey,
        Self::OtherScheme,
        Self::UnknownKey,
        Self::PublishableKey,
        Self::Unknown,
        Self::Foreign,
    ];

    pub(super) const COUNT: usize = Self::ALL.len();

    /// The situation in words that follow "a cancellation".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Open => "of an open session",
            Self::Completed => "of a completed session",
            Self::Expired => "of an expired session",
            Self::Cancelled => "of a cancelled session",
            Self::MissingKey => "without a key",
            Self::MalformedKey => "with a malformed key",
            Self::OtherScheme => "with another scheme than Bearer",
            Self::UnknownKey => "with an unknown key",
            Self::PublishableKey => "with a publishable key",
            Self::Unknown => "of a session that does not exist",
            Self::Foreign => "of another partner's session",
        }
    }

    fn credential(self) -> Credential {
        match self {
            Self::MissingKey => Credential::Missing,
            Self::MalformedKey => Credential::Literal("Bearer not-a-secret-key"),
            // "user:password": nobody's.
            Self::OtherScheme => Credential::Literal("Basic dXNlcjpwYXNzd29yZA=="),
            Self::UnknownKey => Credential::Literal("Bearer sk_test_zerogate_conformance_unknown_key"),
            Self::PublishableKey => Credential::Key(Role::Publishable),
            _ => Credential::Key(Role::Partner),
        }
    }
}

/// An attempt to cancel a session, and the session before and after it.
pub(crate) struct Scene {
    pub(crate) situation: Situation,
    pub(crate) id: String,
    before: Look,
    pub(crate) cancel: Arc<Exchange>,
    after: Look,
}

impl Scene {
    /// The session before the attempt.
    pub(crate) fn before(&self) -> Result<&Exchange, Obstacle> {
        self.before.as_deref().map_err(Clone::clone)
    }

    /// The session after the attempt.
    pub(crate) fn after(&self) -> Result<&Exchange, Obstacle> {
        self.after.as_deref().map_err(Clone::clone)
    }
}

/// An open session, read twice with nothing in between.
pub(crate) struct Reading {
    pub(crate) first: Arc<Exchange>,
    pub(crate) second: Arc<Exchange>,
}

impl Stage<'_> {
    /// Plays a scene, or remembers it.
    ///
    /// An answer that says nothing of the attempt, a 429 or a 5xx, is an obstacle.
    pub(crate) async fn scene(&self, situation: Situation) -> Result<Arc<Scene>, Obstacle> {
        once(&self.scenes[situation as usize], self.play(situation)).await
    }

    /// Reads a session twice, or remembers what was read.
    pub(crate) async fn reading(&self) -> Result<Arc<Reading>, Obstacle> {
        once(&self.reading, async {
            let id = self.open_session().await?;
            let first = self.look(&id, Role::Partner).await?;
            let second = self.look(&id, Role::Partner).await?;
            Ok(Reading { first, second })
        })
        .await
    }

    /// The fields that change while nothing happens but reading: their change proves nothing else.
    pub(crate) async fn restless_fields(&self) -> BTreeSet<&'static str> {
        match self.reading().await {
            Ok(reading) => match (session(&reading.first), session(&reading.second)) {
                (Some(first), Some(second)) => body::differing(&CONTRACT.session_fields, first, second),
                _ => BTreeSet::new(),
            },
            Err(_) => BTreeSet::new(),
        }
    }

    async fn play(&self, situation: Situation) -> Result<Scene, Obstacle> {
        let id = self.cast(situation).await?;
        let before = self.watch(situation, &id).await;
        if let (Situation::Completed | Situation::Expired, Ok(seen)) = (situation, &before) {
            check_state(situation, seen)?;
        }
        let cancel = self.conclusive(Operation::CancelSession, &id, situation.credential()).await?;
        if situation == Situation::Open && cancel.response.is_success() {
            self.forget(&id);
        }
        let after = self.watch(situation, &id).await;
        Ok(Scene { situation, id, before, cancel, after })
    }

    /// The id of the session that the scene is about.
    async fn cast(&self, situation: Situation) -> Result<String, Obstacle> {
        match situation {
            Situation::Completed => self.target.completed(),
            Situation::Expired => self.target.expired(),
            Situation::Foreign => self.target.foreign(),
            Situation::Unknown => Ok(unknown_id()),
            Situation::Cancelled => self.cancelled_session().await,
            Situation::Open
            | Situation::MissingKey
            | Situation::MalformedKey
            | Situation::OtherScheme
            | Situation::UnknownKey
            | Situation::PublishableKey => {
                // Before a session is made for nothing.
                if let Credential::Key(role) = situation.credential() {
                    self.target.key(role)?;
                }
                self.open_session().await
            }
        }
    }

    async fn cancelled_session(&self) -> Result<String, Obstacle> {
        let id = self.open_session().await?;
        let first = self.call(Operation::CancelSession, &id, Credential::Key(Role::Partner)).await?;
        if !first.response.is_success() {
            let what = format!("a cancelled session is needed, and cancelSession answered {}", first.response.status);
            return Err(Trouble::at(what, &first.sent).into());
        }
        self.forget(&id);
        Ok(id)
    }

    /// Looks at the scene's session with the eyes of its owner.
    async fn watch(&self, situation: Situation, id: &str) -> Look {
        match situation {
            Situation::Unknown => Err(Trouble::new("there is no session to look at").into()),
            Situation::Foreign => self.look(id, Role::OtherPartner).await,
            _ => self.look(id, Role::Partner).await,
        }
    }
}

/// A session that the target supplied must be what it was supplied as.
fn check_state(situation: Situation, seen: &Exchange) -> Result<(), Obstacle> {
    let wanted = if situation == Situation::Completed { "completed" } else { "expired" };
    let status = session(seen).and_then(|session| session.get("status"));
    match status {
        Some(status) if status != wanted => {
            let status = body::shown("status", status);
            Err(Trouble::at(format!("a session that is {wanted} is needed, and this one is {status}"), &seen.sent)
                .into())
        }
        _ => Ok(()),
    }
}
