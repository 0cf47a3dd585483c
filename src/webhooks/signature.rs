use super::error::VerifyError;

/// The maximum size of the header: room for dozens of signatures.
const LIMIT: usize = 4096;

/// The length of an HMAC-SHA256.
const LENGTH: usize = 32;

/// The parsed header.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Signature<'h> {
    /// The time as it was sent: the signature covers this text.
    pub(super) time_text: &'h str,
    pub(super) time: u64,
    /// The signatures of version 1. Signatures of another length can never match and are skipped.
    pub(super) v1: Vec<[u8; LENGTH]>,
}

impl<'h> Signature<'h> {
    pub(super) fn parse(header: &'h [u8]) -> Result<Self, VerifyError> {
        let malformed = |reason| VerifyError::Malformed { reason };
        if header.len() > LIMIT {
            return Err(VerifyError::TooLarge { limit: LIMIT });
        }
        let header = std::str::from_utf8(header).map_err(|_| malformed("not text"))?;
        if header.trim_ascii().is_empty() {
            return Err(malformed("missing or empty"));
        }
        let (mut time_text, mut v1, mut has_v1) = (None, Vec::new(), false);
        for segment in header.split(',') {
            let (key, value) = segment.split_once('=').unwrap_or((segment, ""));
            match (key.trim_ascii(), value.trim_ascii()) {
                ("t", _) if time_text.is_some() => return Err(malformed("more than one time")),
                ("t", time) => time_text = Some(time),
                ("v1", signature) => {
                    has_v1 |= !signature.is_empty();
                    v1.extend(decoded(signature));
                }
                // A later version or an extension.
                _ => {}
            }
        }
        let time_text = time_text.ok_or_else(|| malformed("no time"))?;
        let is_number = !time_text.is_empty() && time_text.bytes().all(|byte| byte.is_ascii_digit());
        let time = time_text.parse().ok().filter(|time| is_number && *time > 0);
        let time = time.ok_or_else(|| malformed("the time is not a positive whole number of seconds"))?;
        if !has_v1 {
            return Err(malformed("no signature of version 1"));
        }
        Ok(Self { time_text, time, v1 })
    }
}

fn decoded(hex: &str) -> Option<[u8; LENGTH]> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = [0; LENGTH];
    if hex.len() != 2 * LENGTH {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
