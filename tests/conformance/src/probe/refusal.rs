//! What is asked of every request that is to be refused.

use crate::exchange::Exchange;
use crate::stage::Scene;
use crate::verdict::{Finding, Judgement};

/// The attempt was refused with this status.
pub(super) fn with(status: u16, scene: &Scene) -> Judgement {
    answered(status, &format!("to a cancellation {}", scene.situation.words()), &scene.cancel)
}

/// The answer has this status.
pub(super) fn answered(status: u16, to: &str, exchange: &Exchange) -> Judgement {
    let received = exchange.response.status;
    Judgement::unless(received == status, || Finding::new(format!("{status} {to}"), received.to_string(), exchange))
}
