//! Finds renamings among removed and added names.
//!
//! Both name and shape must match, and only one candidate may: a wrong guess would hide a removal.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use zerogate_contract::names::snake;
use zerogate_contract::suggest;

/// The maximum number of compared pairs. Beyond that, only another spelling of the same name is recognised.
const MAX_PAIRS: usize = 4096;

/// What two items have in common besides their names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Common {
    Nothing,
    /// Everything but texts for people.
    Shape,
    /// That and texts, which are not empty.
    Words,
}

impl Common {
    /// Compares two items that are `alike` or not. A deprecated item that disappears was announced to be removed, not
    /// renamed.
    pub(crate) fn of(alike: bool, old: &Value, new: &Value) -> Self {
        let words = |value: &Value| value.get("description").and_then(Value::as_str).map(str::to_owned);
        match words(old).filter(|text| !text.is_empty()) {
            _ if !alike || old.get("deprecated") == Some(&Value::Bool(true)) => Self::Nothing,
            Some(text) if words(new).as_ref() == Some(&text) => Self::Words,
            _ => Self::Shape,
        }
    }
}

/// The indices in `gone` and `come` of renamed items.
pub(crate) fn renamed(gone: &[&str], come: &[&str], common: impl Fn(usize, usize) -> Common) -> Vec<(usize, usize)> {
    let fields = |names: &[&str]| names.iter().map(|name| snake(name)).collect::<Vec<_>>();
    let (old, new) = (fields(gone), fields(come));
    let (by_old, by_new) = (by_name(&old), by_name(&new));
    let (mut pairs, mut left) = (Vec::new(), Vec::new());
    let mut free: BTreeSet<usize> = (0..new.len()).collect();
    for (place, name) in old.iter().enumerate() {
        match (by_old.get(&**name).map(Vec::as_slice), by_new.get(&**name).map(Vec::as_slice)) {
            (Some([_]), Some([other])) if common(place, *other) != Common::Nothing => {
                free.remove(other);
                pairs.push((place, *other));
            }
            _ => left.push((place, name)),
        }
    }
    if left.len().saturating_mul(free.len()) > MAX_PAIRS {
        return pairs;
    }
    let mut meant: Vec<(usize, usize)> = Vec::new();
    for (place, name) in left {
        let others = free.iter().filter_map(|other| Some((*other, new.get(*other)?)));
        let alike = others.filter(|(other, new_name)| alike(name, new_name, common(place, *other)));
        meant.extend(alike.map(|(other, _)| (place, other)));
    }
    let only = |pair: &&(usize, usize)| meant.iter().filter(|it| it.0 == pair.0 || it.1 == pair.1).count() == 1;
    pairs.extend(meant.iter().filter(only));
    pairs
}

fn by_name(names: &[String]) -> HashMap<&str, Vec<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        places.entry(name).or_default().push(place);
    }
    places
}

/// Whether two names may be the same: a typo of the other, or the other with more words, but no more than twice as
/// many. If both have the same texts, half of the words is enough.
fn alike(one: &str, other: &str, common: Common) -> bool {
    if common == Common::Nothing {
        return false;
    }
    let (one_words, other_words): (Vec<&str>, Vec<&str>) = (one.split('_').collect(), other.split('_').collect());
    let shared = one_words.iter().filter(|word| other_words.contains(word)).count();
    let (least, most) = (one_words.len().min(other_words.len()), one_words.len().max(other_words.len()));
    let has_all = shared == least || common == Common::Words;
    (has_all && shared * 2 >= most) || suggest::closest(one, [other]).is_some()
}
