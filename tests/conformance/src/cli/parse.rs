//! Parsers for values of options.

use std::num::NonZero;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use zerogate_contract::suggest::closest;

use crate::rules::registry::rules;
use crate::run::options::UnknownRule;

/// The maximum time, in seconds.
const MAX_SECONDS: f64 = 3600.0;

/// A word, its help text, and its value.
pub(super) type Choice<T> = (&'static str, &'static str, T);

/// A parser that accepts only these words.
pub(super) fn one_of<T>(choices: impl IntoIterator<Item = Choice<T>>) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
{
    let choices: Vec<Choice<T>> = choices.into_iter().collect();
    let words = choices.iter().map(|(word, help, _)| PossibleValue::new(*word).help(*help));
    let parser = PossibleValuesParser::new(words.collect::<Vec<_>>());
    parser.try_map(move |word| {
        let chosen = choices.iter().find(|(choice, ..)| *choice == word);
        chosen.map(|(.., value)| value.clone()).ok_or("unknown value")
    })
}

/// Reads a count of at least one.
pub(super) fn count(text: &str) -> Result<NonZero<usize>, String> {
    text.parse().map_err(|_| "not a whole number from 1".to_owned())
}

/// Reads a port.
pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("not a port from 0 to {}", u16::MAX))
}

/// Reads a time limit in seconds, above 0.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    let limit = seconds(text).ok().filter(|limit| !limit.is_zero());
    limit.ok_or_else(|| format!("not a number of seconds above 0 and up to {MAX_SECONDS}"))
}

/// Reads a duration in seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("not a number of seconds from 0 to {MAX_SECONDS}")),
    }
}

/// Finds what an id names; `what` it is, and the command that lists them, are for the message.
pub(super) fn known_id<T: Copy>(
    id: &str,
    all: impl Iterator<Item = (&'static str, T)>,
    what: &str,
    list: &str,
) -> Result<T, String> {
    let all: Vec<(&str, T)> = all.collect();
    let found = all.iter().find(|(known, _)| *known == id).map(|(_, found)| *found);
    found.ok_or_else(|| format!("there is no such {what}; {}", hint(id, all.iter().map(|(known, _)| *known), list)))
}

/// The message about an unknown rule of `zerogate conform`; `others` are names that may stand for a rule.
pub(super) fn unknown_rule(error: &UnknownRule, others: &[&'static str]) -> String {
    let all = rules().map(|rule| rule.id).chain(others.iter().copied());
    format!("{error}; {}", hint(&error.0, all, "zerogate rules"))
}

/// What may be meant by an id, or the command that lists all ids.
fn hint<'k>(id: &str, all: impl Iterator<Item = &'k str>, list: &str) -> String {
    match closest(id, all) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`{list}` lists them"),
    }
}
