//! The same seed and the same server give the same report.

use std::io::{self, Write as _};

use serde_json::Value;
use zerogate_conformance::report::{RunFormat, Styles};
use zerogate_conformance::{Target, run};
use zerogate_emulator::Emulator;

use crate::proxy::{Act, Proxy};
use crate::run::everything;
use crate::violation;

/// How often to run on the faithful emulator and on each of the others: a sample, unless `ZEROGATE_ALL` is set, as in
/// CI.
const ALL: [usize; 2] = [50, 5];
const SAMPLE: [usize; 2] = [3, 2];

fn runs() -> [usize; 2] {
    if std::env::var_os("ZEROGATE_ALL").is_some() { ALL } else { SAMPLE }
}

async fn document(act: Option<Act>) -> String {
    let emulator = Emulator::start().await.unwrap();
    let (base, _proxy) = match act {
        Some(act) => {
            let proxy = Proxy::start(&emulator, act).await;
            (proxy.base_url(), Some(proxy))
        }
        None => (emulator.base_url().parse().unwrap(), None),
    };
    let mut options = everything();
    options.seed = 7;
    let mut document = Vec::new();
    let json: RunFormat = "json".parse().unwrap();
    let mut report = json.reporter(&mut document, Styles::plain());
    run(&Target::emulator(emulator, base), &options, report.as_mut()).await.unwrap();
    drop(report);
    normalised(&String::from_utf8(document).unwrap())
}

/// A report without times, ports and ids.
fn normalised(document: &str) -> String {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.remove("elapsed_ms");
                object.values_mut().for_each(forget);
            }
            Value::Array(items) => items.iter_mut().for_each(forget),
            Value::String(text) => *text = without_accidents(text),
            _ => {}
        }
    }
    let mut document: Value = serde_json::from_str(document).unwrap();
    forget(&mut document);
    serde_json::to_string_pretty(&document).unwrap()
}

/// Ids and times of the emulator contain a counter, and ports are random.
fn without_accidents(text: &str) -> String {
    text.split_inclusive(|character: char| !character.is_ascii_alphanumeric()).map(word).collect()
}

fn word(word: &str) -> String {
    let is_id =
        |word: &str| word.len() == 24 && word.starts_with("6") && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_port = |word: &str| word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit());
    let (name, end) = word.split_at(word.trim_end_matches(|last: char| !last.is_ascii_alphanumeric()).len());
    if is_id(name) {
        format!("ID{end}")
    } else if is_port(name) {
        format!("PORT{end}")
    } else {
        word.to_owned()
    }
}

#[tokio::test]
async fn runs_on_the_faithful_emulator_are_identical() {
    let [runs, runs_of_others] = runs();
    let [all, all_of_others] = ALL;
    // Not `println!`, which the test harness hides for passing tests.
    let mut stderr = io::stderr();
    writeln!(
        stderr,
        "{runs} of {all} runs, and {runs_of_others} of {all_of_others} on a server that breaks much, are compared; \
         ZEROGATE_ALL=1 cargo test compares all"
    )
    .unwrap();
    let first = document(None).await;
    assert!(first.contains(r#""verdict": "pass""#) && first.contains(r#""seed": 7"#), "{first}");
    for number in 1..runs {
        similar(&first, &document(None).await, number);
    }
}

#[tokio::test]
async fn runs_on_faulty_servers_are_identical() {
    let [_, runs] = runs();
    for name in ["error-html", "foreign-cancels", "cancel-has-no-effect"] {
        let act = violation::act(name);
        let first = document(Some(act)).await;
        assert!(first.contains(r#""verdict": "fail""#), "{first}");
        for number in 1..runs {
            similar(&first, &document(Some(act)).await, number);
        }
    }
}

fn similar(first: &str, other: &str, number: usize) {
    let differing = first.lines().zip(other.lines()).find(|(first, other)| first != other);
    assert!(first == other, "run {number} differs from the first: {differing:?}");
}
