//! The origins of generated types: a type is named after a component or an operation, and the path from there.

use std::collections::HashMap;

use serde_json::Value;
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::{Document, pointer, reach};
use zerogate_generate::Line;

/// The origin of types.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Home {
    /// The pointer of the component schema or operation.
    pub(crate) at: String,
    /// The operation, if it is one.
    pub(crate) operation: Option<String>,
}

/// The component schemas and operations of a document, by their Rust names.
pub(crate) struct Homes {
    by_type: HashMap<String, Home>,
    /// The type that an operation's method creates, by the name of the method.
    by_method: HashMap<String, String>,
    /// The names of the operations as types, by their pointers.
    by_place: HashMap<String, String>,
}

impl Homes {
    pub(crate) fn of(document: &Document) -> Self {
        let (mut by_type, mut by_method, mut by_place) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, path, method, operation) in reach::operations(document.value()) {
            let id = reach::name(path, method, operation);
            by_method.insert(snake(&id), pascal(&id));
            by_place.insert(at.clone(), pascal(&id));
            by_type.insert(pascal(&id), Home { at, operation: Some(id) });
        }
        let schemas = document.value().pointer(pointer::SCHEMAS).and_then(|schemas| schemas.as_object());
        for name in schemas.into_iter().flatten().map(|(name, _)| name) {
            by_type.insert(pascal(name), Home { at: pointer::of_schema(name), operation: None });
        }
        Homes { by_type, by_method, by_place }
    }

    /// The operation that a pointer leads into, as a type, and the number of tokens that lead to it.
    pub(crate) fn operation_at(&self, at: &str) -> Option<(&str, usize)> {
        let ends = at.match_indices('/').map(|(end, _)| end).chain([at.len()]).enumerate();
        // `/paths/…/get`, or `/paths/…/additionalOperations/COPY`.
        let mut ends = ends.skip(3).take(2);
        ends.find_map(|(tokens, end)| Some((self.by_place.get(at.get(..end)?)?.as_str(), tokens)))
    }

    /// The origins of types that are named by a title.
    pub(crate) fn by_title(&self, document: &Document) -> HashMap<String, Home> {
        let mut found = HashMap::new();
        let mut homes: Vec<&Home> = self.by_type.values().collect();
        homes.sort_unstable_by_key(|home| &home.at);
        for home in homes {
            let mut open: Vec<&Value> = document.value().pointer(&home.at).into_iter().collect();
            while let Some(value) = open.pop() {
                if let Some(title) = value.get("title").and_then(Value::as_str) {
                    found.entry(pascal(title)).or_insert_with(|| home.clone());
                }
                match value {
                    Value::Object(object) => open.extend(object.values()),
                    Value::Array(items) => open.extend(items),
                    _ => {}
                }
            }
        }
        found
    }

    /// The type of a line; for a method of the client, the type that it creates.
    pub(crate) fn type_of<'l>(&'l self, line: &'l Line) -> &'l str {
        match self.by_method.get(line.member.trim_end_matches('_')).filter(|_| &*line.item == "api::Client") {
            Some(made) => made,
            None => last(&line.item),
        }
    }

    /// The origin of a type, and the part of the name that it explains.
    ///
    /// The type for unknown values of an open enum is named after the enum.
    pub(crate) fn home<'n>(&self, name: &'n str) -> Option<(&Home, &'n str)> {
        let of = |name: &'n str| prefixes(name).find_map(|prefix| Some((self.by_type.get(prefix)?, prefix)));
        of(name).or_else(|| of(name.strip_prefix("Unknown")?))
    }

    /// The name of a type and its prefixes, down to its origin.
    pub(crate) fn way<'n>(&self, name: &'n str) -> impl Iterator<Item = &'n str> {
        let home = self.home(name).map_or(name, |(_, home)| home);
        let name = if name.starts_with(home) { name } else { name.strip_prefix("Unknown").unwrap_or(name) };
        prefixes(name).take_while(move |prefix| prefix.len() >= home.len())
    }
}

/// The last segment of a path.
pub(crate) fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// A name in camel case and its prefixes by words, longest first.
pub(crate) fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let ends = name.char_indices().skip(1).filter(|(_, next)| next.is_uppercase() || next.is_numeric());
    let mut ends: Vec<usize> = ends.map(|(end, _)| end).collect();
    ends.push(name.len());
    ends.into_iter().rev().filter_map(|end| name.get(..end))
}
