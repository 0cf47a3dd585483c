//! Records what rewriting has moved, to find the pointer that a node had in the text.

use std::collections::HashMap;

/// Moves in order, each from one pointer to another.
#[derive(Clone, Default)]
pub(super) struct Moves {
    made: Vec<(String, String)>,
    /// The moves to each pointer, by their index: a document may have many thousands, and is queried often.
    to: HashMap<String, Vec<usize>>,
}

impl Moves {
    /// Appends moves: each pair is the new and the old pointer.
    pub(super) fn extend(&mut self, others: Vec<(String, String)>) {
        for (new, old) in others {
            self.to.entry(new.clone()).or_default().push(self.made.len());
            self.made.push((new, old));
        }
    }

    /// The original pointer of the node that is now at a pointer.
    pub(super) fn origin(&self, pointer: &str) -> String {
        let mut pointer = pointer.to_owned();
        let mut before = self.made.len();
        while let Some((last, length)) = self.last(&pointer, before)
            && let Some((_, old)) = self.made.get(last)
        {
            pointer.replace_range(..length, old);
            before = last;
        }
        pointer
    }

    /// The last move before an index that concerns a pointer or one of its ancestors, and the length of the pointer up
    /// to the moved node.
    fn last(&self, pointer: &str, before: usize) -> Option<(usize, usize)> {
        if self.made.is_empty() {
            return None;
        }
        let ends = pointer.match_indices('/').map(|(end, _)| end).chain([pointer.len()]);
        let moves = ends.filter_map(|end| {
            let places = self.to.get(pointer.get(..end)?)?;
            let last = places.partition_point(|place| *place < before).checked_sub(1)?;
            Some((*places.get(last)?, end))
        });
        moves.max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(made: &[(&str, &str)]) -> Moves {
        let mut moves = Moves::default();
        moves.extend(made.iter().map(|(new, old)| ((*new).to_owned(), (*old).to_owned())).collect());
        moves
    }

    #[test]
    fn the_last_move_is_undone_first() {
        let moves = moves(&[("/a", "/b"), ("/c/d", "/a/e"), ("/f", "/c")]);
        assert_eq!(moves.origin("/f/d/g"), "/b/e/g");
        assert_eq!(moves.origin("/a"), "/b");
        assert_eq!(moves.origin("/ab"), "/ab");
    }

    #[test]
    fn items_that_moved_up_are_distinguished() {
        // Of five items, the second and the fourth were removed.
        let moves = moves(&[("/1", "/2"), ("/2", "/4")]);
        assert_eq!(["/0", "/1", "/2/x"].map(|at| moves.origin(at)), ["/0", "/2", "/4/x"]);
    }
}
