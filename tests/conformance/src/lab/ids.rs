//! Ids that no session has.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::core::Lab;
use super::obstacle::{Obstacle, Trouble};
use crate::wire::Operation;

/// How many trailing characters of an id are replaced. The characters before may be a prefix that the server checks.
const MADE_UP: usize = 12;

/// With fewer characters that could be others, such a session may exist.
const UNLIKELY: usize = 8;

impl Lab<'_> {
    /// An id that no session has: similar to the target's ids, or to the reference's example if none is known.
    ///
    /// A server may refuse an id that is not in its own format.
    pub(crate) async fn unknown_id(&self, name: &str) -> String {
        if let Ok(first_look) = self.first_look().await
            && let Some(known) = first_look.id()
            && let Ok(id) = self.id_like(known, name).await
        {
            return id;
        }
        self.drawn_id(name)
    }

    /// An id that no session has, with the length and the kinds of characters of an existing one.
    pub(crate) async fn id_like(&self, id: &str, name: &str) -> Result<String, Obstacle> {
        let mut rng = self.draw(name);
        for _ in 0..8 {
            let (made_up, varied) = alike(id, &mut rng);
            if made_up == id {
                continue;
            }
            if varied >= UNLIKELY {
                return Ok(made_up);
            }
            let request = self.own_request(Operation::RetrieveSession, &made_up)?;
            if !self.insist(request).await?.response.is_success() {
                return Ok(made_up);
            }
        }
        Err(Trouble::new("cannot create an id that is similar to the target's ids and that no session has").into())
    }
}

/// An id with other characters at its end, and how many of them could be others still.
fn alike(id: &str, rng: &mut Rng) -> (String, usize) {
    // Use only letters that the id has, since its alphabet may lack others.
    let letters = |is_letter: fn(&char) -> bool| id.chars().filter(is_letter).collect::<BTreeSet<char>>();
    let (lower, upper) = (letters(char::is_ascii_lowercase), letters(char::is_ascii_uppercase));
    let (mut replaced, mut varied) = (0, 0);
    let mut made_up: Vec<char> = Vec::new();
    for character in id.chars().rev() {
        let (choice, choices) = match character {
            _ if replaced == MADE_UP => (None, 0),
            '0'..='9' => (Some(rng.digit(10)), 10),
            'a'..='z' => (rng.choice(lower.iter().copied()), lower.len()),
            'A'..='Z' => (rng.choice(upper.iter().copied()), upper.len()),
            _ => (None, 0),
        };
        replaced += usize::from(choice.is_some());
        varied += usize::from(choices > 1);
        made_up.push(choice.unwrap_or(character));
    }
    (made_up.into_iter().rev().collect(), varied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_kinds_of_characters() {
        let mut rng = Rng::with_seed(1);
        for id in [
            "67a1f3b9e4b0c10001234567",
            "0b0a3c6e-6f0e-4c27-9b5e-1f8f1d3f9a10",
            "gs_test_4KZtQ0aB1cD2",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "1001",
        ] {
            let (made_up, count) = alike(id, &mut rng);
            assert_ne!(made_up, id);
            assert_eq!(count, MADE_UP.min(id.len()), "{id}");
            let kinds = |id: &str| -> Vec<(bool, bool)> {
                id.chars().map(|it| (it.is_ascii_digit(), it.is_ascii_lowercase())).collect()
            };
            assert_eq!(kinds(&made_up), kinds(id), "{made_up}");
            assert!(made_up.chars().all(|it| it.is_ascii_digit() || id.contains(it)), "{made_up}");
            assert!(id.len() == 4 || made_up.starts_with(&id[..8]), "{made_up}");
        }
        assert_eq!(alike("é", &mut rng), ("é".to_owned(), 0));
        // Ten ids, of which some may exist.
        assert_eq!(alike("bbbbbbbbbbbbbbbbbbbbbbb0", &mut rng).1, 1);
    }
}
