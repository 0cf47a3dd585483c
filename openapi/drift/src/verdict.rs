//! Turns findings into changes: decides who is affected, and so the effect.

use std::borrow::Cow;
use std::rc::Rc;

use zerogate_contract::pointer;
use zerogate_contract::vocabulary::{self, Holds};

use crate::announced;
use crate::change::{Announced, Carrier, Change, Direction, Place, Reach, Source, Wire};
use crate::found::{AsText, Fate, Found, Name, Topic};
use crate::graph::Graph;
use crate::kind::{Action, Effect, Family, Flavour, Subject, family, kind};
use crate::side::Sides;
use crate::users::{Met, Users};
use crate::value::quote_text;

/// Matters to readers and writers of XML; for everyone else it is a text.
const XML: &Family = family!("xml-changed");

const DEFAULTS: [&Family; 3] =
    [family!("default-value-added"), family!("default-value-changed"), family!("default-value-removed")];

/// Turns all findings into changes.
pub(crate) fn changes(sides: &Sides<'_>, graph: &Graph<'_>, found: &[Found]) -> Vec<Change> {
    let mut users = Users::new(graph);
    let mut pairs: Vec<Vec<(usize, &Rc<str>)>> = vec![Vec::new(); found.len()];
    for (index, pair) in graph.pairs.iter().enumerate() {
        for (found, property) in &pair.found {
            if let Some(pairs) = pairs.get_mut(*found) {
                pairs.push((index, property));
            }
        }
    }
    let mut changes = Vec::new();
    for (found, pairs) in found.iter().zip(pairs) {
        let used = pairs.iter().any(|(pair, _)| users.is_used(*pair));
        // Below `not` and its like, a difference has no effect by itself, and is reported there.
        if found.by_schema && !used && !found.doc_only && !found.always {
            continue;
        }
        let mut met: Vec<Met> = Vec::new();
        for (pair, property) in pairs {
            met.extend(users.of(pair, property));
        }
        changes.extend(change(sides, found, met));
    }
    changes
}

/// Returns `None` if nobody affected sees a difference.
fn change(sides: &Sides<'_>, found: &Found, mut met: Vec<Met>) -> Option<Change> {
    let as_a_whole = found.reach.iter().any(|reach| reach.direction.is_none());
    let is_met = |direction: Direction| {
        let mut reached = found.reach.iter().chain(met.iter().map(|met| &met.reach));
        as_a_whole || reached.any(|reach| reach.direction == Some(direction))
    };
    let (request, response) = (is_met(Direction::Request), is_met(Direction::Response));
    let unmet = !request && !response;
    if found.only_in.is_some_and(|direction| !is_met(direction)) {
        return None;
    }
    let is_generated = match found.source_in {
        Some(Direction::Request) => request,
        Some(Direction::Response) => response,
        None => true,
    };
    // Where the value is text, a number is a text too, and nothing is null.
    let is_everywhere = |is: fn(&Met) -> bool| !met.is_empty() && met.iter().all(is);
    let as_field = found.as_field.filter(|_| is_everywhere(|met| met.repeated));
    let (name, effect) = match as_field.or(found.as_text.filter(|_| is_everywhere(|met| met.text))) {
        None => (found.name, found.effect),
        Some(AsText::Nothing) => return None,
        Some(AsText::Other(family, effect)) => (Name::Family(family), effect),
    };
    // A default replaces a missing value, and so has no effect where none is ever missing.
    let is_default = matches!(name, Name::Family(family) if DEFAULTS.contains(&family));
    let idle = is_default && !met.is_empty() && met.iter().all(|met| met.always);
    if is_default && !idle {
        met.retain(|met| !met.always);
    }
    let is_xml = name == Name::Family(XML);
    let xml = is_xml && met.iter().any(|met| met.xml);
    let (effect, doc_only) =
        if xml { (Effect::both(effect.request.max(Wire::Risky)), false) } else { (effect, found.doc_only || idle) };
    let wire = match (request, response) {
        (true, true) => effect.request.max(effect.response),
        (true, false) => effect.request,
        (false, true) => effect.response,
        (false, false) if found.always => effect.request.max(effect.response),
        (false, false) => Wire::None,
    };
    // The direction that names the change: the worse one of those affected.
    let direction = match (request, response) {
        (true, false) => Direction::Request,
        (false, true) => Direction::Response,
        _ if effect.request > effect.response => Direction::Request,
        _ => Direction::Response,
    };
    let flavour = flavour(found, direction, &met, unmet);
    // An unused component is neither sent nor received.
    let subject = Subject { direction: (!unmet).then_some(direction), flavour };
    let kind = match name {
        Name::Family(_) if is_xml && !xml => kind!("xml-changed"),
        Name::Family(family) => family.at(subject, found.required),
        Name::Kind(kind) => kind,
    };
    let gone = found.old.as_deref().filter(|_| kind.action == Action::Removed);
    let gone = gone.into_iter().flat_map(|at| std::iter::once(at).chain(found.also.iter().map(String::as_str)));
    let announced = gone.into_iter().find_map(|at| announced::of(&sides.old, kind, at));
    let kind = if announced.is_some() { kind.of_deprecated() } else { kind };
    let matters = |direction: Option<Direction>| match direction {
        Some(Direction::Request) => effect.request != Wire::None || effect.response == Wire::None || !response,
        Some(Direction::Response) => effect.response != Wire::None || effect.request == Wire::None || !request,
        None => true,
    };
    let mut reach: Vec<Reach> = found.reach.iter().cloned().chain(met.into_iter().map(|met| met.reach)).collect();
    reach.retain(|reach| matters(reach.direction));
    reach.sort_unstable();
    // Two differences with the same name are reported once.
    reach.dedup_by(|next, kept| {
        next.carrier = kept.carrier;
        next == kept
    });
    Some(Change {
        id: kind.id,
        wire: if doc_only { Wire::None } else { wire },
        source: if doc_only || !is_generated { Source::None } else { found.source },
        compiles: found.compiles,
        doc_only,
        old: found.old.as_deref().map(|at| Place::of(sides.old.document, at)),
        new: found.new.as_deref().map(|at| Place::of(sides.new.document, at)),
        message: message(sides, found, direction, flavour, unmet, &reach) + &said(announced.as_ref()),
        measured: String::new(),
        lines: Vec::new(),
        announced,
        reach,
    })
}

/// The addition to a message about an announced date.
fn said(announced: Option<&Announced>) -> String {
    match announced {
        Some(Announced::For(day)) => format!("; it was deprecated, with its sunset on {day}"),
        Some(Announced::Unreadable(text)) => format!("; it was deprecated, but its sunset {text} is not a date"),
        Some(Announced::Undated) | None => String::new(),
    }
}

/// The part of a message that the kind names: the most specific of those affected.
fn flavour(found: &Found, direction: Direction, met: &[Met], unmet: bool) -> Flavour {
    let met = met.iter().filter(|met| met.reach.direction == Some(direction));
    let best = met.map(|met| match met.reach.carrier {
        Some(Carrier::Parameter | Carrier::Header) => Flavour::Field,
        _ if met.whole => Flavour::Body,
        _ => Flavour::Property,
    });
    let is_property = |at: &String| schema_at(at).1.is_some();
    let property = unmet && found.old.iter().chain(&found.new).any(is_property);
    best.min().unwrap_or(if property { Flavour::Property } else { Flavour::Body })
}

fn message(
    sides: &Sides<'_>,
    found: &Found,
    direction: Direction,
    flavour: Flavour,
    unmet: bool,
    reach: &[Reach],
) -> String {
    let topic = match &found.topic {
        Topic::Text(text) | Topic::OneOf(text, _) => text.clone(),
        Topic::Schema(at) => topic(at, direction, flavour, unmet, reach),
    };
    let message = match found.fate {
        _ if topic.is_empty() => found.what.clone(),
        // Between a contract and a server, nothing is added or removed.
        Fate::Gone if sides.provider => format!("{topic} is missing in the server's document"),
        Fate::Came if sides.provider => format!("{topic} is in the server's document, but not in the contract"),
        Fate::Changed if sides.provider => format!("{topic} differs from the contract: it {}", found.what),
        _ => format!("{topic} {}", found.what),
    };
    if found.cause.is_some() && found.times > 1 { format!("{message} ({} times)", found.times) } else { message }
}

/// The subject of a pointer into a schema, in words.
fn topic(at: &str, direction: Direction, flavour: Flavour, unmet: bool, reach: &[Reach]) -> String {
    let (component, property) = schema_at(at);
    let of = component.as_ref().map(|name| format!(" of {}", quote_text(name))).unwrap_or_default();
    let first = reach.iter().find(|reach| reach.direction == Some(direction));
    let field = first.map(|reach| reach.field.clone());
    // Operations take precedence: what they share with a webhook is reported for them.
    let callers = reach.iter().filter(|reach| reach.direction == Some(direction)).map(|reach| reach.caller);
    let noun = direction.noun(callers.min().unwrap_or_default());
    match (property, component) {
        (Some(property), _) if unmet => format!("the property {}{of}", quote_text(&property)),
        (Some(property), _) => format!("the {noun} property {}{of}", quote_text(&property)),
        (None, Some(component)) => format!("the schema {}", quote_text(&component)),
        (None, None) => match (flavour, direction, field.filter(|field| !field.is_empty())) {
            (Flavour::Field, Direction::Request, Some(field)) => format!("the parameter {}", quote_text(&field)),
            (Flavour::Field, Direction::Response, Some(field)) => format!("the {noun} header {}", quote_text(&field)),
            (_, _, Some(field)) => format!("the {noun} property {}", quote_text(&field)),
            _ => format!("the body of the {noun}"),
        },
    }
}

/// The component schema that a pointer leads into, and the innermost property on the way: names may look like keywords.
fn schema_at(at: &str) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    use vocabulary::Node;
    let (mut component, mut property) = (None, None);
    let mut tokens = pointer::tokens(at);
    let mut node = Node::Document;
    while let Some(field) = tokens.next().and_then(|key| node.field(&key)) {
        let (inner, name) = match field.holds {
            Holds::One(inner) | Holds::OneOrFlag(inner) => (inner, None),
            Holds::Map(inner) | Holds::Keyed(inner) | Holds::List(inner) => (inner, tokens.next()),
            _ => break,
        };
        match (node, field.name) {
            (Node::Components, "schemas") => component = name,
            (Node::Schema, "properties") => property = name,
            _ => {}
        }
        node = inner;
    }
    (component, property)
}
