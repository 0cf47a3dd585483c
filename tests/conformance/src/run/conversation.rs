//! One conversation through the generated client: do the bindings and this server understand each other?
//!
//! It is reported apart from the rules, since a failure here may be the client's fault as well as the server's.

use std::io;
use std::time::Duration;

use uuid::Uuid;
use zerogate::sessions;
use zerogate::{CallOptions, Cancellation, Client, Error, ErrorKind, Response, SecretKey, Session, SessionId};
use zerogate_judge::is_no_such_operation;

use crate::exceptions::known::KnownFailure;
use crate::lab::{Contents, Lab, Opened, new_session};
use crate::wire::{Operation, Role};

/// A step of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The name of the step.
    pub name: &'static str,
    /// How it went.
    pub verdict: StepVerdict,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// The request id of the response, if it had one.
    pub request_id: Option<String>,
    /// The result, in a few words.
    pub message: String,
    /// The known failure that excuses it, if it failed and one does.
    pub known: Option<KnownFailure>,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepVerdict {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It could not be judged: no response, throttled, or a server error.
    Error,
    /// It did not run, because an earlier step failed.
    NotTaken,
    /// The target lacks the operation or a prerequisite.
    Skip,
}

const CREATE: &str = "create a session";
const RETRIEVE: &str = "retrieve it";
const LIST: &str = "list sessions";
const CANCEL: &str = "cancel it";
const CANCEL_AGAIN: &str = "cancel it again";
const RETRIEVE_AGAIN: &str = "retrieve it again";
const UNKNOWN: &str = "cancel an unknown session";
const WRONG_KEY: &str = "cancel it with a wrong key";

/// Every step, in order. A list of known failures uses the name as a case.
pub(crate) const STEPS: [&str; 8] = [CREATE, RETRIEVE, LIST, CANCEL, CANCEL_AGAIN, RETRIEVE_AGAIN, UNKNOWN, WRONG_KEY];

/// How often to send a request that is throttled or gets no response.
const ATTEMPTS: u32 = 10;

/// A well-formed key that belongs to nobody.
const NOBODYS_KEY: &str = "sk_test_zerogate_conformance_wrong_key";

/// The target of the conversation.
pub(crate) struct Partner<'s, 't> {
    pub(crate) lab: &'s Lab<'t>,
    pub(crate) base: String,
    pub(crate) key: String,
    pub(crate) timeout: Duration,
}

/// How often to run the conversation if a step cannot be judged.
const TRIES: u32 = 3;

/// Runs the conversation, and passes every step to `tell`.
///
/// If a response was lost, the result of that step is unknown, and the conversation runs again with another session.
pub(crate) async fn hold(partner: Partner<'_, '_>, tell: &mut dyn FnMut(Step) -> io::Result<()>) -> io::Result<()> {
    let mut steps = converse(&partner).await;
    for _ in 1..TRIES {
        let is_obscure = steps.iter().any(|step| step.verdict == StepVerdict::Error);
        if !is_obscure || !partner.lab.is_worth_patience() {
            break;
        }
        steps = converse(&partner).await;
    }
    steps.into_iter().try_for_each(tell)
}

async fn converse(partner: &Partner<'_, '_>) -> Vec<Step> {
    let client = match partner.client(&partner.key) {
        Ok(client) => client,
        Err(reason) => return vec![Step::not_judged(CREATE, reason)],
    };
    partner.lab.turn().await;
    let (created, id) = open(partner, &client).await;
    let mut steps = vec![created];
    match id {
        Some(id) => {
            partner.lab.turn().await;
            steps.push(partner.unless_missing(retrieve(&client, &id).await).await);
            partner.lab.turn().await;
            steps.push(list(&client, &id).await);
            partner.lab.turn().await;
            let cancelled = cancel(&client, &id).await;
            let is_cancelled = cancelled.verdict == StepVerdict::Pass;
            steps.push(cancelled);
            if is_cancelled {
                partner.lab.sessions.shows(id.as_str(), false);
                partner.lab.turn().await;
                steps.push(cancel_again(&client, &id).await);
                partner.lab.turn().await;
                steps.push(partner.unless_missing(retrieve_cancelled(&client, &id).await).await);
            } else {
                steps.extend(
                    [CANCEL_AGAIN, RETRIEVE_AGAIN]
                        .map(|name| Step::not_taken(name, "no response confirmed the cancellation")),
                );
            }
            steps.push(unknown(partner, &client).await);
            steps.push(wrong_key(partner, &id).await);
        }
        None => {
            let dependent = [RETRIEVE, LIST, CANCEL, CANCEL_AGAIN, RETRIEVE_AGAIN];
            let is_skipped = steps.iter().any(|step| step.verdict == StepVerdict::Skip);
            let missing = |name| {
                let step = Step::not_taken(name, "there is no session");
                if is_skipped { Step { verdict: StepVerdict::Skip, ..step } } else { step }
            };
            steps.extend(dependent.map(missing));
            steps.push(unknown(partner, &client).await);
            steps.push(missing(WRONG_KEY));
        }
    }
    steps
}

/// Creates a session, or takes a supplied one if the target cannot create any. If the bindings have no such operation,
/// the suite creates one as it does for the rules.
async fn open(partner: &Partner<'_, '_>, client: &Client) -> (Step, Option<SessionId>) {
    let (step, id) = create(partner, client).await;
    match &id {
        None if step.verdict == StepVerdict::Skip => {
            let opened = partner.lab.open_session(CREATE, Contents::Plain).await.ok();
            return (step, opened.and_then(|Opened { id, .. }| SessionId::new(id).ok()));
        }
        None if step.status.is_some_and(is_no_such_operation) => {
            let supplied = partner.lab.sessions.supplied().and_then(|id| SessionId::new(id).ok());
            return (Step { verdict: StepVerdict::Skip, ..step }, supplied);
        }
        _ => {}
    }
    (step, id)
}

impl Partner<'_, '_> {
    /// The step, skipped if the target lacks the operation that reads a session.
    async fn unless_missing(&self, step: Step) -> Step {
        let is_missing = step.status.is_some_and(is_no_such_operation) && self.lab.readable().await.is_err();
        if is_missing { Step { verdict: StepVerdict::Skip, ..step } } else { step }
    }

    fn client(&self, key: &str) -> Result<Client, String> {
        let key = SecretKey::new(key).map_err(|error| error.to_string())?;
        let builder = Client::builder(key).base_url(&self.base).map_err(|error| error.to_string())?;
        // Retry as the rules do, so that a server that throttles can still be judged.
        let attempts = if self.lab.is_worth_patience() { ATTEMPTS } else { 1 };
        let options =
            CallOptions::default().deadline(self.timeout * 2).attempt_timeout(self.timeout).max_attempts(attempts);
        builder.options(options).build().map_err(|error| error.to_string())
    }
}

async fn create(partner: &Partner<'_, '_>, client: &Client) -> (Step, Option<SessionId>) {
    let key = Uuid::new_v4().to_string();
    let _creating = partner.lab.creating().await;
    let Some(response) = sessions::create(client, &key, new_session()).await else {
        return (Step::unknown(CREATE), None);
    };
    let id = response.as_ref().ok().and_then(|response| SessionId::new(&response.value().id).ok());
    if let Ok(response) = &response {
        // A later response may leak it.
        partner.lab.secrets.learn_client_secret(response.value().client_secret.expose());
        if let Some(id) = &id {
            partner.lab.sessions.created(Role::Partner, id.as_str());
        }
    }
    let step = Step::of_success(CREATE, &response, |_| match &id {
        Some(_) => Ok("open".to_owned()),
        None => Err("its id cannot be used in a path".to_owned()),
    });
    (step, id)
}

async fn retrieve(client: &Client, id: &SessionId) -> Step {
    let response = client.retrieve_session(id).await;
    Step::of_success(RETRIEVE, &response, |session| expect(session, "open"))
}

async fn list(client: &Client, id: &SessionId) -> Step {
    let Some(response) = sessions::list(client).await else { return Step::unknown(LIST) };
    let step = Step::of_success(LIST, &response, |page| {
        let ours = page.iter().any(|session| session.id == id.as_str());
        // Whether it is on the first page is for the rules to judge.
        Ok(format!("{} on the first page, {} this one", page.len(), if ours { "including" } else { "without" }))
    });
    // The reference does not describe this operation.
    let is_missing = step.status.is_some_and(is_no_such_operation);
    if is_missing { Step { verdict: StepVerdict::Skip, ..step } } else { step }
}

async fn cancel(client: &Client, id: &SessionId) -> Step {
    let response = client.cancel_session(id).await;
    if let Ok(Cancellation::FoundCancelled(_)) = response.as_ref().map(Response::value) {
        // The rules judge the response.
        let attempts = response.as_ref().map_or_else(Error::attempts, Response::attempts);
        let first = attempts.iter().find(|attempt| attempt.operation == Operation::CancelSession.id());
        let status = first.and_then(|first| first.status);
        let received = status.map_or("no response".to_owned(), |status| format!("a {status} that does not say so"));
        let seen = format!("the session is cancelled, but the cancellation got {received}");
        return Step::not_judged(CANCEL, seen);
    }
    Step::of_success(CANCEL, &response, |outcome| match outcome {
        Cancellation::Cancelled(session) => whole(session, "Cancelled".to_owned()),
        _ => Err("expected Cancelled, got AlreadyTerminal".to_owned()),
    })
}

async fn cancel_again(client: &Client, id: &SessionId) -> Step {
    let response = client.cancel_session(id).await;
    Step::of_success(CANCEL_AGAIN, &response, |outcome| match outcome {
        Cancellation::AlreadyTerminal(terminal) => match terminal.session() {
            Some(session) => whole(session, format!("AlreadyTerminal: {}", session.status())),
            // The client reads it only once, which may be throttled; the next step retries.
            None => Ok("AlreadyTerminal: not read".to_owned()),
        },
        _ => Err("expected AlreadyTerminal, got Cancelled".to_owned()),
    })
}

async fn retrieve_cancelled(client: &Client, id: &SessionId) -> Step {
    let response = client.retrieve_session(id).await;
    Step::of_success(RETRIEVE_AGAIN, &response, |session| expect(session, "cancelled"))
}

async fn unknown(partner: &Partner<'_, '_>, client: &Client) -> Step {
    let Ok(id) = SessionId::new(partner.lab.unknown_id(UNKNOWN).await) else {
        return Step::not_judged(UNKNOWN, "the id cannot be sent".to_owned());
    };
    Step::of_refusal(UNKNOWN, &client.cancel_session(&id).await, ErrorKind::NotFound)
}

async fn wrong_key(partner: &Partner<'_, '_>, id: &SessionId) -> Step {
    match partner.client(NOBODYS_KEY) {
        Ok(client) => Step::of_refusal(WRONG_KEY, &client.cancel_session(id).await, ErrorKind::Unauthorized),
        Err(reason) => Step::not_judged(WRONG_KEY, reason),
    }
}

fn expect(session: &Session, wanted: &str) -> Result<String, String> {
    let status = session.status().as_str();
    if status == wanted { whole(session, status.to_owned()) } else { Err(format!("expected {wanted}, got {status}")) }
}

/// Returns `message` if the whole session decodes: the client tolerates a missing field, the suite does not.
fn whole(session: &Session, message: String) -> Result<String, String> {
    session.decode().map(|_| message).map_err(|error| format!("expected a GateSession: {error}"))
}

impl Step {
    fn of_success<T>(
        name: &'static str,
        response: &Result<Response<T>, Error>,
        judge: impl FnOnce(&T) -> Result<String, String>,
    ) -> Self {
        match response {
            Ok(response) => {
                let (verdict, message) = match judge(response.value()) {
                    Ok(message) => (StepVerdict::Pass, message),
                    Err(message) => (StepVerdict::Fail, message),
                };
                let request_id = response.request_id().map(str::to_owned);
                Self { name, verdict, status: Some(response.status()), request_id, message, known: None }
            }
            Err(error) => Self::of_error(name, error, None),
        }
    }

    fn of_refusal<T>(name: &'static str, response: &Result<Response<T>, Error>, wanted: ErrorKind) -> Self {
        match response {
            Ok(_) => Self::of_success(name, response, |_| Err(format!("expected {wanted:?}, got a success"))),
            Err(error) => Self::of_error(name, error, Some(wanted)),
        }
    }

    fn of_error(name: &'static str, error: &Error, wanted: Option<ErrorKind>) -> Self {
        let (verdict, message) = match error.kind() {
            kind if Some(kind) == wanted => (StepVerdict::Pass, format!("{kind:?}")),
            ErrorKind::Connect
            | ErrorKind::Certificate
            | ErrorKind::Protocol
            | ErrorKind::Timeout
            | ErrorKind::Transport
            | ErrorKind::RateLimited
            | ErrorKind::Server => (StepVerdict::Error, error.to_string()),
            _ => (StepVerdict::Fail, error.to_string()),
        };
        let request_id = error.request_id().map(str::to_owned);
        Self { name, verdict, status: error.status(), request_id, message, known: None }
    }

    /// A step whose operation the bindings do not have.
    fn unknown(name: &'static str) -> Self {
        let message = "the contract that the bindings are generated from has no such operation".to_owned();
        Self { verdict: StepVerdict::Skip, ..Self::not_judged(name, message) }
    }

    fn not_judged(name: &'static str, message: String) -> Self {
        Self { name, verdict: StepVerdict::Error, status: None, request_id: None, message, known: None }
    }

    fn not_taken(name: &'static str, message: &str) -> Self {
        Self { verdict: StepVerdict::NotTaken, ..Self::not_judged(name, message.to_owned()) }
    }
}
