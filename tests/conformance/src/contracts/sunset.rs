//! Sunsets: removals that the old contract announced.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;
use zerogate_contract::{Document, pointer, reference};
use zerogate_drift::{Action, Announced, Area, Change};

/// Whether a removal is excused on a day, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sunset {
    /// Excused: it was announced, and its day has come.
    Over(Date),
    /// Excused: only excused removals used it.
    Unused,
    /// Counts as breaking: it was announced for a later day.
    Ahead(Date),
    /// Counts: it was deprecated, but its date is invalid.
    Unreadable(String),
    /// Counts: it was deprecated without a date.
    Undated,
}

impl Sunset {
    /// Whether the removal is excused.
    #[must_use]
    pub fn forgives(&self) -> bool {
        match self {
            Self::Over(_) | Self::Unused => true,
            Self::Ahead(_) | Self::Unreadable(_) | Self::Undated => false,
        }
    }

    fn of(announced: &Announced, today: Date) -> Self {
        match announced {
            Announced::For(day) if *day <= today => Self::Over(*day),
            Announced::For(day) => Self::Ahead(*day),
            Announced::Unreadable(text) => Self::Unreadable(text.clone()),
            Announced::Undated => Self::Undated,
        }
    }
}

/// Returns the sunset of each change; `None` if it was not announced.
pub(super) fn judge(changes: &[&Change], old: &Document, today: Date) -> Vec<Option<Sunset>> {
    let announced = |change: &&Change| change.announced.as_ref().map(|announced| Sunset::of(announced, today));
    let mut judged: Vec<Option<Sunset>> = changes.iter().map(announced).collect();
    let (mut forgiven, mut components) = (BTreeSet::new(), BTreeSet::new());
    for (change, sunset) in changes.iter().zip(&judged) {
        match gone(change) {
            Some(at) if sunset.as_ref().is_some_and(Sunset::forgives) => forgiven.insert(at),
            Some(at) if is_component(change) => components.insert(at),
            _ => continue,
        };
    }
    if !forgiven.is_empty() {
        let unused = unused(old, &forgiven, components);
        for (change, sunset) in changes.iter().zip(&mut judged).filter(|(change, _)| is_component(change)) {
            if gone(change).is_some_and(|at| unused.contains(at)) {
                *sunset = Some(Sunset::Unused);
            }
        }
    }
    judged
}

/// The place of something that was removed.
fn gone(change: &Change) -> Option<&str> {
    let is_removal = change.kind().is_some_and(|kind| kind.action == Action::Removed);
    // In another file, the pointer is relative to that file.
    let place = change.old.as_ref().filter(|place| is_removal && place.file.is_none());
    place.map(|place| place.pointer.as_str())
}

fn is_component(change: &Change) -> bool {
    change.kind().is_some_and(|kind| kind.area == Area::Component)
}

/// The components that only excused removals used, directly or through each other.
fn unused<'c>(old: &Document, forgiven: &BTreeSet<&str>, mut components: BTreeSet<&'c str>) -> BTreeSet<&'c str> {
    let users = users(old);
    let of = |component: &str| users.get(component).map(Vec::as_slice).unwrap_or_default();
    loop {
        let is_used = |component: &&str| {
            let mut users = of(component).iter();
            users.any(|user| !(is_below(user, forgiven) || is_below(user, &components)))
        };
        let used: BTreeSet<&str> = components.iter().copied().filter(is_used).collect();
        if used.is_empty() {
            break;
        }
        components.retain(|component| !used.contains(component));
    }
    // A component that nothing used was not announced.
    let mut found: BTreeSet<&str> = BTreeSet::new();
    loop {
        let is_led_to = |component: &&&str| {
            let mut users = of(component).iter();
            !found.contains(**component) && users.any(|user| is_below(user, forgiven) || is_below(user, &found))
        };
        let more: Vec<&str> = components.iter().filter(is_led_to).copied().collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// The places that refer to components, by pointer, including callbacks, which a walk skips.
fn users(document: &Document) -> BTreeMap<String, Vec<String>> {
    fn collect(value: &Value, at: &str, users: &mut BTreeMap<String, Vec<String>>) {
        if let Some(target) = reference(value).and_then(pointer::of_reference) {
            users.entry(target.into_owned()).or_default().push(at.to_owned());
        }
        match value {
            Value::Object(entries) => {
                entries.iter().for_each(|(key, value)| collect(value, &pointer::join(at, key), users));
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.for_each(|(index, value)| collect(value, &pointer::join(at, &index.to_string()), users));
            }
            _ => {}
        }
    }
    let mut users = BTreeMap::new();
    collect(document.value(), "", &mut users);
    users
}

/// Whether a pointer is one of several, or inside one.
fn is_below(at: &str, any: &BTreeSet<&str>) -> bool {
    let ends = at.match_indices('/').map(|(end, _)| end).chain([at.len()]);
    ends.filter_map(|end| at.get(..end)).any(|start| any.contains(start))
}
