//! A fault as one flat JSON object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::kind::{Alteration, Fault, FaultKind, When};
use crate::error::ControlError;
use crate::operation::Operation;

/// Every field that any kind has. Serde cannot flatten a tagged enum and still refuse unknown fields, so the kinds are
/// told apart by hand.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wire {
    operation: Option<Operation>,
    /// Absent is once; null is until reset.
    #[serde(default = "once")]
    times: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<When>,
    unauthenticated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<String, Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Status,
    Delay,
    Html,
    Truncated,
    Reset,
    Close,
    Alter,
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the type of the field")]
fn once() -> Option<u32> {
    Some(1)
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, ControlError> {
    value.ok_or_else(|| ControlError::invalid(field, "is required"))
}

impl Wire {
    /// Takes the fields of the kind out.
    fn take_kind(&mut self) -> Result<FaultKind, ControlError> {
        Ok(match required("kind", self.kind)? {
            Kind::Status => {
                let status = required("status", self.status.take())?;
                FaultKind::Status {
                    status,
                    envelope: self.envelope.take().unwrap_or(status >= 400),
                    r#type: self.r#type.take(),
                    code: self.code.take(),
                    retry_after: self.retry_after.take(),
                }
            }
            Kind::Delay => FaultKind::Delay { ms: required("ms", self.ms.take())? },
            Kind::Html => {
                FaultKind::Html { status: self.status.take().unwrap_or(502), retry_after: self.retry_after.take() }
            }
            Kind::Truncated => FaultKind::Truncated,
            Kind::Reset => FaultKind::Reset,
            Kind::Close => FaultKind::Close,
            Kind::Alter => FaultKind::Alter(Alteration {
                status: self.status.take(),
                headers: self.headers.take().unwrap_or_default(),
                set: self.set.take().unwrap_or_default(),
                remove: self.remove.take().unwrap_or_default(),
                body: self.body.take(),
            }),
        })
    }
}

impl TryFrom<Wire> for Fault {
    type Error = ControlError;

    fn try_from(mut wire: Wire) -> Result<Self, ControlError> {
        let kind = wire.take_kind()?;
        let Wire {
            operation,
            times,
            when,
            unauthenticated,
            kind: _,
            status,
            envelope,
            r#type,
            code,
            retry_after,
            ms,
            headers,
            set,
            remove,
            body,
        } = wire;
        let left = [
            ("status", status.is_some()),
            ("envelope", envelope.is_some()),
            ("type", r#type.is_some()),
            ("code", code.is_some()),
            ("retry_after", retry_after.is_some()),
            ("ms", ms.is_some()),
            ("headers", headers.is_some()),
            ("set", set.is_some()),
            ("remove", remove.is_some()),
            ("body", body.is_some()),
        ];
        if let Some((field, _)) = left.into_iter().find(|(_, is_left)| *is_left) {
            return Err(ControlError::invalid(field, &format!("does not go with kind {}", kind.name())));
        }
        let when = when.unwrap_or_else(|| When::default_of(&kind));
        let fault = Self { operation, times, when, unauthenticated, kind };
        fault.check()?;
        Ok(fault)
    }
}

impl From<Fault> for Wire {
    fn from(fault: Fault) -> Self {
        let Fault { operation, times, when, unauthenticated, kind } = fault;
        let wire = Self { operation, times, when: Some(when), unauthenticated, ..Self::default() };
        match kind {
            FaultKind::Status { status, envelope, r#type, code, retry_after } => Self {
                kind: Some(Kind::Status),
                status: Some(status),
                envelope: Some(envelope),
                r#type,
                code,
                retry_after,
                ..wire
            },
            FaultKind::Delay { ms } => Self { kind: Some(Kind::Delay), ms: Some(ms), ..wire },
            FaultKind::Html { status, retry_after } => {
                Self { kind: Some(Kind::Html), status: Some(status), retry_after, ..wire }
            }
            FaultKind::Truncated => Self { kind: Some(Kind::Truncated), ..wire },
            FaultKind::Reset => Self { kind: Some(Kind::Reset), ..wire },
            FaultKind::Close => Self { kind: Some(Kind::Close), ..wire },
            FaultKind::Alter(Alteration { status, headers, set, remove, body }) => Self {
                kind: Some(Kind::Alter),
                status,
                headers: Some(headers).filter(|headers| !headers.is_empty()),
                set: Some(set).filter(|set| !set.is_empty()),
                remove: Some(remove).filter(|remove| !remove.is_empty()),
                body,
                ..wire
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Fault, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_times_is_once_and_null_is_until_reset() {
        let times = |json| read(json).map(|fault| fault.times);
        assert_eq!(times(r#"{"kind":"reset"}"#), Ok(Some(1)));
        assert_eq!(times(r#"{"kind":"reset","times":null}"#), Ok(None));
        assert_eq!(times(r#"{"kind":"reset","times":3}"#), Ok(Some(3)));
    }

    #[test]
    fn every_kind_survives_json() {
        let alteration = Alteration {
            status: Some(200),
            headers: [("x-request-id".to_owned(), None), ("x-a".to_owned(), Some("b".to_owned()))].into(),
            set: Map::from_iter([("a".to_owned(), Value::Null)]),
            remove: vec!["metadata".to_owned()],
            body: None,
        };
        for kind in [
            FaultKind::status(503),
            FaultKind::status(204),
            FaultKind::Status {
                status: 429,
                envelope: false,
                r#type: Some("t".to_owned()),
                code: Some("c".to_owned()),
                retry_after: Some("soon".to_owned()),
            },
            FaultKind::delay(7),
            FaultKind::html().with_retry_after("3"),
            FaultKind::Truncated,
            FaultKind::Reset,
            FaultKind::Close,
            FaultKind::Alter(alteration),
            FaultKind::Alter(Alteration::default()),
        ] {
            let fault = Fault::new(kind).on(Operation::ListSessions).until_reset();
            let json = serde_json::to_string(&fault).expect("a fault is plain data");
            assert_eq!(read(&json), Ok(fault), "{json}");
        }
    }

    #[test]
    fn a_mistake_is_named_by_its_field() {
        for (json, field) in [
            (r#"{}"#, "kind"),
            (r#"{"kind":"status"}"#, "status"),
            (r#"{"kind":"status","status":100}"#, "status"),
            (r#"{"kind":"status","status":600}"#, "status"),
            (r#"{"kind":"status","status":429,"retry_after":"a\nb"}"#, "retry_after"),
            (r#"{"kind":"status","status":429,"ms":1}"#, "ms"),
            (r#"{"kind":"delay"}"#, "ms"),
            (r#"{"kind":"reset","times":0}"#, "times"),
            (r#"{"kind":"reset","status":500}"#, "status"),
            (r#"{"kind":"reset","timse":2}"#, "timse"),
            (r#"{"kind":"reste"}"#, "reste"),
            (r#"{"kind":"reset","operation":"cancel"}"#, "cancel"),
            (r#"{"kind":"alter","when":"before"}"#, "when"),
            (r#"{"kind":"alter","headers":{"content-length":"1"}}"#, "headers"),
            (r#"{"kind":"alter","headers":{"a b":"1"}}"#, "headers"),
            (r#"{"kind":"alter","body":"x","remove":["y"]}"#, "body"),
        ] {
            let error = read(json).expect_err(json);
            assert!(error.contains(field), "{json}: {error}");
        }
    }
}
