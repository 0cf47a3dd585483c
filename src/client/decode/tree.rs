//! A deserializer that tracks its path; its errors contain the expected type, but nothing from the input.

use std::fmt;
use std::slice::Iter;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::json::{Json, Path, Step};

/// A value and its path.
pub(super) struct Tree<'j> {
    value: &'j Json,
    path: Path,
}

/// A value that does not match the expected type.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub(super) path: Path,
    /// The expected type, if it is known.
    pub(super) expected: Option<String>,
    /// Whether the field is repeated.
    pub(super) is_repeated: bool,
    /// Whether the path is known; a new error has none.
    is_placed: bool,
}

impl<'j> Tree<'j> {
    pub(super) fn of(value: &'j Json) -> Self {
        Self { value, path: Path::new() }
    }

    /// Deserializes with `seed`. Errors that it creates itself get this path.
    fn seeded<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mismatch>
    where
        'j: 'de,
    {
        let path = self.path.clone();
        seed.deserialize(self).map_err(|error| error.at(&path))
    }

    fn map<'de, V: Visitor<'de>>(self, visitor: V, is_struct: bool) -> Result<V::Value, Mismatch>
    where
        'j: 'de,
    {
        let Json::Map(entries) = self.value else { return Err(Mismatch::expecting("an object").at(&self.path)) };
        let entries = Entries { left: entries.iter(), value: None, path: &self.path, is_struct };
        visitor.visit_map(entries).map_err(|error| error.at(&self.path))
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch>
    where
        'j: 'de,
    {
        let Json::List(items) = self.value else { return Err(Mismatch::expecting("an array").at(&self.path)) };
        let items = Items { left: items.iter(), next: 0, path: &self.path };
        visitor.visit_seq(items).map_err(|error| error.at(&self.path))
    }
}

impl<'de> Deserializer<'de> for Tree<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let visited = match self.value {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Unsigned(value) => visitor.visit_u64(*value),
            Json::Signed(value) => visitor.visit_i64(*value),
            Json::Float(value) => visitor.visit_f64(*value),
            Json::Text(value) => visitor.visit_borrowed_str(value),
            Json::List(_) => return self.list(visitor),
            Json::Map(_) => return self.map(visitor, false),
        };
        visited.map_err(|error: Mismatch| error.at(&self.path))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if matches!(self.value, Json::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.map(visitor, true)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.map(visitor, false)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.list(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let visited = match self.value {
            Json::Text(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            Json::Map(entries) => visitor.visit_enum(MapAccessDeserializer::new(Entries {
                left: entries.iter(),
                value: None,
                path: &self.path,
                is_struct: false,
            })),
            _ => Err(Mismatch::expecting("a string or an object")),
        };
        visited.map_err(|error: Mismatch| error.at(&self.path))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct identifier
    }
}

struct Entries<'j, 'p> {
    left: Iter<'j, (String, Json)>,
    value: Option<&'j (String, Json)>,
    path: &'p [Step],
    is_struct: bool,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        self.value = self.left.next();
        self.value.map(|(key, _)| seed.deserialize(BorrowedStrDeserializer::new(key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let Some((key, value)) = self.value.take() else { return Err(Mismatch::expecting("a value")) };
        let step = if self.is_struct { Step::Field(key.clone()) } else { Step::Entry(key.clone()) };
        Tree { value, path: [self.path, &[step]].concat() }.seeded(seed)
    }
}

struct Items<'j, 'p> {
    left: Iter<'j, Json>,
    next: usize,
    path: &'p [Step],
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let step = Step::Item(self.next);
        self.next += 1;
        let value = self.left.next();
        value.map(|value| Tree { value, path: [self.path, &[step]].concat() }.seeded(seed)).transpose()
    }
}

impl Mismatch {
    fn new(expected: Option<String>) -> Self {
        Self { path: Path::new(), expected, is_repeated: false, is_placed: false }
    }

    fn expecting(expected: impl Into<String>) -> Self {
        Self::new(Some(expected.into()))
    }

    /// Adds `path`, unless the error already has one.
    fn at(mut self, path: &[Step]) -> Self {
        if !self.is_placed {
            self.path.splice(..0, path.iter().cloned());
            self.is_placed = true;
        }
        self
    }
}

impl de::Error for Mismatch {
    // The text may quote a value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new(None)
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expecting(expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expecting(expected.to_string())
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expecting(expected.to_string())
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::expecting(format!("one of {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { path: vec![Step::Field(field.to_owned())], ..Self::new(None) }
    }

    fn duplicate_field(field: &'static str) -> Self {
        let path = vec![Step::Field(field.to_owned())];
        Self { path, is_repeated: true, ..Self::expecting("one value") }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected.as_deref().unwrap_or("another value"))
    }
}

impl std::error::Error for Mismatch {}
