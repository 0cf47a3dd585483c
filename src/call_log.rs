use crate::answer::Answer;
use crate::attempt::{Attempt, AttemptOutcome};
use crate::delivery::Delivery;
use crate::operation::Operation;
use crate::retry::Repeatable;

/// What a call has seen.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// The operation, once its request was found fit to be sent.
    pub(crate) operation: Option<&'static Operation>,
    /// The last attempt's answer, once its head was there.
    pub(crate) answer: Option<Answer>,
    /// Every attempt that has ended.
    pub(crate) attempts: Vec<Attempt>,
    /// Why there was no further attempt, where the table asks for one.
    pub(crate) given_up: Option<String>,
}

impl Seen {
    /// What the last attempt came to.
    pub(crate) fn outcome(&self) -> Option<AttemptOutcome> {
        self.attempts.last().map(|attempt| attempt.outcome)
    }

    /// Whether any of the attempts may have taken effect.
    pub(crate) fn delivery(&self) -> Delivery {
        let Some(last) = self.attempts.last() else {
            return Delivery::NotSent;
        };
        let is_settled = self
            .operation
            .and_then(|operation| Repeatable::of(operation.id, operation.method))
            .is_some_and(|row| row.is_settled_by(last.status, last.delivery));
        let any = |delivery| self.attempts.iter().any(|attempt| attempt.delivery == delivery);
        if any(Delivery::Unknown) && !is_settled {
            Delivery::Unknown
        } else if any(Delivery::Unknown) || any(Delivery::Answered) {
            Delivery::Answered
        } else {
            Delivery::NotSent
        }
    }
}
