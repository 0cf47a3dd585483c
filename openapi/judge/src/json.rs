//! Reads JSON in which an object may have a name twice. Readers disagree on which of the two counts.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};
use zerogate_contract::media;

/// Whether bodies of a media type are judged as JSON: also those of `text/json`, which is not registered.
pub(crate) fn is_json(media_type: &str) -> bool {
    media::is_json(media_type) || media::essence(media_type) == "text/json"
}

/// Parses JSON, and returns the first name that an object has twice. The last of the two values counts.
pub(crate) fn parse(text: &[u8]) -> serde_json::Result<(Value, Option<String>)> {
    let mut repeated = None;
    let mut deserializer = serde_json::Deserializer::from_slice(unmarked(text));
    let value = Noticing(&mut repeated).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, repeated))
}

/// Whether a text is valid JSON, even where no [`Value`] can hold it: deep nesting, a lone surrogate, a number out of
/// range.
pub(crate) fn is_valid(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok() && serde_json::from_slice::<IgnoredAny>(unmarked(text)).is_ok()
}

/// Strips the byte order mark, which a reader may ignore (RFC 8259, section 8.1).
fn unmarked(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// The first name that an object of a JSON text has twice; `None` if the text is not JSON.
///
/// ```
/// use zerogate_judge::repeated_name;
///
/// assert_eq!(repeated_name(br#"{"a": [{"b": 1, "\u0062": 1}]}"#).as_deref(), Some("b"));
/// assert_eq!(repeated_name(br#"[{"a": 1}, {"a": 1}]"#), None);
/// ```
#[must_use]
pub fn repeated_name(text: &[u8]) -> Option<String> {
    parse(text).ok()?.1
}

/// Reads any value, and notes the first name that an object has twice.
struct Noticing<'f>(&'f mut Option<String>);

impl<'de> DeserializeSeed<'de> for Noticing<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noticing<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Noticing(&mut *self.0))?;
            match fields.entry(name) {
                Entry::Vacant(entry) => drop(entry.insert(value)),
                Entry::Occupied(mut entry) => {
                    self.0.get_or_insert_with(|| entry.key().clone());
                    entry.insert(value);
                }
            }
        }
        Ok(Value::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(Noticing(&mut *self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}
