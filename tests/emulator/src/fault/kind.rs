//! A fault as a value.

use std::collections::BTreeMap;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::wire::Wire;
use crate::error::ControlError;
use crate::operation::Operation;

/// Something that goes wrong with the answer to an operation.
///
/// In JSON a fault is one flat object: `kind` by its name, and beside it the fields of that kind. Unknown fields and
/// fields of another kind are refused.
///
/// ```
/// use zerogate_emulator::{Fault, FaultKind, Operation};
///
/// let fault = Fault::new(FaultKind::Reset).on(Operation::CancelSession).after().times(2);
/// let same: Fault = serde_json::from_str(
///     r#"{"operation":"cancelSession","times":2,"when":"after","kind":"reset"}"#,
/// )?;
/// assert_eq!(fault, same);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Fault {
    /// The operation that it waits for; none for any of the four.
    pub operation: Option<Operation>,
    /// How many requests it spoils; none for all of them, until it is disarmed.
    pub times: Option<u32>,
    /// Whether the operation is carried out.
    pub when: When,
    /// Whether it meets a request without a valid secret key, too. Such a request is never carried out.
    pub unauthenticated: bool,
    /// What goes wrong.
    pub kind: FaultKind,
}

impl Fault {
    /// A fault that spoils the next request of any operation: before the operation is carried out or, for
    /// [`FaultKind::Alter`], afterwards.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self { operation: None, times: Some(1), when: When::default_of(&kind), unauthenticated: false, kind }
    }

    /// Waits for this operation only.
    #[must_use]
    pub fn on(self, operation: Operation) -> Self {
        Self { operation: Some(operation), ..self }
    }

    /// Lets the operation be carried out, and spoils only its answer.
    #[must_use]
    pub fn after(self) -> Self {
        Self { when: When::After, ..self }
    }

    /// Spoils this many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Spoils every request until it is disarmed.
    #[must_use]
    pub fn until_reset(self) -> Self {
        Self { times: None, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), ControlError> {
        if self.times == Some(0) {
            return Err(ControlError::invalid("times", "must be at least 1, or null"));
        }
        match &self.kind {
            FaultKind::Status { status, retry_after, .. } | FaultKind::Html { status, retry_after } => {
                final_status(*status)?;
                retry_after.as_deref().map_or(Ok(()), |value| header_value("retry_after", value))
            }
            FaultKind::Alter(alteration) if self.when == When::After => alteration.check(),
            FaultKind::Alter(_) => Err(ControlError::invalid("when", "kind alter works on the true answer: after")),
            FaultKind::Delay { .. } | FaultKind::Truncated | FaultKind::Reset | FaultKind::Close => Ok(()),
        }
    }
}

/// Whether the operation of a spoiled request is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The fault takes the place of the operation. (A delay stands before it.)
    #[default]
    Before,
    /// The operation is carried out, and then its answer is replaced, cut, lost or held back.
    After,
}

impl When {
    pub(super) fn default_of(kind: &FaultKind) -> Self {
        if matches!(kind, FaultKind::Alter(_)) { Self::After } else { Self::Before }
    }
}

/// What goes wrong with an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Another status.
    Status {
        /// The status, 200–599.
        status: u16,
        /// Whether the body is the error envelope; otherwise there is none.
        envelope: bool,
        /// The envelope's `type`; the one that goes with the status if not given.
        r#type: Option<String>,
        /// The envelope's `code`; its `type` if not given.
        code: Option<String>,
        /// A `Retry-After` header, sent as it stands: seconds, an HTTP date, or nonsense.
        retry_after: Option<String>,
    },
    /// The true answer, late.
    Delay {
        /// By how much, in milliseconds.
        ms: u64,
    },
    /// A page for people, as a proxy would answer.
    Html {
        /// The status, 200–599.
        status: u16,
        /// A `Retry-After` header, sent as it stands.
        retry_after: Option<String>,
    },
    /// The head and the first half of the body, then the end of the connection. After: of the true answer; before: of
    /// a successful one that was made up.
    Truncated,
    /// The connection is reset (RST) without an answer.
    Reset,
    /// The connection is closed (FIN) without an answer.
    Close,
    /// The true answer with changes.
    Alter(Alteration),
}

impl FaultKind {
    /// A status with the envelope that goes with it, or without a body below 400.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status { status, envelope: status >= 400, r#type: None, code: None, retry_after: None }
    }

    /// An HTML page with the status 502.
    #[must_use]
    pub fn html() -> Self {
        Self::Html { status: 502, retry_after: None }
    }

    /// The true answer, late by this many milliseconds.
    #[must_use]
    pub fn delay(ms: u64) -> Self {
        Self::Delay { ms }
    }

    /// Adds a `Retry-After` header, where the kind can carry one.
    #[must_use]
    pub fn with_retry_after(mut self, value: impl Into<String>) -> Self {
        if let Self::Status { retry_after, .. } | Self::Html { retry_after, .. } = &mut self {
            *retry_after = Some(value.into());
        }
        self
    }

    /// The name of the kind, as in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delay { .. } => "delay",
            Self::Html { .. } => "html",
            Self::Truncated => "truncated",
            Self::Reset => "reset",
            Self::Close => "close",
            Self::Alter(_) => "alter",
        }
    }
}

/// Changes to a true answer, for whoever wants to see them noticed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alteration {
    /// Another status, 200–599.
    pub status: Option<u16>,
    /// Headers to set, or to remove where the value is none. The framing (`content-length`, `transfer-encoding`,
    /// `connection`) cannot be touched.
    pub headers: BTreeMap<String, Option<String>>,
    /// Top-level fields of the body to set.
    pub set: Map<String, Value>,
    /// Top-level fields of the body to remove.
    pub remove: Vec<String>,
    /// Another body altogether, as text; `set` and `remove` then have nothing to work on.
    pub body: Option<String>,
}

impl Alteration {
    fn check(&self) -> Result<(), ControlError> {
        if let Some(status) = self.status {
            final_status(status)?;
        }
        if self.body.is_some() && !(self.set.is_empty() && self.remove.is_empty()) {
            return Err(ControlError::invalid("body", "give either this or set and remove, not both"));
        }
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| ControlError::invalid("headers", "not the name of a header"))?;
            if [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
                return Err(ControlError::invalid("headers", "the framing cannot be altered"));
            }
            value.as_deref().map_or(Ok(()), |value| header_value("headers", value))?;
        }
        Ok(())
    }
}

fn final_status(status: u16) -> Result<(), ControlError> {
    // 1xx would not be the end of the answer, and above 599 nothing is defined.
    match StatusCode::from_u16(status) {
        Ok(_) if (200..600).contains(&status) => Ok(()),
        _ => Err(ControlError::invalid("status", "must be from 200 to 599")),
    }
}

fn header_value(field: &'static str, value: &str) -> Result<(), ControlError> {
    HeaderValue::from_str(value).map(drop).map_err(|_| ControlError::invalid(field, "not the value of a header"))
}
