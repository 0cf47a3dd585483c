//! What can go wrong: each kind of fault, and how it is read from JSON.

use std::collections::BTreeMap;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::Fields;
use crate::error::ControlError;

/// What goes wrong with a response.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Another status.
    Status {
        /// The status, 200–599.
        status: u16,
        /// Whether the body is the error envelope; otherwise there is none.
        envelope: bool,
        /// The envelope's `type`; the one that goes with the status if not given.
        #[serde(skip_serializing_if = "Option::is_none")]
        r#type: Option<String>,
        /// The envelope's `code`; its `type` if not given.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// A `Retry-After` header, sent as it stands: seconds, an HTTP date, or nonsense.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// The true response, late.
    Delay {
        /// By how much, in milliseconds.
        ms: u64,
    },
    /// A page for people, as a proxy would respond.
    Html {
        /// The status, 200–599.
        status: u16,
        /// A `Retry-After` header, sent as it stands.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// The head and the first half of the body, then the end of the connection. After: of the true response; before: of
    /// a successful one that was made up.
    Truncated,
    /// The connection is reset (RST) without a response.
    Reset,
    /// The connection is closed (FIN) without a response.
    Close,
    /// The true response with changes.
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

    /// The true response, late by this many milliseconds.
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

    /// Whether there must be a true response for it to work on.
    pub(super) fn needs_response(&self) -> bool {
        matches!(self, Self::Alter(_))
    }

    pub(super) fn check(&self) -> Result<(), ControlError> {
        match self {
            Self::Status { status, retry_after, .. } | Self::Html { status, retry_after } => {
                final_status(*status)?;
                retry_after.as_deref().map_or(Ok(()), |value| header_value("retry_after", value))
            }
            Self::Alter(alteration) => alteration.check(),
            Self::Delay { .. } | Self::Truncated | Self::Reset | Self::Close => Ok(()),
        }
    }

    pub(super) fn read(fields: &mut Fields) -> Result<Self, ControlError> {
        let name: String = fields.required("kind")?;
        match KINDS.iter().find(|(known, ..)| *known == name) {
            Some((_, own, read)) => {
                fields.only([&COMMON, own], &name)?;
                read(fields)
            }
            None => {
                let known = KINDS.map(|(name, ..)| format!("`{name}`")).join(", ");
                Err(ControlError::invalid("kind", format!("unknown variant `{name}`, expected one of {known}")))
            }
        }
    }
}

type Read = fn(&mut Fields) -> Result<FaultKind, ControlError>;

/// The fields that every fault has.
const COMMON: [&str; 5] = ["kind", "operation", "times", "unauthenticated", "when"];

/// How each kind is read: its name in JSON, its own fields, and what they make.
const KINDS: [(&str, &[&str], Read); 7] = [
    ("status", &["status", "envelope", "type", "code", "retry_after"], |fields| {
        let status = fields.required("status")?;
        Ok(FaultKind::Status {
            status,
            envelope: fields.optional("envelope")?.unwrap_or(status >= 400),
            r#type: fields.optional("type")?,
            code: fields.optional("code")?,
            retry_after: fields.optional("retry_after")?,
        })
    }),
    ("delay", &["ms"], |fields| Ok(FaultKind::Delay { ms: fields.required("ms")? })),
    ("html", &["status", "retry_after"], |fields| {
        let status = fields.optional("status")?.unwrap_or(502);
        Ok(FaultKind::Html { status, retry_after: fields.optional("retry_after")? })
    }),
    ("truncated", &[], |_| Ok(FaultKind::Truncated)),
    ("reset", &[], |_| Ok(FaultKind::Reset)),
    ("close", &[], |_| Ok(FaultKind::Close)),
    ("alter", &["status", "headers", "set", "remove", "body"], |fields| {
        Ok(FaultKind::Alter(Alteration {
            status: fields.optional("status")?,
            headers: fields.optional("headers")?.unwrap_or_default(),
            set: fields.optional("set")?.unwrap_or_default(),
            remove: fields.optional("remove")?.unwrap_or_default(),
            body: fields.optional("body")?,
        }))
    }),
];

/// Changes to a true response, for whoever wants to see them noticed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Alteration {
    /// Another status, 200–599.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers to set, or to remove where the value is none. The framing (`content-length`, `transfer-encoding`,
    /// `connection`) cannot be touched.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Option<String>>,
    /// Top-level fields of the body to set.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// Top-level fields of the body to remove.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// Another body altogether, as text; `set` and `remove` then have nothing to work on.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    // 1xx would not be the end of the response, and above 599 nothing is defined.
    match StatusCode::from_u16(status) {
        Ok(_) if (200..600).contains(&status) => Ok(()),
        _ => Err(ControlError::invalid("status", "must be from 200 to 599")),
    }
}

fn header_value(field: &'static str, value: &str) -> Result<(), ControlError> {
    HeaderValue::from_str(value).map(drop).map_err(|_| ControlError::invalid(field, "not the value of a header"))
}
