//! The bodies with which the suite creates sessions.

use fastrand::Rng;
use serde_json::{Value, json};

/// Which fields a session is created with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Without metadata.
    Bare,
    /// The required fields and a few more.
    Plain,
    /// The same with every optional field.
    Full,
    /// The same with metadata of every kind.
    Rich,
}

impl Contents {
    /// Draws a body with random values.
    pub(super) fn drawn(self, rng: &mut Rng) -> Value {
        let mut body = new_session();
        // Random values detect a server that returns fixed ones. The trailing zero is lost if an amount becomes a
        // number.
        let random = format!("{:08x}", rng.u32(..));
        body["amount"] = format!("{}.{}0", rng.u32(100..200), rng.u32(1..10)).into();
        body["user_reference"] = format!("zerogate-conformance-{random}").into();
        body["metadata"]["run"] = random.into();
        if self == Self::Bare {
            remove(&mut body, "metadata");
        }
        if matches!(self, Self::Full | Self::Rich) {
            set(&mut body, optional());
        }
        if self == Self::Rich {
            set(&mut body["metadata"], rich());
        }
        body
    }
}

pub(super) fn set(object: &mut Value, fields: Value) {
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
}

pub(super) fn remove(object: &mut Value, field: &str) {
    object.as_object_mut().and_then(|object| object.remove(field));
}

/// Every optional field.
fn optional() -> Value {
    json!({
        "cancel_url": "https://partner.example/checkout/cancelled",
        "flow": "on_ramp",
        "target_token": "USDC",
        "target_network": "arbitrum",
        "wallet_address": "0x0000000000000000000000000000000000000000",
    })
}

/// Metadata that a partner may attach and a careless server loses.
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

/// The values of the reference's example, which a real target recognises as a test.
pub(crate) fn new_session() -> Value {
    json!({
        "amount": "100.00",
        "currency": "EUR",
        "return_url": "https://partner.example/checkout/done",
        "user_reference": "zerogate-conformance",
        "metadata": { "created_by": "zerogate-conformance" },
    })
}
