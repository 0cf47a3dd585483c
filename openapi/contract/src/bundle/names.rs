//! What the parts of other files are called among the components.

use std::collections::{HashMap, HashSet};

use super::library::Spot;

/// The names of components, by their sections.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<(&'static str, String)>,
    given: HashMap<(&'static str, Spot), String>,
    /// What could not be called by its own name: where it is, the section, that name, and the one it has.
    pub(super) renamed: Vec<(Spot, &'static str, String, String)>,
}

impl Names {
    /// Keeps a name for what has it in the document.
    pub(super) fn take(&mut self, section: &'static str, name: &str) {
        self.taken.insert((section, name.to_owned()));
    }

    /// Calls what stands somewhere by the name that the document has for it; the first of several.
    pub(super) fn claim(&mut self, section: &'static str, spot: Spot, name: &str) {
        self.given.entry((section, spot)).or_insert_with(|| name.to_owned());
    }

    /// The name of what stands somewhere, and whether it is new: its own, with a number if another has that.
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

/// A name in the characters that the key of a component may have.
fn plain(name: &str) -> String {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => character,
        _ => '_',
    };
    if name.is_empty() { "_".to_owned() } else { name.chars().map(plain).collect() }
}
