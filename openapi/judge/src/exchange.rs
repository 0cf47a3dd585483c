//! What is judged: a request and its response. Each part may be unknown.

use std::borrow::Cow;

/// A part of a message: known, absent or unknown.
///
/// An unknown part is not judged: it counts neither as right nor as wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<T> {
    /// The part was present, with this value.
    Known(T),
    /// The part was not present.
    Absent,
    /// The source does not tell whether the part was present, or its value; holds the reason.
    Unknown(&'static str),
}

impl<T> Part<T> {
    /// The value, if it is known.
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

/// A request and its response.
#[derive(Debug, Clone)]
pub struct Exchange<'e> {
    /// The method as it was sent. Some recorders write it in lower case.
    pub method: &'e str,
    /// The URL, with scheme and host.
    pub url: &'e str,
    /// The request.
    pub request: Message<'e>,
    /// The status code of the response; absent if there was no response.
    pub status: Part<u16>,
    /// The response.
    pub response: Message<'e>,
    /// Whether the source follows redirects and keeps the last response as the response to the first request.
    pub follows_redirects: bool,
}

/// The headers and body of a request or response.
#[derive(Debug, Clone)]
pub struct Message<'e> {
    /// The headers.
    pub headers: Headers<'e>,
    /// The body, with any content coding already decoded.
    pub body: Part<Cow<'e, [u8]>>,
}

/// The headers of a message.
#[derive(Debug, Clone, Default)]
pub struct Headers<'e> {
    /// The known headers, with their original spelling and order.
    pub known: Vec<(Cow<'e, str>, Cow<'e, str>)>,
    /// Why there may have been more headers than the known ones; `None` if these are all.
    pub incomplete: Option<&'static str>,
    /// The names, in lower case, of the headers that the source omits. Nothing is known about them.
    pub left_out: &'static [&'static str],
    /// The names of headers that were present, but whose values the source did not keep.
    pub valueless: Vec<Cow<'e, str>>,
}

/// Why a header is unknown that the source omits.
const LEFT_OUT: &str = "the recorder omits this header";

/// Why a header is unknown whose value the source did not keep.
pub(crate) const NO_VALUE: &str = "the recorder did not keep its value";

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
