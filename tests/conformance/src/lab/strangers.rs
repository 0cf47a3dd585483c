//! Sessions that nobody has, and sessions that another partner has: a partner is to see the same of both.

use std::sync::Arc;

use fastrand::Rng;

use super::Lab;
use super::situation::Situation;
use crate::evidence::response_diff::Sample;
use crate::rules::verdict::{Obstacle, Trouble};
use crate::wire::exchange::Credential;
use crate::wire::operation::Operation;
use crate::wire::secrets::Role;

/// How many answers of a kind are compared at least.
const SAMPLES: usize = 3;

/// How many characters of an id are made up, where it has as many: what is before them may say what kind of id it is,
/// and a server may refuse the id of another kind for that.
const MADE_UP: usize = 12;

/// With fewer characters made up, there may be such a session.
const UNLIKELY: usize = 8;

/// What was answered about sessions that are not the partner's.
pub(crate) struct Strangers {
    /// About ids that nobody has; two of them about the same.
    pub(crate) unknown: Vec<Sample>,
    /// About sessions of another partner.
    pub(crate) foreign: Vec<Sample>,
}

impl Lab<'_> {
    /// Asks for sessions that are not the partner's, or remembers what was answered.
    pub(crate) async fn strangers(&self, operation: Operation) -> Result<Arc<Strangers>, Obstacle> {
        self.strangers.get(operation.id(), self.meet(operation)).await
    }

    async fn meet(&self, operation: Operation) -> Result<Strangers, Obstacle> {
        let ids = self.foreign_sessions().await?;
        let mut foreign = Vec::new();
        for (number, id) in ids.iter().enumerate() {
            foreign.push(match operation {
                // It is cancelled under the eyes of its owner.
                Operation::CancelSession => {
                    let observation = self.observation(Situation::Foreign(number)).await?;
                    Sample { id: id.clone(), answer: observation.attempt.exchange()?.clone() }
                }
                _ => self.sample(operation, id, Credential::Key(Role::Partner)).await?,
            });
        }
        // The first of each again, where there are few.
        for id in ids.iter().cycle().take(SAMPLES.saturating_sub(ids.len())) {
            foreign.push(self.sample(operation, id, Credential::Key(Role::Partner)).await?);
        }
        let mut unknown = Vec::new();
        for (number, id) in ids.iter().cycle().take(SAMPLES).enumerate() {
            let id = self.id_like(id, &format!("stranger {number}")).await?;
            let again = if number == 0 { 2 } else { 1 };
            for _ in 0..again {
                unknown.push(self.sample(operation, &id, Credential::Key(Role::Partner)).await?);
            }
        }
        Ok(Strangers { unknown, foreign })
    }

    /// What is answered to a request about a session.
    pub(crate) async fn sample(&self, operation: Operation, id: &str, who: Credential) -> Result<Sample, Obstacle> {
        let request = self.request(operation, id, who)?.called("sample");
        Ok(Sample { id: id.to_owned(), answer: self.insist(request).await? })
    }

    /// An id that no session has, as long as one that a session has and of the same kinds of characters.
    pub(crate) async fn id_like(&self, id: &str, name: &str) -> Result<String, Obstacle> {
        let mut rng = self.draw(name);
        for _ in 0..8 {
            let (made_up, count) = alike(id, &mut rng);
            if made_up == id {
                continue;
            }
            if count >= UNLIKELY {
                return Ok(made_up);
            }
            let request = self.request(Operation::RetrieveSession, &made_up, Credential::Key(Role::Partner))?;
            if !self.insist(request).await?.response.is_success() {
                return Ok(made_up);
            }
        }
        Err(Trouble::new("no id could be made up that is like those of the target and that no session has").into())
    }
}

/// An id with other characters at its end, and how many were made up.
fn alike(id: &str, rng: &mut Rng) -> (String, usize) {
    // Of the letters only those that are there: an alphabet may lack some.
    let letters = |is_letter: fn(&char) -> bool| id.chars().filter(is_letter).collect::<Vec<char>>();
    let (lower, upper) = (letters(char::is_ascii_lowercase), letters(char::is_ascii_uppercase));
    let mut count = 0;
    let mut made_up: Vec<char> = Vec::new();
    for character in id.chars().rev() {
        let choice = match character {
            _ if count == MADE_UP => None,
            '0'..='9' => Some(rng.digit(10)),
            'a'..='z' => rng.choice(lower.iter().copied()),
            'A'..='Z' => rng.choice(upper.iter().copied()),
            _ => None,
        };
        count += usize::from(choice.is_some());
        made_up.push(choice.unwrap_or(character));
    }
    (made_up.into_iter().rev().collect(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_up_of_the_same_kinds_of_characters() {
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
    }
}
