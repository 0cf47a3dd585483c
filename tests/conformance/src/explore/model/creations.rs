//! Creations, and whether a key makes one session.

use std::collections::BTreeSet;

use super::{KeyUse, Model, Response, Seen, Session, States, checks};
use crate::evidence::body;
use crate::explore::plan::Name;

impl Model {
    /// Checks concurrent creations with one key.
    pub(super) fn creations(&mut self, name: Name, requests: &[(usize, u8, &Seen)]) {
        let mut used = self.keys.remove(&name).unwrap_or_default();
        let is_new = used.bodies.is_empty();
        let mut sent: BTreeSet<u8> = used.bodies.clone();
        sent.extend(requests.iter().map(|(_, body, _)| *body));
        // While the first one is in progress, the server may refuse others for now.
        let is_contested = requests.len() > 1 || used.is_under_way;
        for (_, body, seen) in requests {
            if matches!(seen, Seen::Unknown) && used.id.is_none() {
                used.bodies.insert(*body);
                used.is_under_way = true;
            }
        }
        let may_be_first = used.bodies.clone();
        for (request, body, seen) in requests {
            let Seen::Response(response) = seen else { continue };
            match (response.is_success(), used.id.clone()) {
                (true, None) => {
                    if let Some(id) = self.created(*request, name, response, is_new && requests.len() == 1) {
                        used = KeyUse { id: Some(id), bodies: BTreeSet::from([*body]), is_under_way: false };
                    }
                }
                (true, Some(id)) => {
                    let received = response.text("id").unwrap_or("no id");
                    if !used.bodies.contains(body) {
                        let expected = "a refusal, 409: the key was used with another body before";
                        self.report(&checks::KEY_REFUSED, *request, expected, response.status.to_string());
                    } else if received != id {
                        let expected = format!("the session that was created with the key, {id}");
                        self.report(&checks::REPLAYS, *request, expected, body::one_line(received));
                    } else if !self.sessions.contains_key(&name) {
                        // So far only a list has shown it.
                        self.created(*request, name, response, false);
                    }
                }
                (false, _) if is_contested => {}
                (false, None) if may_be_first.iter().all(|first| first == body) => {
                    let check = if is_new { &checks::CREATES } else { &checks::REPLAYS };
                    self.report(check, *request, "201", response.status.to_string());
                }
                (false, Some(id)) if used.bodies.contains(body) => {
                    let expected = format!("201 and the session that was created with the key, {id}");
                    self.report(&checks::REPLAYS, *request, expected, response.status.to_string());
                }
                (false, _) => {}
            }
        }
        if used.id.is_some() || !used.bodies.is_empty() {
            self.keys.insert(name, used);
        }
    }

    /// Checks the response that names the created session. It may be the first with its key.
    fn created(&mut self, request: usize, name: Name, response: &Response, is_new: bool) -> Option<String> {
        let Some(id) = response.text("id") else {
            self.report(&checks::CREATES, request, "a session with an id", format!("{} without one", response.status));
            return None;
        };
        if let Some((other, _)) = self.sessions.iter().find(|(_, session)| session.id == id) {
            let received = if other.owner == name.owner { "that of another key" } else { "that of another partner" };
            self.report(&checks::CREATES, request, "a new session", format!("{received}, {}", body::one_line(id)));
            return Some(id.to_owned());
        }
        let possible = States::OPEN.by_itself();
        let status = response.text("status").unwrap_or_default();
        let state = States::of(status);
        if let Some(state) = state
            && is_new
            && !possible.has(state)
        {
            self.report(&checks::CREATES, request, "`status` `open`", format!("`{status}`"));
        }
        // The response may be a replay of an earlier one that was lost.
        let possible = state.filter(|_| is_new).unwrap_or(possible);
        let session = Session {
            id: id.to_owned(),
            possible,
            has_cancel_under_way: false,
            has_conflicted: false,
            fields: response.body.clone(),
            is_retrieved: false,
        };
        self.sessions.insert(name, session);
        Some(id.to_owned())
    }
}
