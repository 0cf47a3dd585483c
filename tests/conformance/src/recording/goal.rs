//! How much of a contract recordings have to show.

use std::str::FromStr;

use crate::evidence::coverage::{Coverage, CoverageKind};

/// How much of one kind has to be seen, of all there is in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// The kind.
    pub kind: CoverageKind,
    /// How many of a hundred.
    pub percent: u8,
}

impl Goal {
    /// Whether it is reached. Where there is nothing to see, it is.
    #[must_use]
    pub fn is_reached(self, coverage: &[Coverage]) -> bool {
        let own = coverage.iter().find(|coverage| coverage.kind == self.kind);
        own.is_none_or(|own| own.seen * 100 >= own.total * usize::from(self.percent))
    }
}

impl FromStr for Goal {
    type Err = String;

    /// Understands `operations=100`.
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
