//! Mutates the seeds of every fuzz target for a while, on stable Rust.
//!
//! ```sh
//! cargo test -p zerogate-fuzz                       # all targets, for a second each; six with ZEROGATE_ALL
//! cargo test -p zerogate-fuzz -- url har            # some
//! cargo test -p zerogate-fuzz -- url FILE           # an input that was saved, or a folder of them
//! ```
//!
//! `ZEROGATE_SEED` chooses other inputs than the usual ones, and `ZEROGATE_FUZZ_SECONDS` is the time for each target.

#![allow(clippy::unwrap_used, reason = "a failed setup fails the test")]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use fastrand::Rng;
use zerogate_fuzz::{TARGETS, Target, run};

/// An input that takes longer than this hangs, even in a debug build on a busy machine.
const HANGS: Duration = Duration::from_secs(60);

/// The longest input.
const MAX_BYTES: usize = 64 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |target: &&Target| arguments.is_empty() || arguments.iter().any(|name| name == target.name);
    let targets: Vec<Target> = TARGETS.iter().filter(is_chosen).copied().collect();
    let files: Vec<&Path> = arguments.iter().map(Path::new).filter(|path| path.exists()).collect();
    if let ([target], [file]) = (&*targets, &*files) {
        let inputs = if file.is_dir() {
            fs::read_dir(file).unwrap().map(|file| file.unwrap().path()).collect()
        } else {
            vec![file.to_path_buf()]
        };
        inputs.iter().for_each(|input| run(target.name, &fs::read(input).unwrap()));
        println!("{}: {} inputs", target.name, inputs.len());
        return ExitCode::SUCCESS;
    }
    assert!(targets.len() != 1 || arguments.len() == 1, "there is no such file: {:?}", &arguments[1..]);
    harnesses();
    let number = |name| {
        env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
    };
    let seed = number("ZEROGATE_SEED").unwrap_or(20_260_525);
    let standard = if env::var_os("ZEROGATE_ALL").is_some() { 6 } else { 1 };
    let time = Duration::from_secs(number("ZEROGATE_FUZZ_SECONDS").unwrap_or(standard));
    println!("\nfuzzing for {} s each: ZEROGATE_SEED={seed}", time.as_secs());
    let (left, failed) = (Mutex::new(targets.clone()), Mutex::new(0));
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let next = || left.lock().unwrap().pop();
                while let Some(target) = next() {
                    *failed.lock().unwrap() += usize::from(!fuzz(target, seed, time));
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {} passed; {failed} failed; 0 ignored", targets.len() - failed);
    ExitCode::from(u8::from(failed > 0))
}

/// Runs the seeds and mutations of them, and saves the input that fails.
fn fuzz(target: Target, seed: u64, time: Duration) -> bool {
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has no seeds", target.name);
    // The seed of a target does not depend on the others.
    let mut rng = Rng::with_seed(target.name.bytes().fold(seed, |seed, byte| seed.rotate_left(8) ^ u64::from(byte)));
    let running = Running::watch(target);
    let begin = Instant::now();
    let mut count = 0_usize;
    while count < seeds.len() || begin.elapsed() < time {
        let input = seeds.get(count).cloned().unwrap_or_else(|| mutated(&seeds, &mut rng));
        running.set(Some(&input));
        if catch_unwind(AssertUnwindSafe(|| run(target.name, &input))).is_err() {
            eprintln!("{}", running.save(&input));
            return false;
        }
        running.set(None);
        count += 1;
    }
    println!("fuzz {}: {count} inputs, {} of them seeds", target.name, seeds.len());
    true
}

/// The current input and its start time, for a watchdog.
struct Running {
    target: Target,
    now: Arc<Now>,
}

type Now = Mutex<Option<(Instant, Vec<u8>)>>;

impl Running {
    fn watch(target: Target) -> Self {
        let now = Arc::<Now>::default();
        let running = Self { target, now: now.clone() };
        let watchdog = Self { target, now };
        thread::spawn(move || {
            // Ends with the target, or with the process.
            while Arc::strong_count(&watchdog.now) > 1 {
                thread::sleep(Duration::from_millis(200));
                let now = watchdog.now.lock().unwrap();
                if let Some((since, input)) = &*now
                    && since.elapsed() > HANGS
                {
                    eprintln!("an input takes longer than {HANGS:?}\n{}", watchdog.save(input));
                    process::exit(1);
                }
            }
        });
        running
    }

    fn set(&self, input: Option<&[u8]>) {
        *self.now.lock().unwrap() = input.map(|input| (Instant::now(), input.to_vec()));
    }

    /// Saves an input, and returns the command that runs it again.
    fn save(&self, input: &[u8]) -> String {
        let name = self.target.name;
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{:016x}", hash(input)));
        fs::write(&file, input).unwrap();
        format!("{name} fails; to run this input again:\n    cargo test -p zerogate-fuzz -- {name} {}", file.display())
    }
}

/// FNV-1a.
fn hash(input: &[u8]) -> u64 {
    input.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Text that readers may trip over.
const WORDS: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\",
    "\\ud800",
    "\\u0000",
    ": ",
    "- ",
    "~",
    "&a ",
    "*a",
    "<<: ",
    "0",
    "-1",
    "1e999",
    "18446744073709551616",
    "0.1",
    "\u{0}",
    "\u{feff}",
    "é",
    "\u{202e}",
    "😀",
    "\r\n",
    "\n\n",
    "\t",
    "%",
    "%2f",
    "/",
    "..",
    "#",
    "$ref: '#/'",
    "'#/components/schemas/A'",
    "type: object",
    "type: [string, 'null']",
    "allOf: []",
    "nullable: true",
    "enum: [null]",
    "properties: {}",
    "additionalProperties: false",
    "default: {}",
    "oneOf: [{}]",
    "const: 1",
    "format: date-time",
    "required: true",
    "x-a: 1",
    "https://",
    "http://a.example",
    "+23:59",
    "T24:00:00Z",
];

/// A seed with a few mutations.
fn mutated(seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = seeds[rng.usize(..seeds.len())].clone();
    for _ in 0..rng.usize(1..5) {
        mutate(&mut input, seeds, rng);
    }
    input.truncate(MAX_BYTES);
    input
}

fn mutate(input: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let end = (at + 1 + rng.usize(..24)).min(input.len());
    match rng.u8(..10) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
        1 => drop(input.drain(at..end)),
        2 => {
            let copy = input[at..end].to_vec();
            let to = rng.usize(..=input.len());
            input.splice(to..to, copy);
        }
        3 | 4 => drop(input.splice(at..at, WORDS[rng.usize(..WORDS.len())].bytes())),
        5 => drop(input.splice(at..end, WORDS[rng.usize(..WORDS.len())].bytes())),
        // YAML and HTTP heads consist of lines.
        6 => drop(input.drain(line(input, at))),
        7 => {
            let copy = input[line(input, at)].to_vec();
            let to = line(input, rng.usize(..=input.len())).start;
            input.splice(to..to, copy);
        }
        8 => {
            let other = &seeds[rng.usize(..seeds.len())];
            let copy = other[line(other, rng.usize(..=other.len()))].to_vec();
            let to = line(input, at).start;
            input.splice(to..to, copy);
        }
        _ => {
            let other = &seeds[rng.usize(..seeds.len())];
            let from = rng.usize(..=other.len());
            let to = (from + rng.usize(..64)).min(other.len());
            input.splice(at..end, other[from..to].iter().copied());
        }
    }
}

/// The line at a place, with its end.
fn line(text: &[u8], at: usize) -> std::ops::Range<usize> {
    let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
    let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1);
    start..end
}

/// Each target has a harness for `cargo fuzz`, with its name.
fn harnesses() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    let files = fs::read_dir(folder.join("fuzz_targets")).unwrap().map(|file| file.unwrap().path());
    let files: BTreeSet<String> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert!(files.iter().map(String::as_str).eq(names.iter().copied()), "{files:?} are the harnesses of {names:?}");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for name in names {
        let text = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(text.contains(&format!("run(\"{name}\", data)")), "the harness {name} runs another target");
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "fuzz/Cargo.toml has no {name}");
    }
}
