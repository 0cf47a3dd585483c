//! Adds `is_terminal` to the generated status type.

use crate::session_status::SessionStatus;
use crate::types::GateSessionStatus;

impl GateSessionStatus {
    /// Whether the status is final: `completed`, `expired` or `cancelled`.
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
    fn both_status_types_agree() {
        for (text, is_terminal) in
            [("open", false), ("completed", true), ("expired", true), ("cancelled", true), ("frozen", false)]
        {
            assert_eq!(GateSessionStatus::from(text).is_terminal(), is_terminal, "{text}");
            assert_eq!(SessionStatus::from(&GateSessionStatus::from(text)), SessionStatus::from(text));
        }
    }
}
