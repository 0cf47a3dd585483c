//! The snapshots of this package, and what a failing one prints.

use crate::accepted::Verdict;

/// Runs `body` with the settings of this package's snapshots; if it fails, prints the changes of the contract.
pub(crate) fn with_settings(about: &str, body: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/zerogate");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(format!(
        "{about}. If the change is intended, accept it: `cargo insta review`, \
         or `INSTA_UPDATE=always cargo test` without cargo-insta."
    ));
    let _verdict = Verdict;
    settings.bind(body);
}
