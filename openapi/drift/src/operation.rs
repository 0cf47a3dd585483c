//! Compares operations: their names, parameters, bodies and responses.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use zerogate_contract::methods::Method;
use zerogate_contract::names::snake;
use zerogate_contract::{pointer, reference};

use crate::address::{called_at, effective, servers, split};
use crate::change::{Reach, Source, Wire};
use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::node::Node;
use crate::paging::is_paging;
use crate::parameter::{Parameter, parameters, renamed_in_path};
use crate::parameters;
use crate::seen::Seen;
use crate::side::{Side, Sides};
use crate::text::others;
use crate::value::{quote, quote_text, same};
use crate::{message, response};

/// An operation and its path item.
#[derive(Clone, Debug)]
pub(crate) struct Operation<'d> {
    pub(crate) path: &'d str,
    pub(crate) method: Method<'d>,
    pub(crate) item: Node<'d>,
    pub(crate) node: Node<'d>,
}

impl<'d> Operation<'d> {
    pub(crate) fn id(&self) -> Option<&str> {
        self.node.text("operationId")
    }

    /// The name in reports: the id, or method and path.
    pub(crate) fn name(&self) -> String {
        self.id().map_or_else(|| self.place(), str::to_owned)
    }

    pub(crate) fn place(&self) -> String {
        format!("{} {}", self.method.sent(), self.path)
    }

    /// The URLs of the operation, without the names of path parameters.
    pub(crate) fn called_at(&self, side: &Side<'d>) -> BTreeSet<String> {
        called_at(side, &self.node, &self.item, &template(self.path).0)
    }

    /// Like [`called_at`](Self::called_at), without the hosts: a server may run elsewhere than the contract says.
    pub(crate) fn served_at(&self, side: &Side<'d>) -> BTreeSet<String> {
        let servers = servers(&effective(side, &self.node, &self.item)).unwrap_or_default();
        servers.iter().map(|server| template(&format!("{}{}", split(&server.address).1, self.path)).0).collect()
    }

    pub(crate) fn topic(&self) -> String {
        format!("the operation {}", quote_text(&self.name()))
    }

    pub(crate) fn reach(&self) -> Reach {
        Reach::whole(self.name())
    }
}

/// Whether an operation keeps its URLs, with another division between server and path.
pub(crate) fn stays<'d>(sides: &Sides<'d>, old: &Operation<'d>, new: &Operation<'d>) -> bool {
    old.path != new.path && old.called_at(&sides.old).is_subset(&new.called_at(&sides.new))
}

/// Whether a server has an operation at the URL that the contract gives.
pub(crate) fn is_served<'d>(sides: &Sides<'d>, old: &Operation<'d>, new: &Operation<'d>) -> bool {
    old.method == new.method && !old.served_at(&sides.old).is_disjoint(&new.served_at(&sides.new))
}

/// A path without the names of its parameters, and these names; an invalid template is returned unchanged.
pub(crate) fn template(path: &str) -> (String, Vec<String>) {
    match zerogate_contract::template(path) {
        Ok((plain, names)) => (plain, names.into_iter().map(str::to_owned).collect()),
        Err(_) => (path.to_owned(), Vec::new()),
    }
}

/// The keys of an operation that are judged.
const KNOWN: [&str; 9] =
    ["operationId", "parameters", "requestBody", "responses", "security", "servers", "deprecated", "tags", "callbacks"];

/// Compares two operations, apart from their ids.
pub(crate) fn judge<'d>(sides: &Sides<'d>, old: &Operation<'d>, new: &Operation<'d>) -> Findings<'d> {
    let name = old.name();
    let reach = &[old.reach()];
    let mut out = others(&old.node, &new.node, &KNOWN, reach);
    let ((old_shape, old_names), (new_shape, new_names)) = (template(old.path), template(new.path));
    let mut renamed: Vec<(String, String)> = Vec::new();
    let moved = old.method != new.method || old_shape != new_shape;
    if moved && !(sides.provider && is_served(sides, old, new)) {
        let same: BTreeSet<&String> = old_names.iter().collect();
        let source = if same == new_names.iter().collect() { Source::None } else { Source::Breaking };
        let found = Found::new(kind!("api-operation-moved"), old.node.place(), new.node.place(), "");
        let (found, also) = if old.method == new.method && stays(sides, old, new) {
            (found.wire(Wire::None), ", but has the same URL")
        } else {
            (found, "")
        };
        let what = format!("moved from {} to {}{also}", old.place(), new.place());
        out.report(found.source(source).says(old.topic(), what).reaches(reach));
    } else {
        renamed.extend(old_names.into_iter().zip(new_names).filter(|(old, new)| old != new));
    }
    out.found.extend(deprecation(old.topic(), &old.node, &new.node).map(|found| found.reaches(reach)));
    out.found.extend(tags(&old.node, &new.node).map(|found| found.reaches(reach)));
    let mut before = effective_parameters(&sides.old, old, &mut out.seen);
    let mut after = effective_parameters(&sides.new, new, &mut out.seen);
    // A parameter whose reference no longer resolves was not removed.
    for (list, other) in [(&mut before, lost(&sides.new, new)), (&mut after, lost(&sides.old, old))] {
        list.retain(|parameter| {
            let is_lost = reference(parameter.site().value).is_some_and(|target| other.contains(target));
            if is_lost {
                out.seen.whole(parameter.site());
            }
            !is_lost
        });
    }
    for (from, to) in &renamed {
        let declared = |list: &[Parameter<'d>], name: &String| {
            list.iter().any(|parameter| parameter.place == "path" && parameter.name == name)
        };
        if !(declared(&before, from) && declared(&after, to)) {
            let at = |operation: &Operation<'_>| Some(pointer::join("/paths", operation.path));
            let is_taken = parameters::is_taken(&renamed, from);
            out.report(renamed_in_path((from, to), is_taken, at(old), at(new)).reaches(reach));
        }
    }
    let pages = |parameter: &Parameter<'d>| is_paging(&sides.old, &old.node, parameter);
    out.add(parameters::judge_all(sides, &name, &before, &after, &renamed, &pages));
    out.add(message::request(sides, &name, &old.node, &new.node));
    out.add(response::judge_all(sides, &name, &old.node, &new.node));
    out
}

/// Compares the ids of corresponding operations. `fresh`: the added operations.
pub(crate) fn ids(pairs: &[(Operation<'_>, Operation<'_>)], fresh: &[Operation<'_>]) -> Vec<Found> {
    let after = pairs.iter().map(|(_, new)| new).chain(fresh);
    let methods: HashMap<String, &Operation<'_>> = after.filter_map(|it| Some((snake(it.id()?), it))).collect();
    let changed = pairs.iter().filter_map(|(old, new)| {
        let found = id(old, new)?;
        let other = old.id().and_then(|id| methods.get(&snake(id))).filter(|_| found.source == Source::Breaking);
        Some((old, found, other))
    });
    let found = changed.map(|(old, found, other)| match other {
        Some(other) => {
            let (what, name, place) = (&found.what, quote_text(&old.name()), other.place());
            let what = format!(
                "{what}, and {name} is now the id of {place}; code that calls {name} still compiles, but calls that one"
            );
            Found { what, compiles: true, ..found }.reaches(&[old.reach()])
        }
        None => found.reaches(&[old.reach()]),
    });
    found.collect()
}

fn id(old: &Operation<'_>, new: &Operation<'_>) -> Option<Found> {
    let (before, after) = (old.node.value.get("operationId"), new.node.value.get("operationId"));
    let (kind, breaks, what) = match (before, after) {
        (None, None) => return None,
        (Some(before), Some(after)) if before == after => return None,
        (Some(Value::String(before)), Some(Value::String(after))) => {
            let what = format!("changed id to {}", quote_text(after));
            (kind!("api-operation-id-removed"), snake(before) != snake(after), what)
        }
        (None, Some(Value::String(after))) => {
            (kind!("api-operation-id-added"), true, format!("got the id {}", quote_text(after)))
        }
        (Some(Value::String(_)), None) => (kind!("api-operation-id-removed"), true, "no longer has an id".to_owned()),
        _ => {
            let at = |operation: &Operation<'_>| Some(operation.node.below("operationId"));
            let topic = format!("the operation {}", quote_text(&old.place()));
            return Some(Found::cannot_judge(at(old), at(new), "").says(topic, "has an id that is not a string"));
        }
    };
    let found = Found::new(kind, old.node.place_of("operationId"), new.node.place_of("operationId"), "");
    Some(found.breaks_source_if(breaks).says(old.topic(), what))
}

/// Compares the deprecation of an operation, or of a request of the server.
pub(crate) fn deprecation(topic: String, old: &Node<'_>, new: &Node<'_>) -> Option<Found> {
    let off = Value::Bool(false);
    let (before, after) = (old.value.get("deprecated"), new.value.get("deprecated"));
    let (before, after) = (before.unwrap_or(&off), after.unwrap_or(&off));
    if before == after {
        return None;
    }
    let (kind, what) = match after {
        Value::Bool(true) => (kind!("endpoint-deprecated"), "is now deprecated"),
        Value::Bool(false) if before.is_boolean() => (kind!("endpoint-reactivated"), "is no longer deprecated"),
        _ => (kind!("cannot-judge"), "has a `deprecated` that is neither true nor false"),
    };
    let found = Found::new(kind, old.place_of("deprecated"), new.place_of("deprecated"), "");
    Some(found.says(topic, what))
}

/// Compares tags, ignoring their order.
pub(crate) fn tags<'n>(old: &'n Node<'_>, new: &'n Node<'_>) -> impl Iterator<Item = Found> + 'n {
    let tags = |node: &Node<'n>| -> Vec<&'n Value> {
        match node.value.get("tags") {
            Some(Value::Array(tags)) => tags.iter().collect(),
            Some(other) => vec![other],
            None => Vec::new(),
        }
    };
    let missing = |list: &[&Value], others: &[&Value]| -> Vec<String> {
        let lacks = |tag: &&&Value| !others.iter().any(|known| same(known, tag));
        list.iter().filter(lacks).map(|tag| quote(tag)).collect()
    };
    let (before, after) = (tags(old), tags(new));
    let lost = (kind!("api-tag-removed"), "lost", missing(&before, &after));
    let got = (kind!("api-tag-added"), "got", missing(&after, &before));
    [lost, got].into_iter().filter(|(.., tags)| !tags.is_empty()).map(|(kind, verb, tags)| {
        let found = Found::new(kind, old.place_of("tags"), new.place_of("tags"), "");
        found.says("an operation", format!("{verb} the tag {}", tags.join(", ")))
    })
}

/// The targets of unresolved references to parameters.
fn lost<'d>(side: &Side<'d>, operation: &Operation<'d>) -> BTreeSet<&'d str> {
    let lists = [&operation.node, &operation.item].into_iter().filter_map(|node| node.get("parameters"));
    let targets = lists.flat_map(|list| list.items()).filter_map(|site| reference(site.value));
    targets.filter(|target| side.target(target).is_none()).collect()
}

/// The effective parameters: those of the operation, and those of its path item that it does not override.
pub(crate) fn effective_parameters<'d>(
    side: &Side<'d>,
    operation: &Operation<'d>,
    seen: &mut Seen,
) -> Vec<Parameter<'d>> {
    let mut found = parameters(side, operation.node.get("parameters").as_ref(), seen);
    for inherited in parameters(side, operation.item.get("parameters").as_ref(), seen) {
        match found.iter().any(|own| own.key() == inherited.key()) {
            true => seen.whole(inherited.site()),
            false => found.push(inherited),
        }
    }
    found
}
