//! From what a run told to the report for a program.

use std::time::Duration;

use super::document::{
    Coverage, Finding, Known, Lapsed, Report, Request, Result, Step, Steps, Summary, Tool, VERSION, Verdict,
};
use crate::evidence::body;
use crate::evidence::coverage;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::report::record::Told;
use crate::report::wording::run as phrase;
use crate::rules::verdict;
use crate::run::conversation::{self, StepVerdict};
use crate::run::event::RuleResult;
use crate::wire::exchange::Sent;

impl<'r> Report<'r> {
    pub(super) fn of(told: &'r Told) -> Self {
        let Told { target, seed, results, steps, coverage, lapsed, summary, fail_on, aborted, .. } = told;
        let conclusion = told.conclusion();
        Self {
            schema_version: VERSION,
            tool: Tool { name: "zerogate", version: env!("CARGO_PKG_VERSION") },
            target,
            seed: *seed,
            conclusion: conclusion.into(),
            exit_code: conclusion.exit_code(),
            headline: told.headline(),
            fail_on: fail_on.map(Into::into),
            aborted: aborted.as_deref(),
            summary: Summary {
                passed: summary.passed.total(),
                failed: summary.failed.total(),
                errors: summary.errors.total(),
                skipped: summary.skipped.total(),
                known: summary.known.total(),
                lapsed: summary.lapsed,
                steps: Steps {
                    passed: summary.steps_passed,
                    failed: summary.steps_failed,
                    not_judged: summary.steps_not_judged,
                    known: summary.steps_known,
                    skipped: summary.steps_skipped,
                },
                exchanges: summary.exchanges,
                elapsed_ms: milliseconds(summary.elapsed),
            },
            results: results.iter().map(Result::of).collect(),
            conversation: steps.iter().map(Step::of).collect(),
            coverage: coverage.iter().map(Coverage::of).collect(),
            lapsed_known_failures: lapsed.iter().map(Lapsed::of).collect(),
        }
    }
}

impl<'r> Result<'r> {
    fn of(RuleResult { rule, verdict, elapsed, known }: &'r RuleResult) -> Self {
        let findings = match verdict {
            verdict::Verdict::Fail(findings) => findings.as_slice(),
            _ => &[],
        };
        let obstacle = match verdict {
            verdict::Verdict::Error(trouble) => trouble.sent.as_ref().map(Request::of),
            _ => None,
        };
        let lacking = match verdict {
            verdict::Verdict::Pass { lacking } => lacking.iter().map(ToString::to_string).collect(),
            verdict::Verdict::Skip(need) => vec![need.to_string()],
            verdict::Verdict::Fail(_) | verdict::Verdict::Error(_) => Vec::new(),
        };
        let fails = matches!(verdict, verdict::Verdict::Fail(_));
        Self {
            rule: rule.id,
            level: rule.level.into(),
            verdict: verdict.into(),
            message: phrase::message(verdict),
            title: &rule.title,
            clause: &rule.clause,
            operations: &rule.operations,
            elapsed_ms: milliseconds(*elapsed),
            known: known.as_ref().map(Known::of),
            findings: findings.iter().map(Finding::of).collect(),
            obstacle,
            lacking,
            why: fails.then_some(&rule.why),
            fix: fails.then_some(&rule.fix),
        }
    }
}

impl From<&verdict::Verdict> for Verdict {
    fn from(verdict: &verdict::Verdict) -> Self {
        match verdict {
            verdict::Verdict::Pass { .. } => Self::Pass,
            verdict::Verdict::Fail(_) => Self::Fail,
            verdict::Verdict::Error(_) => Self::Error,
            verdict::Verdict::Skip(_) => Self::Skip,
        }
    }
}

impl From<StepVerdict> for Verdict {
    fn from(verdict: StepVerdict) -> Self {
        match verdict {
            StepVerdict::Pass => Self::Pass,
            StepVerdict::Fail => Self::Fail,
            StepVerdict::Error => Self::Error,
            StepVerdict::NotTaken | StepVerdict::Skip => Self::Skip,
        }
    }
}

impl<'r> Known<'r> {
    fn of(KnownFailure { reason, expires, .. }: &'r KnownFailure) -> Self {
        Self { reason, expires: expires.to_string() }
    }
}

impl<'r> Finding<'r> {
    fn of(verdict::Finding { expected, received, sent, response }: &'r verdict::Finding) -> Self {
        Self {
            expected,
            received,
            sent: Request::of(sent),
            status: response.as_ref().map(|response| response.status),
            request_id: response.as_ref().and_then(|response| response.request_id.as_deref()),
        }
    }
}

impl Request {
    fn of(sent: &Sent) -> Self {
        Self { request: body::one_line(&sent.to_string()), curl: phrase::curl(sent) }
    }
}

impl<'r> Step<'r> {
    fn of(step: &'r conversation::Step) -> Self {
        let conversation::Step { name, verdict, status, request_id, message, known } = step;
        Self {
            name,
            verdict: (*verdict).into(),
            status: *status,
            request_id: request_id.as_deref(),
            message,
            known: known.as_ref().map(Known::of),
        }
    }
}

impl<'r> Coverage<'r> {
    fn of(coverage::Coverage { kind, seen, total, unseen }: &'r coverage::Coverage) -> Self {
        Self { kind: (*kind).into(), seen: *seen, total: *total, unseen }
    }
}

impl<'r> Lapsed<'r> {
    fn of(lapsed: &'r LapsedFailure) -> Self {
        let LapsedFailure { file, entry, lapse } = lapsed;
        Self {
            lapse: (*lapse).into(),
            file,
            line: entry.line,
            rule: &entry.rule,
            message: phrase::lapsed(lapsed),
            known: Known::of(entry),
        }
    }
}

/// As many as the number holds, which is more than any run takes.
fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}
