//! Values of options: one of some words, or a count.

use std::num::NonZero;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

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
