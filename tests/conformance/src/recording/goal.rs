//! The required coverage of a contract.

use std::str::FromStr;

use crate::evidence::coverage::{Coverage, CoverageKind};

/// The required coverage of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// The kind.
    pub kind: CoverageKind,
    /// The percentage.
    pub percent: u8,
}

impl Goal {
    /// Whether it is reached; always, if the contract has nothing of this kind.
    #[must_use]
    pub fn is_reached(self, coverage: &[Coverage]) -> bool {
        let own = coverage.iter().find(|coverage| coverage.kind == self.kind);
        own.is_none_or(|own| own.seen * 100 >= own.total * usize::from(self.percent))
    }
}

impl FromStr for Goal {
    type Err = String;

    /// Parses text such as `operations=100`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let names: Vec<&str> = CoverageKind::ALL.into_iter().map(CoverageKind::name).collect();
            format!("write it like operations=100, with one of {} and a percentage", names.join(", "))
        };
        let (name, percent) = text.split_once('=').ok_or_else(wrong)?;
        let kind = CoverageKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(wrong)?;
        let percent = percent.trim_end_matches('%').parse().ok().filter(|percent| *percent <= 100).ok_or_else(wrong)?;
        Ok(Self { kind, percent })
    }
}
