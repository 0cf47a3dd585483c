//! Values of a recording, whose types differ from recorder to recorder.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that recorders write in different ways.
#[derive(Default)]
pub(crate) enum Loose<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    /// An array with at least one string.
    Texts(Vec<Cow<'a, str>>),
    /// True.
    Flag,
    /// Null, or an unusable value.
    #[default]
    Other,
}

impl<'a> Loose<'a> {
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Texts(_) | Self::Flag | Self::Other => None,
        }
    }

    /// Whether it has a usable value.
    pub(crate) fn is_said(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(_) | Self::Texts(_) | Self::Flag => true,
            Self::Other => false,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Loose<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Loose<'de>, E> {
                Ok(Loose::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Loose<'de>, E> {
                Ok(Loose::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Loose<'de>, E> {
                Ok(Loose::Number(number))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Loose<'de>, E> {
                Ok(if flag { Loose::Flag } else { Loose::Other })
            }

            fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
                Ok(Loose::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose<'de>, A::Error> {
                let (mut texts, mut are_texts) = (Vec::new(), true);
                while let Some(item) = items.next_element::<Loose<'de>>()? {
                    match item {
                        Loose::Text(text) if are_texts => texts.push(text),
                        _ => are_texts = false,
                    }
                }
                Ok(if are_texts && !texts.is_empty() { Loose::Texts(texts) } else { Loose::Other })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Loose<'de>, A::Error> {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose::Other)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
