//! Successes that are not what the reference describes.

use serde_json::{Map, Value, json};
use zerogate_emulator::{Alteration, FaultKind};

use super::base::{CANCEL, OWN, SAYS, WIRE, always, once, once_after, with};
use crate::grade::case::{Case, Script};
use crate::rules::rule::Level;

const BRANCH: &str = "Production rules, branch on machine-readable status, error code, object id";

const TOLERANT: &str = "The session is cancelled; a client that fails because of something else hides that.";

fn altered(change: impl FnOnce(&mut Alteration)) -> FaultKind {
    let mut alteration = Alteration::default();
    change(&mut alteration);
    FaultKind::Alter(alteration)
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "still-open",
        title: "A 201 whose session is still open is not reported as cancelled",
        clause: BRANCH,
        why: "The widget can still take the customer's money.",
        script: Script { faults: |_| always(with(&[("status", json!("open"))])), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "ok-but-open",
        title: "A 200 whose session is still open is not reported as cancelled",
        clause: "Response, HTTP 201 and status cancelled",
        why: "The widget can still take the customer's money.",
        script: Script {
            faults: |_| {
                let set = Map::from_iter([("status".to_owned(), Value::from("open"))]);
                always(FaultKind::Alter(Alteration { status: Some(200), set, ..Alteration::default() }))
            },
            ..CANCEL
        },
        ..SAYS
    },
    Case {
        id: "unknown-status",
        title: "A 201 whose status is not in the reference is not reported as cancelled",
        clause: BRANCH,
        why: "A new status such as `cancelling` is not the one that the reference promises.",
        script: Script { faults: |_| always(with(&[("status", json!("cancelling"))])), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "other-session",
        title: "A 201 for another session is not reported as cancelled",
        clause: BRANCH,
        why: "A mixed-up response says nothing about the requested session.",
        script: Script { faults: |_| always(with(&[("id", json!("67a1f3b9e4b0c1000123ffff"))])), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "other-object",
        title: "A 201 with another `object` is not reported as cancelled",
        level: Level::Should,
        clause: "Response, row `object`",
        why: "A response about something else says nothing about the session.",
        script: Script { faults: |_| always(with(&[("object", json!("gate_refund"))])), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "undocumented-success",
        title: "A 200 in place of the 201 is not reported as a failure",
        level: Level::Should,
        clause: "Response",
        why: TOLERANT,
        script: Script { faults: |_| once_after(altered(|it| it.status = Some(200))), ..CANCEL },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "new-field",
        title: "A field that is not in the reference does not break a client",
        level: Level::Should,
        clause: "Response",
        why: "Fields are added to every API.",
        script: Script { faults: |_| once_after(with(&[("risk", json!({ "score": [1, null] }))])), ..CANCEL },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "missing-field",
        title: "A missing field that does not matter for a cancellation does not break a client",
        level: Level::Should,
        clause: "Response",
        why: TOLERANT,
        script: Script {
            faults: |_| once_after(altered(|it| it.remove = vec!["kyc_pre_verified".to_owned(), "flow".to_owned()])),
            ..CANCEL
        },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "missing-request-id",
        title: "A success without `X-Request-Id` does not break a client",
        level: Level::Should,
        clause: "Errors; the reference promises the header for errors",
        why: TOLERANT,
        script: Script {
            faults: |_| once_after(altered(|it| drop(it.headers.insert("x-request-id".to_owned(), None)))),
            ..CANCEL
        },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "duplicate-names",
        title: "A session with two statuses is not reported as cancelled",
        level: Level::Should,
        clause: "Response, row `status`",
        why: "Some parsers take the first, others the last, so neither is reliable.",
        script: Script {
            faults: |_| {
                let add = Map::from_iter([("status".to_owned(), Value::from("cancelled"))]);
                let set = Map::from_iter([("status".to_owned(), Value::from("open"))]);
                always(FaultKind::Alter(Alteration { set, add, ..Alteration::default() }))
            },
            ..CANCEL
        },
        ..SAYS
    },
    Case {
        id: "huge-body",
        title: "A huge success is not reported as a failure",
        level: Level::Should,
        clause: "Response",
        why: "A size limit is good, but the session is cancelled.",
        script: Script {
            faults: |_| once_after(with(&[("metadata", json!({ "filler": "x".repeat(4 * 1024 * 1024) }))])),
            ..CANCEL
        },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "gzip-unasked",
        title: "A compressed success that the client did not ask for is not reported as a failure",
        level: Level::Should,
        clause: "Response",
        why: "Some gateways compress even if the client does not accept it; the session is cancelled.",
        script: Script { faults: |_| once_after(FaultKind::Gzip), ..CANCEL },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "two-responses",
        title: "A surplus response is not taken for the response to the next request",
        level: Level::Should,
        clause: "Errors, row 5xx; RFC 9112, 6.3",
        why: "The client would report the result of another request.",
        script: Script { faults: |_| once(FaultKind::Extra { status: 500, extra: 404 }), ..CANCEL },
        ..SAYS
    },
];
