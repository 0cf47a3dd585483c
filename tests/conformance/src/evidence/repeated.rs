//! Names that stand twice in one object: which of the two counts is up to the reader.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The first name that an object of a JSON text has twice; none of a text that is not JSON.
pub(crate) fn name(text: &[u8]) -> Option<String> {
    let mut found = None;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    Names(&mut found).deserialize(&mut deserializer).and_then(|()| deserializer.end()).ok()?;
    found
}

/// Reads any value, and keeps the first name that is there twice.
struct Names<'f>(&'f mut Option<String>);

impl<'de> DeserializeSeed<'de> for Names<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(Names(&mut *self.0))?;
            if names.contains(&name) {
                self.0.get_or_insert(name);
            } else {
                names.insert(name);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Names(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_repeated_only_within_one_object() {
        for (text, repeated) in [
            (r#"{"a": 1, "b": {"a": 2}, "c": [{"a": null}, {"a": 1.5}]}"#, None),
            (r#"{"a": 1, "b": true, "a": 1}"#, Some("a")),
            (r#"{"a": [{"b": "x", "b": "x"}]}"#, Some("b")),
            (r#"{"a": 1, "\u0061": 1}"#, Some("a")),
            ("{\"a\": 1, \"a\"", None),
            ("<html>", None),
        ] {
            assert_eq!(name(text.as_bytes()).as_deref(), repeated, "{text}");
        }
    }
}
