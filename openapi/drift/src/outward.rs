//! References that lead out of both contracts: whatever changes there, nobody here can see it.

use std::collections::BTreeMap;

use zerogate_contract::reach::{References, name, operations, owner};
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, pointer, reference};

use crate::change::Reach;
use crate::found::{Findings, Found};
use crate::operation::whole;
use crate::side::Sides;
use crate::value::quote_text;

/// Tells each place outside that both contracts refer to; once, however often they do.
pub(crate) fn judge<'d>(sides: &Sides<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let [old, new] = [sides.old.document, sides.new.document].map(outward);
    for (target, places) in new {
        let (Some(before), Some(first)) = (old.get(target), places.first()) else { continue };
        let found = Found::cannot_judge(before.first().cloned(), Some(first.clone()), "").always();
        let often = if places.len() > 1 { format!(" (from {} places)", places.len()) } else { String::new() };
        let what = format!("leads out of the contract{often}, so that what changes there is not known");
        let reach = users(sides.new.document, &places);
        out.report(found.says(format!("the reference {}", quote_text(target)), what).reaches(&reach));
    }
    out
}

/// The targets of a document outside of it, and where each is referred to.
fn outward(document: &Document) -> BTreeMap<&str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    walk(document.value(), &mut |_, at, value| {
        if let Some(target) = reference(value).filter(|target| !target.starts_with('#')) {
            found.entry(target).or_default().push(pointer::join(at, "$ref"));
        }
    });
    found
}

/// The operations that what stands at some places is a part of.
fn users(document: &Document, places: &[String]) -> Vec<Reach> {
    let owners = places.iter().filter_map(|at| owner(at));
    let users = References::of(document).towards(owners);
    let all = operations(document.value()).filter(|(at, ..)| users.contains(at));
    all.map(|(_, path, method, operation)| whole(&name(path, method, operation))).collect()
}
