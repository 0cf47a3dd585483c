//! The verdict on a case.

use zerogate_emulator::Operation;

use super::case::{Case, Finding, Judged, Key, NotJudged, Overrun};
use super::outcome::Outcome;
use super::run::Run;
use crate::evidence::body::counted;
use crate::proxy::NOT_HTTP;

/// The verdict of a case on a client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The client does what the case requires.
    Pass,
    /// The client does not; there is at least one finding.
    Fail(Vec<Finding>),
    /// It could not be judged.
    NotJudged(NotJudged),
}

impl Verdict {
    /// Fails a case whose checks apply to the other cases too, if they find something there.
    pub(super) fn or_elsewhere<'r>(self, case: &Case, all: impl Iterator<Item = (&'static Case, &'r [Run])>) -> Self {
        if !case.everywhere || matches!(self, Self::Fail(_)) {
            return self;
        }
        // A publishable key is no secret, and no client needs one to cancel.
        let mut others = all.filter(|(other, runs)| {
            let is_held = runs.iter().all(|run| run.trouble.is_none() && run.surplus().is_none());
            other.id != case.id && other.script.key != Key::Publishable && is_held
        });
        let found = others.find_map(|(other, runs)| {
            let found = case.checks.iter().find_map(|check| check(runs).ok()?.into_iter().next())?;
            Some(Finding { received: format!("{}, in the case `{}`", found.received, other.id), ..found })
        });
        found.map_or(self, |found| Self::Fail(vec![found]))
    }
}

/// Judges a case. `prints` says whether the client prints outcomes at all.
pub(super) fn verdict(case: &Case, runs: &[Run], prints: bool) -> Verdict {
    match judged(case, runs, prints) {
        Ok(findings) if findings.is_empty() => Verdict::Pass,
        Ok(findings) => Verdict::Fail(findings),
        Err(left) => Verdict::NotJudged(left),
    }
}

fn judged(case: &Case, runs: &[Run], prints: bool) -> Judged {
    if let Some(trouble) = runs.iter().find_map(|run| run.trouble.as_ref()) {
        return Err(NotJudged::trouble(trouble));
    }
    if let Some((told, printed)) = runs.iter().find_map(Run::surplus) {
        return Err(NotJudged::trouble(format!(
            "the client printed {} with an `outcome` for {}, so it is unknown which belongs to which: with --serve, print \
             one for each case",
            counted(printed, "line", "lines"),
            counted(told, "case", "cases"),
        )));
    }
    if let Some(why) = runs.iter().filter(|run| run.attempts().is_empty()).find_map(|run| run.unread) {
        return Err(NotJudged::trouble(format!(
            "no request of the client can be read: {why}{}",
            if why == NOT_HTTP { "; without TLS, a client must begin with HTTP/1.1" } else { "" }
        )));
    }
    let stopped = runs.iter().find(|run| run.is_stopped);
    match (stopped, case.script.overrun) {
        (Some(run), _) if run.is_misplaced => return Err(misplaced(run)),
        // Without a request, it waits for something else than the case is about.
        (Some(run), overrun) if overrun == Overrun::Hangs || run.requests.is_empty() => {
            let printed = if run.said.is_some() { "it printed its outcome, and did not exit: " } else { "" };
            let seconds = run.elapsed.as_secs_f64();
            return Err(NotJudged::trouble(format!("{printed}the client was stopped after {seconds:.1} s")));
        }
        (Some(run), Overrun::Finding) => {
            let received = format!("the client was still running after {:.1} s", run.elapsed.as_secs_f64());
            return Ok(vec![Finding::new(format!("an end by {} ms", case.script.deadline_ms), received)]);
        }
        _ => {}
    }
    (case.applies)(runs)?;
    let mut findings = Vec::new();
    for check in case.checks {
        findings.extend(check(runs)?);
    }
    if !findings.is_empty() {
        return Ok(findings);
    }
    if stopped.is_some() {
        return Err(NotJudged::beside_the_point("the client does not end at GATE_DEADLINE_MS"));
    }
    if !case.judges_outcome() {
        return Ok(findings);
    }
    if !prints {
        let why = "the client prints no outcome, and this case checks nothing else";
        return if case.checks.is_empty() { Err(NotJudged::beside_the_point(why)) } else { Ok(findings) };
    }
    if let Some(run) = runs.iter().find(|run| run.is_misplaced) {
        return Err(misplaced(run));
    }
    findings.extend(runs.iter().find_map(|run| outcome(case, run)));
    Ok(findings)
}

fn misplaced(run: &Run) -> NotJudged {
    NotJudged::trouble(format!(
        "the client printed an outcome, but not alone on the last line of its standard output: {}",
        run.output
    ))
}

/// The fault in the outcome that the client printed.
fn outcome(case: &Case, run: &Run) -> Option<Finding> {
    let is_done = run.is_done();
    let allowed = if is_done { case.says.done } else { case.says.undone };
    let words = allowed.iter().map(|outcome| format!("`{outcome}`")).collect::<Vec<_>>().join(" or ");
    let truth = match (is_done, &run.status) {
        (true, _) => "the client's request took effect".to_owned(),
        (false, Some(status)) => format!("no request of the client took effect, and the session is {status}"),
        (false, None) => "no request of the client took effect".to_owned(),
    };
    let Some(said) = &run.said else {
        let printed = if run.output.is_empty() { "nothing was printed".to_owned() } else { run.output.clone() };
        return Some(Finding::new(
            "an outcome as the last line of standard output",
            format!("none ({}): {printed}", run.end),
        ));
    };
    let outcome = match &said.outcome {
        Ok(outcome) => *outcome,
        Err(word) => {
            let creates = case.script.operation == Operation::CreateSession;
            let fits = |outcome: &&Outcome| **outcome != if creates { Outcome::Cancelled } else { Outcome::Created };
            let known = Outcome::ALL.iter().filter(fits).map(|outcome| outcome.name()).collect::<Vec<_>>().join(", ");
            return Some(Finding::new(format!("one of the outcomes {known}"), format!("`{word}`")));
        }
    };
    if !allowed.contains(&outcome) {
        let expected = if words.is_empty() { "a request that takes effect".to_owned() } else { words };
        return Some(Finding::new(format!("{expected}: {truth}"), format!("`{outcome}`")));
    }
    let names_status = [Outcome::AlreadyTerminal, Outcome::Cancelled].contains(&outcome);
    let status = said.status.as_ref().filter(|_| case.says.status && names_status);
    match (status, &run.status) {
        (Some(told), Some(status)) if told != status => {
            Some(Finding::new(format!("the status `{status}`, or none"), format!("the status `{told}`")))
        }
        _ => None,
    }
}
