//! Reads YAML, event by event.

use super::build::{Builder, MERGE, Parsed};
use super::scalar::{self, Untypable};
use crate::problem::{ContractError, Position, Problem};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

/// The tree of a YAML text, or what keeps it from being one.
pub(super) fn parse(name: &str, text: &str) -> Result<Parsed, ContractError> {
    let mut builder = Builder::new(name);
    // The event stream, not saphyr's loader: that one recurses, and expands aliases without a bound.
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
                    "a second document begins in the same file",
                    "keep one document, without `---` after its beginning",
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
                builder.scalar(value, at, anchor)?;
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

/// The whole tag; the parser hands it over in two pieces that depend on how it was written.
fn full_name(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

/// Whether a key is [`MERGE`], and not a text that looks like it.
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
        format!("the key `{}` is not text", shorten(text)),
        format!("quote it if text is meant: \"{}\"", shorten(text)),
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
            builder.problem(at, format!("`{text}` is a number that JSON cannot hold"), "quote it if text is meant")
        }
        Untypable::WrongTag => {
            builder.problem(at, format!("`{text}` is not what its tag `{tag}` says"), "remove the tag")
        }
        Untypable::UnknownTag => builder.problem(
            at,
            format!("the tag `{tag}` does not fit this node, or has no meaning in JSON"),
            "remove the tag",
        ),
    }
}

/// The beginning of a text that may be long.
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
        // The scanner reads ahead, and so meets its own bound on flow style before we do.
        return builder.too_deep(position(*error.marker()));
    }
    let help = if info.contains("tab") {
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
