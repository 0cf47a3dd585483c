//! "Did you mean": finds the known word that an unknown one is probably a typo of.

/// The maximum number of typos.
const MAX_DISTANCE: usize = 2;

/// With more words than this, a search costs more than it is worth.
const MAX_WORDS: usize = 2_000;

/// The closest of `known`, at most two edits and half of its length away: `in` is not a typo of `x`.
pub fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .take(MAX_WORDS)
        .filter_map(|candidate| {
            let distance = distance(word, candidate)?;
            (distance * 2 <= candidate.chars().count()).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of insertions, deletions and replacements from one word to the other, if it is small.
fn distance(from: &str, to: &str) -> Option<usize> {
    // A difference in case is the most common typo.
    if from.eq_ignore_ascii_case(to) {
        return Some(usize::from(from != to));
    }
    if from.len().abs_diff(to.len()) > MAX_DISTANCE * 4 || from.len() > 100 {
        return None;
    }
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, character) in from.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&to) {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().filter(|distance| *distance <= MAX_DISTANCE)
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("sumary", "summary"), Some(1));
        assert_eq!(distance("tpye", "type"), Some(2));
        assert_eq!(distance("same", "same"), Some(0));
        assert_eq!(distance("", "in"), Some(2));
        assert_eq!(distance("kitten", "sitting"), None);
    }

    #[test]
    fn a_wrong_case_is_one_edit() {
        assert_eq!(distance("operationID", "operationId"), Some(1));
        assert_eq!(distance("ALLOF", "allOf"), Some(1));
    }

    #[test]
    fn the_closest_word_wins() {
        assert_eq!(closest("requird", ["require", "required"]), Some("require"));
        assert_eq!(closest("descripton", ["summary", "description"]), Some("description"));
    }

    #[test]
    fn a_short_word_is_not_a_typo_of_any_other() {
        assert_eq!(closest("to", ["in"]), None);
    }

    #[test]
    fn a_long_word_is_not_a_typo() {
        assert_eq!(closest(&"x".repeat(1_000_000), ["description"]), None);
    }
}
