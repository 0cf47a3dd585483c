//! Reads HAR 1.2 entry by entry: memory use depends on the largest entry, not on the file.

use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use super::entry::{Entry, Told};
use super::recorder::Recorder;
use super::stream::{Kept, Stopped, Stream};

/// The maximum size of an entry: the largest body, escaped or in base64, and its surroundings.
const MAX_ENTRY: usize = 32 * 1024 * 1024;

/// The maximum size of a value outside the entries.
const MAX_ASIDE: usize = 64 * 1024;

/// The maximum length of the recorders' names.
const MAX_NAMES: usize = 200;

/// The supported version.
const VERSION: &str = "1.2";

/// The exchange of an entry, or why it has none.
pub(crate) type Found<'a> = Result<Told<'a>, &'static str>;

/// A callback for each entry and the number of bytes read before it.
type Visit<'v> = &'v mut dyn FnMut(Found<'_>, u64);

/// Facts about a recording as a whole.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// The recorders and their versions.
    pub(crate) recorder: String,
    pub(crate) has_entries: bool,
}

/// Why a recording was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("not a HAR file: {0}")]
    NoHar(&'static str),
    #[error("HAR {0}; only 1.2 is supported")]
    Version(String),
    #[error("truncated after {0} bytes; everything before was judged")]
    Cut(u64),
    #[error("byte {0} (counted from 0) is not JSON; everything before was judged")]
    Invalid(u64),
    #[error("the text from byte {0} (counted from 0) is not HAR; everything before was judged")]
    Rest(u64),
    #[error("cannot be read: {0}")]
    Failed(io::Error),
}

/// The beginnings of files that hold a recording in another form, and what to do with them.
const WRAPPED: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a ZIP archive; unpack it with `unzip FILE -d FOLDER`, and check the .har file in FOLDER"),
    (b"\x1f\x8b", "compressed; unpack it with `gzip -dc FILE | zerogate check -`"),
    (b"\xff\xfe", UTF_16),
    (b"\xfe\xff", UTF_16),
];

const UTF_16: &str = "in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8 FILE | zerogate check -`";

/// Reads a recording, or several concatenated ones, and passes on each entry and the number of bytes read. `folder`: that
/// of the recording.
pub(crate) fn read(reader: impl Read, folder: Option<&Path>, head: &mut Head, visit: Visit<'_>) -> Result<(), Trouble> {
    let mut stream = Stream::new(reader);
    if let Ok(false) = stream.begins() {
        return Err(Trouble::NoHar("empty"));
    }
    if let Some((_, what)) = WRAPPED.iter().find(|(beginning, _)| stream.available().starts_with(beginning)) {
        return Err(Trouble::NoHar(what));
    }
    one(&mut stream, folder, head, visit)?;
    loop {
        match stream.peek() {
            Err(Stopped::Cut) => return Ok(()),
            Err(Stopped::Failed(error)) => return Err(Trouble::Failed(error)),
            Ok(_) | Err(Stopped::Invalid(_)) => {}
        }
        let start = stream.position();
        head.has_entries = false;
        one(&mut stream, folder, head, visit).map_err(|trouble| match trouble {
            Trouble::NoHar(_) => Trouble::Rest(start),
            other => other,
        })?;
    }
}

fn one(
    stream: &mut Stream<impl Read>,
    folder: Option<&Path>,
    head: &mut Head,
    visit: Visit<'_>,
) -> Result<(), Trouble> {
    match log(stream, folder, head, visit) {
        Ok(()) if head.has_entries => Ok(()),
        Ok(()) => Err(Trouble::NoHar("no `log.entries`")),
        Err(Left::Trouble(trouble)) => Err(trouble),
        Err(Left::Stopped(Stopped::Failed(error))) => Err(Trouble::Failed(error)),
        Err(Left::Stopped(Stopped::Cut)) => Err(Trouble::Cut(stream.position())),
        Err(Left::Stopped(Stopped::Invalid(_))) if !head.has_entries => {
            Err(Trouble::NoHar("not a JSON object with a `log`"))
        }
        Err(Left::Stopped(Stopped::Invalid(at))) => Err(Trouble::Invalid(at)),
    }
}

enum Left {
    Stopped(Stopped),
    Trouble(Trouble),
}

impl From<Stopped> for Left {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

fn log(stream: &mut Stream<impl Read>, folder: Option<&Path>, head: &mut Head, visit: Visit<'_>) -> Result<(), Left> {
    fields(stream, &mut |stream, name| {
        if name != "log" {
            return Ok(stream.skip()?);
        }
        let mut recorder = Recorder::UNNAMED;
        fields(stream, &mut |stream, name| {
            match name {
                "version" => {
                    let version: Option<String> = aside(stream)?;
                    // Some recorders leave it empty.
                    if let Some(other) = version.filter(|version| version != VERSION && !version.is_empty()) {
                        return Err(Left::Trouble(Trouble::Version(other)));
                    }
                }
                "creator" => {
                    let creator: Option<Creator> = aside(stream)?;
                    let Creator { name, version } = creator.unwrap_or_default();
                    recorder = Recorder::named(&name);
                    let name = format!("{name} {version}").trim().to_owned();
                    if head.recorder.is_empty() {
                        head.recorder = name;
                    } else if !head.recorder.split(", ").any(|known| known == name) && head.recorder.len() < MAX_NAMES {
                        head.recorder += &format!(", {name}");
                    }
                }
                "entries" => {
                    stream.expect(b'[')?;
                    head.has_entries = true;
                    let mut is_first = true;
                    while stream.next(is_first, b']')? {
                        is_first = false;
                        entry(stream, folder, recorder, visit)?;
                    }
                }
                _ => stream.skip()?,
            }
            Ok(())
        })
    })
}

#[derive(Default, Deserialize)]
struct Creator {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

fn entry(
    stream: &mut Stream<impl Read>,
    folder: Option<&Path>,
    recorder: Recorder,
    visit: Visit<'_>,
) -> Result<(), Left> {
    // The position after this entry is reported with the next one.
    let position = stream.position();
    // Most entries can be read without first looking for their end.
    let mut entries = serde_json::Deserializer::from_slice(stream.available()).into_iter::<Entry<'_>>();
    if let Some(Ok(entry)) = entries.next() {
        let length = entries.byte_offset();
        visit(entry.told(recorder, folder), position);
        stream.consume(length);
        return Ok(());
    }
    let found = match stream.value(MAX_ENTRY)? {
        Kept::TooLarge => Err("the entry is larger than 32 MiB"),
        Kept::Value(text) => match serde_json::from_slice::<Entry<'_>>(text) {
            Ok(entry) => entry.told(recorder, folder),
            Err(_) => Err("the entry is malformed"),
        },
    };
    visit(found, position);
    Ok(())
}

/// Visits the fields of an object.
fn fields<R: Read>(
    stream: &mut Stream<R>,
    visit: &mut impl FnMut(&mut Stream<R>, &str) -> Result<(), Left>,
) -> Result<(), Left> {
    stream.expect(b'{')?;
    let mut is_first = true;
    while stream.next(is_first, b'}')? {
        is_first = false;
        let name = stream.name()?;
        visit(stream, &name)?;
    }
    Ok(())
}

/// A small value, if it has this type.
fn aside<T: for<'de> Deserialize<'de>>(stream: &mut Stream<impl Read>) -> Result<Option<T>, Left> {
    Ok(match stream.value(MAX_ASIDE)? {
        Kept::Value(text) => serde_json::from_slice(text).ok(),
        Kept::TooLarge => None,
    })
}
