//! Redirects, and ids that contain paths.

use std::collections::BTreeMap;

use zerogate_emulator::{Alteration, FaultKind};

use super::base::{CANCEL, SAYS, WIRE, always};
use crate::grade::case::{Case, Says, Script, Session};
use crate::grade::outcome::Outcome::{Cancelled, Error, NotFound, Unauthorized, Unknown};
use crate::grade::wire;
use crate::rules::rule::Level;

fn redirect(status: u16, location: String) -> FaultKind {
    let headers = BTreeMap::from([("location".to_owned(), Some(location))]);
    FaultKind::Alter(Alteration { status: Some(status), headers, body: Some(String::new()), ..Alteration::default() })
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "redirect-elsewhere",
        title: "The key does not follow a redirect to another host",
        clause: "Production rules, keep secret keys on your server",
        why: "Anyone who can send one response could get the key.",
        script: Script {
            faults: |it| always(redirect(307, format!("{}/gate_sessions/{}/cancel", it.elsewhere, it.session))),
            ..CANCEL
        },
        checks: &[wire::no_leak],
        ..WIRE
    },
    // Many clients refuse to send a POST to another host, but turn it into a GET after a 302.
    Case {
        id: "redirect-as-get",
        title: "The key does not follow a redirect to another host that turns the request into a GET",
        clause: "Production rules, keep secret keys on your server",
        why: "Anyone who can send one response could get the key.",
        script: Script {
            faults: |it| always(redirect(302, format!("{}/gate_sessions/{}", it.elsewhere, it.session))),
            ..CANCEL
        },
        checks: &[wire::no_leak],
        ..WIRE
    },
    // A 302 turns the POST into a GET, which reads an open session.
    Case {
        id: "redirect-here",
        title: "A redirect to the session is not reported as a cancellation",
        clause: "Response, HTTP 201 and status cancelled",
        why: "A client that follows it reads an open session with a 200.",
        script: Script { faults: |it| always(redirect(302, format!("/v1/gate_sessions/{}", it.session))), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "id-of-dots",
        title: "An id that contains a path does not reach another resource",
        level: Level::Should,
        clause: "Request, row `id`",
        why: "An id from outside could otherwise choose another operation, with the key.",
        script: Script { session: Session::Dots, ..CANCEL },
        says: Says { done: &[Cancelled], undone: &[Error, NotFound, Unauthorized, Unknown], status: false },
        checks: &[wire::stays_below_sessions],
        ..WIRE
    },
];
