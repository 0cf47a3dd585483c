use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::process;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The maximum length of a key.
const LONGEST: usize = 255;

/// The idempotency key of a creation: the same for every attempt, so that the server creates one session.
///
/// If a key is used again with the same body, the server returns its first response and creates no other session. With
/// another body it should return a conflict, which the vendor does not document. The vendor recommends a UUID.
///
/// ```
/// use zerogate::IdempotencyKey;
///
/// let random = IdempotencyKey::random();
/// assert_eq!(random.as_str().len(), 36);
/// let of_the_order = IdempotencyKey::new("order_abc123")?;
/// assert_ne!(random, of_the_order);
/// # Ok::<(), zerogate::InvalidIdempotencyKey>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IdempotencyKey(Box<str>);

/// The error for a text that is not an idempotency key. Does not repeat the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an idempotency key: {reason}")]
pub struct InvalidIdempotencyKey {
    reason: &'static str,
}

impl IdempotencyKey {
    /// Creates a random key, a UUID of version 4.
    #[must_use]
    pub fn random() -> Self {
        // Equal keys would give two customers the same session. A small generator could repeat its state in another
        // process, so this hashes with SipHash and a 128-bit key, which the standard library gets from the operating
        // system.
        let hash = |half: u8| u128::from(RandomState::new().hash_one((half, process::id(), SystemTime::now())));
        let bits = hash(0) << 64 | hash(1);
        // RFC 9562, 5.4: the bits of version and variant.
        let bits = bits & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
        let hex = format!("{bits:032x}");
        Self([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-").into())
    }

    /// Uses your own key, such as a stored UUID, or the id of an order that gets one session.
    ///
    /// # Errors
    ///
    /// Fails if the key is empty, longer than 255 characters, or contains anything but visible ASCII characters.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidIdempotencyKey> {
        let key = key.into();
        let reason = if key.is_empty() {
            "it is empty"
        } else if key.len() > LONGEST {
            "it is longer than 255 characters"
        } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            "it contains something other than visible ASCII characters"
        } else {
            return Ok(Self(key.into()));
        };
        Err(InvalidIdempotencyKey { reason })
    }

    /// The text of the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::new(key)
    }
}

impl Serialize for IdempotencyKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for IdempotencyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for IdempotencyKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IdempotencyKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": LONGEST })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn no_two_random_keys_are_equal_and_each_is_a_uuid() {
        let make = || (0..20_000).map(|_| IdempotencyKey::random()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| thread::spawn(make)).collect();
        let keys: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        let distinct: HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        let mut ones = [0_u32; 128];
        for key in &keys {
            let key = key.as_str();
            assert!(key.len() == 36 && [8, 13, 18, 23].into_iter().all(|at| key.as_bytes()[at] == b'-'), "{key}");
            assert!(key.as_bytes()[14] == b'4' && "89ab".contains(char::from(key.as_bytes()[19])), "{key}");
            let bits = u128::from_str_radix(&key.replace('-', ""), 16).unwrap();
            for (place, ones) in ones.iter_mut().enumerate() {
                *ones += u32::from(bits >> place & 1 == 1);
            }
        }
        // Each of the other 122 bits is set in about half of 80,000: a deviation of 2,000 is 14 times the standard one.
        let lopsided = ones.iter().filter(|ones| ones.abs_diff(40_000) > 2_000).count();
        assert_eq!(lopsided, 6, "{ones:?}");
    }

    #[test]
    fn a_key_that_a_header_cannot_carry_is_refused_without_being_repeated() {
        for key in ["", " ", "a b", "a\nb", "é", "\u{7f}", &"x".repeat(256)] {
            let error = IdempotencyKey::new(key).unwrap_err().to_string();
            assert!(!error.contains("a b"), "{error}");
        }
        for key in ["x", "order/1?a=b", &"x".repeat(255)] {
            assert_eq!(IdempotencyKey::new(key).unwrap().as_str(), key);
        }
    }
}
