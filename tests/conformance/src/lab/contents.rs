//! What the suite creates sessions with.

use fastrand::Rng;
use serde_json::{Value, json};

/// The header that names a creation.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What a session is created with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// What every session has.
    Plain,
    /// That, and every optional field.
    Full,
    /// That, and metadata of every kind.
    Rich,
}

impl Contents {
    /// A body of a creation with accidental values.
    pub(super) fn drawn(self, rng: &mut Rng) -> Value {
        let mut body = new_session();
        // A server that answers with fixed values is not to be taken for one that answers with those of the session. A zero
        // at the end is lost where an amount becomes a number.
        let accidental = format!("{:08x}", rng.u32(..));
        body["amount"] = format!("{}.{}0", rng.u32(100..200), rng.u32(1..10)).into();
        body["user_reference"] = format!("zerogate-conformance-{accidental}").into();
        body["metadata"]["run"] = accidental.into();
        if matches!(self, Self::Full | Self::Rich) {
            set(&mut body, optional());
        }
        if self == Self::Rich {
            set(&mut body["metadata"], rich());
        }
        body
    }
}

fn set(object: &mut Value, fields: Value) {
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
}

/// Every field that may be left out.
fn optional() -> Value {
    json!({
        "cancel_url": "https://partner.example/checkout/cancelled",
        "flow": "on_ramp",
        "target_token": "USDC",
        "target_network": "arbitrum",
        "wallet_address": "0x0000000000000000000000000000000000000000",
    })
}

/// Whatever a partner may attach, and a careless server loses.
pub(super) fn rich() -> Value {
    json!({
        "Order Id": " 00123 ",
        "note": "Zo\u{eb} & <Sons> \u{201c}\u{1f4b6}\u{201d} e\u{301}",
        "nested": { "z": [1, 2.5, "3", null, true, []], "a": {} },
        "list": ["c", "a", "b"],
        "empty": "",
        "nothing": null,
    })
}

/// The values of the reference's example: nothing that a real target could take for more than a test.
pub(crate) fn new_session() -> Value {
    json!({
        "amount": "100.00",
        "currency": "EUR",
        "return_url": "https://partner.example/checkout/done",
        "user_reference": "zerogate-conformance",
        "metadata": { "created_by": "zerogate-conformance" },
    })
}
