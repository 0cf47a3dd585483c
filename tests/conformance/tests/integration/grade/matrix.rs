//! Clients × cases: each mistake fails its case and no other, and no correct client fails a `must`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, thread};

use zerogate_conformance::{Client, Conclusion, GradeOptions, GradeVerdict, Graded, Grades, Level, cases, grade};

use super::client::arguments;
use crate::snapshot;

/// Runs all mistakes and styles, as CI does; otherwise a sample.
const ALL: &str = "ZEROGATE_ALL";
const SAMPLE: usize = 8;

/// Grades only the mistakes and styles whose names contain one of these comma-separated parts, for development.
const ONLY: &str = "ZEROGATE_CLIENTS";

/// A mistake, and the case that finds it.
const MISTAKES: &[(&str, &str)] = &[
    ("never-certain", "success"),
    ("cancels-twice", "success-once"),
    ("adds-query", "request-target"),
    ("sends-body", "request-body"),
    ("adds-header", "request-headers"),
    ("accepts-html", "request-accept"),
    ("key-in-agent", "key-elsewhere"),
    ("prints-key", "key-printed"),
    ("hedges", "one-at-a-time"),
    ("repeats-409", "conflict-completed"),
    ("takes-expired-for-404", "conflict-expired"),
    ("fails-if-cancelled", "conflict-cancelled"),
    ("knows-all-statuses", "conflict-new-status"),
    ("takes-404-for-409", "not-found"),
    ("repeats-404", "not-found-once"),
    ("takes-401-for-404", "unauthorized"),
    ("repeats-401", "unauthorized-once"),
    ("believes-in-pk", "publishable-key"),
    ("invents-request-id", "request-id"),
    ("takes-429-for-success", "throttled"),
    ("loops-on-429", "throttled-for-ever"),
    ("shortens-seconds", "retry-after-seconds"),
    ("ignores-dates", "retry-after-date"),
    ("waits-for-the-past", "retry-after-past"),
    ("ignores-huge", "retry-after-huge"),
    ("needs-valid-retry-after", "retry-after-fraction"),
    ("takes-503-for-success", "unavailable-once"),
    ("loops-on-503", "unavailable-for-ever"),
    ("never-slower", "backoff-grows"),
    ("not-random", "backoff-jitter"),
    ("repeats-501", "not-implemented"),
    ("needs-envelope", "bad-gateway-page"),
    ("new-key", "same-idempotency-key"),
    ("trusts-connections", "closed-connection"),
    ("takes-reset-for-success", "reset-before"),
    ("fails-after-reset", "reset-after"),
    ("never-reads", "reset-after-read"),
    ("takes-own-conflict-for-success", "reset-then-completed"),
    ("forgets-loss-after-429", "reset-then-throttled"),
    ("forgets-loss-after-503", "reset-then-unavailable"),
    ("fails-after-timeout", "timeout"),
    ("fails-after-cut", "truncated"),
    ("fails-after-drip", "slow-drip"),
    ("new-key-for-creation", "create-lost"),
    ("ignores-open", "still-open"),
    ("believes-200", "ok-but-open"),
    ("ignores-status", "unknown-status"),
    ("takes-any-session", "other-session"),
    ("takes-any-object", "other-object"),
    ("only-201", "undocumented-success"),
    ("knows-all-fields", "new-field"),
    ("needs-all-fields", "missing-field"),
    ("needs-request-id", "missing-request-id"),
    ("takes-last-status", "duplicate-names"),
    ("needs-small-bodies", "huge-body"),
    ("needs-plain-bodies", "gzip-unasked"),
    ("takes-any-response", "two-responses"),
    ("follows-307", "redirect-elsewhere"),
    ("follows-302-elsewhere", "redirect-as-get"),
    ("follows-302", "redirect-here"),
    ("sends-dots", "id-of-dots"),
];

/// More mistakes: those that only a retry, a read of the session or a redirected request has, and the opposite of another.
const MORE: &[(&str, &str)] = &[
    ("adds-query-to-retry", "request-target"),
    ("sends-body-with-retry", "request-body"),
    ("adds-header-to-retry", "request-headers"),
    ("key-in-url-of-retry", "key-elsewhere"),
    ("key-in-url-of-read", "key-elsewhere"),
    ("prints-key-after-loss", "key-printed"),
    ("follows-307-with-key-in-url", "redirect-elsewhere"),
    ("fails-after-lost-creation", "create-lost"),
    ("new-body-for-creation", "create-lost"),
    ("waits-for-a-day", "retry-after-huge"),
    ("ever-faster", "backoff-grows"),
    ("slow-first-retry", "throttled-for-ever"),
];

/// Styles of correct clients.
const MANNERS: &[&str] = &[
    "plain",
    "no-retry",
    "retry-library",
    "keeps-connections",
    "same-key",
    "reads-first",
    "reads-and-stops",
    "upgrades",
    "traced",
    "without-limits",
    "prints-nothing",
    "http2",
];

/// Cases whose verdict on a client that is right depends on the machine: a busy one makes pauses longer, and fixed ones
/// look random.
const PAUSES: [&str; 2] = ["backoff-grows", "backoff-jitter"];

fn graded(manner: &str, jobs: usize) -> Grades {
    let client = Client {
        program: env::current_exe().unwrap().into(),
        arguments: arguments(manner).into_iter().map(Into::into).collect(),
    };
    let options = GradeOptions {
        jobs: NonZero::new(jobs).unwrap(),
        serve: manner != "prints-nothing",
        grace: Duration::from_secs(2),
        ..GradeOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(grade(&client, &options, |_| {})).unwrap()
}

fn ids(grades: &Grades, is: impl Fn(&Graded) -> bool) -> Vec<&'static str> {
    grades.results.iter().filter(|result| is(result)).map(|result| result.case.id).collect()
}

/// The part of a list that this run grades.
fn chosen<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, sample: usize) -> Vec<T> {
    let all = all.iter().copied();
    match env::var(ONLY) {
        Ok(only) => all.filter(|it| only.split(',').any(|part| name(*it).contains(part))).collect(),
        Err(_) if env::var_os(ALL).is_some() => all.collect(),
        Err(_) => all.step_by(sample).collect(),
    }
}

/// Several at a time, because they mostly wait.
fn each<T: Copy + Sync, R: Send>(items: &[T], work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let worker = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else { break done };
                done.push((index, work(*item)));
            }
        };
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn every_mistake_fails_its_case_and_no_other() {
    let all = [MISTAKES, MORE].concat();
    let mistakes = chosen(&all, |(manner, _)| manner, SAMPLE);
    writeln!(io::stderr(), "{} of {} mistakes are graded; {ALL}=1 grades all", mistakes.len(), all.len()).unwrap();
    let complaints: Vec<String> = each(&mistakes, |(manner, case)| {
        let mut failed = Vec::new();
        // A mistake that only shows on a fast machine gets several tries.
        for _ in 0..5 {
            let grades = graded(manner, 6);
            failed = ids(&grades, Graded::is_failed);
            if failed == [case] {
                return None;
            }
            if !failed.is_empty() {
                let findings: Vec<_> = grades.results.iter().flat_map(Graded::findings).collect();
                return Some(format!("{manner}: should fail {case}, failed {failed:?}: {findings:?}"));
            }
        }
        Some(format!("{manner}: should fail {case}, failed {failed:?}"))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_case_finds_a_mistake_that_no_other_finds() {
    let mut found: Vec<&str> = MISTAKES.iter().map(|(_, case)| *case).collect();
    let mut all: Vec<&str> = cases().map(|case| case.id).collect();
    found.sort_unstable();
    all.sort_unstable();
    assert_eq!(found, all);
    let names: BTreeSet<&str> = MISTAKES.iter().map(|(manner, _)| *manner).collect();
    assert_eq!(names.len(), MISTAKES.len());
}

#[test]
fn no_client_that_is_right_fails_a_must() {
    let manners = chosen(MANNERS, |manner| manner, 4);
    let rows: Vec<String> = each(&manners, |manner| {
        let grades = graded(manner, 6);
        let must = ids(&grades, |result| result.is_failed() && result.case.level == Level::Must);
        assert!(must.is_empty(), "{manner}: {:#?}", grades.results);
        assert_ne!(grades.conclusion(), Conclusion::DoesNotConform);
        let is_steady = |result: &Graded| !PAUSES.contains(&result.case.id);
        let should = ids(&grades, |result| result.is_failed() && is_steady(result)).join(", ");
        let is_left = |result: &Graded| matches!(result.verdict, GradeVerdict::NotJudged(_));
        let left = match grades.results.iter().all(is_left) {
            true => "all".to_owned(),
            false => ids(&grades, |result| is_left(result) && is_steady(result)).join(", "),
        };
        let mut row = format!("{manner}\n");
        for (label, ids) in [("fails", should), ("not judged", left)] {
            if !ids.is_empty() {
                writeln!(row, "    {label}: {ids}").unwrap();
            }
        }
        row
    });
    let description = "The `should` cases that correct clients fail, and the cases that are not judged.";
    if env::var_os(ALL).is_some() {
        snapshot::check("grade-manners", description, &rows.concat());
    }
}
