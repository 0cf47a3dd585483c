//! Lists: complete, in order, and of one partner.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{ListEnd, Model, States, checks};
use crate::evidence::body;
use crate::explore::plan::{Caller, Name};

impl Model {
    /// Checks the pages of a list.
    pub(super) fn list(
        &mut self,
        request: usize,
        by: Caller,
        listed: &[Value],
        end: ListEnd,
        known: &BTreeSet<Name>,
        before: &BTreeMap<Name, States>,
    ) {
        let listed: Vec<&Map<String, Value>> = listed.iter().filter_map(Value::as_object).collect();
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        for session in &listed {
            let Some(id) = session.get("id").and_then(Value::as_str) else { continue };
            if !ids.insert(id) {
                let received = format!("{} twice", body::one_line(id));
                self.report(&checks::LIST_COMPLETE, request, "every session once", received);
            }
            self.reference(request, by, id, session);
            self.listed(request, by, id, session, before);
        }
        let times: Vec<Timestamp> = listed.iter().filter_map(|session| created_at(session)).collect();
        if !times.is_sorted_by(|one, next| one >= next) {
            self.report(&checks::LIST_COMPLETE, request, "the newest session first", "an older one before a newer one");
        }
        for name in known.iter().filter(|name| name.owner == by) {
            let Some(session) = self.sessions.get(name).filter(|session| !ids.contains(session.id.as_str())) else {
                continue;
            };
            let is_passed = created_at(&session.fields).is_some_and(|time| times.iter().any(|other| *other < time));
            if end == ListEnd::Whole || is_passed {
                let expected = format!("the session {}, which was created before", body::one_line(&session.id));
                self.report(&checks::LIST_COMPLETE, request, expected, "a list without it");
            }
        }
    }

    /// Checks that a listed session is the only one that its creation created.
    fn reference(&mut self, request: usize, by: Caller, id: &str, listed: &Map<String, Value>) {
        let reference = listed.get("user_reference").and_then(Value::as_str);
        let Some((name, body)) = reference.and_then(|reference| self.references.get(reference)).copied() else {
            return;
        };
        let received = format!("the session {}", body::one_line(id));
        if !name.owner.is_partner() {
            let expected = "no session, because the creation had no valid key";
            self.report(&checks::CREATED_ONCE, request, expected, received);
        } else if name.owner == by
            && let Some(used) = self.keys.get_mut(&name)
        {
            match &used.id {
                None => {
                    used.id = Some(id.to_owned());
                    used.bodies = BTreeSet::from([body]);
                }
                Some(own) if own == id => {}
                Some(own) => {
                    let expected = format!("no session with the key except {}", body::one_line(own));
                    self.report(&checks::CREATED_ONCE, request, expected, received);
                }
            }
        }
    }

    /// Checks a listed session against what is known about it.
    fn listed(
        &mut self,
        request: usize,
        by: Caller,
        id: &str,
        listed: &Map<String, Value>,
        before: &BTreeMap<Name, States>,
    ) {
        let Some((name, session)) = self.sessions.iter().find(|(_, session)| session.id == id) else { return };
        if name.owner != by {
            let received = format!("the session {} of another partner", body::one_line(id));
            return self.report(&checks::LIST_OWN, request, "only sessions of the partner", received);
        }
        let allowed = before.get(name).copied().unwrap_or(States::OPEN).or(session.by_now());
        let status = listed.get("status").and_then(Value::as_str).unwrap_or_default();
        let difference = self.differing(&session.fields, listed);
        if let Some(state) = States::of(status)
            && !allowed.has(state)
        {
            let expected = format!("`status` {allowed} of {}", body::one_line(id));
            self.report(&checks::LIST_SESSION, request, expected, format!("`{status}`"));
        } else if listed.contains_key("client_secret") {
            self.report(&checks::LIST_SESSION, request, "no `client_secret`", "one");
        } else if let Some((field, expected, received)) = difference {
            let expected = format!("`{field}` of {} as it was: {expected}", body::one_line(id));
            self.report(&checks::LIST_SESSION, request, expected, received);
        }
    }
}

fn created_at(session: &Map<String, Value>) -> Option<Timestamp> {
    session.get("created_at")?.as_str()?.parse().ok()
}
