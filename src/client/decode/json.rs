//! JSON with all its keys, including repeated ones.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

#[derive(Clone)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// A step of a path into a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// To a field that the contract names.
    Field(String),
    /// To a key that the contract does not name.
    Entry(String),
    Item(usize),
}

pub(super) type Path = Vec<Step>;

impl Json {
    /// Stand-ins of every kind. The first is one that almost no type accepts; the text is one that ids accept.
    pub(super) fn stand_ins() -> [Self; 6] {
        [
            Self::List(Vec::new()),
            Self::Map(Vec::new()),
            Self::Null,
            Self::Text("0".to_owned()),
            Self::Bool(false),
            Self::Unsigned(0),
        ]
    }

    /// Returns the kind of the value at `path`.
    pub(super) fn kind_at(&self, path: &[Step]) -> &'static str {
        let Some((step, rest)) = path.split_first() else {
            return match self {
                Self::Null => "null",
                Self::Bool(_) => "a boolean",
                Self::Unsigned(_) | Self::Signed(_) | Self::Float(_) => "a number",
                Self::Text(_) => "a string",
                Self::List(_) => "an array",
                Self::Map(_) => "an object",
            };
        };
        let inside = match (self, step) {
            (Self::Map(entries), Step::Field(key) | Step::Entry(key)) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            (Self::List(items), Step::Item(number)) => items.get(*number),
            _ => None,
        };
        inside.map_or("missing", |inside| inside.kind_at(rest))
    }

    /// Replaces all values at `path` with this one.
    pub(super) fn put(&mut self, path: &[Step], value: Self) {
        match (self, path) {
            (place, []) => *place = value,
            (Self::Map(entries), [Step::Field(key) | Step::Entry(key), rest @ ..]) => {
                let at = entries.iter().position(|(name, _)| name == key);
                let at = at.unwrap_or_else(|| {
                    entries.push((key.clone(), Self::Null));
                    entries.len() - 1
                });
                entries[at].1.put(rest, value);
                let mut number = 0;
                entries.retain(|(name, _)| {
                    number += 1;
                    name != key || number == at + 1
                });
            }
            (Self::List(items), [Step::Item(number), rest @ ..]) => {
                if let Some(item) = items.get_mut(*number) {
                    item.put(rest, value);
                }
            }
            _ => {}
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Unsigned(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Signed(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Float(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                let mut map = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    map.push(entry);
                }
                Ok(Json::Map(map))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
