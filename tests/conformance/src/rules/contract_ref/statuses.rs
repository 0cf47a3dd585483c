//! The statuses that a ground speaks of.

/// The statuses of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Statuses {
    Exactly(u16),
    /// The hundreds: 5 for `5XX`.
    Range(u16),
    Success,
    Error,
}

impl Statuses {
    /// Whether some status is meant by both.
    pub(crate) fn overlap(self, status: &str) -> bool {
        if status.eq_ignore_ascii_case("default") {
            // Successes are documented one by one; what is left to `default` is errors.
            return match self {
                Self::Exactly(status) => status >= 400,
                Self::Range(hundreds) => hundreds >= 4,
                Self::Success => false,
                Self::Error => true,
            };
        }
        let (first, last) = match Self::parse(status) {
            Some(statuses) => statuses.bounds(),
            // No status at all: nothing says that it is another one.
            None => return true,
        };
        let (from, to) = self.bounds();
        from <= last && first <= to
    }

    fn bounds(self) -> (u16, u16) {
        match self {
            Self::Exactly(status) => (status, status),
            Self::Range(hundreds) => (hundreds * 100, hundreds * 100 + 99),
            Self::Success => (100, 299),
            Self::Error => (400, 599),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        if !text.is_ascii() || text.len() != 3 {
            return None;
        }
        let hundreds = text.chars().next()?.to_digit(10).filter(|hundreds| (1..=5).contains(hundreds))?;
        if text.get(1..)?.eq_ignore_ascii_case("XX") {
            return u16::try_from(hundreds).ok().map(Self::Range);
        }
        text.parse().ok().map(Self::Exactly)
    }
}
