//! What is judged: a request and the response to it, each part of which may be unknown.

use std::borrow::Cow;

/// A part of a message, as far as it is known.
///
/// What is unknown is not judged: it is neither right nor wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<T> {
    /// It was there.
    Known(T),
    /// It was not there.
    Absent,
    /// Whether it was there, or what it was, is not known, and why.
    Unknown(&'static str),
}

impl<T> Part<T> {
    /// What was there.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// The same part, borrowed.
    pub fn as_ref(&self) -> Part<&T> {
        match self {
            Self::Known(value) => Part::Known(value),
            Self::Absent => Part::Absent,
            Self::Unknown(why) => Part::Unknown(why),
        }
    }
}

/// A request and the response to it.
#[derive(Debug, Clone)]
pub struct Exchange<'e> {
    /// The method, as it was sent; some recorders write it in lower case.
    pub method: &'e str,
    /// The URL, with scheme and host.
    pub url: &'e str,
    /// The request.
    pub request: Message<'e>,
    /// The status of the response; unknown if there was none.
    pub status: Part<u16>,
    /// The response.
    pub response: Message<'e>,
    /// Whether the source follows redirects, and keeps the last response as that to the first request.
    pub follows_redirects: bool,
}

/// Headers and body of a request or a response.
#[derive(Debug, Clone)]
pub struct Message<'e> {
    /// The headers.
    pub headers: Headers<'e>,
    /// The body, without any content coding.
    pub body: Part<Cow<'e, [u8]>>,
}

/// The headers of a message.
#[derive(Debug, Clone, Default)]
pub struct Headers<'e> {
    /// Those that are known, with the spelling and in the order that they came in.
    pub known: Vec<(Cow<'e, str>, Cow<'e, str>)>,
    /// Why others may have been there that nobody knows of; none if these are all.
    pub incomplete: Option<&'static str>,
    /// The names of those that the source leaves out, in lower case; of these, nothing is known.
    pub left_out: &'static [&'static str],
    /// The names of those that were there, and whose values the source did not keep.
    pub valueless: Vec<Cow<'e, str>>,
}

/// Why a header is not known that a source leaves out.
const LEFT_OUT: &str = "the recorder leaves this header out";

/// Why a header is not known whose value is not.
pub(crate) const NO_VALUE: &str = "the recorder kept no value of it";

impl Headers<'_> {
    /// The values of a header, joined by commas if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Part<Cow<'_, str>> {
        if self.valueless.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)) {
            return Part::Unknown(NO_VALUE);
        }
        let mut found = self.known.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        match (found.next(), self.incomplete) {
            (Some(first), _) => Part::Known(found.fold(Cow::Borrowed(&**first), |all, value| {
                if all == *value { all } else { Cow::Owned(format!("{all}, {value}")) }
            })),
            (None, Some(why)) => Part::Unknown(why),
            (None, None) if self.left_out.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)) => {
                Part::Unknown(LEFT_OUT)
            }
            (None, None) => Part::Absent,
        }
    }
}
