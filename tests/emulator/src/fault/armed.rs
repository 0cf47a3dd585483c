//! Faults, and the requests that they wait for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::Fields;
use super::kind::FaultKind;
use super::when::When;
use crate::error::ControlError;
use crate::operation::Operation;

/// A fault in the response to an operation.
///
/// In JSON a fault is one flat object: the name of the `kind`, and the fields of that kind. Unknown fields and fields
/// of another kind are refused.
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
#[serde(try_from = "Map<String, Value>")]
pub struct Fault {
    /// The operation that it waits for; `None` for any.
    pub operation: Option<Operation>,
    /// How many requests it affects; `None` for all, until it is disarmed.
    pub times: Option<u32>,
    /// Whether the operation is carried out.
    pub when: When,
    /// Whether it also affects requests without a valid secret key, which are never carried out.
    pub unauthenticated: bool,
    /// The kind of fault.
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl Fault {
    /// A fault for the next request of any operation: before the operation is carried out or, for [`FaultKind::Alter`],
    /// [`FaultKind::Store`] and [`FaultKind::Ignore`], afterwards.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self { operation: None, times: Some(1), when: kind.usual_time(), unauthenticated: false, kind }
    }

    /// Waits for this operation only.
    #[must_use]
    pub fn on(self, operation: Operation) -> Self {
        Self { operation: Some(operation), ..self }
    }

    /// Applies the fault instead of the operation.
    #[must_use]
    pub fn before(self) -> Self {
        Self { when: When::Before, ..self }
    }

    /// Carries out the operation, and applies the fault only to its response.
    #[must_use]
    pub fn after(self) -> Self {
        Self { when: When::After, ..self }
    }

    /// Affects this many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Affects every request until it is disarmed.
    #[must_use]
    pub fn until_reset(self) -> Self {
        Self { times: None, ..self }
    }

    pub(super) fn check(&self) -> Result<(), ControlError> {
        if self.times == Some(0) {
            return Err(ControlError::invalid("times", "must be at least 1, or null"));
        }
        let name = self.kind.name();
        if self.kind.needs_operation() && self.when == When::Before {
            return Err(ControlError::invalid("when", format!("must be after: kind {name} carries out the operation")));
        }
        if matches!(self.kind, FaultKind::Store { .. }) && self.operation == Some(Operation::ListSessions) {
            return Err(ControlError::invalid("operation", format!("kind {name} needs a single session, not a list")));
        }
        self.kind.check()
    }
}

impl TryFrom<Map<String, Value>> for Fault {
    type Error = ControlError;

    fn try_from(fields: Map<String, Value>) -> Result<Self, ControlError> {
        let mut fields = Fields(fields);
        let fault = Self::new(FaultKind::read(&mut fields)?);
        let fault = Self {
            operation: fields.optional("operation")?,
            // Absent means once; null means until reset.
            times: fields.take("times")?.unwrap_or(Some(1)),
            when: fields.optional("when")?.unwrap_or(fault.when),
            unauthenticated: fields.optional("unauthenticated")?.unwrap_or_default(),
            ..fault
        };
        fault.check()?;
        Ok(fault)
    }
}

/// An armed fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ArmedFault {
    /// How many requests it will still affect; `None` for all.
    pub left: Option<u32>,
    /// The fault, as it was armed.
    #[serde(flatten)]
    pub fault: Fault,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Alteration;

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
            ..Alteration::default()
        };
        let twice = Alteration {
            add_headers: [("x-a".to_owned(), "b".to_owned())].into(),
            add: Map::from_iter([("a".to_owned(), Value::from(1))]),
            ..Alteration::default()
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
            FaultKind::Drip { ms: 7 },
            FaultKind::Gzip,
            FaultKind::Last { status: 503 },
            FaultKind::Extra { status: 503, extra: 404 },
            FaultKind::Reset,
            FaultKind::Close,
            FaultKind::Alter(alteration),
            FaultKind::Alter(twice),
            FaultKind::Store { set: Map::from_iter([("amount".to_owned(), Value::from("1"))]) },
            FaultKind::Ignore { names: vec!["limit".to_owned()] },
            FaultKind::Alter(Alteration::default()),
        ] {
            let fault = Fault::new(kind).on(Operation::CreateSession).until_reset();
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
            (r#"{"kind":"store","set":{"amount":"1"},"when":"before"}"#, "when"),
            (r#"{"kind":"store","set":{"amount":"1"},"operation":"listSessions"}"#, "operation"),
            (r#"{"kind":"store"}"#, "set"),
            (r#"{"kind":"store","set":{}}"#, "set"),
            (r#"{"kind":"store","set":{"amount":1}}"#, "set.amount"),
            (r#"{"kind":"store","set":{"id":"x"}}"#, "set.id"),
            (r#"{"kind":"store","set":{"amuont":"1"}}"#, "set.amuont"),
            (r#"{"kind":"ignore","names":[]}"#, "names"),
            (r#"{"kind":"ignore","names":["limit"],"when":"before"}"#, "when"),
            (r#"{"kind":"alter","add_headers":{"connection":"close"}}"#, "add_headers"),
            (r#"{"kind":"alter","headers":{"content-length":"1"}}"#, "headers"),
            (r#"{"kind":"alter","headers":{"a b":"1"}}"#, "headers"),
            (r#"{"kind":"alter","body":"x","remove":["y"]}"#, "body"),
        ] {
            let error = read(json).expect_err(json);
            assert!(error.contains(field), "{json}: {error}");
        }
    }
}
