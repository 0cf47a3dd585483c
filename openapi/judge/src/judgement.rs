//! What comes of judging an exchange.

use serde_json::Value;

use crate::finding::{Finding, Said, Scope, Unjudged};
use crate::kind::{Kind, Level};
use crate::operation::Operation;
use crate::place::Place;

/// What comes of judging an exchange.
#[derive(Debug)]
pub struct Judgement<'j> {
    /// Whether the exchange is one of the contract's.
    pub scope: Scope,
    /// Its operation, if it was found.
    pub operation: Option<&'j Operation>,
    /// The parameters of the path, by name, without escapes.
    pub path: Vec<(&'j str, String)>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub unjudged: Vec<Unjudged>,
    /// By which kinds it could be judged, as bits in the order of [`Kind::ALL`].
    judged: u64,
    /// The status of the response, if it is known.
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
        });
    }

    /// Notes that it could be judged by a kind.
    pub(crate) fn look(&mut self, kind: Kind) {
        self.judged |= 1 << (kind as u32);
    }

    /// The kinds that it was judged by, whether anything was found or not.
    pub fn judged(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(|kind| self.judged & (1 << (*kind as u32)) != 0)
    }

    pub(crate) fn leave(&mut self, place: Place, why: &'static str) {
        self.unjudged.push(Unjudged { place, why });
    }

    /// The parameter of the path with a name.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
