//! What the contract's own type of a status says of being terminal.

use crate::session_status::SessionStatus;
use crate::types::GateSessionStatus;

impl GateSessionStatus {
    /// Whether it is known never to change again: `completed`, `expired` or `cancelled`.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        SessionStatus::from(self).is_terminal()
    }
}

impl From<&GateSessionStatus> for SessionStatus {
    fn from(status: &GateSessionStatus) -> Self {
        Self::from(status.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_types_of_a_status_agree() {
        for (text, is_terminal) in
            [("open", false), ("completed", true), ("expired", true), ("cancelled", true), ("frozen", false)]
        {
            assert_eq!(GateSessionStatus::from(text).is_terminal(), is_terminal, "{text}");
            assert_eq!(SessionStatus::from(&GateSessionStatus::from(text)), SessionStatus::from(text));
        }
    }
}
