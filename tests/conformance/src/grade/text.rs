//! Text that a client prints or sends, as reports show it.

use zerogate_contract::mask_keys;

use crate::evidence::body::one_line;

/// The maximum length, in characters.
const SHOWN: usize = 300;

/// The prefix of the emulator's client secrets.
const CLIENT_SECRET: &str = "gs_test_secret_";

/// Text from a client on one line, without keys and client secrets, and of limited length.
pub(super) fn shown(text: &str) -> String {
    one_line(&mask_client_secrets(&mask_keys(text))).chars().take(SHOWN).collect()
}

fn mask_client_secrets(text: &str) -> String {
    let mut parts = text.split(CLIENT_SECRET);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-');
        format!("{text}{CLIENT_SECRET}…{rest}")
    })
}
