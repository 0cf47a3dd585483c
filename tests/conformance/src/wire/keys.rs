//! The keys that the suite uses.

use std::fmt;

use zerogate_contract::KEY_PREFIXES;

/// The role of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The secret key of the partner that the suite acts for.
    Partner,
    /// The secret key of another partner.
    OtherPartner,
    /// A publishable key of the partner, which is for browsers and must not call these operations.
    Publishable,
    /// A live secret key of the partner, whose other key is a test key.
    Live,
}

impl Role {
    /// The shell variable that replaces the key in shown requests.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            Self::Partner => "$GATE_KEY",
            Self::OtherPartner => "$GATE_OTHER_KEY",
            Self::Publishable => "$GATE_PUBLISHABLE_KEY",
            Self::Live => "$GATE_LIVE_KEY",
        }
    }

    /// The name of that variable.
    pub(crate) fn variable(self) -> &'static str {
        self.placeholder().trim_start_matches('$')
    }
}

/// The prefixes of secret keys, publishable keys and webhook secrets.
const FAMILIES: [&str; 3] = [SECRET, "pk_", "whsec_"];
const SECRET: &str = "sk_";

const TEST: &str = "sk_test_";
const LIVE: &str = "sk_live_";

/// Whether a text begins like a key.
pub(crate) fn is_key(text: &str) -> bool {
    FAMILIES.iter().any(|family| text.starts_with(family))
}

/// The prefix of a key, such as `sk_test_`.
pub(crate) fn kind(key: &str) -> &'static str {
    let mut kinds = KEY_PREFIXES.into_iter().chain([SECRET]);
    kinds.find(|kind| key.starts_with(kind)).unwrap_or_default()
}

/// The prefix of the other mode.
pub(crate) fn other_kind(key: &str) -> &'static str {
    if key.starts_with(TEST) { LIVE } else { TEST }
}

/// A key. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.0.starts_with(SECRET)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.0.starts_with(LIVE)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([redacted])")
    }
}
