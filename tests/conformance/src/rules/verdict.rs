//! What comes of judging a rule.

use crate::lab::Attempt;
use crate::wire::exchange::{Exchange, ResponseSummary, Sent};

/// What a rule says of a target.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The target keeps the rule, as far as it was looked at.
    Pass {
        /// What was lacking to look at everything.
        lacking: Vec<Need>,
    },
    /// The target breaks the rule. There is at least one finding.
    Fail(Vec<Finding>),
    /// The rule could not be judged: it says why.
    Error(Trouble),
    /// The target cannot supply what the rule needs: it says what.
    Skip(Need),
}

impl Verdict {
    /// The verdict in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass { .. } => "pass",
            Self::Fail(_) => "fail",
            Self::Error(_) => "error",
            Self::Skip(_) => "skip",
        }
    }
}

/// One place where a target breaks a rule.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What the rule demands here.
    pub expected: String,
    /// What was received instead.
    pub received: String,
    /// The request.
    pub sent: Sent,
    /// The response to it; none if that is the finding.
    pub response: Option<ResponseSummary>,
}

impl Finding {
    pub(crate) fn new(expected: impl Into<String>, received: impl Into<String>, exchange: &Exchange) -> Self {
        Self {
            expected: expected.into(),
            received: received.into(),
            sent: exchange.sent.clone(),
            response: Some(exchange.summary()),
        }
    }
}

impl Finding {
    /// The attempt came to something else, or to nothing.
    pub(crate) fn of(expected: impl Into<String>, attempt: &Attempt) -> Self {
        let received = attempt.received();
        match attempt {
            Attempt::Answered(exchange) => Self::new(expected, received, exchange),
            Attempt::Unanswered(failure) => {
                let received = format!("{received}, each time that it was asked, while other requests were answered");
                Self { expected: expected.into(), received, sent: failure.sent.clone(), response: None }
            }
        }
    }
}

/// Why a rule could not be judged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// The request that it happened to, if it was one.
    pub sent: Option<Sent>,
}

impl Trouble {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), sent: None }
    }

    pub(crate) fn at(what: impl Into<String>, sent: &Sent) -> Self {
        Self { what: what.into(), sent: Some(sent.clone()) }
    }
}

/// What a rule needs and not every target can supply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Need {
    /// A secret key.
    #[error("a secret key")]
    Key,
    /// An open session: none can be created, and no other one was supplied.
    #[error("an open session ({0})")]
    OpenSession(String),
    /// A session that the suite created itself.
    #[error("a session of its own creation")]
    Creation,
    /// A session that is `completed`, `expired` or `cancelled`.
    #[error("a session that is {0}")]
    Session(&'static str),
    /// A session of another partner.
    #[error("a session of another partner")]
    ForeignSession,
    /// The key of another partner, to look at its session.
    #[error("the secret key of another partner")]
    OtherKey,
    /// A publishable key.
    #[error("a publishable key")]
    PublishableKey,
    /// A live key beside a test key, and leave to use it.
    #[error("a live key beside a test key, and --allow-live")]
    LiveKey,
    /// A test key: the rule would send a live one where it could be read.
    #[error("a test key, because the key is sent where it could be read")]
    TestKey,
    /// An operation that the target does not have.
    #[error("{0}, which the target answered with {1}")]
    Operation(&'static str, u16),
    /// A way to make the target answer with this status.
    #[error("a way to provoke {0}")]
    Provocation(u16),
}

/// Why a probe comes to no judgement.
#[derive(Debug, Clone)]
pub(crate) enum Obstacle {
    /// The target cannot supply something.
    Lack(Need),
    /// Something went wrong before there was anything to judge.
    Trouble(Box<Trouble>),
}

impl From<Need> for Obstacle {
    fn from(need: Need) -> Self {
        Self::Lack(need)
    }
}

impl From<Trouble> for Obstacle {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(Box::new(trouble))
    }
}

/// What a probe found.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    /// What was lacking to look at everything, where the rest was enough to judge.
    pub(crate) lacking: Vec<Need>,
}

impl Judgement {
    /// Nothing to find fault with.
    pub(crate) fn fine() -> Self {
        Self::default()
    }

    /// A finding unless `fine`.
    pub(crate) fn unless(fine: bool, finding: impl FnOnce() -> Finding) -> Self {
        if fine { Self::fine() } else { finding().into() }
    }
}

impl From<Finding> for Judgement {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

impl From<Vec<Finding>> for Judgement {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, lacking: Vec::new() }
    }
}

/// What a probe returns.
pub(crate) type Judged = Result<Judgement, Obstacle>;
