//! Holds one sequence with a target, and checks it against the model.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::sleep;
use uuid::Uuid;

use super::model::{Deviation, ListEnd, Model, Response, Seen};
use super::plan::{Action, Caller, Group, Name};
use crate::lab::{Attempt, Lab, Need, Trouble, UNKNOWN_KEY, new_session};
use crate::wire::{
    Closing, Credential, Exchange, IDEMPOTENCY_KEY, IdForm, Masked, Operation, Request, ResponseSummary, Role, Sent,
    TransportFailureKind, Written,
};

/// The maximum number of times that a throttled request is sent.
const THROTTLED: u32 = 12;

/// The first wait, which doubles, and the maximum, even if `Retry-After` asks for more.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The maximum number of pages of a list that are read.
const PAGES: usize = 8;

/// A sequence that was held.
pub(super) struct Talk {
    /// The requests in order, concurrent ones together.
    pub(super) steps: Vec<Vec<Step>>,
    pub(super) found: Vec<Placed>,
    /// Whether a session was cancelled, or one conflicted.
    pub(super) has_cancelled: bool,
}

/// A request and its result.
pub(super) struct Step {
    pub(super) action: Action,
    /// The request; for a list also those of the following pages.
    pub(super) sent: Vec<Sent>,
    pub(super) outcome: String,
    pub(super) response: Option<ResponseSummary>,
}

/// A deviation, and where it was seen.
pub(super) struct Placed {
    pub(super) deviation: Deviation,
    /// The index of the step that shows it.
    pub(super) step: usize,
    /// The requests that show it, if they are not part of the plan but of the final look.
    pub(super) look: Option<Group>,
}

/// How a sequence ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a final look at every session and list that it has touched.
    Look,
    /// As planned.
    Plain,
}

/// Holds a sequence, then cancels the sessions that it left open.
///
/// Keys and references are new each time, so sequences do not share sessions.
pub(super) async fn hold(
    lab: &Lab<'_>,
    groups: &[Group],
    ending: Ending,
    restless: BTreeSet<&'static str>,
) -> Result<Talk, Trouble> {
    let mut talk =
        Talking { lab, nonce: Uuid::new_v4(), model: Model::new(restless), steps: Vec::new(), found: Vec::new() };
    let held = talk.all(groups, ending).await;
    lab.clear_up().await;
    held?;
    let is_cancel = |step: &Step| matches!(step.action, Action::Cancel { .. }) && step.response.is_some();
    let has_cancelled = talk.steps.iter().flatten().any(is_cancel);
    Ok(Talk { steps: talk.steps, found: talk.found, has_cancelled })
}

struct Talking<'l, 't> {
    lab: &'l Lab<'t>,
    nonce: Uuid,
    model: Model,
    steps: Vec<Vec<Step>>,
    found: Vec<Placed>,
}

impl Talking<'_, '_> {
    async fn all(&mut self, groups: &[Group], ending: Ending) -> Result<(), Trouble> {
        for group in groups {
            self.send(group, false).await?;
        }
        if ending == Ending::Look { self.look(groups).await } else { Ok(()) }
    }

    /// Reads everything that the sequence has touched.
    async fn look(&mut self, groups: &[Group]) -> Result<(), Trouble> {
        // Only a replay shows what a creation without a response created.
        for (Name { owner, key }, body) in self.model.unknown().collect::<Vec<_>>() {
            self.send(&[Action::Create { by: owner, key, body, closing: Closing::Read }], true).await?;
        }
        let known: Vec<Name> = self.model.known().collect();
        for session in &known {
            self.send(&[Action::Retrieve { session: *session, by: session.owner }], true).await?;
        }
        let owners: BTreeSet<Caller> =
            groups.concat().iter().filter_map(|action| action.session()).map(|it| it.owner).collect();
        for by in owners.into_iter().filter(|owner| owner.is_partner()) {
            let limit = u8::try_from(known.len()).unwrap_or(u8::MAX).saturating_add(2);
            self.send(&[Action::List { by, limit }], true).await?;
        }
        Ok(())
    }

    /// Sends requests concurrently, except those that name a session whose id is unknown.
    async fn send(&mut self, group: &[Action], is_look: bool) -> Result<(), Trouble> {
        let mut actions = Vec::new();
        let mut requests = Vec::new();
        for action in group {
            match self.request(*action) {
                Ok(Some(request)) => {
                    actions.push(*action);
                    requests.push((request, action.closing()));
                }
                Ok(None) => {}
                Err(need) => return Err(Trouble::new(format!("it needs {need}"))),
            }
        }
        if actions.is_empty() {
            return Ok(());
        }
        let mut attempts = self.lab.together(requests.clone()).await;
        for ((request, closing), attempt) in requests.into_iter().zip(&mut attempts) {
            self.insist(request, closing, attempt).await?;
        }
        let mut steps = Vec::new();
        let mut all_seen = Vec::new();
        for (action, attempt) in actions.into_iter().zip(attempts) {
            let (step, seen) = self.seen(action, attempt).await?;
            steps.push(step);
            all_seen.push((action, seen));
        }
        let step = self.steps.len();
        self.steps.push(steps);
        let found = self.model.take(&all_seen).into_iter();
        let look = is_look.then(|| group.to_vec());
        self.found.extend(found.map(|deviation| Placed { deviation, step, look: look.clone() }));
        Ok(())
    }

    /// Retries a request while it is throttled.
    async fn insist(&self, request: Request, closing: Closing, attempt: &mut Attempt) -> Result<(), Trouble> {
        for times in 1.. {
            let exchange = match &*attempt {
                Attempt::Completed(exchange) if exchange.response.status == 429 => exchange.clone(),
                Attempt::Failed(failure) if is_unsent(&failure.kind) => {
                    return Err(Trouble::at(failure.kind.to_string(), &failure.sent));
                }
                _ => break,
            };
            if times == THROTTLED {
                let what = format!("it was throttled {THROTTLED} times; see --rate");
                return Err(Trouble::at(what, &exchange.sent));
            }
            let own = FIRST_WAIT * 2_u32.saturating_pow(times - 1);
            sleep(exchange.response.retry_after().unwrap_or(own).min(LONGEST_WAIT)).await;
            if let Some(again) = self.lab.together(vec![(request.clone(), closing)]).await.pop() {
                *attempt = again;
            }
        }
        Ok(())
    }

    /// The request of an action; `None` if it names a session whose id is unknown.
    fn request(&mut self, action: Action) -> Result<Option<Request>, Need> {
        let credential = match action.by() {
            Caller::Partner => Credential::Key(Role::Partner),
            Caller::OtherPartner => Credential::Key(Role::OtherPartner),
            Caller::NoKey => Credential::Missing,
            Caller::UnknownKey => UNKNOWN_KEY,
        };
        let (operation, id) = match action {
            Action::Create { by, key, body, .. } => {
                let request = self.lab.request(Operation::CreateSession, "", credential)?;
                return Ok(Some(self.creation(request, Name { owner: by, key }, body)));
            }
            Action::List { limit, .. } => {
                let request = self.lab.request(Operation::ListSessions, "", credential)?;
                return Ok(Some(page(request, limit, None)));
            }
            Action::Retrieve { session, .. } => (Operation::RetrieveSession, self.model.id(session)),
            Action::Cancel { session, .. } => (Operation::CancelSession, self.model.id(session)),
        };
        id.map(|id| self.lab.request(operation, id, credential)).transpose()
    }

    fn creation(&mut self, request: Request, name: Name, body: u8) -> Request {
        let reference = format!("zerogate-explore-{}-{:?}-{}-{body}", self.nonce.simple(), name.owner, name.key);
        let mut session = new_session();
        session["amount"] = format!("{}.00", 100 + 10 * u32::from(name.key) + u32::from(body)).into();
        session["user_reference"] = reference.as_str().into();
        self.model.refer(&reference, name, body);
        let key = Uuid::from_u128(self.nonce.as_u128() ^ u128::from(name.key));
        request.with(IDEMPOTENCY_KEY, key.to_string()).with_body(session.to_string())
    }

    /// The result of an attempt; for a list, with the following pages.
    async fn seen(&self, action: Action, attempt: Attempt) -> Result<(Step, Seen), Trouble> {
        let exchange = match attempt {
            Attempt::Completed(exchange) => exchange,
            Attempt::Failed(failure) => {
                let outcome = match failure.kind {
                    TransportFailureKind::Abandoned => "response lost".to_owned(),
                    ref kind => kind.to_string(),
                };
                let step = Step { action, sent: vec![failure.sent.clone()], outcome, response: None };
                return Ok((step, Seen::Unknown));
            }
        };
        let response = &exchange.response;
        let status = response.status;
        let body = response.object().cloned().unwrap_or_default();
        let outcome = match body.get("status").and_then(Value::as_str).filter(|_| response.is_success()) {
            Some(state) => format!("{status} {state}"),
            None => status.to_string(),
        };
        let step = Step { action, sent: vec![exchange.sent.clone()], outcome, response: Some(exchange.summary()) };
        match action {
            // A gateway may give up on a request that the server behind it still processes.
            _ if status >= 500 => Ok((step, Seen::Unknown)),
            Action::List { by, limit } if response.is_success() && by.is_partner() => {
                self.pages(step, by, limit, exchange).await
            }
            _ => Ok((step, Seen::Response(Response { status, body }))),
        }
    }

    /// Reads more pages of a list while sessions of the sequence are missing.
    async fn pages(
        &self,
        mut step: Step,
        by: Caller,
        limit: u8,
        first: Arc<Exchange>,
    ) -> Result<(Step, Seen), Trouble> {
        let mut missing: BTreeSet<&str> =
            self.model.known().filter(|name| name.owner == by).filter_map(|name| self.model.id(name)).collect();
        let mut listed = Vec::new();
        let mut page_read = first;
        let mut end = ListEnd::Cut;
        for number in 1..=PAGES {
            let body: &Map<String, Value> = match page_read.response.object() {
                Some(body) if page_read.response.is_success() => body,
                _ => break,
            };
            let sessions = body.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
            let ids: Vec<String> = sessions.iter().filter_map(|it| Some(it.get("id")?.as_str()?.to_owned())).collect();
            ids.iter().for_each(|id| {
                missing.remove(id.as_str());
            });
            listed.extend(sessions);
            if body.get("has_more").and_then(Value::as_bool) != Some(true) {
                end = ListEnd::Whole;
                break;
            }
            let Some(last) = ids.last().filter(|_| !missing.is_empty() && number < PAGES) else { break };
            let role = if by == Caller::Partner { Role::Partner } else { Role::OtherPartner };
            let request = self.lab.request(Operation::ListSessions, "", Credential::Key(role));
            let request = page(request.map_err(|need| Trouble::new(need.to_string()))?, limit, Some(last));
            let mut attempt = self.lab.send(request.clone()).await;
            self.insist(request, Closing::Read, &mut attempt).await?;
            let Attempt::Completed(next) = attempt else { break };
            step.sent.push(next.sent.clone());
            page_read = next;
        }
        Ok((step, Seen::Listed(listed, end)))
    }
}

/// The request of a page of a list, starting after this session if there is one.
fn page(request: Request, limit: u8, after: Option<&String>) -> Request {
    let mut target = request.target.clone().and(Written::from(format!("?limit={limit}")));
    if let Some(id) = after {
        let cursor = Masked::from("&starting_after=").and(Masked::session(id, IdForm::Whole));
        target = target.and(Written::from(cursor));
    }
    Request { target, ..request }
}

/// Whether a request did not reach the target.
fn is_unsent(kind: &TransportFailureKind) -> bool {
    matches!(
        kind,
        TransportFailureKind::Connect(_) | TransportFailureKind::Tls(_) | TransportFailureKind::Unsendable(_)
    )
}
