//! Cancellations and retrievals of a session by its owner.

use serde_json::{Map, Value};

use super::{Check, Model, Response, Seen, Session, States, checks};
use crate::evidence::body;
use crate::explore::plan::{Action, Name};

impl Model {
    /// Checks concurrent retrievals and cancellations of a session by its owner.
    pub(super) fn lifecycle(&mut self, name: Name, requests: &[(usize, Action, &Seen)]) {
        let Some(mut session) = self.sessions.remove(&name) else { return };
        let before = session.by_now();
        let cancels = || requests.iter().filter(|(_, action, _)| matches!(action, Action::Cancel { .. }));
        let count = |is: fn(&Response) -> bool| {
            cancels().filter(move |(_, _, seen)| matches!(seen, Seen::Response(response) if is(response))).count()
        };
        let (winners, conflicts) = (count(Response::is_success), count(|response| response.status == 409));
        let unknown = cancels().filter(|(_, _, seen)| matches!(seen, Seen::Unknown)).count();
        session.has_cancel_under_way |= unknown > 0;

        let mut has_won = false;
        for (request, _, seen) in cancels() {
            let Seen::Response(response) = seen else { continue };
            match response.status {
                200..300 if !before.has(States::OPEN) => {
                    let expected = format!("409: the session is {before}");
                    self.report(&checks::CANCELS_ONCE, *request, expected, response.status.to_string());
                }
                200..300 if has_won => {
                    let expected = "409: a concurrent cancellation succeeded";
                    self.report(&checks::CANCELS_ONCE, *request, expected, response.status.to_string());
                }
                200..300 => {
                    has_won = true;
                    if response.status != 201 {
                        self.report(&checks::CANCEL_STATUS, *request, "201", response.status.to_string());
                    }
                    self.cancelled(*request, &session, response);
                }
                409 => {}
                status => {
                    let is_open = before.has(States::OPEN);
                    let expected = if is_open { "201, or 409 if the session is terminal" } else { "409" };
                    self.report(&checks::CANCEL_STATUS, *request, expected, status.to_string());
                }
            }
        }

        let is_cancellable = before.has(States::OPEN) && (winners + unknown > 0 || session.has_cancel_under_way);
        let meanwhile = if is_cancellable { before.or(States::CANCELLED) } else { before };
        let after = if winners > 0 {
            States::CANCELLED
        } else if conflicts > 0 {
            meanwhile.without(States::OPEN)
        } else {
            meanwhile
        };
        let is_won = winners > 0 && before.has(States::OPEN);
        let allowed = if is_won { States::OPEN.or(States::CANCELLED) } else { meanwhile.or(after) };
        session.has_conflicted |= conflicts > 0 && winners == 0;
        session.believe(after);

        for (request, action, seen) in requests {
            let (Action::Retrieve { .. }, Seen::Response(response)) = (action, seen) else { continue };
            self.retrieved(*request, &mut session, response, allowed, cancels().next().is_none());
        }
        self.sessions.insert(name, session);
    }

    /// Checks the body of a successful cancellation.
    fn cancelled(&mut self, request: usize, session: &Session, response: &Response) {
        for (field, expected) in [("id", session.id.as_str()), ("status", "cancelled")] {
            if let Some(value) = response.body.get(field)
                && value.as_str() != Some(expected)
            {
                let received = body::shown(field, value);
                self.report(
                    &checks::CANCEL_BODY,
                    request,
                    format!("`{field}` `{}`", body::one_line(expected)),
                    received,
                );
            }
        }
        self.no_client_secret(request, response);
        let check = if session.is_retrieved { &checks::CANCEL_KEEPS_FIELDS } else { &checks::KEEPS_FIELDS };
        self.fields(check, request, session, &response.body);
    }

    /// Checks a retrieved session. `is_quiet`: the owner does not cancel it at the same time.
    fn retrieved(
        &mut self,
        request: usize,
        session: &mut Session,
        response: &Response,
        allowed: States,
        is_quiet: bool,
    ) {
        if !response.is_success() {
            self.report(&checks::RETRIEVES, request, "200 and the session", response.status.to_string());
            return;
        }
        self.no_client_secret(request, response);
        if let Some(id) = response.text("id")
            && id != session.id
        {
            let expected = format!("`id` `{}`", body::one_line(&session.id));
            self.report(&checks::RETRIEVES, request, expected, format!("`{}`", body::one_line(id)));
            return;
        }
        let status = response.text("status").unwrap_or_default();
        // An unknown status shows nothing.
        let Some(state) = States::of(status) else { return };
        if !allowed.has(state) {
            let is_conflict = session.has_conflicted && state == States::OPEN;
            let check = if is_conflict { &checks::CONFLICT_IS_TERMINAL } else { &checks::STATUS_FOLLOWS };
            self.report(check, request, format!("`status` {allowed}"), format!("`{status}`"));
            session.believe(state);
        } else if state != States::OPEN || is_quiet && session.possible.has(States::OPEN) {
            session.believe(state);
        }
        session.has_conflicted &= !is_quiet;
        let has_moved = session.fields.get("status").and_then(Value::as_str) != Some(status);
        // Completing a session fills in some of its fields.
        let is_completed = has_moved && state != States::CANCELLED && state != States::OPEN;
        if !is_completed {
            let is_of_cancelling = session.is_retrieved && has_moved && state == States::CANCELLED;
            let check = if is_of_cancelling { &checks::CANCEL_KEEPS_FIELDS } else { &checks::KEEPS_FIELDS };
            self.fields(check, request, session, &response.body);
        }
        if !session.is_retrieved || is_completed {
            session.fields = response.body.clone();
            session.is_retrieved = true;
        }
    }

    fn no_client_secret(&mut self, request: usize, response: &Response) {
        if response.body.contains_key("client_secret") {
            self.report(&checks::CLIENT_SECRET, request, "no `client_secret`", "one");
        }
    }

    /// Checks that no field differs from what it was.
    fn fields(&mut self, check: &'static Check, request: usize, session: &Session, now: &Map<String, Value>) {
        if let Some((field, expected, received)) = self.differing(&session.fields, now) {
            self.report(check, request, format!("`{field}` as it was: {expected}"), received);
        }
    }
}
