//! How much of the contract a run covers.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use zerogate_contract::Item;

use crate::evidence::contract::CONTRACT;
use crate::wire::Exchange;

/// A kind of coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CoverageKind {
    /// Operations that were called.
    Operations,
    /// Documented statuses that responses had.
    Statuses,
    /// Documented headers that were present.
    Headers,
    /// Documented fields that were present.
    Fields,
    /// Documented values of enums that were seen.
    EnumValues,
}

impl CoverageKind {
    pub(crate) const ALL: [Self; 5] = [Self::Operations, Self::Statuses, Self::Headers, Self::Fields, Self::EnumValues];

    fn of(item: &Item) -> Self {
        match item {
            Item::Operation { .. } => Self::Operations,
            Item::Status { .. } => Self::Statuses,
            Item::Header { .. } => Self::Headers,
            Item::Field { .. } => Self::Fields,
            Item::EnumValue { .. } => Self::EnumValues,
        }
    }
}

impl CoverageKind {
    /// The name in options, such as `enum-values`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Statuses => "statuses",
            Self::Headers => "headers",
            Self::Fields => "fields",
            Self::EnumValues => "enum-values",
        }
    }
}

impl fmt::Display for CoverageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name().replace('-', " "))
    }
}

/// How much of one kind was seen, and how much the contract has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Coverage {
    /// The kind.
    pub kind: CoverageKind,
    /// How many were seen.
    pub seen: usize,
    /// How many there are.
    pub total: usize,
    /// Those that were not seen, by their names in the contract.
    #[serde(serialize_with = "in_words")]
    #[schemars(with = "Vec<String>")]
    pub unseen: Vec<Item>,
}

fn in_words<S: Serializer>(items: &[Item], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(items.iter().map(ToString::to_string))
}

/// The parts of the contract that one exchange covers.
pub(crate) fn of(exchange: &Exchange) -> BTreeSet<Item> {
    if !exchange.is_regular {
        return BTreeSet::new();
    }
    let response = &exchange.response;
    let headers: Vec<(&str, &str)> =
        response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    CONTRACT.inventory.observe(exchange.sent.operation.id(), response.status, &headers, response.json.as_ref())
}

/// Measures `seen` against the contract, by kind.
pub(crate) fn measure(seen: &BTreeSet<Item>) -> Vec<Coverage> {
    measure_of(&CONTRACT.inventory.items(), seen)
}

/// Measures `seen` against `all`, by kind.
pub(crate) fn measure_of(all: &BTreeSet<Item>, seen: &BTreeSet<Item>) -> Vec<Coverage> {
    CoverageKind::ALL
        .into_iter()
        .map(|kind| {
            let (here, unseen): (Vec<Item>, Vec<Item>) =
                all.iter().filter(|item| CoverageKind::of(item) == kind).cloned().partition(|item| seen.contains(item));
            Coverage { kind, seen: here.len(), total: here.len() + unseen.len(), unseen }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_covers_nothing_and_everything_covers_all() {
        for coverage in measure(&BTreeSet::new()) {
            assert_eq!((coverage.seen, coverage.unseen.len()), (0, coverage.total), "{}", coverage.kind);
            assert!(coverage.total > 0, "the contract has no {}", coverage.kind);
        }
        for coverage in measure(&CONTRACT.inventory.items()) {
            assert_eq!((coverage.seen, coverage.unseen.len()), (coverage.total, 0), "{}", coverage.kind);
        }
    }
}
