//! The origins of generated types: a type is named after a component or an operation, and the path from there.

use std::collections::HashMap;

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
}

impl Homes {
    pub(crate) fn of(document: &Document) -> Self {
        let (mut by_type, mut by_method) = (HashMap::new(), HashMap::new());
        for (at, path, method, operation) in reach::operations(document.value()) {
            let id = reach::name(path, method, operation);
            by_method.insert(snake(&id), pascal(&id));
            by_type.insert(pascal(&id), Home { at, operation: Some(id) });
        }
        let schemas = document.value().pointer(pointer::SCHEMAS).and_then(|schemas| schemas.as_object());
        for name in schemas.into_iter().flatten().map(|(name, _)| name) {
            by_type.insert(pascal(name), Home { at: pointer::of_schema(name), operation: None });
        }
        Homes { by_type, by_method }
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
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let ends = name.char_indices().skip(1).filter(|(_, next)| next.is_uppercase() || next.is_numeric());
    let mut ends: Vec<usize> = ends.map(|(end, _)| end).collect();
    ends.push(name.len());
    ends.into_iter().rev().filter_map(|end| name.get(..end))
}
