//! The kinds of faults, and how they are read from JSON.

use std::collections::BTreeMap;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::when::When;
use crate::error::ControlError;
use crate::json;
use crate::session::{GateSession, Owner};

/// What goes wrong with a request or its response.
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
        /// The envelope's `type`; by default the one for the status.
        #[serde(skip_serializing_if = "Option::is_none")]
        r#type: Option<String>,
        /// The envelope's `code`; by default its `type`.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// A `Retry-After` header, sent unchanged: seconds, an HTTP date, or nonsense.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// The true response, late.
    Delay {
        /// The delay in milliseconds.
        ms: u64,
    },
    /// An HTML page, as from a proxy.
    Html {
        /// The status, 200–599.
        status: u16,
        /// A `Retry-After` header, sent unchanged.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// The head and the first half of the body, then the end of the connection. With `after`, of the true response;
    /// with `before`, of a made-up success.
    Truncated,
    /// The true response, with its body in ten parts and a pause before each.
    Drip {
        /// The pause in milliseconds.
        ms: u64,
    },
    /// The true response, compressed with gzip whether or not the client accepts that.
    Gzip,
    /// Another status, then the end of the connection (FIN), which the response does not announce.
    Last {
        /// The status, 200–599; from 400, with its default envelope.
        status: u16,
    },
    /// Another status and, at once, a second response that no request asked for.
    Extra {
        /// The status, 200–599; from 400, with its default envelope.
        status: u16,
        /// The status of the second response, likewise.
        extra: u16,
    },
    /// The connection is reset (RST) without a response.
    Reset,
    /// The connection is closed (FIN) without a response.
    Close,
    /// The true response with changes; with `before`, a made-up success.
    Alter(Alteration),
    /// The operation is carried out, but its session gets other values than it had or was given: the response and later
    /// reads show them.
    Store {
        /// The fields of the session to replace.
        set: Map<String, Value>,
    },
    /// The operation is carried out as if these headers and query parameters had not been sent, such as
    /// `idempotency-key` or `starting_after`.
    Ignore {
        /// The names.
        names: Vec<String>,
    },
}

impl FaultKind {
    /// A status with its default envelope, or without a body below 400.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status { status, envelope: status >= 400, r#type: None, code: None, retry_after: None }
    }

    /// An HTML page with the status 502.
    #[must_use]
    pub fn html() -> Self {
        Self::Html { status: 502, retry_after: None }
    }

    /// The true response, delayed by this many milliseconds.
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
            Self::Drip { .. } => "drip",
            Self::Gzip => "gzip",
            Self::Last { .. } => "last",
            Self::Extra { .. } => "extra",
            Self::Reset => "reset",
            Self::Close => "close",
            Self::Alter(_) => "alter",
            Self::Store { .. } => "store",
            Self::Ignore { .. } => "ignore",
        }
    }

    /// The default of `when`.
    pub(super) fn usual_time(&self) -> When {
        match self {
            Self::Alter(_) | Self::Store { .. } | Self::Ignore { .. } => When::After,
            _ => When::Before,
        }
    }

    /// Whether it needs the operation to be carried out.
    pub(super) fn needs_operation(&self) -> bool {
        matches!(self, Self::Store { .. } | Self::Ignore { .. })
    }

    pub(super) fn check(&self) -> Result<(), ControlError> {
        match self {
            Self::Status { status, retry_after, .. } | Self::Html { status, retry_after } => {
                final_status(*status)?;
                retry_after.as_deref().map_or(Ok(()), |value| header_value("retry_after", value))
            }
            Self::Alter(alteration) => alteration.check(),
            Self::Store { set } => match GateSession::example(Owner::Partner).with(set) {
                Ok(_) if set.is_empty() => Err(ControlError::invalid("set", "must name a field")),
                Ok(_) => Ok(()),
                Err((field, reason)) => Err(ControlError::invalid(&format!("set.{field}"), reason)),
            },
            Self::Ignore { names } if names.is_empty() => Err(ControlError::invalid("names", "must not be empty")),
            Self::Last { status } => final_status(*status),
            Self::Extra { status, extra } => final_status(*status).and(final_status(*extra)),
            Self::Delay { .. }
            | Self::Truncated
            | Self::Drip { .. }
            | Self::Gzip
            | Self::Reset
            | Self::Close
            | Self::Ignore { .. } => Ok(()),
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
                let known = KINDS.map(|(name, ..)| name);
                Err(ControlError::invalid("kind", json::not_one_of(&name, &known)))
            }
        }
    }
}

type Read = fn(&mut Fields) -> Result<FaultKind, ControlError>;

/// The fields that every fault has.
const COMMON: [&str; 5] = ["kind", "operation", "times", "unauthenticated", "when"];

/// The parser of each kind: its name in JSON, its own fields, and a function.
const KINDS: [(&str, &[&str], Read); 13] = [
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
    ("drip", &["ms"], |fields| Ok(FaultKind::Drip { ms: fields.required("ms")? })),
    ("gzip", &[], |_| Ok(FaultKind::Gzip)),
    ("last", &["status"], |fields| Ok(FaultKind::Last { status: fields.required("status")? })),
    ("extra", &["status", "extra"], |fields| {
        Ok(FaultKind::Extra { status: fields.required("status")?, extra: fields.required("extra")? })
    }),
    ("reset", &[], |_| Ok(FaultKind::Reset)),
    ("close", &[], |_| Ok(FaultKind::Close)),
    ("alter", &["status", "headers", "add_headers", "set", "remove", "add", "body"], |fields| {
        Ok(FaultKind::Alter(Alteration {
            status: fields.optional("status")?,
            headers: fields.optional("headers")?.unwrap_or_default(),
            add_headers: fields.optional("add_headers")?.unwrap_or_default(),
            set: fields.optional("set")?.unwrap_or_default(),
            remove: fields.optional("remove")?.unwrap_or_default(),
            add: fields.optional("add")?.unwrap_or_default(),
            body: fields.optional("body")?,
        }))
    }),
    ("store", &["set"], |fields| Ok(FaultKind::Store { set: fields.required("set")? })),
    ("ignore", &["names"], |fields| Ok(FaultKind::Ignore { names: fields.required("names")? })),
];

/// Changes to a response.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Alteration {
    /// Another status, 200–599.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers to set, or to remove if the value is `None`. The framing headers (`content-length`, `transfer-encoding`,
    /// `connection`) cannot be changed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Option<String>>,
    /// Headers to add, after those of the same name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub add_headers: BTreeMap<String, String>,
    /// Top-level fields of the body to set.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// Top-level fields of the body to remove.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// Top-level fields to add, after those of the same name: JSON with a duplicate name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub add: Map<String, Value>,
    /// A replacement body, as text; cannot be combined with `set`, `remove` and `add`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Alteration {
    fn check(&self) -> Result<(), ControlError> {
        if let Some(status) = self.status {
            final_status(status)?;
        }
        if self.body.is_some() && self.alters_fields() {
            return Err(ControlError::invalid("body", "cannot be combined with set, remove and add"));
        }
        let added = self.add_headers.iter().map(|(name, value)| ("add_headers", name, Some(value)));
        let set = self.headers.iter().map(|(name, value)| ("headers", name, value.as_ref()));
        for (field, name, value) in set.chain(added) {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| ControlError::invalid(field, "not the name of a header"))?;
            if [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
                return Err(ControlError::invalid(field, "framing headers cannot be changed"));
            }
            value.map_or(Ok(()), |value| header_value(field, value))?;
        }
        Ok(())
    }

    pub(super) fn alters_fields(&self) -> bool {
        !(self.set.is_empty() && self.remove.is_empty() && self.add.is_empty())
    }
}

fn final_status(status: u16) -> Result<(), ControlError> {
    // 1xx would not end the response, and nothing above 599 is defined.
    match StatusCode::from_u16(status) {
        Ok(_) if (200..600).contains(&status) => Ok(()),
        _ => Err(ControlError::invalid("status", "must be from 200 to 599")),
    }
}

fn header_value(field: &'static str, value: &str) -> Result<(), ControlError> {
    HeaderValue::from_str(value).map(drop).map_err(|_| ControlError::invalid(field, "not the value of a header"))
}
