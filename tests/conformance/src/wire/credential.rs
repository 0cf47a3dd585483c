//! How a request authenticates.

use std::fmt;

use zerogate_contract::names::snake;

use super::key_variants::KeyVariant;
use super::keys::Role;

/// How a request authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Credential {
    /// A key of the target, as a bearer token.
    Key(Role),
    /// No `Authorization` header at all.
    Missing,
    /// An `Authorization` header with a fixed value that is not a secret: the case, then the value.
    Literal(&'static str, &'static str),
    /// The partner's key in another form.
    Variant(KeyVariant),
}

impl Credential {
    /// The case of its findings, such as `publishable-key`.
    pub(crate) fn case(self) -> String {
        match self {
            Self::Key(role) => kebab(&format!("{role:?}Key")),
            Self::Missing => "no-key".to_owned(),
            Self::Literal(case, _) => case.to_owned(),
            Self::Variant(variant) => kebab(&format!("{variant:?}")),
        }
    }
}

/// Converts a name to kebab case.
pub(crate) fn kebab(name: &str) -> String {
    snake(name).replace('_', "-")
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(Role::Partner) => f.write_str("the key"),
            Self::Key(Role::OtherPartner) => f.write_str("another partner's key"),
            Self::Key(Role::Publishable) => f.write_str("a publishable key"),
            Self::Key(Role::Live) => f.write_str("the live key"),
            Self::Missing => f.write_str("no key"),
            Self::Literal(_, "") => f.write_str("an empty `Authorization`"),
            Self::Literal(_, value) => write!(f, "`Authorization: {value}`"),
            Self::Variant(shape) => f.write_str(shape.words()),
        }
    }
}
