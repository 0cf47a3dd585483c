//! Reads JSON with errors in JSON's own terms: where, what must be there, and what is.

use std::fmt;
use std::vec;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::error::Category;
use serde_json::{Map, Value, map};

/// What is wrong in a value.
#[derive(Debug)]
pub(crate) struct Flaw {
    /// The names and indexes that lead to it.
    pub(crate) path: Vec<String>,
    pub(crate) reason: String,
}

impl Flaw {
    pub(crate) fn below(mut self, name: &str) -> Self {
        self.path.insert(0, name.to_owned());
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Flaw {}

impl Error for Flaw {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self { path: Vec::new(), reason: reason.to_string() }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(not_one_of(variant, expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("is not a field; the fields are {}", list(expected))).below(field)
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The reason to refuse a name that is not among these.
pub(crate) fn not_one_of(name: &str, known: &[&str]) -> String {
    format!("must be one of {}, but is {name:?}", list(known))
}

/// Parses a text. The error begins with a verb.
pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map(|Unique(value)| value).map_err(|error| unread(text, &error))
}

/// Why a text cannot be read as JSON. Begins with a verb.
pub(crate) fn unread(text: &[u8], error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        _ if text.trim_ascii().is_empty() => "is empty".to_owned(),
        Category::Data => error.to_string(),
        Category::Eof => format!("is incomplete JSON: it ends at {place}"),
        // JSON that serde_json does not read.
        _ if serde_json::from_slice::<IgnoredAny>(text).is_ok() => format!(
            "is nested more than 127 levels deep, or has a number that is too large or half a character, at {place}"
        ),
        Category::Syntax | Category::Io => format!("is not JSON: {error}"),
    }
}

/// A value in which no object repeats a name.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("repeats the name {name:?}")));
            }
            let Unique(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Flaw> {
    T::deserialize(Reader(value))
}

struct Reader(Value);

impl Reader {
    fn must(self, be: &str, is: impl Fn(&Value) -> bool) -> Result<Self, Flaw> {
        if is(&self.0) {
            return Ok(self);
        }
        let found = match &self.0 {
            Value::String(_) => "a string".to_owned(),
            Value::Array(_) => "an array".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.0.to_string(),
        };
        Err(Flaw::custom(format_args!("must be {be}, but is {found}")))
    }
}

fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

/// A method that takes whole numbers of a type.
macro_rules! whole {
    ($($method:ident $number:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
            let is = |value: &Value| whole(value).is_some_and(|whole| <$number>::try_from(whole).is_ok());
            let be = format!("a whole number from {} to {}", <$number>::MIN, <$number>::MAX);
            self.must(&be, is)?.deserialize_any(visitor)
        }
    )*};
}

/// A method that takes one kind of value.
macro_rules! kind {
    ($($method:ident($($argument:ty),*): $text:literal, $is:path,)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* visitor: V) -> Result<V::Value, Flaw> {
            self.must($text, $is)?.deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Flaw;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => number.deserialize_any(visitor).map_err(Flaw::custom),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items { rest: items.into_iter(), index: 0 }),
            Value::Object(members) => visitor.visit_map(Members { rest: members.into_iter(), value: None }),
        }
    }

    whole! {
        deserialize_u16 u16,
        deserialize_u32 u32,
        deserialize_u64 u64,
        deserialize_i64 i64,
    }

    kind! {
        deserialize_bool(): "true or false", Value::is_boolean,
        deserialize_str(): "a string", Value::is_string,
        deserialize_string(): "a string", Value::is_string,
        deserialize_seq(): "an array", Value::is_array,
        deserialize_map(): "an object", Value::is_object,
        deserialize_struct(&'static str, &'static [&'static str]): "an object", Value::is_object,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        let Self(value) = self.must(&format!("one of {}", list(variants)), Value::is_string)?;
        visitor.visit_enum(value.as_str().unwrap_or_default().into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct
        identifier ignored_any
    }
}

struct Items {
    rest: vec::IntoIter<Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Flaw;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Flaw> {
        let Some(item) = self.rest.next() else { return Ok(None) };
        let index = self.index.to_string();
        self.index += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|flaw| flaw.below(&index))
    }
}

struct Members {
    rest: map::IntoIter,
    /// The member whose name was read.
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = Flaw;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Flaw> {
        self.value = self.rest.next();
        self.value.as_ref().map(|(name, _)| seed.deserialize(name.as_str().into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Flaw> {
        let (name, value) = self.value.take().unwrap_or_default();
        seed.deserialize(Reader(value)).map_err(|flaw| flaw.below(&name))
    }
}
