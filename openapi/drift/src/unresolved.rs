//! References to what is not in the contract: what they mean, and whether that changes, nobody here can see.

use std::collections::BTreeMap;

use zerogate_contract::reach::{References, name, operations, owner};
use zerogate_contract::walk::walk;
use zerogate_contract::{pointer, reference, vocabulary};

use crate::change::Reach;
use crate::found::{Findings, Found};
use crate::side::{Side, Sides};
use crate::value::quote_text;

/// Tells each target that both contracts refer to outside of them, and each that only one of them does not have; once,
/// however often they refer to it.
pub(crate) fn judge<'d>(sides: &Sides<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let [old, mut new] = [&sides.old, &sides.new].map(unresolved);
    let mut report = |target: &str,
                      side: &Side<'d>,
                      at: [Option<&String>; 2],
                      places: &[String],
                      references: &References,
                      leads: &str| {
        if places.is_empty() {
            return;
        }
        let often = if places.len() > 1 { format!(" (from {} places)", places.len()) } else { String::new() };
        let found = Found::cannot_judge(at[0].cloned(), at[1].cloned(), "").always();
        let reach = users(side, references, places);
        out.report(
            found.says(format!("the reference {}", quote_text(target)), format!("{leads}{often}")).reaches(&reach),
        );
    };
    if old.is_empty() && new.is_empty() {
        return out;
    }
    let [before, after] = [&sides.old, &sides.new].map(|side| References::of(side.document));
    for (target, was) in old {
        let is_local = target.starts_with('#');
        match new.remove(target) {
            // What was not known, and is not: nothing has changed.
            Some(_) if is_local => {}
            Some(is) => {
                let (was, is) = (was.all(), is.all());
                let leads = "leads out of the contract, so that what changes there is not known";
                report(target, &sides.new, [was.first(), is.first()], &is, &after, leads);
            }
            None => {
                let was = was.others;
                let leads = if is_local { "led to nothing in the contract" } else { "led out of the contract" };
                report(target, &sides.old, [was.first(), None], &was, &before, leads);
            }
        }
    }
    for (target, Places { others: is, .. }) in new {
        let leads = match target.starts_with('#') {
            true => "leads to nothing in the contract",
            false => "leads out of the contract, so that what it means is not known",
        };
        report(target, &sides.new, [None, is.first()], &is, &after, leads);
    }
    out
}

/// Where a target is referred to: by what, and by path items. What becomes of a path item is told of its operations.
#[derive(Default)]
struct Places {
    others: Vec<String>,
    items: Vec<String>,
}

impl Places {
    fn all(mut self) -> Vec<String> {
        self.items.append(&mut self.others);
        self.items
    }
}

/// The targets that a document does not have, and where each is referred to.
fn unresolved<'d>(side: &Side<'d>) -> BTreeMap<&'d str, Places> {
    let mut found: BTreeMap<&str, Places> = BTreeMap::new();
    walk(side.document.value(), &mut |node, at, value| {
        if let Some(target) = reference(value).filter(|target| side.target(target).is_none()) {
            let places = found.entry(target).or_default();
            let places = if node == vocabulary::Node::PathItem { &mut places.items } else { &mut places.others };
            places.push(pointer::join(at, "$ref"));
        }
    });
    found
}

/// The operations that what stands at some places is a part of.
fn users(side: &Side<'_>, references: &References, places: &[String]) -> Vec<Reach> {
    let users = references.towards(places.iter().filter_map(|at| owner(at)));
    let all = operations(side.document.value()).filter(|(at, ..)| users.contains(at));
    all.map(|(_, path, method, operation)| Reach::whole(name(path, method, operation))).collect()
}
