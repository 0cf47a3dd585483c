//! Judges the rules one after another, holds the conversation, and tells it all as a stream of events.

use std::io;
use std::time::{Duration, Instant};

use crate::body;
use crate::conversation::{self, Partner};
use crate::coverage;
use crate::event::{Event, Reporter, RuleResult};
use crate::exchange::{Answer, Sent, TransportFailure};
use crate::registry::{self, Entry};
use crate::rule::Level;
use crate::secrets::{Role, Secrets};
use crate::stage::Stage;
use crate::summary::Summary;
use crate::target::Target;
use crate::verdict::{Finding, Judged, Judgement, Obstacle, Trouble, Verdict};
use crate::wire::NoTls;

/// How to run the suite.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// What to run of it.
    pub selection: Selection,
    /// From which level on a finding counts.
    pub fail_on: Level,
    /// How long a target may take for one answer.
    pub timeout: Duration,
}

impl Default for Options {
    /// Everything; `must`; 10 s.
    fn default() -> Self {
        Self { selection: Selection::default(), fail_on: Level::Must, timeout: Duration::from_secs(10) }
    }
}

/// Which rules to judge, and whether to hold the conversation.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
}

/// The name under which the conversation is selected beside the rules.
pub const CONVERSATION: &str = "conversation";

/// A name that is neither a rule's nor the conversation's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule is called `{0}`")]
pub struct UnknownRule(pub String);

impl Selection {
    /// Only what `only` names, or everything if it is empty; and of that nothing that `skip` names.
    ///
    /// # Errors
    ///
    /// If something is named that does not exist.
    pub fn new(only: Vec<String>, skip: Vec<String>) -> Result<Self, UnknownRule> {
        let unknown = only.iter().chain(&skip).find(|name| *name != CONVERSATION && registry::rule(name).is_none());
        match unknown {
            Some(name) => Err(UnknownRule(body::one_line(name))),
            None => Ok(Self { only, skip }),
        }
    }

    fn contains(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|found| found == name);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}

/// Why there is no result at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is no TLS on this machine.
    #[error(transparent)]
    NoTls(#[from] NoTls),
    /// The target does not answer.
    #[error("{origin} cannot be judged: {}; is it running, and is this its base URL?", .failure.kind)]
    Unreachable {
        /// Where it should be.
        origin: String,
        /// What happened instead of an answer.
        failure: Box<TransportFailure>,
    },
    /// The target does not take the key.
    #[error("{origin} cannot be judged: it answered 401 to the secret key; is it a key for this host?")]
    KeyRefused {
        /// Where it is.
        origin: String,
    },
    /// The report cannot be written.
    #[error("the report cannot be written: {0}")]
    Report(#[from] io::Error),
}

/// Runs the suite against a target.
///
/// Sessions that it created and left open are cancelled at the end.
///
/// # Errors
///
/// If the target does not answer at all, or not to this key; or if the report cannot be written.
pub async fn run(target: &Target, options: &Options, reporter: &mut dyn Reporter) -> Result<Summary, RunError> {
    let start = Instant::now();
    let selected: Vec<&Entry> =
        registry::entries().iter().filter(|entry| options.selection.contains(entry.rule.id)).collect();
    reporter.report(&Event::RunStarted {
        target: target.to_string(),
        seed: 0,
        rules: selected.iter().map(|entry| &entry.rule).collect(),
    })?;
    let stage = Stage::new(target, options.timeout)?;
    greet(target, &stage).await?;

    let mut summary = Summary::default();
    let played = play(&stage, target, options, &selected, &mut summary, reporter).await;
    // Whatever came of it: what was opened is to be closed.
    stage.clear_up().await;
    played?;

    reporter.report(&Event::Coverage(coverage::measure(&stage.seen())))?;
    summary.exchanges = stage.exchanges();
    summary.elapsed = start.elapsed();
    reporter.report(&Event::RunFinished { summary: summary.clone(), fail_on: options.fail_on })?;
    Ok(summary)
}

async fn greet(target: &Target, stage: &Stage<'_>) -> Result<(), RunError> {
    let origin = target.base_url().origin();
    match stage.greet().await {
        Ok(answer) if answer.response.status == 401 => Err(RunError::KeyRefused { origin }),
        Ok(_) => Ok(()),
        Err(failure) => Err(RunError::Unreachable { origin, failure: Box::new(failure) }),
    }
}

async fn play(
    stage: &Stage<'_>,
    target: &Target,
    options: &Options,
    selected: &[&'static Entry],
    summary: &mut Summary,
    reporter: &mut dyn Reporter,
) -> io::Result<()> {
    for entry in selected {
        let start = Instant::now();
        let verdict = verdict((entry.probe)(stage).await).redacted(stage.secrets());
        summary.count(&entry.rule, &verdict, false);
        let elapsed = start.elapsed();
        reporter.report(&Event::RuleFinished(RuleResult { rule: &entry.rule, verdict, elapsed, known: None }))?;
    }
    // Every target has the partner's key.
    if let (true, Ok(key)) = (options.selection.contains(CONVERSATION), target.key(Role::Partner)) {
        let partner = Partner {
            stage,
            base: target.base_url().to_string(),
            key: key.expose().to_owned(),
            timeout: options.timeout,
        };
        conversation::hold(partner, &mut |mut step| {
            step.request_id = step.request_id.map(|id| told(&id, stage.secrets()));
            step.message = told(&step.message, stage.secrets());
            summary.count_step(&step, false);
            reporter.report(&Event::ConversationStep(step))
        })
        .await?;
    }
    Ok(())
}

fn verdict(judged: Judged) -> Verdict {
    match judged {
        Ok(Judgement { findings, lacking }) if findings.is_empty() => Verdict::Pass { lacking },
        Ok(Judgement { findings, .. }) => Verdict::Fail(findings),
        Err(Obstacle::Trouble(trouble)) => Verdict::Error(*trouble),
        Err(Obstacle::Lack(need)) => Verdict::Skip(need),
    }
}

impl Verdict {
    /// The same verdict without anything in it that a server may have sent back and that is a secret.
    fn redacted(self, secrets: &Secrets) -> Self {
        match self {
            Self::Fail(findings) => {
                let redact = |finding: Finding| Finding {
                    expected: told(&finding.expected, secrets),
                    received: told(&finding.received, secrets),
                    sent: redacted_request(finding.sent, secrets),
                    answer: finding
                        .answer
                        .map(|answer| Answer { request_id: answer.request_id.map(|id| told(&id, secrets)), ..answer }),
                };
                Self::Fail(findings.into_iter().map(redact).collect())
            }
            Self::Error(Trouble { what, sent }) => Self::Error(Trouble {
                what: told(&what, secrets),
                sent: sent.map(|sent| redacted_request(sent, secrets)),
            }),
            Self::Pass { .. } | Self::Skip(_) => self,
        }
    }
}

/// A text that a server had a part in, as it may be told: harmless, redacted, and only then cut to a length.
fn told(text: &str, secrets: &Secrets) -> String {
    body::short(&secrets.redact(&body::one_line(text)))
}

/// A session id that a server made up from a secret would be in the path.
fn redacted_request(sent: Sent, secrets: &Secrets) -> Sent {
    Sent { target: secrets.redact(&sent.target), ..sent }
}
