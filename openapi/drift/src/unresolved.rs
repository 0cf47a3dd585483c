//! Unresolved references: their meaning, and whether it changes, cannot be known.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use zerogate_contract::reach::{References, name, operations, owner};
use zerogate_contract::walk::{Key, children, walk};
use zerogate_contract::{pointer, reference, vocabulary};

use crate::change::Reach;
use crate::found::{Findings, Found};
use crate::node::Node;
use crate::side::{Side, Sides};
use crate::text::is_extension;
use crate::value::quote_text;

/// Reports each target that both contracts refer to outside of themselves, and each that only one of them lacks; once,
/// however often it is used.
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
            // It was unknown before and still is: nothing changed.
            Some(_) if is_local => {}
            Some(is) => {
                let (was, is) = (was.all(), is.all());
                let leads = "leads out of the contract, so changes there are unknown";
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
            false => "leads out of the contract, so its meaning is unknown",
        };
        report(target, &sides.new, [None, is.first()], &is, &after, leads);
    }
    out
}

/// The places that refer to a target: paths, and all others. Changes of a path are reported with its operations.
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

/// The targets that a document lacks, and the places that refer to each.
fn unresolved<'d>(side: &Side<'d>) -> BTreeMap<&'d str, Places> {
    let mut found: BTreeMap<&str, Places> = BTreeMap::new();
    // Most targets are referred to many times.
    let mut known: HashMap<&str, bool> = HashMap::new();
    let mut note = |node, at: &str, value: &'d Value| {
        if let Some(target) = reference(value)
            && !*known.entry(target).or_insert_with(|| side.target(target).is_some())
        {
            let places = found.entry(target).or_default();
            let tokens: Vec<_> = pointer::tokens(at).collect();
            let is_path = node == vocabulary::Node::PathItem && matches!(&tokens[..], [key, _] if key == "paths");
            let places = if is_path { &mut places.items } else { &mut places.others };
            places.push(pointer::join(at, "$ref"));
        }
    };
    walk(side.document.value(), &mut |node, at, value| {
        note(node, at, value);
        if node == vocabulary::Node::Operation {
            callbacks(&Node::new(value, at), &mut note);
        }
    });
    side.root().get("components").iter().for_each(|components| callbacks(components, &mut note));
    found
}

type Note<'n, 'd> = &'n mut dyn FnMut(vocabulary::Node, &str, &'d Value);

/// The callbacks of an operation or of the components, which a walk skips.
fn callbacks<'d>(of: &Node<'d>, note: Note<'_, 'd>) {
    for (_, callback) in of.get("callbacks").iter().flat_map(Node::entries) {
        note(vocabulary::Node::Callback, &callback.at, callback.value);
        for (_, item) in callback.entries().into_iter().filter(|(url, _)| !is_extension(url)) {
            inside(vocabulary::Node::PathItem, &item, note);
        }
    }
}

fn inside<'d>(node: vocabulary::Node, here: &Node<'d>, note: Note<'_, 'd>) {
    note(node, &here.at, here.value);
    let Some(object) = here.object() else { return };
    children(node, object, &mut |step, inner, value| {
        let field = here.below(step.field.name);
        let at = match step.key {
            Key::Whole => field,
            Key::Name(name) => pointer::join(&field, name),
            Key::Index(index) => pointer::join(&field, &index.to_string()),
        };
        inside(inner, &Node::new(value, &at), note);
    });
    if node == vocabulary::Node::Operation {
        callbacks(here, note);
    }
}

/// The operations that contain the nodes at some places.
pub(crate) fn users(side: &Side<'_>, references: &References, places: &[String]) -> Vec<Reach> {
    let users = references.towards(places.iter().filter_map(|at| owner(at)));
    let all = operations(side.document.value()).filter(|(at, ..)| users.contains(at));
    all.map(|(_, path, method, operation)| Reach::whole(name(path, method, operation))).collect()
}
