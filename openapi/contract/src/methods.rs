//! The methods of a path item: those with their own field, and additional ones.

use std::borrow::Cow;

use serde_json::Value;

use crate::pointer;
use crate::vocabulary::{ADDITIONAL, METHODS};

/// A method, and the place of its operation in a path item.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Method<'d> {
    /// A field of the path item: `get`.
    Fixed(&'static str),
    /// An entry of `additionalOperations`. Its name is the method, and case matters: `COPY` and `copy` differ.
    Additional(&'d str),
}

impl<'d> Method<'d> {
    /// The method exactly as it is sent.
    ///
    /// ```
    /// use zerogate_contract::methods::Method;
    ///
    /// assert_eq!(Method::Fixed("query").sent(), "QUERY");
    /// assert_eq!(Method::Additional("copy").sent(), "copy");
    /// ```
    #[must_use]
    pub fn sent(self) -> Cow<'d, str> {
        match self {
            Self::Fixed(field) => Cow::Owned(field.to_ascii_uppercase()),
            Self::Additional(name) => Cow::Borrowed(name),
        }
    }

    /// The pointer of its operation in the path item at a pointer.
    #[must_use]
    pub fn at(self, item: &str) -> String {
        match self {
            Self::Fixed(field) => pointer::join(item, field),
            Self::Additional(name) => pointer::join(&pointer::join(item, ADDITIONAL), name),
        }
    }

    /// The value of its operation in a path item.
    #[must_use]
    pub fn of(self, item: &Value) -> Option<&Value> {
        match self {
            Self::Fixed(field) => item.get(field),
            Self::Additional(name) => item.get(ADDITIONAL)?.get(name),
        }
    }

    /// The method with its own field that is sent like this.
    #[must_use]
    pub fn of_field(sent: &str) -> Option<Method<'static>> {
        METHODS.into_iter().map(Method::Fixed).find(|method| method.sent() == sent)
    }

    /// The method of the operation at these tokens of a pointer into a path item, and how many tokens lead to it.
    #[must_use]
    pub fn at_tokens(tokens: &'d [Cow<'_, str>]) -> Option<(Self, usize)> {
        match tokens {
            [additional, name, ..] if additional == ADDITIONAL => Some((Self::Additional(name), 2)),
            [field, ..] => METHODS.into_iter().find(|method| method == field).map(|method| (Self::Fixed(method), 1)),
            [] => None,
        }
    }
}

/// The values in the operation fields of a path item, with their methods.
pub fn operations(item: &Value) -> impl Iterator<Item = (Method<'_>, &Value)> {
    let fixed = METHODS.into_iter().filter_map(|field| Some((Method::Fixed(field), item.get(field)?)));
    let additional = item.get(ADDITIONAL).and_then(Value::as_object).into_iter().flatten();
    fixed.chain(additional.map(|(name, operation)| (Method::Additional(name), operation)))
}

/// Whether a name is a valid method: a token, by RFC 9110.
#[must_use]
pub fn is_token(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}
