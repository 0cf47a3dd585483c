//! Reads the body of a message, as recorders keep it: as text, in base64 or hexadecimal, compressed, or in another file.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde::Deserialize;
use serde_json::value::RawValue;
use zerogate_judge::{Headers, Part};

use super::loose::Loose;

/// The maximum size of a body to judge.
pub(crate) const MAX_BODY: usize = 16 * 1024 * 1024;

/// Why a larger body is not judged.
pub(crate) const TOO_LARGE: &str = "the body is larger than 16 MiB";
const CODED: &str = "the body has a content coding that is not supported";
const UNDECODED: &str = "the body cannot be decoded, or is larger than 16 MiB when decoded";
const OTHER_ENCODING: &str = "the body has an encoding that is not supported";
const NO_BASE64: &str = "the body is not base64, as the recorder says";
const LOST: &str = "the recorder kept the body as text, and lost some of its bytes";
const NO_FOLDER: &str = "the body is in a file beside the recording: name the recording instead of piping it";
const OUTSIDE: &str = "the body is in a file outside the folder of the recording";
const NO_FILE: &str = "the body is in a file beside the recording, which is missing or cannot be read";

/// `postData` of a request, or `content` of a response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body<'a> {
    #[serde(borrow, default)]
    text: Loose<'a>,
    #[serde(borrow, default)]
    encoding: Loose<'a>,
    #[serde(borrow, default, rename = "_encoding")]
    own_encoding: Loose<'a>,
    /// Polly.js before 6: in hexadecimal, in place of an encoding.
    #[serde(borrow, default, rename = "_isBinary")]
    is_binary: Loose<'a>,
    /// Playwright: the file that has the body.
    #[serde(borrow, default, rename = "_file")]
    file: Loose<'a>,
    #[serde(borrow, default)]
    pub(crate) mime_type: Loose<'a>,
    #[serde(borrow)]
    pub(crate) params: Option<&'a RawValue>,
}

impl<'a> Body<'a> {
    /// Its bytes, with any content coding decoded; absent if there are none. `folder`: that of the recording.
    pub(crate) fn content(self, headers: &Headers<'_>, folder: Option<&Path>) -> Part<Cow<'a, [u8]>> {
        match self.bytes(folder) {
            // Most recorders decode a body and keep the header.
            Part::Known(bytes) if std::str::from_utf8(&bytes).is_err() => match decoded(&bytes, headers) {
                Part::Known(decoded) => Part::Known(Cow::Owned(decoded.into_owned())),
                Part::Absent | Part::Unknown(_) => Part::Known(bytes),
            },
            found => found,
        }
    }

    fn bytes(self, folder: Option<&Path>) -> Part<Cow<'a, [u8]>> {
        let Some(text) = self.text.into_text().filter(|text| !text.is_empty()) else {
            return match self.file.text().filter(|name| !name.is_empty()) {
                Some(name) => in_file(name, folder),
                None => Part::Absent,
            };
        };
        // Hexadecimal is twice as long as the body.
        if text.len() > 2 * MAX_BODY {
            return Part::Unknown(TOO_LARGE);
        }
        let encoding =
            [&self.encoding, &self.own_encoding].into_iter().find_map(|it| it.text().filter(|it| !it.is_empty()));
        let bytes: Cow<'_, [u8]> = match encoding {
            Some(name) if name.eq_ignore_ascii_case("base64") => match in_chunks(&text, base64) {
                Some(bytes) => Cow::Owned(bytes),
                None => return Part::Unknown(NO_BASE64),
            },
            None if self.is_binary.is_said() => match in_chunks(&text, hexadecimal) {
                Some(bytes) => Cow::Owned(bytes),
                None => return Part::Unknown(OTHER_ENCODING),
            },
            Some(_) => return Part::Unknown(OTHER_ENCODING),
            None if text.contains('\u{fffd}') => return Part::Unknown(LOST),
            None => match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
        };
        match bytes.len() {
            // A list without chunks.
            0 => Part::Absent,
            length if length > MAX_BODY => Part::Unknown(TOO_LARGE),
            _ => Part::Known(bytes),
        }
    }
}

/// The bytes of a text. Polly.js keeps a compressed body as a list of such texts.
fn in_chunks(text: &str, decode: fn(&str) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    match serde_json::from_str::<Vec<Cow<'_, str>>>(text) {
        Ok(chunks) => Some(chunks.iter().map(|chunk| decode(chunk)).collect::<Option<Vec<_>>>()?.concat()),
        Err(_) => decode(text),
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let compact = || text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>();
    STANDARD.decode(text).or_else(|_| STANDARD.decode(compact())).ok()
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

/// The body in a file of this name, relative to the folder.
fn in_file<'a>(name: &str, folder: Option<&Path>) -> Part<Cow<'a, [u8]>> {
    let Some(folder) = folder else { return Part::Unknown(NO_FOLDER) };
    if !Path::new(name).components().all(|it| matches!(it, Component::Normal(_) | Component::CurDir)) {
        return Part::Unknown(OUTSIDE);
    }
    // The folder of a recording named without one is empty.
    let folder = Path::new(".").join(folder);
    let Some((folder, path)) = folder.canonicalize().ok().zip(folder.join(name).canonicalize().ok()) else {
        return Part::Unknown(NO_FILE);
    };
    // A symbolic link may lead anywhere.
    if !path.starts_with(folder) {
        return Part::Unknown(OUTSIDE);
    }
    let read = || {
        // Opening a pipe might never end.
        fs::metadata(&path).ok().filter(|there| there.is_file())?;
        start(File::open(&path).ok()?)
    };
    match read() {
        None => Part::Unknown(NO_FILE),
        Some(bytes) if bytes.is_empty() => Part::Absent,
        Some(bytes) if bytes.len() > MAX_BODY => Part::Unknown(TOO_LARGE),
        Some(bytes) => Part::Known(Cow::Owned(bytes)),
    }
}

/// A body with its content coding decoded.
pub(crate) fn decoded<'e>(body: &'e [u8], headers: &Headers<'_>) -> Part<Cow<'e, [u8]>> {
    let coding = headers.get("content-encoding").known().unwrap_or_default().trim().to_ascii_lowercase();
    let read = match coding.as_str() {
        "" | "identity" => return Part::Known(Cow::Borrowed(body)),
        "gzip" | "x-gzip" => all(MultiGzDecoder::new(body)),
        // With the zlib header that HTTP requires, or without it, as some servers send.
        "deflate" => all(ZlibDecoder::new(body)).or_else(|| all(DeflateDecoder::new(body))),
        _ => return Part::Unknown(CODED),
    };
    read.map_or(Part::Unknown(UNDECODED), |read| Part::Known(Cow::Owned(read)))
}

/// The decoded bytes; `None` if they are invalid or larger than the limit.
fn all(decoder: impl Read) -> Option<Vec<u8>> {
    start(decoder).filter(|read| read.len() <= MAX_BODY)
}

/// The bytes up to the limit, and one more if there are more; `None` if they cannot be read.
fn start(reader: impl Read) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    reader.take(MAX_BODY as u64 + 1).read_to_end(&mut read).ok()?;
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much as a small compressed body may inflate to.
    struct Bomb {
        left: usize,
        read: usize,
    }

    impl Read for &mut Bomb {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = buffer.len().min(self.left);
            buffer[..length].fill(b' ');
            self.left -= length;
            self.read += length;
            Ok(length)
        }
    }

    #[test]
    fn no_more_is_decoded_than_the_limit() {
        for (size, decoded) in [(MAX_BODY - 1, true), (MAX_BODY, true), (MAX_BODY + 1, false), (8 * MAX_BODY, false)] {
            let mut bomb = Bomb { left: size, read: 0 };
            assert_eq!(all(&mut bomb).map(|read| read.len()), decoded.then_some(size));
            assert_eq!(bomb.read, size.min(MAX_BODY + 1));
        }
    }
}
