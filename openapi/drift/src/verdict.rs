//! Turns what was found into changes: who meets it, and so what it means.

use std::cmp::Reverse;

use zerogate_contract::{Document, pointer};

use super::change::{Change, Direction, Place as Spot, Reach, Source, Wire};
use super::elsewhere;
use super::engine::{Engine, Place};
use super::found::{Effect, Found, Name, Subject};
use super::ids::{CANNOT_JUDGE, find};
use super::reach::{Met, Users};
use super::value::quote_text;

/// Matters to those who read and write XML; to everybody else it is a text.
const XML: Name = Name::Schema("xml-changed");

/// Everything that was found, as changes.
pub(super) fn changes(engine: &Engine<'_>) -> Vec<Change> {
    let mut users = Users::new(engine);
    let mut pairs: Vec<Vec<(usize, &str)>> = vec![Vec::new(); engine.found.len()];
    for (index, pair) in engine.pairs.iter().enumerate() {
        for (found, property) in &pair.found {
            if let Some(pairs) = pairs.get_mut(*found) {
                pairs.push((index, property));
            }
        }
    }
    let elsewhere = [engine.old.document, engine.new.document].map(elsewhere::components);
    let mut changes = Vec::new();
    for (found, pairs) in engine.found.iter().zip(pairs) {
        let used = pairs.iter().any(|(pair, _)| users.is_used(*pair));
        // Below `not` and its like a difference means nothing by itself, and is told there.
        if found.by_schema && !used && !found.doc_only && !found.always {
            continue;
        }
        let mut met: Vec<Met> = Vec::new();
        for (pair, property) in pairs {
            met.extend(users.of(engine, pair, property));
        }
        let mut change = change(engine, found, met);
        let is_met_elsewhere = [(&found.old, &elsewhere[0]), (&found.new, &elsewhere[1])]
            .into_iter()
            .any(|(at, used)| at.as_deref().and_then(elsewhere::entry).is_some_and(|entry| used.contains(entry)));
        if change.reach.is_empty() && change.wire == Wire::None && !change.doc_only && is_met_elsewhere {
            change.wire = Wire::Risky;
            change.message.push_str("; webhooks or callbacks use it, and are not judged");
        }
        changes.push(change);
    }
    changes.sort_by_cached_key(|change| {
        let grave = (change.wire as u8).max(if change.source == Source::Breaking { 3 } else { change.source as u8 });
        let place = change.place().map(|place| (place.position, place.pointer.clone()));
        (Reverse(grave), change.doc_only, place, change.id, change.message.clone())
    });
    changes
}

fn change(engine: &Engine<'_>, found: &Found, met: Vec<Met>) -> Change {
    let side = |direction: Direction| met.iter().filter(move |met| met.reach.direction == Some(direction));
    let direct = |direction: Direction| found.reach.iter().any(|reach| reach.direction == Some(direction));
    let as_a_whole = found.reach.iter().any(|reach| reach.direction.is_none());
    let request = as_a_whole || direct(Direction::Request) || side(Direction::Request).next().is_some();
    let response = as_a_whole || direct(Direction::Response) || side(Direction::Response).next().is_some();
    let unmet = !request && !response;
    // Where the value is text, a number is a text as well.
    let text = !met.is_empty() && met.iter().all(|met| met.whole && !matches!(met.place, Place::Body { .. }));
    let (name, effect) = found.as_text.filter(|_| text).unwrap_or((found.name, found.effect));
    let xml = name == XML && met.iter().any(|met| met.place == Place::Body { xml: true });
    let (effect, doc_only) = if xml { (Effect::both(Wire::Risky), false) } else { (effect, found.doc_only) };
    let wire = match (request, response) {
        (true, true) => effect.request.max(effect.response),
        (true, false) => effect.request,
        (false, true) => effect.response,
        (false, false) if found.always => effect.request.max(effect.response),
        (false, false) => Wire::None,
    };
    // The direction whose name the change gets: the graver, of those that are met.
    let direction = match (request, response) {
        (true, false) => Direction::Request,
        (false, true) => Direction::Response,
        _ if effect.request > effect.response => Direction::Request,
        _ => Direction::Response,
    };
    let flavour = flavour(found, side(direction), unmet);
    let by_direction =
        |request: &'static str, response| if direction == Direction::Request { request } else { response };
    // A component that nothing uses is neither sent nor got.
    let subject = match (unmet && found.reach.is_empty(), flavour) {
        (true, "property") => "schema-property".to_owned(),
        (true, _) => "schema".to_owned(),
        (false, flavour) => format!("{}-{flavour}", direction.name()),
    };
    let id = match name {
        XML if !xml => find("xml-changed"),
        Name::Fixed(id) => find(id),
        Name::Directed { request, .. } if subject.starts_with("schema") => {
            find(if request.starts_with("new-") { "schema-property-added" } else { "schema-property-removed" })
        }
        Name::Directed { request, response } => find(by_direction(request, response)),
        Name::Schema(stem) => find(&format!("{subject}-{stem}")),
        Name::SchemaBy { request, response } => find(&format!("{subject}-{}", by_direction(request, response))),
        Name::Access(stem) if flavour == "property" && !subject.starts_with("schema") => {
            let required = if found.required { "required" } else { "optional" };
            find(&format!("{}-{required}-property-{stem}", direction.name()))
        }
        Name::Access(stem) => find(&format!("{subject}-{stem}")),
    };
    let matters = |direction: Option<Direction>| match direction {
        Some(Direction::Request) => effect.request != Wire::None || effect.response == Wire::None || !response,
        Some(Direction::Response) => effect.response != Wire::None || effect.request == Wire::None || !request,
        None => true,
    };
    let mut reach: Vec<Reach> = found
        .reach
        .iter()
        .cloned()
        .chain(met.into_iter().map(|met| met.reach))
        .filter(|reach| matters(reach.direction))
        .collect();
    reach.sort_unstable();
    reach.dedup();
    Change {
        id: id.unwrap_or(CANNOT_JUDGE),
        wire: if doc_only { Wire::None } else { wire },
        source: if doc_only { Source::None } else { found.source },
        doc_only,
        old: found.old.as_deref().map(|at| spot(engine.old.document, at)),
        new: found.new.as_deref().map(|at| spot(engine.new.document, at)),
        message: message(found, direction, flavour, unmet, &reach),
        reach,
    }
}

/// What of a message the id speaks of: the most telling of all that are met.
fn flavour<'m>(found: &Found, met: impl Iterator<Item = &'m Met>, unmet: bool) -> &'static str {
    let mut best = None;
    for met in met {
        let this = match met.place {
            Place::Body { .. } if !met.whole => "property",
            Place::Body { .. } => "body",
            Place::Parameter => "parameter",
            Place::Header => "header",
        };
        let rank =
            |flavour: &str| ["property", "body", "parameter", "header"].iter().position(|known| *known == flavour);
        if best.is_none_or(|best| rank(this) < rank(best)) {
            best = Some(this);
        }
    }
    let below = |at: &Option<String>| at.as_ref().is_some_and(|at| at.contains("/properties/"));
    best.unwrap_or(if unmet && (below(&found.old) || below(&found.new)) { "property" } else { "body" })
}

fn spot(document: &Document, at: &str) -> Spot {
    Spot { pointer: at.to_owned(), position: document.position(at) }
}

fn message(found: &Found, direction: Direction, flavour: &str, unmet: bool, reach: &[Reach]) -> String {
    let subject = match &found.subject {
        Subject::Text(text) => text.clone(),
        Subject::Schema(at) => subject(at, direction, flavour, unmet, reach),
    };
    if subject.is_empty() { found.what.clone() } else { format!("{subject} {}", found.what) }
}

/// What a pointer into a schema is about, in words.
fn subject(at: &str, direction: Direction, flavour: &str, unmet: bool, reach: &[Reach]) -> String {
    let tokens: Vec<String> = pointer::tokens(at).map(std::borrow::Cow::into_owned).collect();
    let component = match tokens.as_slice() {
        [components, schemas, name, ..] if components == "components" && schemas == "schemas" => Some(name.as_str()),
        _ => None,
    };
    // The first tokens lead to the schema and are no keywords: a component may be called `properties`.
    let begin = if component.is_some() { 3 } else { 0 };
    let mut property = None;
    let mut index = begin;
    while let Some(token) = tokens.get(index) {
        if token == "properties" {
            property = tokens.get(index + 1);
            index += 1;
        }
        index += 1;
    }
    let of = component.map(|name| format!(" of {}", quote_text(name))).unwrap_or_default();
    let field = reach.iter().find(|reach| reach.direction == Some(direction)).map(|reach| reach.field.clone());
    match (property, component) {
        (Some(property), _) if unmet => format!("the property {}{of}", quote_text(property)),
        (Some(property), _) => format!("the {} property {}{of}", direction.name(), quote_text(property)),
        (None, Some(component)) => format!("the schema {}", quote_text(component)),
        (None, None) => match (flavour, field.filter(|field| !field.is_empty())) {
            ("parameter", Some(field)) => format!("the parameter {}", quote_text(&field)),
            ("header", Some(field)) => format!("the response header {}", quote_text(&field)),
            (_, Some(field)) => format!("the {} property {}", direction.name(), quote_text(&field)),
            _ => format!("the body of the {}", direction.name()),
        },
    }
}
