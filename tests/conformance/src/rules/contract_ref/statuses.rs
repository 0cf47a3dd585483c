//! The statuses of a part of the contract.

use std::ops::RangeInclusive;

use zerogate_contract::statuses;

/// The statuses that `default` covers.
const EVERY: RangeInclusive<u16> = 0..=u16::MAX;

/// The statuses of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Statuses {
    Exactly(u16),
    /// The first digit: 5 for `5XX`.
    Range(u16),
    Success,
    Error,
}

impl Statuses {
    /// Whether both include a common status.
    pub(crate) fn overlap(self, status: &str) -> bool {
        // Not a valid status, so it may be any.
        let Some(documented) = statuses(status) else { return true };
        // Successes are documented one by one, so `default` means errors.
        let first = if documented == EVERY { 400 } else { *documented.start() };
        let meant = self.bounds();
        *meant.start() <= *documented.end() && first <= *meant.end()
    }

    fn bounds(self) -> RangeInclusive<u16> {
        match self {
            Self::Exactly(status) => status..=status,
            Self::Range(hundreds) => hundreds * 100..=hundreds * 100 + 99,
            Self::Success => 100..=299,
            Self::Error => 400..=599,
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let range = statuses(text).filter(|range| (100..600).contains(range.start()) && text.len() == 3)?;
        let status = *range.start();
        Some(if *range.end() == status { Self::Exactly(status) } else { Self::Range(status / 100) })
    }
}
