//! The lifecycle of sessions, as far as it can be known from outside.
//!
//! It stands apart from the rules and from the emulator: what it knows of a session is the set of states that the session may
//! be in. An open session may become completed or expired at any time by itself. A response that is lost leaves both of
//! what may have happened; requests that are sent at once may take effect in any order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::checks::{self, Check};
use super::plan::{Action, Caller, Name};
use super::states::States;
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;

/// What came of a request.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A response that says something of the request.
    Told(Told),
    /// The pages of a list.
    Listed(Vec<Value>, ListEnd),
    /// Nothing that says whether it took effect, or still will: also where a gateway says that it gave up.
    Unknown,
}

/// A response.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: Map<String, Value>,
}

impl Told {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field)?.as_str()
    }
}

/// How far a list was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListEnd {
    /// To its end.
    Whole,
    /// As far as pages are followed.
    Cut,
}

/// Something that was not to be expected.
#[derive(Debug, Clone)]
pub(super) struct Deviation {
    pub(super) check: &'static Check,
    /// Which request of the group shows it.
    pub(super) request: usize,
    pub(super) expected: String,
    pub(super) received: String,
}

/// What is known of the sessions of a conversation.
#[derive(Debug, Default)]
pub(super) struct Model {
    sessions: BTreeMap<Name, Session>,
    keys: BTreeMap<Name, KeyUse>,
    /// What creations call themselves, and which it is.
    references: BTreeMap<String, (Name, u8)>,
    /// Fields that change while nothing happens.
    restless: BTreeSet<&'static str>,
    found: Vec<Deviation>,
}

/// What is known of a session.
#[derive(Debug)]
struct Session {
    id: String,
    possible: States,
    /// Whether a cancellation may still take effect.
    has_cancel_under_way: bool,
    /// Whether a cancellation conflicted since the session was last read.
    has_conflicted: bool,
    /// The fields as they were first retrieved, or else returned by the creation.
    fields: Map<String, Value>,
    is_retrieved: bool,
}

/// What creations under a key have come to.
#[derive(Debug, Default)]
struct KeyUse {
    /// The session that they made, if its id was told.
    id: Option<String>,
    /// The bodies that may be the first that came with it.
    bodies: BTreeSet<u8>,
    /// Whether one of them may still be on its way.
    is_under_way: bool,
}

impl Session {
    /// The states that it may be in by now.
    fn by_now(&self) -> States {
        let by_itself = self.possible.by_itself();
        let is_cancellable = self.has_cancel_under_way && by_itself.has(States::OPEN);
        if is_cancellable { by_itself.or(States::CANCELLED) } else { by_itself }
    }

    fn believe(&mut self, states: States) {
        self.possible = states;
        // What has left `open` is not cancelled any more.
        self.has_cancel_under_way &= states.has(States::OPEN);
    }
}

impl Model {
    pub(super) fn new(restless: BTreeSet<&'static str>) -> Self {
        Self { restless, ..Self::default() }
    }

    /// Says what the creation under this key and body calls itself.
    pub(super) fn refer(&mut self, reference: &str, name: Name, body: u8) {
        self.references.insert(reference.to_owned(), (name, body));
    }

    /// The id of a session, if it was told.
    pub(super) fn id(&self, name: Name) -> Option<&str> {
        self.sessions.get(&name).map(|session| session.id.as_str())
    }

    /// The sessions whose ids were told.
    pub(super) fn known(&self) -> impl Iterator<Item = Name> {
        self.sessions.keys().copied()
    }

    /// The creations that may have made a session whose id was not told, with a body that they had.
    pub(super) fn untold(&self) -> impl Iterator<Item = (Name, u8)> {
        let untold = self.keys.iter().filter(|(_, used)| used.id.is_none());
        untold.filter_map(|(name, used)| Some((*name, *used.bodies.first()?)))
    }

    /// Takes what requests came to that were sent at once, and says what is wrong with it.
    pub(super) fn take(&mut self, group: &[(Action, Answer)]) -> Vec<Deviation> {
        let known: BTreeSet<Name> = self.sessions.keys().copied().collect();
        let before: BTreeMap<Name, States> =
            self.sessions.iter().map(|(name, session)| (*name, session.by_now())).collect();
        let mut own: BTreeMap<Name, Vec<(usize, Action, &Answer)>> = BTreeMap::new();
        let mut creations: BTreeMap<Name, Vec<(usize, u8, &Answer)>> = BTreeMap::new();
        for (request, (action, answer)) in group.iter().enumerate() {
            match (action, action.session()) {
                _ if !action.by().is_partner() => self.unauthorized(request, *action, answer),
                (Action::Create { body, .. }, Some(name)) => {
                    creations.entry(name).or_default().push((request, *body, answer));
                }
                (_, Some(name)) if name.owner == action.by() => {
                    own.entry(name).or_default().push((request, *action, answer));
                }
                (_, Some(_)) => self.foreign(request, *action, answer),
                (_, None) => {}
            }
        }
        for (name, requests) in creations {
            self.creations(name, &requests);
        }
        for (name, requests) in own {
            self.lifecycle(name, &requests);
        }
        for (request, (action, answer)) in group.iter().enumerate() {
            if let (Action::List { by, .. }, Answer::Listed(listed, end)) = (action, answer)
                && by.is_partner()
            {
                self.list(request, *by, listed, *end, &known, &before);
            }
        }
        let mut found = std::mem::take(&mut self.found);
        found.sort_by_key(|deviation| deviation.request);
        found
    }

    fn tell(
        &mut self,
        check: &'static Check,
        request: usize,
        expected: impl Into<String>,
        received: impl Into<String>,
    ) {
        let (expected, received) = (expected.into(), received.into());
        self.found.push(Deviation { check, request, expected, received });
    }

    fn unauthorized(&mut self, request: usize, action: Action, answer: &Answer) {
        let status = match answer {
            Answer::Told(told) if told.status != 401 => told.status,
            Answer::Listed(..) => 200,
            _ => return,
        };
        let is_cancel = matches!(action, Action::Cancel { .. });
        let check = if is_cancel { &checks::UNAUTHORIZED_CANCEL } else { &checks::UNAUTHORIZED_OTHERS };
        self.tell(check, request, "401", status.to_string());
    }

    fn foreign(&mut self, request: usize, action: Action, answer: &Answer) {
        if let Answer::Told(told) = answer
            && told.status != 404
        {
            let is_cancel = matches!(action, Action::Cancel { .. });
            let check = if is_cancel { &checks::FOREIGN_CANCEL } else { &checks::FOREIGN_RETRIEVE };
            self.tell(check, request, "404", told.status.to_string());
        }
    }

    /// Creations under one key, that were sent at once.
    fn creations(&mut self, name: Name, requests: &[(usize, u8, &Answer)]) {
        let mut used = self.keys.remove(&name).unwrap_or_default();
        let is_new = used.bodies.is_empty();
        let mut sent: BTreeSet<u8> = used.bodies.clone();
        sent.extend(requests.iter().map(|(_, body, _)| *body));
        // Whoever comes while the first is under way may be told to come again.
        let is_contested = requests.len() > 1 || used.is_under_way;
        for (_, body, answer) in requests {
            if matches!(answer, Answer::Unknown) && used.id.is_none() {
                used.bodies.insert(*body);
                used.is_under_way = true;
            }
        }
        let may_be_first = used.bodies.clone();
        for (request, body, answer) in requests {
            let Answer::Told(told) = answer else { continue };
            match (told.is_success(), used.id.clone()) {
                (true, None) => {
                    if let Some(id) = self.created(*request, name, told, is_new && requests.len() == 1) {
                        used = KeyUse { id: Some(id), bodies: BTreeSet::from([*body]), is_under_way: false };
                    }
                }
                (true, Some(id)) => {
                    let received = told.text("id").unwrap_or("no id");
                    if !used.bodies.contains(body) {
                        let expected = "a refusal, 409: the key came with another body before";
                        self.tell(&checks::KEY_REFUSED, *request, expected, told.status.to_string());
                    } else if received != id {
                        let expected = format!("the session that the key made, {id}");
                        self.tell(&checks::REPLAYS, *request, expected, body::one_line(received));
                    } else if !self.sessions.contains_key(&name) {
                        // So far only a list told of it.
                        self.created(*request, name, told, false);
                    }
                }
                (false, _) if is_contested => {}
                (false, None) if may_be_first.iter().all(|first| first == body) => {
                    let check = if is_new { &checks::CREATES } else { &checks::REPLAYS };
                    self.tell(check, *request, "201", told.status.to_string());
                }
                (false, Some(id)) if used.bodies.contains(body) => {
                    let expected = format!("201 and the session that the key made, {id}");
                    self.tell(&checks::REPLAYS, *request, expected, told.status.to_string());
                }
                (false, _) => {}
            }
        }
        if used.id.is_some() || !used.bodies.is_empty() {
            self.keys.insert(name, used);
        }
    }

    /// A creation that says which session it made, and may be the first under its key.
    fn created(&mut self, request: usize, name: Name, told: &Told, is_new: bool) -> Option<String> {
        let Some(id) = told.text("id") else {
            self.tell(&checks::CREATES, request, "a session with an id", format!("{} without one", told.status));
            return None;
        };
        if let Some((other, _)) = self.sessions.iter().find(|(_, session)| session.id == id) {
            let received = if other.owner == name.owner { "that of another key" } else { "that of another partner" };
            self.tell(&checks::CREATES, request, "a new session", format!("{received}, {}", body::one_line(id)));
            return Some(id.to_owned());
        }
        let possible = States::OPEN.by_itself();
        let status = told.text("status").unwrap_or_default();
        let state = States::of(status);
        if let Some(state) = state
            && is_new
            && !possible.has(state)
        {
            self.tell(&checks::CREATES, request, "`status` `open`", format!("`{status}`"));
        }
        // The response may be a replay of a first one that was lost, and as old as that.
        let possible = state.filter(|_| is_new).unwrap_or(possible);
        let session = Session {
            id: id.to_owned(),
            possible,
            has_cancel_under_way: false,
            has_conflicted: false,
            fields: told.body.clone(),
            is_retrieved: false,
        };
        self.sessions.insert(name, session);
        Some(id.to_owned())
    }

    /// Retrievals and cancellations of a session by its owner, that were sent at once.
    fn lifecycle(&mut self, name: Name, requests: &[(usize, Action, &Answer)]) {
        let Some(mut session) = self.sessions.remove(&name) else { return };
        let before = session.by_now();
        let cancels = || requests.iter().filter(|(_, action, _)| matches!(action, Action::Cancel { .. }));
        let told = |is: fn(&Told) -> bool| {
            cancels().filter(move |(_, _, answer)| matches!(answer, Answer::Told(told) if is(told))).count()
        };
        let (winners, conflicts) = (told(Told::is_success), told(|told| told.status == 409));
        let unknown = cancels().filter(|(_, _, answer)| matches!(answer, Answer::Unknown)).count();
        session.has_cancel_under_way |= unknown > 0;

        let mut has_won = false;
        for (request, _, answer) in cancels() {
            let Answer::Told(told) = answer else { continue };
            match told.status {
                200..300 if !before.has(States::OPEN) => {
                    let expected = format!("409: the session is {before}");
                    self.tell(&checks::CANCELS_ONCE, *request, expected, told.status.to_string());
                }
                200..300 if has_won => {
                    let expected = "409: another cancellation sent at once succeeded";
                    self.tell(&checks::CANCELS_ONCE, *request, expected, told.status.to_string());
                }
                200..300 => {
                    has_won = true;
                    if told.status != 201 {
                        self.tell(&checks::CANCEL_STATUS, *request, "201", told.status.to_string());
                    }
                    self.cancelled(*request, &session, told);
                }
                409 => {}
                status => {
                    let is_open = before.has(States::OPEN);
                    let expected = if is_open { "201, or 409 if the session is terminal" } else { "409" };
                    self.tell(&checks::CANCEL_STATUS, *request, expected, status.to_string());
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

        for (request, action, answer) in requests {
            let (Action::Retrieve { .. }, Answer::Told(told)) = (action, answer) else { continue };
            self.retrieved(*request, &mut session, told, allowed, cancels().next().is_none());
        }
        self.sessions.insert(name, session);
    }

    /// The body of a successful cancellation.
    fn cancelled(&mut self, request: usize, session: &Session, told: &Told) {
        for (field, expected) in [("id", session.id.as_str()), ("status", "cancelled")] {
            if let Some(value) = told.body.get(field)
                && value.as_str() != Some(expected)
            {
                let received = body::shown(field, value);
                self.tell(&checks::CANCEL_BODY, request, format!("`{field}` `{}`", body::one_line(expected)), received);
            }
        }
        self.no_client_secret(request, told);
        let check = if session.is_retrieved { &checks::CANCEL_KEEPS_FIELDS } else { &checks::KEEPS_FIELDS };
        self.fields(check, request, session, &told.body);
    }

    /// A session as it is read; quiet if nobody who may cancel it does so meanwhile.
    fn retrieved(&mut self, request: usize, session: &mut Session, told: &Told, allowed: States, is_quiet: bool) {
        if !told.is_success() {
            self.tell(&checks::RETRIEVES, request, "200 and the session", told.status.to_string());
            return;
        }
        self.no_client_secret(request, told);
        if let Some(id) = told.text("id")
            && id != session.id
        {
            let expected = format!("`id` `{}`", body::one_line(&session.id));
            self.tell(&checks::RETRIEVES, request, expected, format!("`{}`", body::one_line(id)));
            return;
        }
        let status = told.text("status").unwrap_or_default();
        // What is none of the four says nothing.
        let Some(state) = States::of(status) else { return };
        if !allowed.has(state) {
            let is_conflict = session.has_conflicted && state == States::OPEN;
            let check = if is_conflict { &checks::CONFLICT_IS_TERMINAL } else { &checks::STATUS_FOLLOWS };
            self.tell(check, request, format!("`status` {allowed}"), format!("`{status}`"));
            session.believe(state);
        } else if state != States::OPEN || is_quiet && session.possible.has(States::OPEN) {
            session.believe(state);
        }
        session.has_conflicted &= !is_quiet;
        let has_moved = session.fields.get("status").and_then(Value::as_str) != Some(status);
        // Who completes a session fills in fields of it.
        let is_completed = has_moved && state != States::CANCELLED && state != States::OPEN;
        if !is_completed {
            let is_of_cancelling = session.is_retrieved && has_moved && state == States::CANCELLED;
            let check = if is_of_cancelling { &checks::CANCEL_KEEPS_FIELDS } else { &checks::KEEPS_FIELDS };
            self.fields(check, request, session, &told.body);
        }
        if !session.is_retrieved || is_completed {
            session.fields = told.body.clone();
            session.is_retrieved = true;
        }
    }

    fn no_client_secret(&mut self, request: usize, told: &Told) {
        if told.body.contains_key("client_secret") {
            self.tell(&checks::CLIENT_SECRET, request, "no `client_secret`", "one");
        }
    }

    /// Fields that are there before and after, and differ.
    fn fields(&mut self, check: &'static Check, request: usize, session: &Session, now: &Map<String, Value>) {
        if let Some((field, expected, received)) = self.differing(&session.fields, now) {
            self.tell(check, request, format!("`{field}` as it was: {expected}"), received);
        }
    }

    fn list(
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
                self.tell(&checks::LIST_COMPLETE, request, "every session once", received);
            }
            self.reference(request, by, id, session);
            self.listed(request, by, id, session, before);
        }
        let times: Vec<Timestamp> = listed.iter().filter_map(|session| created_at(session)).collect();
        if !times.is_sorted_by(|one, next| one >= next) {
            self.tell(&checks::LIST_COMPLETE, request, "the newest session first", "an older one before a newer one");
        }
        for name in known.iter().filter(|name| name.owner == by) {
            let Some(session) = self.sessions.get(name).filter(|session| !ids.contains(session.id.as_str())) else {
                continue;
            };
            let is_passed = created_at(&session.fields).is_some_and(|time| times.iter().any(|other| *other < time));
            if end == ListEnd::Whole || is_passed {
                let expected = format!("the session {}, which was created before", body::one_line(&session.id));
                self.tell(&checks::LIST_COMPLETE, request, expected, "a list without it");
            }
        }
    }

    /// Whether a listed session is one that its creation made.
    fn reference(&mut self, request: usize, by: Caller, id: &str, listed: &Map<String, Value>) {
        let reference = listed.get("user_reference").and_then(Value::as_str);
        let Some((name, body)) = reference.and_then(|reference| self.references.get(reference)).copied() else {
            return;
        };
        let received = format!("the session {}", body::one_line(id));
        if !name.owner.is_partner() {
            let expected = "no session of a creation without a valid key";
            self.tell(&checks::CREATED_ONCE, request, expected, received);
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
                    let expected = format!("no session of the key but {}", body::one_line(own));
                    self.tell(&checks::CREATED_ONCE, request, expected, received);
                }
            }
        }
    }

    /// A session of a list, as far as it is known.
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
            return self.tell(&checks::LIST_OWN, request, "sessions of one's own", received);
        }
        let allowed = before.get(name).copied().unwrap_or(States::OPEN).or(session.by_now());
        let status = listed.get("status").and_then(Value::as_str).unwrap_or_default();
        let difference = self.differing(&session.fields, listed);
        if let Some(state) = States::of(status)
            && !allowed.has(state)
        {
            let expected = format!("`status` {allowed} of {}", body::one_line(id));
            self.tell(&checks::LIST_SESSION, request, expected, format!("`{status}`"));
        } else if listed.contains_key("client_secret") {
            self.tell(&checks::LIST_SESSION, request, "no `client_secret`", "one");
        } else if let Some((field, expected, received)) = difference {
            let expected = format!("`{field}` of {} as it was: {expected}", body::one_line(id));
            self.tell(&checks::LIST_SESSION, request, expected, received);
        }
    }

    /// The first documented field that both have and that differs: what it was and what it is, as they may be shown.
    ///
    /// The reference says nothing of other fields, such as the time of the last change.
    fn differing(&self, before: &Map<String, Value>, now: &Map<String, Value>) -> Option<(String, String, String)> {
        let is_compared = |field: &str| field != "status" && !self.restless.contains(field);
        let compared = CONTRACT.session_fields.iter().filter(|field| is_compared(field));
        let field = body::differing(compared, before, now).into_iter().next()?;
        let (was, is) = (before.get(field)?, now.get(field)?);
        Some((body::one_line(field), body::shown(field, was), body::shown(field, is)))
    }
}

fn created_at(session: &Map<String, Value>) -> Option<Timestamp> {
    session.get("created_at")?.as_str()?.parse().ok()
}
