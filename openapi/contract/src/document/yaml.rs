//! Reads YAML, event by event.

use super::build::{Builder, MERGE, Parsed};
use super::scalar::{self, Untypable};
use crate::problem::{ContractError, Position, Problem};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

/// Parses a YAML text.
pub(super) fn parse(name: &str, text: &str) -> Result<Parsed, ContractError> {
    let mut builder = Builder::new(name);
    // This uses the event stream instead of saphyr's loader, which recurses and expands aliases without a limit.
    let mut documents = 0_usize;
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => on_event(&mut builder, &mut documents, event, position(span.start)),
            Err(error) => Err(syntax(&builder, &error)),
        };
        if let Err(problem) = step {
            return Err(builder.stop(*problem));
        }
    }
    builder.finish()
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn on_event(
    builder: &mut Builder<'_>,
    documents: &mut usize,
    event: Event<'_>,
    at: Position,
) -> Result<(), Box<Problem>> {
    match event {
        Event::DocumentStart(_) => {
            *documents += 1;
            if *documents > 1 {
                return Err(builder.problem(
                    at,
                    "the file contains a second document",
                    "keep only one document, and remove the `---` before the second",
                ));
            }
        }
        Event::Alias(anchor) => builder.alias(anchor, at)?,
        Event::Scalar(text, style, anchor, tag) => {
            let plain = style == ScalarStyle::Plain;
            let tag = tag.as_deref().map(full_name);
            if builder.wants_key() {
                if is_merge_key(&text, plain, tag.as_deref()) {
                    return builder.merge_key(at);
                }
                let name = key(builder, &text, plain, tag.as_deref(), at)?;
                builder.key(name, at, anchor)?;
            } else {
                let value = scalar::typed(&text, plain, tag.as_deref())
                    .map_err(|reason| untypable(builder, reason, &text, tag.as_deref(), at))?;
                builder.written(&text, value, at, anchor)?;
            }
        }
        Event::SequenceStart(anchor, tag) => {
            collection_tag(builder, tag.as_deref(), "seq", at)?;
            builder.begin_sequence(at, anchor)?;
        }
        Event::MappingStart(anchor, tag) => {
            collection_tag(builder, tag.as_deref(), "map", at)?;
            builder.begin_mapping(at, anchor)?;
        }
        Event::SequenceEnd | Event::MappingEnd => builder.end()?,
        Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
    }
    Ok(())
}

/// The whole tag. The parser splits it in two parts, depending on its spelling.
fn full_name(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

/// Whether a key is [`MERGE`], and not a quoted text that looks like it.
fn is_merge_key(text: &str, plain: bool, tag: Option<&str>) -> bool {
    text == MERGE && tag.map_or(plain, |tag| tag == "tag:yaml.org,2002:merge")
}

fn key(
    builder: &Builder<'_>,
    text: &str,
    plain: bool,
    tag: Option<&str>,
    at: Position,
) -> Result<String, Box<Problem>> {
    if !plain || matches!(tag, Some("!" | "tag:yaml.org,2002:str")) {
        return Ok(text.to_owned());
    }
    if tag.is_none()
        && let Some(name) = scalar::key(text)
    {
        return Ok(name);
    }
    Err(builder.problem(
        at,
        format!("the key `{}` is not a string", shorten(text)),
        format!("quote it to make it a string: \"{}\"", shorten(text)),
    ))
}

fn collection_tag(builder: &Builder<'_>, tag: Option<&Tag>, kind: &str, at: Position) -> Result<(), Box<Problem>> {
    match tag.map(full_name) {
        None => Ok(()),
        Some(tag) if tag == "!" || tag.strip_prefix("tag:yaml.org,2002:") == Some(kind) => Ok(()),
        Some(tag) => Err(untypable(builder, Untypable::UnknownTag, "", Some(&tag), at)),
    }
}

fn untypable(builder: &Builder<'_>, reason: Untypable, text: &str, tag: Option<&str>, at: Position) -> Box<Problem> {
    let text = shorten(text);
    let tag = shorten(tag.unwrap_or_default());
    match reason {
        Untypable::NotFinite => {
            builder.problem(at, format!("`{text}` is a number that JSON cannot represent"), "write another number")
        }
        Untypable::WrongTag => {
            builder.problem(at, format!("`{text}` does not match its tag `{tag}`"), "remove the tag")
        }
        Untypable::UnknownTag => builder.problem(
            at,
            format!("the tag `{tag}` does not fit this node, or has no meaning in JSON"),
            "remove the tag",
        ),
    }
}

/// The beginning of a long text.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

fn syntax(builder: &Builder<'_>, error: &ScanError) -> Box<Problem> {
    let info = error.info();
    if info.contains("recursion limit") {
        // The scanner reads ahead, and reaches its own limit for flow style first.
        return builder.too_deep(position(*error.marker()));
    }
    let help = if info.contains("unprintable") {
        "remove the character, or escape it in quotes"
    } else if info.contains("escape") {
        "check the escape"
    } else if info.contains("tab") {
        "indent with spaces"
    } else if info.contains("quoted") {
        "close the quotes, and check the escapes between them"
    } else if info.contains("anchor") {
        "define the anchor before its aliases"
    } else {
        "check the indentation, the quotes and the colons here and on the line above"
    };
    builder.problem(position(*error.marker()), format!("not well-formed YAML: {info}"), help)
}
