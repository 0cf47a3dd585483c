//! Judges the rules in parallel, runs the conversation, and emits a stream of events.

use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use jiff::civil::Date;

use crate::evidence::body;
use crate::evidence::coverage;
use crate::exceptions::known::KnownFailure;
use crate::exceptions::list::today;
use crate::explore::{CHECKS, Exploration, Explored, explore};
use crate::lab::{Attempt, Lab, Need, Obstacle, Reading, Situation, Target, Trouble, observe};
use crate::rules::registry::{self, RuleEntry};
use crate::rules::rule::When;
use crate::rules::verdict::{Finding, Judged, Judgement, Verdict};
use crate::run::conversation::{self, Partner, STEPS, StepVerdict};
use crate::run::event::{Event, Met, Reporter, Responses, RuleResult};
use crate::run::options::{CONVERSATION, EXPLORATION, Options};
use crate::run::summary::{Summary, left_open};
use crate::wire::{Key, NoTls, ResponseSummary, Role, Secrets, TransportFailure};

/// How many exchanges are kept of an operation and a status.
const KEPT: usize = 20;

/// Why a run was aborted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// TLS is unavailable on this machine.
    #[error(transparent)]
    NoTls(#[from] NoTls),
    /// The target does not respond.
    #[error("{origin}: {}; check that the server is running and that this is its base URL", .failure.kind)]
    Unreachable {
        /// The origin of its base URL.
        origin: String,
        /// What happened instead of a response.
        failure: Box<TransportFailure>,
    },
    /// The target refuses the key.
    #[error("{origin} returned 401 for the secret key; use a key of this host (in GATE_KEY)")]
    KeyRefused {
        /// The origin of its base URL.
        origin: String,
    },
    /// The run was stopped early.
    #[error("the run was stopped early; {}", left_open(.left).as_deref().unwrap_or("every session that it created is closed"))]
    #[non_exhaustive]
    Stopped {
        /// Sessions that the run created and that may still be open.
        left: Vec<String>,
    },
    /// The report cannot be written.
    #[error("the report cannot be written: {0}")]
    Report(#[from] io::Error),
}

/// Runs the suite against a target.
///
/// At the end it cancels the sessions that it created and that are still open.
///
/// # Errors
///
/// If the target does not respond or refuses the key, if the run is stopped, or if the report cannot be written.
pub async fn run(target: &Target, options: &Options, reporter: &mut dyn Reporter) -> Result<Summary, RunError> {
    let start = Instant::now();
    let mut selected: Vec<&RuleEntry> =
        registry::entries().iter().filter(|entry| options.selection.contains_rule(&entry.rule)).collect();
    // Rules that judge all responses come last.
    selected.sort_by_key(|entry| entry.rule.when == When::Last);
    reporter.report(&Event::RunStarted {
        target: target.to_string(),
        seed: options.seed,
        rules: selected.iter().map(|entry| &entry.rule).collect(),
    })?;
    let begun = tokio::select! {
        begun = begin(target, options) => begun,
        () = options.stop.stopped() => Err(RunError::Stopped { left: Vec::new() }),
    };
    let lab = match begun {
        Ok(lab) => lab,
        Err(error) => {
            reporter.report(&Event::RunAborted { reason: error.to_string() })?;
            return Err(error);
        }
    };
    let is_success_selected = selected.iter().any(|entry| entry.rule.essential);
    let summary = Summary { is_success_selected, ..Summary::default() };
    let mut run = Run { lab: &lab, options, reporter, today: today(), summary, kept: Vec::new() };
    let played = {
        let mut playing = pin!(run.play(target, &selected));
        tokio::select! {
            played = &mut playing => Some(played),
            () = options.stop.stopped() => {
                // Finish creations in flight: otherwise nobody would know the sessions that they open.
                tokio::select! {
                    _ = &mut playing => {}
                    () = lab.all_created() => {}
                    () = options.stop.abandoned() => {}
                }
                None
            }
        }
    };
    // Close the open sessions, whatever the result.
    tokio::select! {
        () = lab.clear_up() => {}
        () = options.stop.abandoned() => {}
    }
    match played {
        Some(played) => played?,
        None => {
            let stopped = RunError::Stopped { left: open(&lab) };
            run.reporter.report(&Event::RunAborted { reason: stopped.to_string() })?;
            return Err(stopped);
        }
    }

    run.reporter.report(&Event::Coverage(coverage::measure(&lab.log.items())))?;
    run.reporter.report(&Event::Responses(responses(&lab)))?;
    run.tell_lapsed()?;
    let Run { mut summary, reporter, .. } = run;
    if !lab.log.has_met_a_session() {
        summary.essential = 0;
        summary.is_nobody = true;
        if let Err(Obstacle::Lack(need)) = lab.readable().await {
            summary.unread = Some(need);
        }
    }
    summary.left_open = open(&lab);
    summary.exchanges = lab.log.exchanges();
    summary.elapsed = start.elapsed();
    reporter.report(&Event::RunFinished { summary: summary.clone(), fail_on: options.fail_on })?;
    Ok(summary)
}

/// The sessions that the run created and that may still be open.
fn open(lab: &Lab<'_>) -> Vec<String> {
    lab.sessions.open().into_iter().map(|(_, id)| id).collect()
}

/// The responses by operation and status. What the contract does not describe says nothing of the operation.
fn responses(lab: &Lab<'_>) -> Vec<Responses> {
    let mut all: Vec<Responses> = Vec::new();
    for exchange in lab.log.met().into_iter().map(|met| met.exchange).filter(|exchange| exchange.is_regular) {
        let (operation, status) = (exchange.sent.operation, exchange.response.status);
        // They come in this order.
        if all.last().is_none_or(|last| (last.operation, last.status) != (operation, status)) {
            all.push(Responses { operation, status, count: 0, first: Vec::new() });
        }
        let Some(cell) = all.last_mut() else { continue };
        cell.count += 1;
        if cell.first.len() < KEPT {
            let request_id = exchange.response.request_id().map(|id| safe(id, &lab.secrets));
            cell.first.push(Met {
                request_id,
                sent: exchange.sent.edited(&|id| lab.secrets.redact(id)),
                name: exchange.name,
            });
        }
    }
    all
}

/// Checks that the target responds and accepts the key.
async fn begin<'t>(target: &'t Target, options: &Options) -> Result<Lab<'t>, RunError> {
    let lab = Lab::new(target, options.treatment())?;
    let origin = target.base_url().origin();
    match lab.greet().await {
        Attempt::Completed(exchange) if exchange.response.status == 401 => Err(RunError::KeyRefused { origin }),
        Attempt::Completed(_) => Ok(lab),
        Attempt::Failed(failure) => {
            Err(RunError::Unreachable { origin, failure: Box::new(TransportFailure::clone(&failure)) })
        }
    }
}

/// A run in progress.
struct Run<'r, 's, 't> {
    lab: &'s Lab<'t>,
    options: &'r Options,
    reporter: &'r mut dyn Reporter,
    today: Date,
    summary: Summary,
    /// Known failures that did not occur.
    kept: Vec<KnownFailure>,
}

/// The judgement of a rule that was judged before its place in the order.
struct FoundEarly {
    rule: &'static str,
    judged: Judged,
    elapsed: Duration,
}

impl Run<'_, '_, '_> {
    async fn play(&mut self, target: &Target, selected: &[&'static RuleEntry]) -> io::Result<()> {
        let (last, first): (Vec<&'static RuleEntry>, Vec<&'static RuleEntry>) =
            selected.iter().partition(|entry| entry.rule.when == When::Last);
        // This shows whether sessions can be created.
        let _ = Reading::open(self.lab).await;
        let jobs = if self.lab.sessions.cannot_create().is_some() { 1 } else { self.options.jobs.get() };
        if jobs == 1 {
            self.lab.slow_down();
        }
        // One supplied session is enough for a success, its fields, and the second cancellation.
        let is_success_judged = selected.iter().any(|entry| entry.rule.essential);
        if is_success_judged && self.lab.sessions.cannot_create().is_some() {
            let _ = observe(self.lab, Situation::Open).await;
        }
        // Judge these one at a time, and report them at their place in the order.
        let mut judged = Vec::new();
        let mut alone: Vec<_> = first.iter().filter(|entry| entry.rule.when < When::Any).collect();
        alone.sort_by_key(|entry| entry.rule.when);
        for entry in alone {
            let start = Instant::now();
            let found = (entry.probe)(self.lab).await;
            judged.push(FoundEarly { rule: entry.rule.id, judged: found, elapsed: start.elapsed() });
        }
        self.judge(&first, judged, jobs).await?;
        self.judge(&last, Vec::new(), jobs).await?;
        // Every target has the partner's key.
        match target.key(Role::Partner) {
            Ok(key) if self.options.selection.contains(CONVERSATION) => self.converse(target, key).await?,
            _ => {}
        }
        if self.options.explore > 0 && self.options.selection.contains(EXPLORATION) {
            self.explore().await
        } else {
            Ok(())
        }
    }

    /// Holds random sequences; after them nothing is judged that the rules need.
    async fn explore(&mut self) -> io::Result<()> {
        let (lab, asked) = (self.lab, self.options.explore);
        let mut explored = if let Some(why) = lab.sessions.cannot_create() {
            Exploration { asked, lacking: Some(Need::Creation(why)), ..Exploration::default() }
        } else {
            let reporter = &mut self.reporter;
            let tell = |over| reporter.report(&Event::Exploring { over, of: asked });
            explore(lab, asked, self.options.seed, tell).await?
        };
        if let Some(trouble) = &mut explored.obstacle {
            trouble.what = safe(&trouble.what, &lab.secrets);
        }
        for found in &mut explored.findings {
            found.known = self
                .options
                .known
                .excuses(EXPLORATION, self.today)
                .find(|entry| entry.covers(Some(found.check.id)))
                .cloned();
            let Explored { expected, received, steps, response, .. } = found;
            for text in [expected, received].into_iter().chain(steps) {
                *text = safe(text, &lab.secrets);
            }
            if let Some(response) = response {
                response.request_id = response.request_id.take().map(|id| safe(&id, &lab.secrets));
            }
        }
        self.summary.count_explored(&explored);
        self.reporter.report(&Event::Explored(explored))
    }

    /// Judges the rules in parallel, without those already judged, and reports them in order.
    async fn judge(
        &mut self,
        entries: &[&'static RuleEntry],
        mut already: Vec<FoundEarly>,
        jobs: usize,
    ) -> io::Result<()> {
        let lab = self.lab;
        let judged = stream::iter(entries.iter().copied()).map(|entry| {
            let place = already.iter().position(|told| told.rule == entry.rule.id);
            let told = place.map(|place| already.swap_remove(place));
            async move {
                if let Some(FoundEarly { judged, elapsed, .. }) = told {
                    return (entry, judged, elapsed);
                }
                let start = Instant::now();
                (entry, (entry.probe)(lab).await, start.elapsed())
            }
        });
        let mut judged = pin!(judged.buffered(jobs));
        while let Some((entry, judged, elapsed)) = judged.next().await {
            let rule = &entry.rule;
            // A check that was not made may still fail.
            let is_whole = judged.as_ref().is_ok_and(|judgement| judgement.lacking.is_empty());
            let verdict = verdict(judged, &rule.cases).redacted(&lab.secrets);
            let findings = if let Verdict::Fail(findings) = &verdict { findings.as_slice() } else { &[] };
            let is_found = |entry: &&KnownFailure| findings.iter().any(|it| entry.covers(it.case.as_deref()));
            let known = self.options.known.excuses(rule.id, self.today).filter(is_found).cloned().collect();
            if is_whole {
                let entries = self.options.known.entries().iter().filter(|entry| entry.rule == rule.id);
                self.kept.extend(entries.filter(|entry| !is_found(entry)).cloned());
            }
            let result = RuleResult { rule, verdict, elapsed, known };
            self.summary.count(rule, &result.verdict, result.is_known());
            self.reporter.report(&Event::RuleFinished(result))?;
        }
        Ok(())
    }

    async fn converse(&mut self, target: &Target, key: &Key) -> io::Result<()> {
        let lab = self.lab;
        let partner = Partner {
            lab,
            base: target.base_url().to_string(),
            key: key.expose().to_owned(),
            timeout: self.options.timeout,
        };
        let known = &self.options.known;
        let mut passed = Vec::new();
        conversation::hold(partner, &mut |mut step| {
            step.request_id = step.request_id.map(|id| safe(&id, &lab.secrets));
            step.message = safe(&step.message, &lab.secrets);
            let mut excuses = known.excuses(CONVERSATION, self.today);
            let excuse = excuses.find(|entry| entry.covers(Some(step.name)));
            step.known = excuse.filter(|_| step.verdict == StepVerdict::Fail).cloned();
            if step.verdict == StepVerdict::Pass {
                passed.push(step.name);
            }
            self.summary.count_step(&step, step.known.is_some());
            self.reporter.report(&Event::ConversationStep(step))
        })
        .await?;
        let all_passed = self.summary.steps_passed == self.summary.steps();
        let is_kept = |entry: &&KnownFailure| {
            let step = entry.case.as_deref();
            entry.rule == CONVERSATION && step.map_or(all_passed, |step| passed.contains(&step))
        };
        self.kept.extend(known.entries().iter().filter(is_kept).cloned());
        Ok(())
    }

    fn tell_lapsed(&mut self) -> io::Result<()> {
        let exists = |entry: &KnownFailure| {
            let cases = cases(&entry.rule);
            cases.is_some_and(|cases| entry.case.as_deref().is_none_or(|case| cases.contains(&case)))
        };
        let lapsed = self.options.known.lapsed(self.today, |entry| !exists(entry) || self.kept.contains(entry));
        self.summary.lapsed = lapsed.len();
        if lapsed.is_empty() { Ok(()) } else { self.reporter.report(&Event::KnownFailuresLapsed(lapsed)) }
    }
}

/// The cases of a rule, of the conversation or of the exploration; none if there is no such rule.
pub(crate) fn cases(name: &str) -> Option<Vec<&'static str>> {
    match registry::rule(name) {
        None if name == EXPLORATION => Some(CHECKS.iter().map(|check| check.id).collect()),
        None => (name == CONVERSATION).then(|| STEPS.to_vec()),
        Some(rule) => Some(rule.cases.iter().map(String::as_str).collect()),
    }
}

fn verdict(judged: Judged, cases: &[String]) -> Verdict {
    match judged {
        Ok(Judgement { findings, lacking }) if findings.is_empty() => Verdict::Pass { lacking },
        Ok(judgement) => Verdict::Fail(judgement.merged(cases)),
        Err(Obstacle::Trouble(trouble)) => Verdict::Error(*trouble),
        Err(Obstacle::Lack(need)) => Verdict::Skip(need),
    }
}

impl Verdict {
    /// The same verdict, with secrets that a server may have sent back redacted.
    fn redacted(self, secrets: &Secrets) -> Self {
        let redact_id = |id: &str| secrets.redact(id);
        match self {
            Self::Fail(findings) => {
                let redact = |finding: Finding| Finding {
                    expected: safe(&finding.expected, secrets),
                    received: safe(&finding.received, secrets),
                    sent: finding.sent.edited(&redact_id),
                    beside: finding.beside.into_iter().map(|sent| sent.edited(&redact_id)).collect(),
                    response: finding.response.map(|response| ResponseSummary {
                        request_id: response.request_id.map(|id| safe(&id, secrets)),
                        ..response
                    }),
                    ..finding
                };
                Self::Fail(findings.into_iter().map(redact).collect())
            }
            Self::Error(Trouble { what, sent }) => {
                Self::Error(Trouble { what: safe(&what, secrets), sent: sent.map(|sent| sent.edited(&redact_id)) })
            }
            Self::Pass { .. } | Self::Skip(_) => self,
        }
    }
}

/// Text that may come from a server, made safe to print: escaped, redacted, and only then shortened.
fn safe(text: &str, secrets: &Secrets) -> String {
    body::short(&secrets.redact(&body::one_line(text)))
}
