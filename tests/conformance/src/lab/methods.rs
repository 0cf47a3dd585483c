//! Requests with other methods to the path of a cancellation, and to that of the session.

use super::attempt::Attempt;
use super::core::Lab;
use super::obstacle::Obstacle;
use super::reading::restless_fields;
use super::watch::{Eyed, Watched};
use crate::wire::{Operation, Request, Written};

/// A wrong method.
#[derive(Clone, Copy)]
pub(crate) struct WrongMethod {
    /// The case of findings about it.
    pub(crate) case: &'static str,
    pub(crate) method: &'static str,
    /// A description that follows "after".
    pub(crate) words: &'static str,
    /// Whether headers and the query ask for POST instead.
    is_overridden: bool,
    /// Whether the path is that of the session itself. The reference does not say what other methods do there, as long
    /// as they do not cancel it.
    pub(crate) is_of_session: bool,
}

const fn wrong(case: &'static str, method: &'static str) -> WrongMethod {
    WrongMethod { case, method, words: method, is_overridden: false, is_of_session: false }
}

const fn of_session(case: &'static str, method: &'static str, words: &'static str) -> WrongMethod {
    WrongMethod { words, is_of_session: true, ..wrong(case, method) }
}

/// The body of a wrong method that could set the status.
const CANCELLED: &str = r#"{"status":"cancelled"}"#;

/// The methods that an application may implement.
pub(crate) const WRONG: [WrongMethod; 10] = [
    wrong("get", "GET"),
    wrong("head", "HEAD"),
    wrong("options", "OPTIONS"),
    wrong("put", "PUT"),
    wrong("patch", "PATCH"),
    wrong("delete", "DELETE"),
    WrongMethod { words: "a GET that asks to be a POST", is_overridden: true, ..wrong("get-overridden", "GET") },
    of_session("delete-session", "DELETE", "a DELETE of the session itself"),
    of_session("patch-session", "PATCH", "a PATCH of its `status`"),
    of_session("put-session", "PUT", "a PUT of its `status`"),
];

/// The headers and the query by which some frameworks let a request ask for another method.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];
const OVERRIDE: &str = "?_method=POST";

/// A request with a wrong method, and the session that its path names.
pub(crate) struct Misused {
    pub(crate) wrong: WrongMethod,
    pub(crate) attempt: Attempt,
    pub(crate) session: Watched,
}

/// Sends every wrong method to the path of a cancellation, each for an open session.
pub(crate) async fn misuse(lab: &Lab<'_>) -> Result<Vec<Misused>, Obstacle> {
    let restless = restless_fields(lab).await;
    let mut misused = Vec::new();
    let mut idle = None;
    for wrong in WRONG {
        let eyed = match idle.take() {
            Some(eyed) => eyed,
            None => Eyed::open(lab, "the session", "wrong-method").await?,
        };
        let operation = if wrong.is_of_session { Operation::RetrieveSession } else { Operation::CancelSession };
        let request = lab.own_request(operation, &eyed.id)?;
        let mut request = Request { method: wrong.method, ..request.called(wrong.case).irregular() };
        if wrong.is_overridden {
            request.target = request.target.and(Written::from(OVERRIDE.to_owned()));
            request = OVERRIDES.into_iter().fold(request, |request, name| request.with(name, "POST"));
        }
        if wrong.is_of_session && wrong.method != "DELETE" {
            request = request.with_body(CANCELLED.to_owned());
        }
        let attempt = lab.tested(request).await?;
        let session = eyed.look_again(lab).await?;
        if !session.is_changed(&restless) {
            // Reuse the unchanged session for the next method.
            idle = Some(eyed.again(&session));
        }
        misused.push(Misused { wrong, attempt, session });
    }
    if let Some(eyed) = idle {
        lab.sessions.give_back(&eyed.id);
    }
    Ok(misused)
}
