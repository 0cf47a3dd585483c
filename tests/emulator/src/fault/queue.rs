//! The queue of armed faults.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::armed::{ArmedFault, Fault};
use crate::error::ControlError;
use crate::operation::Operation;

#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<Vec<ArmedFault>>);

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Vec<ArmedFault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arm(&self, fault: Fault) -> Result<ArmedFault, ControlError> {
        fault.check()?;
        let armed = ArmedFault { left: fault.times, fault };
        self.lock().push(armed.clone());
        Ok(armed)
    }

    /// Takes the first fault that waits for this request, and counts it down.
    pub(crate) fn take(&self, operation: Operation, authenticated: bool) -> Option<Fault> {
        let mut queue = self.lock();
        let index = queue.iter().position(|ArmedFault { fault, .. }| {
            fault.operation.is_none_or(|wanted| wanted == operation) && (authenticated || fault.unauthenticated)
        })?;
        match &mut queue[index].left {
            Some(1) => return Some(queue.remove(index).fault),
            Some(left) => *left -= 1,
            None => {}
        }
        Some(queue[index].fault.clone())
    }

    pub(crate) fn list(&self) -> Vec<ArmedFault> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;

    fn taken(queue: &Queue, operation: Operation) -> Option<&'static str> {
        queue.take(operation, true).map(|fault| fault.kind.name())
    }

    #[test]
    fn faults_are_used_up_in_the_order_in_which_they_were_armed() {
        let queue = Queue::default();
        for fault in [
            Fault::new(FaultKind::Reset).on(Operation::CancelSession).times(2),
            Fault::new(FaultKind::html()),
            Fault::new(FaultKind::Close).on(Operation::CancelSession),
        ] {
            queue.arm(fault).expect("a good fault");
        }
        assert_eq!(taken(&queue, Operation::CancelSession), Some("reset"));
        assert_eq!(taken(&queue, Operation::ListSessions), Some("html"));
        assert_eq!(queue.list().first().map(|armed| armed.left), Some(Some(1)));
        assert_eq!(taken(&queue, Operation::CancelSession), Some("reset"));
        assert_eq!(taken(&queue, Operation::CancelSession), Some("close"));
        assert_eq!(taken(&queue, Operation::CancelSession), None);
    }

    #[test]
    fn a_request_without_a_key_triggers_only_unauthenticated_faults() {
        let queue = Queue::default();
        queue.arm(Fault::new(FaultKind::Reset)).expect("a good fault");
        assert_eq!(queue.take(Operation::CancelSession, false), None);
        queue.arm(Fault { unauthenticated: true, ..Fault::new(FaultKind::Close) }).expect("a good fault");
        let fault = queue.take(Operation::CancelSession, false);
        assert_eq!(fault.map(|fault| fault.kind), Some(FaultKind::Close));
    }

    #[test]
    fn an_armed_fault_survives_json() {
        let armed = ArmedFault { left: Some(2), fault: Fault::new(FaultKind::status(503)).times(3) };
        let json = serde_json::to_string(&armed).expect("plain data");
        assert_eq!(serde_json::from_str::<ArmedFault>(&json).ok(), Some(armed), "{json}");
    }
}
