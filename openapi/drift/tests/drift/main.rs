//! The comparison of contracts: tables of its verdicts, and random edits that compare it and the lowering with unusual
//! documents.
//!
//! `ZEROGATE_SEED` makes the same documents again, and `ZEROGATE_MUTATIONS` is how many they are: a sample, unless
//! `ZEROGATE_ALL` is set, as CI has it. `ZEROGATE_MEASURED` is how many of which both sides are generated.

#![allow(clippy::unwrap_used, reason = "a failed setup fails the test")]

mod mutation;
mod tables;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cpu_time::ThreadTime;
use mutation::{Mutation, Random, may_undo, mutate, refers_elsewhere, shuffled};
use serde_json::Value;
use zerogate_contract::{Contract, Document};
use zerogate_drift::{Basis, Change, GENERATED_CODE_CHANGED, KINDS, Source, diff, reason};
use zerogate_generate::{HOST_TYPES, HostTypes, Surface, lower, surface};

/// The number of documents.
const ALL: u64 = 2_000;
const SAMPLE: u64 = 200;
/// The number of documents that are generated, which takes long.
const ALL_MEASURED: u64 = 100;
const SAMPLE_MEASURED: u64 = 10;

/// The maximum processor time for one comparison, in a debug build.
const LIMIT: Duration = Duration::from_secs(5);

const SAMPLES: [(&str, &str); 2] = [
    ("gate.yaml", include_str!("../../../generate/tests/intake/gate-3.0.yaml")),
    ("modern.yaml", include_str!("modern.yaml")),
];

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
fn mutated_documents_are_compared_in_bounded_time_and_no_difference_is_missed() {
    let seed = variable("ZEROGATE_SEED").unwrap_or(20_260_525);
    let standard = if std::env::var_os("ZEROGATE_ALL").is_some() { ALL } else { SAMPLE };
    let count = variable("ZEROGATE_MUTATIONS").unwrap_or(standard);
    println!("ZEROGATE_SEED={seed}");
    // Bypasses the test harness, which hides the output of tests that pass.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{count} of {ALL} mutated documents are compared; ZEROGATE_ALL=1 cargo test compares all")
        .unwrap();
    let silent = each(count, |number| one(seed, number));
    assert!(silent.is_empty(), "{} differences are silent:\n{}", silent.len(), silent.join("\n"));
}

/// Runs work for each number on all cores.
fn each<T: Send>(count: u64, work: impl Fn(u64) -> Vec<T> + Sync) -> Vec<T> {
    let workers = std::thread::available_parallelism().map_or(1, |workers| workers.get() as u64);
    let work = &work;
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..workers)
            .map(|worker| {
                scope.spawn(move || (worker..count).step_by(workers as usize).flat_map(work).collect::<Vec<_>>())
            })
            .collect();
        working.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// A document, and the result of some mutations.
fn mutated(seed: u64, number: u64) -> (Document, Document, Vec<Mutation>) {
    // Seeds in sequence produce different documents.
    let mut random = Random::new((seed << 20).wrapping_add(number));
    let old = sample(number);
    let mut value = old.value().clone();
    let mut told = Vec::new();
    for _ in 0..=random.below(3) {
        told.extend(mutate(&mut value, &mut random));
    }
    (old, parsed(&value), told)
}

#[test]
fn the_source_verdict_of_mutated_documents_is_that_of_their_surfaces() {
    let seed = variable("ZEROGATE_SEED").unwrap_or(20_260_525);
    let standard = if std::env::var_os("ZEROGATE_ALL").is_some() { ALL_MEASURED } else { SAMPLE_MEASURED };
    let count = variable("ZEROGATE_MEASURED").unwrap_or(standard);
    let measured = AtomicU64::new(0);
    let samples = [0, 1].map(|number| surface_of(&sample(number)).unwrap());
    // Enough pairs of which both sides can be generated: most mutations make a document unusable.
    let wrong = each(count * 6, |number| {
        if measured.load(Ordering::Relaxed) >= count {
            return Vec::new();
        }
        let (old, new, told) = mutated(seed, number);
        let before = &samples[usize::try_from(number).unwrap() % samples.len()];
        let said = disagreements(&old, &new, before);
        measured.fetch_add(u64::from(said.is_some()), Ordering::Relaxed);
        said.into_iter().flatten().map(|said| format!("mutation {number} of seed {seed}, {told:?}:\n{said}")).collect()
    });
    let measured = measured.into_inner();
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "{measured} mutated documents are generated (ZEROGATE_SEED={seed}); ZEROGATE_MEASURED sets how many"
    )
    .unwrap();
    assert!(measured > count / 2, "only {measured} of {count} can be generated");
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_rest_of_a_document_influences_the_source_verdict() {
    // What is removed, and what stays.
    let cases: [(&str, &[&str], &str); 5] = [
        (
            "a component that nothing refers to any more",
            &["/paths/~1a/get/responses/200/content"],
            "A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}}}, B: {type: string}",
        ),
        (
            "another union with the same tags",
            &["/paths/~1a", "/components/schemas/A"],
            "
    A: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
    B: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
    Cat: {type: object, required: [is], properties: {is: {type: string, enum: [cat]}, lives: {type: integer}}}
    Dog: {type: object, required: [is], properties: {is: {type: string, enum: [dog]}, name: {type: string}}}",
        ),
        (
            "another way into a ring",
            &["/paths/~1a", "/components/schemas/A"],
            "
    A: {type: object, properties: {leaf: {$ref: '#/components/schemas/Leaf'}}}
    B: {type: object, properties: {leaf: {$ref: '#/components/schemas/Leaf'}}}
    Branch: {type: object, properties: {leaf: {$ref: '#/components/schemas/Leaf'}}}
    Leaf: {type: object, properties: {branch: {$ref: '#/components/schemas/Branch'}}}",
        ),
        (
            "a name that what an enum does not know would have",
            &["/components/schemas/UnknownMode"],
            "
    A: {type: object, properties: {mode: {$ref: '#/components/schemas/Mode'}}}
    B: {type: string}
    Mode: {type: string, enum: [a, b]}
    UnknownMode: {type: object, properties: {why: {type: string}}}",
        ),
        (
            "another schema of the same title",
            &["/paths/~1a", "/components/schemas/A"],
            "
    A: {type: object, properties: {why: {title: Reason, type: string, enum: [late, lost]}}}
    B: {type: object, properties: {because: {title: Reason, type: string, enum: [late, lost]}}}",
        ),
    ];
    for (what, removed, schemas) in cases {
        let operation = |name: &str, schema: &str| {
            format!(
                "{{get: {{operationId: {name}, responses: {{200: {{description: It, content: {{application/json: {{schema: {{$ref: '#/components/schemas/{schema}'}}}}}}}}}}}}}}"
            )
        };
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: Gate, version: '1'}}\npaths:\n  /a: {}\n  /b: {}\ncomponents:\n  schemas: {{{schemas}}}\n",
            operation("a", "A"),
            operation("b", "B")
        )
        .replace("\n    ", ",\n    ")
        .replace("{,\n", "{\n");
        let old = Document::parse("gate.yaml", &text).unwrap();
        let mut value = old.value().clone();
        for at in removed {
            let (within, key) = at.rsplit_once('/').unwrap();
            let key = key.replace("~1", "/");
            value.pointer_mut(within).unwrap().as_object_mut().unwrap().remove(&key).unwrap();
        }
        let wrong = disagreements(&old, &parsed(&value), &surface_of(&old).unwrap()).unwrap();
        assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
    }
}

/// What is wrong with the source verdicts on two documents, in both directions; `None` if one cannot be generated.
fn disagreements(old: &Document, new: &Document, before: &Surface) -> Option<Vec<String>> {
    let after = surface_of(new);
    let both = after.as_ref().map(|after| (before, after));
    let mut wrong = Vec::new();
    for (old, new, surfaces) in [(old, new, both), (new, old, both.map(|(before, after)| (after, before)))] {
        let drift = diff(old, new);
        let Some((before, after)) = surfaces else {
            if !matches!(drift.basis, Basis::NotGenerated(_)) || drift.changes != reason(old, new).changes {
                wrong.push("a side cannot be generated, and reasoning does not stand in".to_owned());
            }
            continue;
        };
        // By text, as in a review.
        let text = |surface: &Surface| surface.lines().iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let (before, after) = (text(before), text(after));
        let lost: BTreeSet<&String> = before.difference(&after).collect();
        let is = match (lost.is_empty(), after.is_subset(&before)) {
            (false, _) => Source::Breaking,
            (true, false) => Source::Compatible,
            (true, true) => Source::None,
        };
        let own = |change: &&Change| change.id == GENERATED_CODE_CHANGED && change.source == Source::Breaking;
        let own: Vec<&String> = drift.changes.iter().filter(own).flat_map(|change| &change.lines).collect();
        let once = own.iter().collect::<BTreeSet<_>>().len() == own.len();
        if drift.overall().source != is || !once || !own.iter().all(|line| lost.contains(line)) {
            wrong.push(format!("the surfaces say {is}\n{drift}\nlost: {lost:#?}"));
        }
    }
    both.map(|_| wrong)
}

fn surface_of(document: &Document) -> Option<Surface> {
    let contract = Contract::of(document.clone());
    surface(&contract, &lower(&contract).ok()?, &HostTypes { keyed: &[], ..HOST_TYPES }).ok()
}

/// Compares one mutated document, and returns the missed differences.
fn one(seed: u64, number: u64) -> Vec<String> {
    let (old, new, told) = mutated(seed, number);
    let stands = |(index, edit): (usize, &Mutation)| {
        edit.matters && !told.iter().enumerate().any(|(other, by)| other != index && may_undo(edit, by))
    };
    let matters = told.iter().enumerate().any(stands);
    let begin = ThreadTime::now();
    // Whether or not it can be built, it must be readable.
    let _ = zerogate_generate::lower(&Contract::of(new.clone()));
    assert!(begin.elapsed() < LIMIT, "lowering mutation {number} of seed {seed} took {:?}", begin.elapsed());
    let mut silent = Vec::new();
    for (old, new) in [(&old, &new), (&new, &old)] {
        let begin = ThreadTime::now();
        let drift = reason(old, new);
        assert!(begin.elapsed() < LIMIT, "mutation {number} of seed {seed} took {:?}: {told:?}", begin.elapsed());
        assert!(!drift.to_string().is_empty());
        for change in &drift.changes {
            let known = KINDS.binary_search_by(|kind| kind.id.cmp(change.id)).is_ok();
            assert!(known, "{} is in no table", change.id);
        }
        if drift.is_empty() && matters {
            silent.push(format!("mutation {number} of seed {seed}: {told:?}"));
        }
    }
    if number.is_multiple_of(5) {
        // The content of another file is unknown, even whether it is the same.
        assert!(
            refers_elsewhere(new.value()) || reason(&new, &new).is_empty(),
            "mutation {number} of seed {seed} against itself: {told:?}"
        );
    }
    silent
}

#[test]
fn an_unchanged_document_has_no_changes_whatever_the_order_of_its_keys() {
    for index in 0..SAMPLES.len() as u64 {
        let old = sample(index);
        assert!(reason(&old, &old).is_empty());
        for seed in 0..20 {
            let text = shuffled(old.value(), &mut Random::new(seed));
            let new = Document::parse("shuffled.json", &text).unwrap();
            assert_eq!(reason(&old, &new).to_string(), "no change");
            assert_eq!(reason(&new, &old).to_string(), "no change");
        }
    }
}
