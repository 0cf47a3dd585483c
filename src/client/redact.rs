//! Takes the key out of what a server sends back.

use reqwest::header::{HeaderMap, HeaderValue};

use crate::client::secret_key::SecretKey;

/// Blackens the key in a body, however JSON writes it.
pub(crate) fn scrub_body(bytes: &mut [u8], is_whole: bool, key: &SecretKey) {
    key.scrub(bytes);
    if !is_whole {
        key.scrub_end(bytes);
    }
    if bytes.contains(&b'\\') {
        scrub_escaped(bytes, key);
    }
}

/// Blackens the key where letters of it are escaped as JSON does.
fn scrub_escaped(bytes: &mut [u8], key: &SecretKey) {
    // The text that is meant, and for each byte of it where that began; at the end the end.
    let mut meant = Vec::with_capacity(bytes.len());
    let mut begins = Vec::with_capacity(bytes.len() + 1);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        begins.push(at);
        let hex = || u8::from_str_radix(std::str::from_utf8(bytes.get(at + 2..at + 6)?).ok()?, 16).ok();
        let (letter, length) = match (byte, bytes.get(at + 1)) {
            (b'\\', Some(b'u')) => hex().map_or((byte, 1), |letter| (letter, 6)),
            (b'\\', Some(&escaped)) => (escaped, 2),
            _ => (byte, 1),
        };
        meant.push(letter);
        at += length;
    }
    begins.push(at);
    for found in key.places_in(&meant) {
        bytes[begins[found.start]..begins[found.end]].fill(b'*');
    }
}

/// Takes out the headers in which a server sends the key back.
pub(crate) fn scrub_headers(headers: &mut HeaderMap, key: &SecretKey) {
    let named: Vec<_> = headers.keys().filter(|name| key.is_in_name(name.as_str())).cloned().collect();
    for name in named {
        headers.remove(name);
    }
    for value in headers.values_mut() {
        if key.scrub(&mut value.as_bytes().to_vec()) {
            *value = HeaderValue::from_static("[redacted]");
        }
    }
}
