//! Watches sessions while another one is cancelled.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::contents::Contents;
use super::core::Lab;
use super::obstacle::Obstacle;
use super::sessions::{Opened, unusable};
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::wire::{Exchange, Role};

/// A session that a request must not change, before and after it.
pub(crate) struct Watched {
    /// A description of the session.
    pub(crate) words: &'static str,
    pub(crate) before: Arc<Exchange>,
    pub(crate) after: Arc<Exchange>,
}

impl Watched {
    /// Whether a documented field changed, apart from those that change by themselves.
    pub(super) fn is_changed(&self, restless: &BTreeSet<&'static str>) -> bool {
        if self.is_gone() {
            return true;
        }
        let (Some(was), Some(is)) = (self.before.response.object(), self.after.response.object()) else { return false };
        !body::differing(&CONTRACT.session_fields, was, is).is_subset(restless)
    }

    /// Whether its owner can no longer read it.
    pub(crate) fn is_gone(&self) -> bool {
        !self.after.response.is_success()
    }

    /// Whether it is still open.
    pub(super) fn is_open(&self) -> bool {
        self.after.response.text("status") == Some("open")
    }
}

impl Eyed {
    /// Starts to watch a session, with its owner's key.
    pub(super) async fn begin(lab: &Lab<'_>, words: &'static str, id: String, role: Role) -> Result<Self, Obstacle> {
        let before = lab.look(&id, role).await?;
        Ok(Self { words, id, role, before, created: None })
    }

    /// Opens a session and starts to watch it. If it cannot be read, another rule may use it.
    pub(super) async fn open(lab: &Lab<'_>, words: &'static str, name: &str) -> Result<Self, Obstacle> {
        lab.readable().await?;
        let Opened { id, created } = lab.open_session(name, Contents::Plain).await?;
        let begun = Self::begin(lab, words, id.clone(), Role::Partner).await;
        if begun.is_err() {
            lab.sessions.untake(&id);
        }
        Ok(Self { created, ..begun? })
    }

    /// Reads the session again; it may be gone.
    pub(super) async fn look_again(&self, lab: &Lab<'_>) -> Result<Watched, Obstacle> {
        let after = lab.glance(&self.id, self.role).await?;
        if after.response.is_transient() {
            return Err(unusable("the rule needs the current session", &after));
        }
        Ok(Watched { words: self.words, before: self.before.clone(), after })
    }

    /// The same session, as last read.
    pub(super) fn again(self, watched: &Watched) -> Self {
        Self { before: watched.after.clone(), ..self }
    }
}

/// A session being watched.
pub(super) struct Eyed {
    pub(super) words: &'static str,
    pub(super) id: String,
    role: Role,
    pub(super) before: Arc<Exchange>,
    /// The response to its creation, if it was created to be watched.
    pub(super) created: Option<Arc<Exchange>>,
}
