//! Names for the parts of other files in `components`.

use std::collections::{HashMap, HashSet};

use super::library::Spot;

/// Names of components, by section.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<(&'static str, String)>,
    given: HashMap<(&'static str, Spot), String>,
    /// Components that could not keep their name: the place, the section, the old and the new name.
    pub(super) renamed: Vec<(Spot, &'static str, String, String)>,
}

impl Names {
    /// Reserves a name that the document uses.
    pub(super) fn take(&mut self, section: &'static str, name: &str) {
        self.taken.insert((section, name.to_owned()));
    }

    /// Uses the document's own name for a place; the first one, if it has several.
    pub(super) fn claim(&mut self, section: &'static str, spot: Spot, name: &str) {
        self.given.entry((section, spot)).or_insert_with(|| name.to_owned());
    }

    /// The name for a place, and whether it is new: the original name, with a number if it is taken.
    pub(super) fn of(&mut self, section: &'static str, spot: &Spot, own: &str) -> (String, bool) {
        if let Some(name) = self.given.get(&(section, spot.clone())) {
            return (name.clone(), false);
        }
        let own = plain(own);
        let mut name = own.clone();
        for number in 2.. {
            if self.taken.insert((section, name.clone())) {
                break;
            }
            name = format!("{own}-{number}");
        }
        if name != own {
            self.renamed.push((spot.clone(), section, own, name.clone()));
        }
        self.given.insert((section, spot.clone()), name.clone());
        (name, true)
    }
}

/// The name, with only the characters that a component key may have.
fn plain(name: &str) -> String {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => character,
        _ => '_',
    };
    if name.is_empty() { "_".to_owned() } else { name.chars().map(plain).collect() }
}
