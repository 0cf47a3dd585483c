//! Option values with a fixed set of words.

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
