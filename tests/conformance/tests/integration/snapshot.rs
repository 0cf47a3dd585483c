//! Snapshot helpers.
//!
//! A snapshot that differs shows what changed. If the change is intended, accept it with `cargo insta review`, or with
//! `INSTA_UPDATE=always cargo test` where cargo-insta is not installed.

use insta::Settings;

use crate::accepted::Verdict;

/// Compares `text` with the snapshot `name`, without parts that vary between runs. If they differ, prints what changed
/// in the contract.
pub(crate) fn check(name: &str, description: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../../../../snapshots/conformance");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(format!(
        "{description} If the change is intended, accept it: `cargo insta review`, or `INSTA_UPDATE=always cargo test` without cargo-insta."
    ));
    for (pattern, placeholder) in [
        // In Markdown a colon is escaped so that it makes no link.
        (r"127\.0\.0\.1(:|&#58;)\d+", "127.0.0.1${1}PORT"),
        (r"\breq_test_[0-9a-f]{24}\b", "req_test_[id]"),
        (r"\b[0-9a-f]{24}\b", "[id]"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "[uuid]"),
        (r"\b\d+\.\d\d s\b", "[time]"),
        (r"\bzerogate \d+\.\d+\.\d+\S*", "zerogate [version]"),
    ] {
        settings.add_filter(pattern, placeholder);
    }
    // A page is one line, and its style is not part of the snapshot.
    let text = if text.contains("<!DOCTYPE html>") { text.replace("><", ">\n<") } else { text.to_owned() };
    settings.add_filter(r"(?s)<style>.*</style>", "<style>[style]</style>");
    settings.add_filter(r"'sha256-[^']*'", "'sha256-[hash]'");
    let _verdict = Verdict;
    settings.bind(|| insta::assert_snapshot!(name, text));
}
