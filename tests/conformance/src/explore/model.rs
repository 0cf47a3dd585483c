//! A model of the lifecycle of sessions, independent of the rules and of the emulator.
//!
//! It tracks the set of states that each session may be in. An open session may become completed or expired at any
//! time. A request whose response is lost may have taken effect or not, and concurrent requests take effect in any
//! order.

mod creations;
mod lifecycle;
mod lists;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::checks::{self, Check};
use super::plan::{Action, Name};
use super::states::States;
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;

/// The result of a request.
#[derive(Debug, Clone)]
pub(super) enum Seen {
    /// A response that shows what the request did.
    Response(Response),
    /// The pages of a list.
    Listed(Vec<Value>, ListEnd),
    /// Nothing that shows whether it took effect, or still will. Also a 5xx: a gateway may have given up too early.
    Unknown,
}

/// The status and the body of a response.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: Map<String, Value>,
}

impl Response {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field)?.as_str()
    }
}

/// How many pages of a list were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListEnd {
    /// To its end.
    Whole,
    /// Up to the maximum number of pages.
    Cut,
}

/// A response that the model does not allow.
#[derive(Debug, Clone)]
pub(super) struct Deviation {
    pub(super) check: &'static Check,
    /// The index in the group of the request that shows it.
    pub(super) request: usize,
    pub(super) expected: String,
    pub(super) received: String,
}

/// What is known about the sessions of a sequence.
#[derive(Debug, Default)]
pub(super) struct Model {
    sessions: BTreeMap<Name, Session>,
    keys: BTreeMap<Name, KeyUse>,
    /// The `user_reference` of each creation, with its name and body.
    references: BTreeMap<String, (Name, u8)>,
    /// Fields that change although nothing happens.
    restless: BTreeSet<&'static str>,
    found: Vec<Deviation>,
}

/// What is known about a session.
#[derive(Debug)]
struct Session {
    id: String,
    possible: States,
    /// Whether a cancellation may still take effect.
    has_cancel_under_way: bool,
    /// Whether a cancellation conflicted since the session was last read.
    has_conflicted: bool,
    /// The fields as first retrieved, or as returned by the creation until then.
    fields: Map<String, Value>,
    is_retrieved: bool,
}

/// What is known about the creations with one key.
#[derive(Debug, Default)]
struct KeyUse {
    /// The session that they created, if its id is known.
    id: Option<String>,
    /// The bodies that may have been the first with this key.
    bodies: BTreeSet<u8>,
    /// Whether a creation may still take effect.
    is_under_way: bool,
}

impl Session {
    /// The states that the session may be in by now.
    fn by_now(&self) -> States {
        let by_itself = self.possible.by_itself();
        let is_cancellable = self.has_cancel_under_way && by_itself.has(States::OPEN);
        if is_cancellable { by_itself.or(States::CANCELLED) } else { by_itself }
    }

    fn believe(&mut self, states: States) {
        self.possible = states;
        // A session that has left `open` can no longer be cancelled.
        self.has_cancel_under_way &= states.has(States::OPEN);
    }
}

impl Model {
    pub(super) fn new(restless: BTreeSet<&'static str>) -> Self {
        Self { restless, ..Self::default() }
    }

    /// Remembers the reference of a creation with this key and body.
    pub(super) fn refer(&mut self, reference: &str, name: Name, body: u8) {
        self.references.insert(reference.to_owned(), (name, body));
    }

    /// The id of a session, if it is known.
    pub(super) fn id(&self, name: Name) -> Option<&str> {
        self.sessions.get(&name).map(|session| session.id.as_str())
    }

    /// The sessions whose ids are known.
    pub(super) fn known(&self) -> impl Iterator<Item = Name> {
        self.sessions.keys().copied()
    }

    /// The creations that may have created a session whose id is unknown, each with a body that was sent.
    pub(super) fn unknown(&self) -> impl Iterator<Item = (Name, u8)> {
        let unknown = self.keys.iter().filter(|(_, used)| used.id.is_none());
        unknown.filter_map(|(name, used)| Some((*name, *used.bodies.first()?)))
    }

    /// Takes what was seen of concurrent requests, and returns what the model does not allow.
    pub(super) fn take(&mut self, group: &[(Action, Seen)]) -> Vec<Deviation> {
        let known: BTreeSet<Name> = self.sessions.keys().copied().collect();
        let before: BTreeMap<Name, States> =
            self.sessions.iter().map(|(name, session)| (*name, session.by_now())).collect();
        let mut own: BTreeMap<Name, Vec<(usize, Action, &Seen)>> = BTreeMap::new();
        let mut creations: BTreeMap<Name, Vec<(usize, u8, &Seen)>> = BTreeMap::new();
        for (request, (action, seen)) in group.iter().enumerate() {
            match (action, action.session()) {
                _ if !action.by().is_partner() => self.unauthorized(request, *action, seen),
                (Action::Create { body, .. }, Some(name)) => {
                    creations.entry(name).or_default().push((request, *body, seen));
                }
                (_, Some(name)) if name.owner == action.by() => {
                    own.entry(name).or_default().push((request, *action, seen));
                }
                (_, Some(_)) => self.foreign(request, *action, seen),
                (_, None) => {}
            }
        }
        for (name, requests) in creations {
            self.creations(name, &requests);
        }
        for (name, requests) in own {
            self.lifecycle(name, &requests);
        }
        for (request, (action, seen)) in group.iter().enumerate() {
            if let (Action::List { by, .. }, Seen::Listed(listed, end)) = (action, seen)
                && by.is_partner()
            {
                self.list(request, *by, listed, *end, &known, &before);
            }
        }
        let mut found = std::mem::take(&mut self.found);
        found.sort_by_key(|deviation| deviation.request);
        found
    }

    fn report(
        &mut self,
        check: &'static Check,
        request: usize,
        expected: impl Into<String>,
        received: impl Into<String>,
    ) {
        let (expected, received) = (expected.into(), received.into());
        self.found.push(Deviation { check, request, expected, received });
    }

    fn unauthorized(&mut self, request: usize, action: Action, seen: &Seen) {
        let status = match seen {
            Seen::Response(response) if response.status != 401 => response.status,
            Seen::Listed(..) => 200,
            _ => return,
        };
        let is_cancel = matches!(action, Action::Cancel { .. });
        let check = if is_cancel { &checks::UNAUTHORIZED_CANCEL } else { &checks::UNAUTHORIZED_OTHERS };
        self.report(check, request, "401", status.to_string());
    }

    fn foreign(&mut self, request: usize, action: Action, seen: &Seen) {
        if let Seen::Response(response) = seen
            && response.status != 404
        {
            let is_cancel = matches!(action, Action::Cancel { .. });
            let check = if is_cancel { &checks::FOREIGN_CANCEL } else { &checks::FOREIGN_RETRIEVE };
            self.report(check, request, "404", response.status.to_string());
        }
    }

    /// The first documented field that differs, with both values as they may be shown.
    ///
    /// The reference says nothing about other fields, such as the time of the last change.
    fn differing(&self, before: &Map<String, Value>, now: &Map<String, Value>) -> Option<(String, String, String)> {
        let is_compared = |field: &str| field != "status" && !self.restless.contains(field);
        let compared = CONTRACT.session_fields.iter().filter(|field| is_compared(field));
        let field = body::differing(compared, before, now).into_iter().next()?;
        let (was, is) = (before.get(field)?, now.get(field)?);
        Some((body::one_line(field), body::shown(field, was), body::shown(field, is)))
    }
}
