//! Alternatives that consist only of alternatives themselves.

use super::branches::{Matched, matched};
use super::compared::Compared;
use super::includes::MAX_BRANCHES;
use super::overlap::are_apart;
use crate::meaning::{Union, View, view};
use crate::node::Slot;
use crate::side::Side;

/// The alternatives of one side, with those of others in their places.
pub(super) struct Flat<'d> {
    pub(super) union: Union<'d>,
    /// Whether each of them was inside another one.
    inside: Vec<bool>,
    /// The others.
    pub(super) opened: Vec<Slot<'d>>,
}

/// Both sides, where an alternative without a counterpart is replaced by its own alternatives, if all of these have one.
pub(super) fn flattened<'d>(compared: &Compared<'_, 'd>, old: &Union<'d>, new: &Union<'d>) -> Option<[Flat<'d>; 2]> {
    if [&compared.old, &compared.new].iter().any(|view| view.discriminator.is_some()) {
        return None;
    }
    let Matched { counterparts, free } = matched(compared, &old.branches, &new.branches);
    let open: Vec<bool> = counterparts.iter().map(Option::is_none).collect();
    if !open.iter().chain(&free).any(|is_open| *is_open) {
        return None;
    }
    let flat = [Flat::of(&compared.sides.old, old, &open), Flat::of(&compared.sides.new, new, &free)];
    if flat.iter().all(|side| side.opened.is_empty()) {
        return None;
    }
    let [was, is] = &flat;
    let Matched { counterparts, free } = matched(compared, &was.union.branches, &is.union.branches);
    let open: Vec<bool> = counterparts.iter().map(Option::is_none).collect();
    let mut alone = was.inside.iter().zip(&open).chain(is.inside.iter().zip(&free));
    alone.all(|(is_inside, is_open)| !is_inside || !is_open).then_some(flat)
}

impl<'d> Flat<'d> {
    fn of(side: &Side<'d>, union: &Union<'d>, open: &[bool]) -> Self {
        let mut flat = Flat { union: union.clone(), inside: Vec::new(), opened: Vec::new() };
        flat.union.branches.clear();
        for ((index, branch), is_open) in union.branches.iter().enumerate().zip(open) {
            let members = || {
                let others = union.branches.iter().enumerate().filter(|(other, _)| *other != index);
                within(side, branch, union, &others.map(|(_, other)| other).collect::<Vec<_>>())
            };
            match is_open.then(members).flatten() {
                Some(members) => {
                    flat.inside.extend(members.iter().map(|_| true));
                    flat.union.branches.extend(members);
                    flat.opened.push(branch.clone());
                }
                None => {
                    flat.inside.push(false);
                    flat.union.branches.push(branch.clone());
                }
            }
        }
        flat
    }
}

/// The alternatives of an alternative that says nothing else, if they mean the same beside the others.
fn within<'d>(side: &Side<'d>, branch: &Slot<'d>, outer: &Union<'d>, others: &[&Slot<'d>]) -> Option<Vec<Slot<'d>>> {
    let mut found = view(side, branch);
    let [union] = std::mem::take(&mut found.unions).try_into().ok()?;
    let is_bare = found.is_any() && found.discriminator.is_none() && !found.cut;
    let is_sent = found.read_only.is_none() && found.write_only.is_none();
    let is_alike = union.one == outer.one && (outer.null || !union.null);
    if !is_bare || !is_sent || !is_alike || union.branches.len().max(others.len()) > MAX_BRANCHES {
        return None;
    }
    // Two of the inner ones and one of the others must not match at once: exactly one of the outer ones does then.
    let views: Vec<View<'d>> = union.branches.iter().map(|member| view(side, member)).collect();
    let meets_one = |other: &&Slot<'d>| {
        let other = view(side, other);
        views.iter().filter(|member| !are_apart(side, member, &other)).count() <= 1
    };
    (!outer.one || others.iter().all(meets_one)).then_some(union.branches)
}
