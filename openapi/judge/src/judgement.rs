//! The result of judging an exchange.

use serde_json::Value;

use crate::finding::{Finding, Said, Scope, Unjudged};
use crate::kind::{Kind, Level};
use crate::operation::Operation;
use crate::place::Place;

/// The result of judging an exchange.
#[derive(Debug)]
pub struct Judgement<'j> {
    /// Whether the exchange belongs to the contract.
    pub scope: Scope,
    /// The operation, if it was found.
    pub operation: Option<&'j Operation>,
    /// The path parameters by name, percent-decoded.
    pub path: Vec<(&'j str, String)>,
    /// The faults of the exchange.
    pub findings: Vec<Finding>,
    /// The parts that could not be judged.
    pub unjudged: Vec<Unjudged>,
    /// The kinds that could be judged, as bits in the order of [`Kind::ALL`].
    judged: u64,
    /// The status code of the response, if it is known.
    pub status: Option<u16>,
    /// The body of the response, if it is known and JSON.
    pub body: Option<Value>,
}

impl<'j> Judgement<'j> {
    pub(crate) fn new(scope: Scope) -> Self {
        let (findings, unjudged) = (Vec::new(), Vec::new());
        Self { scope, operation: None, path: Vec::new(), findings, unjudged, judged: 0, status: None, body: None }
    }

    pub(crate) fn find(
        &mut self,
        (kind, place): (Kind, Place),
        at: impl Into<String>,
        contract: &Said<'_>,
        expected: impl Into<String>,
        received: impl Into<String>,
    ) {
        self.look(kind);
        let level = if contract.second_hand { Level::Should } else { kind.row().level };
        self.findings.push(Finding {
            kind,
            level,
            place,
            at: at.into(),
            contract: contract.pointer.to_owned(),
            expected: expected.into(),
            received: received.into(),
            earlier: None,
        });
    }

    /// Notes the earlier exchange that the last finding contradicts.
    pub(crate) fn unlike(&mut self, earlier: u32) {
        if let Some(last) = self.findings.last_mut() {
            last.earlier = Some(earlier);
        }
    }

    /// Notes that a kind could be judged.
    pub(crate) fn look(&mut self, kind: Kind) {
        self.judged |= 1 << (kind as u32);
    }

    /// The kinds that could be judged, whether or not there was a finding.
    pub fn judged(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(|kind| self.judged & (1 << (*kind as u32)) != 0)
    }

    pub(crate) fn leave(&mut self, place: Place, why: &'static str) {
        self.unjudged.push(Unjudged { place, why });
    }

    /// The path parameter with a name.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
