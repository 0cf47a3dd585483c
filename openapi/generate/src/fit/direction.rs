//! Fields that are required in only one direction: `readOnly` fields are not required in requests, `writeOnly` fields
//! not in responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use zerogate_contract::reach::Directions;
use zerogate_contract::vocabulary::{COMPOSITIONS, Node};
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, Note, NoteKind};

use super::value::{is_true, members};

/// The maximum depth of a composition that is searched for a property.
const MAX_DEPTH: usize = 4;

/// A keyword that limits a property to one direction.
struct Flag {
    keyword: &'static str,
    /// Whether it is omitted from requests; else from responses.
    of_requests: bool,
}

const FLAGS: [Flag; 2] =
    [Flag { keyword: "readOnly", of_requests: true }, Flag { keyword: "writeOnly", of_requests: false }];

/// Removes from `required` what is never sent: a type has one form for both directions.
pub(super) fn loosen(document: &mut Document, notes: &mut Vec<Note>) {
    let mut flagged: BTreeMap<String, BTreeMap<String, &Flag>> = BTreeMap::new();
    walk(document.value(), &mut |node, at, value| {
        let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
        let mut look = |step: &str, holder: &Map<String, Value>| {
            let own = holder.get("properties").filter(|_| !step.is_empty());
            let required = holder.get("required").and_then(Value::as_array).into_iter().flatten();
            let others =
                required.filter_map(Value::as_str).filter(|name| own.is_none_or(|own| own.get(name).is_none()));
            for (name, flag) in others.filter_map(|name| Some((name, flag(document, schema, name, 0)?))) {
                flagged.entry(format!("{at}{step}/required")).or_default().insert(name.to_owned(), flag);
            }
        };
        look("", schema);
        // An inline part may list properties of another part as required.
        for key in COMPOSITIONS {
            for (index, member) in schema.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
                if let Some(member) = member.as_object().filter(|member| member.contains_key("required")) {
                    look(&format!("/{key}/{index}"), member);
                }
            }
        }
    });
    if flagged.is_empty() {
        return;
    }
    let directions = Directions::of(document);
    let mut loosened: Vec<(String, BTreeSet<String>)> = Vec::new();
    for (at, names) in flagged {
        let [is_sent, is_received] = [directions.is_sent(&at), directions.is_received(&at)];
        let mut gone = BTreeSet::new();
        for (name, Flag { keyword, of_requests }) in names {
            let (way, back, matters) = match of_requests {
                true => ("a request", "responses", is_sent),
                false => ("a response", "requests", is_received),
            };
            if !matters {
                continue;
            }
            let (kind, too) = match is_sent && is_received {
                true => (NoteKind::Widened, format!(", and its type is also used for {back}")),
                false => (NoteKind::Exact, String::new()),
            };
            let message = format!("`{name}` is `{keyword}`: it is not required in {way}{too}");
            notes.push(Note::new(kind, document.origin(&at), message));
            gone.insert(name);
        }
        loosened.push((at, gone));
    }
    document.rewrite(|root| {
        for (at, gone) in loosened {
            let Some((schema, _)) = at.rsplit_once('/') else { continue };
            let Some(schema) = root.pointer_mut(schema).and_then(Value::as_object_mut) else { continue };
            let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) else { continue };
            required.retain(|name| name.as_str().is_none_or(|name| !gone.contains(name)));
            if required.is_empty() {
                schema.remove("required");
            }
        }
        Vec::new()
    });
}

/// The flag of a property, wherever the composition describes it.
fn flag(document: &Document, schema: &Map<String, Value>, name: &str, depth: usize) -> Option<&'static Flag> {
    if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
        return FLAGS.iter().find(|flag| is_flagged(document, property, flag.keyword, 0));
    }
    let members = members(schema).into_iter().filter(|_| depth < MAX_DEPTH);
    members.filter_map(|member| document.resolve(member)?.as_object()).find_map(|m| flag(document, m, name, depth + 1))
}

fn is_flagged(document: &Document, property: &Value, keyword: &str, depth: usize) -> bool {
    let Some(property) = document.resolve(property).and_then(Value::as_object) else { return false };
    let mut parts = property.get("allOf").and_then(Value::as_array).into_iter().flatten();
    is_true(property, keyword) || depth < MAX_DEPTH && parts.any(|part| is_flagged(document, part, keyword, depth + 1))
}
