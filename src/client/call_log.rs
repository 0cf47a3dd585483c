//! What a call has seen so far.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::attempt::{Attempt, AttemptOutcome};
use crate::client::operation::Operation;
use crate::client::raw_response::RawResponse;
use crate::client::retry::{AttemptPolicy, SettledBy};
use crate::delivery::Delivery;

/// What a call has seen so far.
#[derive(Clone, Default)]
pub(crate) struct CallLog {
    /// The operation, once its request has been checked.
    pub(crate) operation: Option<&'static Operation>,
    /// The response of the last attempt, once its head has arrived.
    pub(crate) response: Option<RawResponse>,
    /// Every attempt that has ended.
    pub(crate) attempts: Vec<Attempt>,
    /// Why the call did not retry, although the table allows it.
    pub(crate) gave_up: Option<GaveUp>,
    /// The row of the table for the operation's last attempt.
    pub(crate) policy: Option<&'static AttemptPolicy>,
    /// Whether the request may be retried.
    pub(crate) is_repeatable: bool,
}

/// Why a call does not retry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GaveUp {
    /// It has made this many attempts.
    Attempts(u32),
    /// The deadline leaves no time for another one.
    NoTime,
    /// The server asks for a longer wait than the deadline leaves.
    Wait(Duration),
}

impl CallLog {
    /// The outcome of the operation's last attempt.
    pub(crate) fn outcome(&self) -> Option<AttemptOutcome> {
        let is_of_operation = |attempt: &&Attempt| self.operation.is_none_or(|it| it.id == attempt.operation);
        self.attempts.iter().rev().find(is_of_operation).map(|attempt| attempt.outcome)
    }

    /// The status of the last attempt, if it has a response.
    pub(crate) fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// Whether the last response is a complete documented success of the operation.
    pub(crate) fn is_documented_success(&self) -> bool {
        self.response.as_ref().is_some_and(|response| {
            let is_documented = self.operation.is_some_and(|operation| operation.documents(response.status));
            response.is_success() && is_documented && !response.is_incomplete()
        })
    }

    /// Whether the operation cancels a session, so that reading the session shows its result.
    pub(crate) fn is_cancellation(&self) -> bool {
        let policy = self.operation.and_then(Operation::policy);
        policy.is_some_and(|policy| policy.settled_by == SettledBy::ReadBack)
    }

    /// Whether the operation creates a session.
    pub(crate) fn is_creation(&self) -> bool {
        let policy = self.operation.and_then(Operation::policy);
        policy.is_some_and(|policy| policy.settled_by == SettledBy::SuccessOnly)
    }

    /// Whether the operation only reads, without an effect.
    pub(crate) fn is_read(&self) -> bool {
        self.operation.is_some_and(|operation| operation.method == "GET")
    }

    /// Whether the path of the operation has a parameter.
    pub(crate) fn names_a_session(&self) -> bool {
        self.operation.is_some_and(|operation| operation.path.contains('{'))
    }

    /// Whether the envelope shows that the last response is from 0Gate.
    pub(crate) fn is_vouched_for(&self) -> bool {
        self.response.as_ref().is_some_and(|response| response.envelope.vouches())
    }

    /// The body of the last response, if it is complete: a truncated body must not be decoded.
    pub(crate) fn whole_body(&self) -> Bytes {
        let whole = self.response.as_ref().filter(|response| !response.is_incomplete());
        whole.map_or_else(Bytes::new, |response| response.body.clone())
    }

    /// The same log, with this part of the body instead of all of it.
    pub(crate) fn with_body(&self, part: &[u8]) -> Self {
        let mut log = self.clone();
        if let Some(response) = &mut log.response {
            response.body = Bytes::copy_from_slice(part);
        }
        log
    }

    /// The body of the last response.
    pub(crate) fn body(&self) -> &[u8] {
        self.response.as_ref().map_or(&[], |response| &response.body)
    }

    /// Whether any of the attempts may have taken effect.
    pub(crate) fn delivery(&self) -> Delivery {
        let Some(last) = self.attempts.last() else {
            return Delivery::NotSent;
        };
        let is_settled =
            self.operation.and_then(Operation::policy).is_some_and(|policy| policy.settled_by.holds_for(last.delivery));
        let any = |delivery| self.attempts.iter().any(|attempt| attempt.delivery == delivery);
        if any(Delivery::Unknown) && !is_settled {
            Delivery::Unknown
        } else if any(Delivery::Unknown) || any(Delivery::Responded) {
            Delivery::Responded
        } else {
            Delivery::NotSent
        }
    }
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempts(number) => write!(f, "after {number} attempts"),
            Self::NoTime => f.write_str("the deadline leaves no time for another attempt"),
            Self::Wait(wait) => write!(
                f,
                "the server asks to wait {} s, longer than the deadline leaves for another attempt",
                wait.as_secs_f32().ceil()
            ),
        }
    }
}
