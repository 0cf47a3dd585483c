//! The table of kinds.

use zerogate_drift::KINDS;

#[test]
fn the_table_is_sorted_and_has_each_id_once() {
    // Also detects an id that occurs twice, with other columns.
    assert!(KINDS.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn ids_are_kebab_case_and_meanings_are_one_sentence() {
    for kind in KINDS.iter() {
        assert!(kind.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", kind.id);
        assert!(kind.meaning.ends_with('.') && !kind.meaning.contains(". "), "{}", kind.meaning);
    }
}
