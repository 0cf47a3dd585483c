//! Checks whether the version of a contract, `info.version`, matches its changes.

use std::cmp::Ordering;

use jiff::civil::Date;
use serde_json::Value;
use zerogate_contract::Document;

use crate::change::{Bump, Change, Place};
use crate::kind::kind;
use crate::value::quote_text;

/// The pointer of the version.
const AT: &str = "/info/version";

/// From this number on, the first number is a year: any higher version is enough.
const FIRST_YEAR: u64 = 1900;

/// The versions of two contracts, if they can be compared.
#[derive(Clone, Debug)]
pub struct Versions {
    old: (Version, Place),
    new: (Version, Place),
}

impl Versions {
    /// Reads the versions of two contracts; `None` if one is missing, or in a form whose order only its author knows.
    #[must_use]
    pub fn of(old: &Document, new: &Document) -> Option<Self> {
        let version = |document: &Document| {
            let text = match document.value().pointer(AT)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some((Version::parse(&text)?, Place::of(document, AT)))
        };
        Some(Self { old: version(old)?, new: version(new)? })
    }

    /// Checks the new version, if changes require this bump.
    #[must_use]
    pub fn judge(&self, asked: Bump) -> Option<Change> {
        let ((old, was), (new, is)) = (&self.old, &self.new);
        let [before, after] = [old, new].map(|version| quote_text(&version.text));
        let ask = || match old.next(asked) {
            Some(next) => format!("the changes require {} or later", quote_text(&next)),
            None => "the changes require a later one".to_owned(),
        };
        let (kind, what) = match new.cmp(old) {
            Ordering::Less => {
                (kind!("api-version-lowered"), format!("the version was lowered from {before} to {after}"))
            }
            Ordering::Equal if old.part(asked).is_some() => {
                (kind!("api-version-not-bumped"), format!("the version is still {after}; {}", ask()))
            }
            Ordering::Greater if !new.is_enough(old, asked) => {
                let what = format!("the version was only raised from {before} to {after}; {}", ask());
                (kind!("api-version-bumped-too-little"), what)
            }
            _ => return None,
        };
        let mut change = Change::new(kind.id, what);
        change.doc_only = kind.doc_only;
        (change.old, change.new) = (Some(was.clone()), Some(is.clone()));
        Some(change)
    }
}

/// A version by Semantic Versioning, possibly with fewer numbers, or a date.
#[derive(Clone, Debug)]
struct Version {
    text: String,
    numbers: Vec<u64>,
    /// The pre-release: the parts of `rc.1`.
    pre: Option<Vec<Part>>,
}

/// A part of a pre-release. Numbers come before words.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Part {
    Number(u64),
    Word(String),
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let plain = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let plain = plain.split_once('+').map_or(plain, |(plain, _)| plain);
        let day = plain.get(..10).filter(|start| start.parse::<Date>().is_ok());
        let (numbers, pre) = match day {
            Some(day) => (day, plain.get(10..).filter(|rest| !rest.is_empty())),
            None => plain.split_once('-').map_or((plain, None), |(numbers, pre)| (numbers, Some(pre))),
        };
        let separator = if day.is_some() { '-' } else { '.' };
        let numbers: Option<Vec<u64>> = numbers.split(separator).map(|number| number.parse().ok()).collect();
        let part = |part: &str| part.parse().map_or_else(|_| Part::Word(part.to_owned()), Part::Number);
        let pre = pre.map(|pre| pre.trim_start_matches('-').split('.').map(part).collect());
        Some(Self { text: text.to_owned(), numbers: numbers?, pre })
    }

    fn number(&self, place: usize) -> u64 {
        self.numbers.get(place).copied().unwrap_or(0)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let most = self.numbers.len().max(other.numbers.len());
        let numbers = |version: &Self| (0..most).map(|place| version.number(place)).collect::<Vec<_>>();
        // A pre-release is lower than its release.
        let release = self.pre.is_none().cmp(&other.pre.is_none());
        numbers(self).cmp(&numbers(other)).then(release).then_with(|| self.pre.cmp(&other.pre))
    }

    fn is_date(&self) -> bool {
        self.number(0) >= FIRST_YEAR
    }

    /// The index of the number that a bump raises, if the version has it. Below 1.0, the next number is raised instead.
    fn part(&self, asked: Bump) -> Option<usize> {
        let place: usize = match asked {
            Bump::None => return None,
            Bump::Major => 0,
            Bump::Minor => 1,
            Bump::Patch => 2,
        };
        let zeros = self.numbers.iter().take_while(|number| **number == 0).count();
        let place = if self.is_date() { 0 } else { (place + zeros).min(2) };
        (place < self.numbers.len()).then_some(place)
    }

    /// Whether a higher version is high enough.
    fn is_enough(&self, old: &Self, asked: Bump) -> bool {
        let Some(part) = old.part(asked) else { return true };
        // Changes before the release itself are unknown.
        old.pre.is_some() || old.is_date() || (0..=part).any(|place| self.number(place) > old.number(place))
    }

    /// The lowest version that is high enough.
    fn next(&self, asked: Bump) -> Option<String> {
        let part = self.part(asked).filter(|_| !self.is_date())?;
        let number = |place: usize| match place.cmp(&part) {
            Ordering::Less => self.number(place),
            Ordering::Equal => self.number(place).saturating_add(1),
            Ordering::Greater => 0,
        };
        let numbers: Vec<String> = (0..self.numbers.len()).map(|place| number(place).to_string()).collect();
        Some(numbers.join("."))
    }
}
