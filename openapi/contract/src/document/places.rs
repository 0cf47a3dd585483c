//! The positions of all nodes of a text. A large text has a million: most of them are leaves, and most keys occur many
//! times.

use std::collections::HashSet;
use std::sync::Arc;

use crate::problem::Position;

/// The position of a node, and of the nodes below it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    line: u32,
    column: u32,
    below: Option<Box<Below>>,
}

#[derive(Debug, Clone)]
enum Below {
    /// In key order.
    Entries(Box<[(Arc<str>, Place)]>),
    Items(Box<[Place]>),
}

impl Place {
    pub(super) fn leaf(position: Position) -> Self {
        let mut place = Place { line: 0, column: 0, below: None };
        place.stand_at(position);
        place
    }

    pub(super) fn mapping(position: Position, mut entries: Vec<(Arc<str>, Place)>) -> Self {
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let below = (!entries.is_empty()).then(|| Box::new(Below::Entries(entries.into())));
        Place { below, ..Self::leaf(position) }
    }

    pub(super) fn sequence(position: Position, items: Vec<Place>) -> Self {
        let below = (!items.is_empty()).then(|| Box::new(Below::Items(items.into())));
        Place { below, ..Self::leaf(position) }
    }

    pub(super) fn position(&self) -> Position {
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Position { line: number(self.line), column: number(self.column) }
    }

    pub(super) fn stand_at(&mut self, position: Position) {
        // The limit on the size of a document is below that.
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        (self.line, self.column) = (number(position.line), number(position.column));
    }

    pub(super) fn child(&self, token: &str) -> Option<&Place> {
        match self.below.as_deref()? {
            Below::Entries(entries) => {
                let index = entries.binary_search_by(|(key, _)| (**key).cmp(token)).ok()?;
                entries.get(index).map(|(_, place)| place)
            }
            // `usize` would also parse `+1`.
            Below::Items(items) if token.starts_with(|digit: char| digit.is_ascii_digit()) => {
                items.get(token.parse::<usize>().ok()?)
            }
            Below::Items(_) => None,
        }
    }

    /// The positions of the items, if it is a sequence.
    pub(super) fn items(&self) -> &[Place] {
        match self.below.as_deref() {
            Some(Below::Items(items)) => items,
            _ => &[],
        }
    }
}

/// Keeps each key of a text only once.
#[derive(Default)]
pub(super) struct Keys(HashSet<Arc<str>>);

impl Keys {
    pub(super) fn share(&mut self, key: &str) -> Arc<str> {
        match self.0.get(key) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = key.into();
                self.0.insert(Arc::clone(&new));
                new
            }
        }
    }
}
