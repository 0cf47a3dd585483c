//! Kinds of one difference between schemas: one for each place that a schema can describe.

use std::hash::{Hash, Hasher};

use super::row::{Kind, Level};
use crate::change::Direction;

/// The part of a message that is described.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Flavour {
    Property,
    Body,
    /// A parameter of a request, or a header of a response.
    Field,
}

/// Where a difference occurs; without a direction, in no message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) direction: Option<Direction>,
    pub(crate) flavour: Flavour,
}

/// The kinds of one difference, by where it occurs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Family {
    /// The end of the ids.
    pub(super) stem: &'static str,
    pub(crate) level: Level,
    pub(super) request: Places,
    pub(super) response: Places,
    pub(super) unmet: Places,
    /// The kinds for a required property, of a request and of a response, if they differ.
    pub(super) required: Option<[&'static Kind; 2]>,
}

/// A kind for each [`Flavour`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) property: &'static Kind,
    pub(super) body: &'static Kind,
    pub(super) field: &'static Kind,
}

impl Places {
    pub(super) const fn all(kind: &'static Kind) -> Places {
        Places { property: kind, body: kind, field: kind }
    }

    fn kinds(&self) -> [&'static Kind; 3] {
        [self.property, self.body, self.field]
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Family) -> bool {
        self.stem == other.stem
    }
}

impl Eq for Family {}

impl Hash for Family {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stem.hash(state);
    }
}

impl Family {
    /// The kind at a place. `required`: a property that is required.
    pub(crate) fn at(&self, subject: Subject, required: bool) -> &'static Kind {
        let Subject { direction, flavour } = subject;
        let places = match (direction, self.required) {
            (Some(Direction::Request), Some([kind, _])) if required && flavour == Flavour::Property => return kind,
            (Some(Direction::Response), Some([_, kind])) if required && flavour == Flavour::Property => return kind,
            (Some(Direction::Request), _) => &self.request,
            (Some(Direction::Response), _) => &self.response,
            (None, _) => &self.unmet,
        };
        match flavour {
            Flavour::Property => places.property,
            Flavour::Body => places.body,
            Flavour::Field => places.field,
        }
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        let places = [&self.request, &self.response, &self.unmet];
        places.into_iter().flat_map(Places::kinds).chain(self.required.into_iter().flatten())
    }
}
