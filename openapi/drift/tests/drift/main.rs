//! The comparison of contracts and their lowering, against documents that nobody would write.
//!
//! `ZEROGATE_SEED` makes the same documents again, and `ZEROGATE_MUTATIONS` is how many they are: a sample, unless
//! `ZEROGATE_ALL` is set, as CI has it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod mutation;

use std::io::Write as _;
use std::time::{Duration, Instant};

use mutation::{Random, mutate, shuffled};
use serde_json::Value;
use zerogate_contract::{Contract, Document};
use zerogate_drift::{KINDS, diff};

/// How many documents are made.
const ALL: u64 = 2_000;
const SAMPLE: u64 = 200;

/// How long one comparison may take, in a debug build on a machine that does other things as well.
const LIMIT: Duration = Duration::from_secs(5);

const SAMPLES: [(&str, &str); 2] =
    [("gate-v1.yaml", include_str!("../../../gate-v1.yaml")), ("modern.yaml", include_str!("modern.yaml"))];

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn sample(index: u64) -> Document {
    let (name, text) = SAMPLES[usize::try_from(index).unwrap() % SAMPLES.len()];
    Document::parse(name, text).unwrap()
}

fn parsed(value: &Value) -> Document {
    Document::parse("mutated.json", &value.to_string()).unwrap()
}

#[test]
fn mutated_documents_are_compared_in_bounded_time_and_no_difference_is_silent() {
    let seed = variable("ZEROGATE_SEED").unwrap_or(20_260_525);
    let standard = if std::env::var_os("ZEROGATE_ALL").is_some() { ALL } else { SAMPLE };
    let count = variable("ZEROGATE_MUTATIONS").unwrap_or(standard);
    println!("ZEROGATE_SEED={seed}");
    // Past the test harness, which keeps to itself what a test that passes prints.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{count} of {ALL} mutated documents are compared; ZEROGATE_ALL=1 cargo test compares all")
        .unwrap();
    let workers = std::thread::available_parallelism().map_or(1, |workers| workers.get() as u64);
    let silent: Vec<String> = std::thread::scope(|scope| {
        let work = |worker| {
            scope.spawn(move || {
                (worker..count).step_by(workers as usize).flat_map(|number| one(seed, number)).collect::<Vec<_>>()
            })
        };
        let working: Vec<_> = (0..workers).map(work).collect();
        working.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(silent.is_empty(), "{} differences are silent:\n{}", silent.len(), silent.join("\n"));
}

/// Compares one mutated document, and tells of what it found silent.
fn one(seed: u64, number: u64) -> Vec<String> {
    let mut random = Random::new(seed.wrapping_add(number));
    let old = sample(number);
    let mut value = old.value().clone();
    let mut told = Vec::new();
    for _ in 0..=random.below(3) {
        told.extend(mutate(&mut value, &mut random));
    }
    let new = parsed(&value);
    let begin = Instant::now();
    // Whether it can be built or not: it is read in any case.
    let _ = zerogate_generate::lower(&Contract::of(new.clone()));
    assert!(begin.elapsed() < LIMIT, "lowering mutation {number} of seed {seed} took {:?}", begin.elapsed());
    let mut silent = Vec::new();
    for (old, new) in [(&old, &new), (&new, &old)] {
        let begin = Instant::now();
        let drift = diff(old, new);
        assert!(begin.elapsed() < LIMIT, "mutation {number} of seed {seed} took {:?}: {told:?}", begin.elapsed());
        assert!(!drift.to_string().is_empty());
        for change in &drift.changes {
            let known = KINDS.binary_search_by(|kind| kind.id.cmp(change.id)).is_ok();
            assert!(known, "{} is in no table", change.id);
        }
        if drift.is_empty() && told.iter().any(|mutation| mutation.matters) {
            silent.push(format!("mutation {number} of seed {seed}: {told:?}"));
        }
    }
    if number.is_multiple_of(5) {
        assert!(diff(&new, &new).is_empty(), "mutation {number} of seed {seed} against itself: {told:?}");
    }
    silent
}

#[test]
fn an_unchanged_document_is_silent_whatever_the_order_of_its_keys() {
    for index in 0..SAMPLES.len() as u64 {
        let old = sample(index);
        assert!(diff(&old, &old).is_empty());
        for seed in 0..20 {
            let text = shuffled(old.value(), &mut Random::new(seed));
            let new = Document::parse("shuffled.json", &text).unwrap();
            assert_eq!(diff(&old, &new).to_string(), "no change");
            assert_eq!(diff(&new, &old).to_string(), "no change");
        }
    }
}
