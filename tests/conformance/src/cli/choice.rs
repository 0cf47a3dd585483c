//! Values of options that are one of a few words.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// A word, what `--help` says of it, and what it stands for.
pub(super) type Choice<T> = (&'static str, &'static str, T);

/// Takes one of the words, and refuses every other.
pub(super) fn one_of<T>(choices: impl IntoIterator<Item = Choice<T>>) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
{
    let choices: Vec<Choice<T>> = choices.into_iter().collect();
    let words = choices.iter().map(|(word, help, _)| PossibleValue::new(*word).help(*help));
    let parser = PossibleValuesParser::new(words.collect::<Vec<_>>());
    parser.try_map(move |word| {
        let chosen = choices.iter().find(|(choice, ..)| *choice == word);
        chosen.map(|(.., value)| value.clone()).ok_or("no such word")
    })
}
