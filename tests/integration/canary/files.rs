//! The files that are published with the crate.

use std::fs;
use std::path::{Path, PathBuf};

use super::outputs::{PRIVATE, SECRETS};

/// The prefixes of keys.
const PREFIXES: &[&str] = &["sk_live_", "sk_test_", "pk_live_", "pk_test_", "whsec_", "gs_secret_"];
/// Words that mark a fake key.
const FAKE: &[&str] = &["emulator_", "canary", "fake", "example", "other"];

#[test]
fn no_file_that_is_published_holds_a_key_or_a_canary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("openapi/gate-v1.yaml"), root.join("README.md"), root.join("CHANGELOG.md")];
    collect(&root.join("snapshots"), &mut files);
    assert!(files.len() > 20, "the snapshots are elsewhere: {files:?}");
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(keys(&text), [""; 0], "{}", path.display());
        for canary in SECRETS.iter().chain(PRIVATE) {
            assert!(!text.contains(canary), "{canary} in {}", path.display());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// Whether text looks like a real key: long enough, with more than a few different letters.
fn keys(text: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    for prefix in PREFIXES {
        for (start, _) in text.match_indices(prefix) {
            let tail = &text[start + prefix.len()..];
            let end = tail.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(tail.len());
            let tail = &tail[..end];
            let mut letters = tail.as_bytes().to_vec();
            letters.sort_unstable();
            letters.dedup();
            if tail.len() >= 8 && letters.len() > 3 && !FAKE.iter().any(|fake| tail.starts_with(fake)) {
                keys.push(&text[start..start + prefix.len() + end]);
            }
        }
    }
    keys
}

#[test]
fn a_key_that_could_be_real_is_recognised() {
    // Put together at run time, so that this file contains nothing that looks real.
    let real = ["sk_", "live_", "9fQ2Lm", "Zx7cTb4W"].concat();
    assert_eq!(keys(&format!("key: {real}.")), [real.as_str()]);
    let fake = ["sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "sk_test_emulator_partner_0000000000000000", "`sk_live_…`"];
    assert_eq!(keys(&fake.join(" ")), [""; 0]);
}
