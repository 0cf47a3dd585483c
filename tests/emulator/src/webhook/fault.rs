//! Faults for webhooks.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ControlError;
use crate::fault::Fields;
use crate::json;

/// A fault for one webhook.
///
/// ```
/// use zerogate_emulator::WebhookFault;
///
/// let fault: WebhookFault = serde_json::from_str(r#"{"kind":"late","ms":500}"#)?;
/// assert_eq!(fault, WebhookFault::Late { ms: 500 });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "Map<String, Value>")]
#[non_exhaustive]
pub enum WebhookFault {
    /// The event is sent twice, with the same id.
    Twice,
    /// The event is sent later, with the original signature; later events do not wait for it.
    Late {
        /// The delay in milliseconds.
        ms: u64,
    },
    /// The event is sent after the next one.
    OutOfOrder,
    /// The event is signed with another secret.
    WrongSecret,
}

impl WebhookFault {
    /// The name of the kind, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Twice => "twice",
            Self::Late { .. } => "late",
            Self::OutOfOrder => "out_of_order",
            Self::WrongSecret => "wrong_secret",
        }
    }
}

impl TryFrom<Map<String, Value>> for WebhookFault {
    type Error = ControlError;

    fn try_from(fields: Map<String, Value>) -> Result<Self, ControlError> {
        let mut fields = Fields(fields);
        let kind: String = fields.required("kind")?;
        let own: &[&str] = if kind == "late" { &["ms"] } else { &[] };
        fields.only([&[], own], &kind)?;
        match kind.as_str() {
            "twice" => Ok(Self::Twice),
            "late" => Ok(Self::Late { ms: fields.required("ms")? }),
            "out_of_order" => Ok(Self::OutOfOrder),
            "wrong_secret" => Ok(Self::WrongSecret),
            _ => {
                let known = ["twice", "late", "out_of_order", "wrong_secret"];
                Err(ControlError::invalid("kind", json::not_one_of(&kind, &known)))
            }
        }
    }
}

/// The armed faults, one for each of the next webhooks.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<VecDeque<WebhookFault>>);

impl Queue {
    fn lock(&self) -> MutexGuard<'_, VecDeque<WebhookFault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arm(&self, fault: WebhookFault) {
        self.lock().push_back(fault);
    }

    pub(crate) fn take(&self) -> Option<WebhookFault> {
        self.lock().pop_front()
    }

    pub(crate) fn list(&self) -> Vec<WebhookFault> {
        self.lock().iter().copied().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}
