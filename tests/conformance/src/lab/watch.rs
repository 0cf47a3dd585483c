//! Keeping an eye on sessions while something is done to another one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::core::Lab;
use super::obstacle::Obstacle;
use super::sessions::unusable;
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::wire::{Exchange, Role};

/// A session that what was done should have left alone.
pub(crate) struct Watched {
    /// Which it is, in words that follow "cancelling changed".
    pub(crate) words: &'static str,
    pub(crate) before: Arc<Exchange>,
    pub(crate) after: Arc<Exchange>,
}

impl Watched {
    /// Whether a documented field changed, but for those that change by themselves.
    pub(super) fn is_changed(&self, restless: &BTreeSet<&'static str>) -> bool {
        if self.is_gone() {
            return true;
        }
        let (Some(was), Some(is)) = (self.before.response.object(), self.after.response.object()) else { return false };
        !body::differing(&CONTRACT.session_fields, was, is).is_subset(restless)
    }

    /// Whether its owner does not find it any more.
    pub(crate) fn is_gone(&self) -> bool {
        !self.after.response.is_success()
    }

    /// Whether it is open, after all.
    pub(super) fn is_open(&self) -> bool {
        self.after.response.text("status") == Some("open")
    }
}

impl Eyed {
    /// Begins to watch a session with the eyes of its owner.
    pub(super) async fn begin(lab: &Lab<'_>, words: &'static str, id: String, role: Role) -> Result<Self, Obstacle> {
        let before = lab.look(&id, role).await?;
        Ok(Self { words, id, role, before })
    }

    /// Looks again, whatever is there to see.
    pub(super) async fn look_again(&self, lab: &Lab<'_>) -> Result<Watched, Obstacle> {
        let after = lab.glance(&self.id, self.role).await?;
        if after.response.is_transient() {
            return Err(unusable("the session as it stands is needed", &after));
        }
        Ok(Watched { words: self.words, before: self.before.clone(), after })
    }

    /// The same session as it was seen last.
    pub(super) fn again(self, watched: &Watched) -> Self {
        Self { before: watched.after.clone(), ..self }
    }
}

/// A session with an eye on it.
pub(super) struct Eyed {
    pub(super) words: &'static str,
    pub(super) id: String,
    role: Role,
    pub(super) before: Arc<Exchange>,
}
