//! Request and response bodies, by media type.

use std::sync::Arc;

use serde_json::Value;
use zerogate_contract::media::{essence, is_sequential};
use zerogate_contract::{Direction, Document, pointer};

use crate::json;
use crate::parameter::Types;
use crate::schema::Check;
use crate::url::{form_decoded, pairs};

/// The documented bodies of a message.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The pointer of their `content`.
    pub(crate) pointer: String,
    media: Vec<Media>,
}

/// A documented media type.
#[derive(Debug)]
pub(crate) struct Media {
    essence: String,
    /// None if any body fits.
    pub(crate) check: Option<Arc<Check>>,
    form: Option<Box<Types>>,
}

/// A body as it was read, or the reason why it was not.
pub(crate) enum Read {
    /// The value, and the first name that one of its objects has twice.
    Value(Value, Option<String>),
    /// The body does not match its media type; holds what was expected.
    Malformed(&'static str),
    Unjudged(&'static str),
}

impl Content {
    /// The content of the request body or response at a pointer.
    pub(crate) fn of(
        document: &Document,
        at: &str,
        direction: Direction,
        check: &mut dyn FnMut(String, Direction) -> Arc<Check>,
    ) -> Self {
        let pointer = pointer::join(at, "content");
        let entries = document.value().pointer(&pointer).and_then(Value::as_object);
        let media = entries.into_iter().flatten().map(|(name, media)| {
            let essence = essence(name);
            let at = pointer::join(&pointer::join(&pointer, name), "schema");
            let schema = media.get("schema");
            let is_form = essence == FORM;
            Media {
                form: schema.filter(|_| is_form).map(|schema| Box::new(Types::of(document, schema))),
                check: schema.map(|_| check(at, direction)),
                essence,
            }
        });
        Self { media: media.collect(), pointer }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.media.is_empty()
    }

    /// The entry for a media type: the exact one, or else a range that covers it.
    pub(crate) fn entry(&self, content_type: &str) -> Option<&Media> {
        let wanted = essence(content_type);
        let range = format!("{}/*", wanted.split('/').next().unwrap_or_default());
        [wanted.as_str(), &range, "*/*"].iter().find_map(|name| self.media.iter().find(|media| media.essence == **name))
    }

    /// The only entry.
    pub(crate) fn only(&self) -> Option<&Media> {
        if let [only] = self.media.as_slice() { Some(only) } else { None }
    }

    /// The media types, for messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.media.iter().map(|media| media.essence.as_str()).collect();
        names.join(" or ")
    }
}

impl Media {
    /// The documented media type.
    pub(crate) fn essence(&self) -> &str {
        &self.essence
    }

    /// Reads a body of a media type. `is_whole`: the body is known to be complete.
    pub(crate) fn read(&self, content_type: &str, body: &[u8], is_whole: bool) -> Read {
        let essence = essence(content_type);
        if json::is_json(&essence) {
            if has_other_charset(content_type) {
                return Read::Unjudged("its charset is not UTF-8");
            }
            return match json::parse(body) {
                Ok((value, repeated)) => Read::Value(value, repeated),
                Err(error) if error.is_eof() && !is_whole => Read::Unjudged(CUT),
                Err(_) if json::is_valid(body) => Read::Unjudged(BEYOND),
                Err(_) => Read::Malformed("JSON"),
            };
        }
        if is_sequential(&essence) {
            return Read::Unjudged("a sequence of items is not judged");
        }
        let Ok(text) = std::str::from_utf8(body) else { return Read::Unjudged("only JSON, forms and text are judged") };
        match &self.form {
            Some(types) if essence == FORM => {
                let fields = pairs(text).map(|(name, value)| (name.into_owned(), form_decoded(value).into_owned()));
                Read::Value(types.object(fields), None)
            }
            _ if essence.starts_with("text/") => Read::Value(Value::from(text), None),
            _ => Read::Unjudged("only JSON, forms and text are judged"),
        }
    }
}

/// Why a truncated body is not judged.
const CUT: &str = "the body is cut off, perhaps by the recorder";

/// Why some valid JSON is not judged.
const BEYOND: &str = "the JSON is nested too deeply, or has a lone surrogate or a number out of range";

const FORM: &str = "application/x-www-form-urlencoded";

fn has_other_charset(content_type: &str) -> bool {
    let mut parameters = content_type.split(';').skip(1);
    let charset = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    charset.is_some_and(|charset| !["utf-8", "utf8", "us-ascii", "ascii"].contains(&charset.as_str()))
}
