//! Reading: YAML and JSON, positions, and invalid texts.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zerogate_contract::{Document, Position};

/// Checks the value under `v` of a document with one entry.
#[track_caller]
fn reads_as(text: &str, expected: Value) {
    let document = Document::parse("gate.yaml", text).unwrap();
    assert_eq!(document.value()["v"], expected);
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = Document::parse("gate.yaml", text).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert!(error.starts_with("gate.yaml:"), "{error}");
}

mod scalars {
    use super::*;

    cases!(reads_as {
        norway_is_text: ("v: no", json!("no"));
        yes_is_text: ("v: yes", json!("yes"));
        on_is_text: ("v: on", json!("on"));
        nothing_is_null: ("v:", json!(null));
        a_tilde_is_null: ("v: ~", json!(null));
        a_boolean_is_one: ("v: True", json!(true));
        an_odd_boolean_is_text: ("v: tRUE", json!("tRUE"));
        an_integer_is_one: ("v: -12", json!(-12));
        a_plus_is_dropped: ("v: +12", json!(12));
        an_octal_is_one: ("v: 0o17", json!(15));
        a_leading_zero_is_decimal: ("v: 017", json!(17));
        a_hexadecimal_is_one: ("v: 0xff", json!(255));
        an_underscore_makes_text: ("v: 1_000", json!("1_000"));
        the_largest_unsigned_is_exact: ("v: 18446744073709551615", json!(18_446_744_073_709_551_615_u64));
        the_smallest_signed_is_exact: ("v: -9223372036854775808", json!(-9_223_372_036_854_775_808_i64));
        a_larger_integer_is_a_float: ("v: 18446744073709551616", json!(18_446_744_073_709_551_616.0));
        a_float_is_one: ("v: 1.5e3", json!(1500.0));
        a_float_may_lack_its_fraction: ("v: 1.", json!(1.0));
        a_float_may_lack_its_whole: ("v: .5", json!(0.5));
        a_lone_dot_is_text: ("v: .", json!("."));
        a_version_is_text: ("v: 3.0.3", json!("3.0.3"));
        a_date_is_text: ("v: 2026-05-25", json!("2026-05-25"));
        a_sexagesimal_is_text: ("v: 1:30", json!("1:30"));
        an_exponent_alone_is_text: ("v: e5", json!("e5"));
        a_quoted_number_is_text: ("v: '201'", json!("201"));
        a_quoted_boolean_is_text: ("v: \"true\"", json!("true"));
        a_quoted_nothing_is_text: ("v: ''", json!(""));
        a_block_scalar_is_text: ("v: |\n  12\n", json!("12\n"));
        a_folded_scalar_is_text: ("v: >-\n  a\n  b\n", json!("a b"));
        a_string_tag_makes_text: ("v: !!str 201", json!("201"));
        a_nonspecific_tag_makes_text: ("v: ! 201", json!("201"));
        an_integer_tag_fits: ("v: !!int 7", json!(7));
        a_float_tag_takes_an_integer: ("v: !!float 7", json!(7));
        a_null_tag_fits: ("v: !!null", json!(null));
        a_boolean_tag_fits: ("v: !!bool true", json!(true));
        a_verbatim_tag_is_known: ("v: !<tag:yaml.org,2002:str> 201", json!("201"));
        a_map_tag_fits: ("v: !!map {a: 1}", json!({"a": 1}));
        a_sequence_tag_fits: ("v: !!seq [1]", json!([1]));
    });

    cases!(refused {
        not_a_number: ("v: .nan", "`.nan` is a number that JSON cannot represent; write another number");
        infinity: ("v: -.inf", "`-.inf` is a number that JSON cannot represent");
        a_float_beyond_all: ("v: 1e999", "gate.yaml:1:4: /v: `1e999` is a number that JSON cannot represent");
        a_wrong_tag: ("v: !!int seven", "`seven` does not match its tag `tag:yaml.org,2002:int`; remove the tag");
        a_float_under_the_integer_tag: ("v: !!int 1.5", "`1.5` does not match its tag");
        a_scalar_under_a_collection_tag: ("v: !!map x", "does not match its tag");
        a_foreign_tag: ("v: !secret x", "the tag `!secret` does not fit");
        a_binary_tag: ("v: !!binary aGk=", "the tag `tag:yaml.org,2002:binary` does not fit");
        a_set: ("v: !!set {a, b}", "the tag `tag:yaml.org,2002:set` does not fit");
    });
}

mod keys {
    use super::*;

    cases!(reads_as {
        a_status_code_is_text: ("v: {201: a}", json!({"201": "a"}));
        a_quoted_status_code_is_the_same: ("v: {'201': a}", json!({"201": "a"}));
        a_quoted_boolean_is_text: ("v: {'true': a}", json!({"true": "a"}));
        a_tagged_key_is_text: ("v: {!!str true: a}", json!({"true": "a"}));
        norway_is_text: ("v: {no: a}", json!({"no": "a"}));
        a_quoted_merge_key_is_a_key: ("v: {'<<': a}", json!({"<<": "a"}));
        own_entries_count_more_than_merged_ones: ("a: &a {b: 1, c: 2}\nv: {c: 3, <<: *a, d: 4}", json!({"b": 1, "c": 3, "d": 4}));
        the_first_of_a_list_counts_most: ("v: {<<: [{b: 1}, {b: 2, c: 2}]}", json!({"b": 1, "c": 2}));
        what_was_merged_is_merged_again: ("a: &a {b: 1}\nc: &c {<<: *a, d: 1}\nv: {<<: *c}", json!({"b": 1, "d": 1}));
        two_merges_that_agree: ("v: {<<: {b: 1}, <<: {b: 1, c: 2}, d: 3}", json!({"b": 1, "c": 2, "d": 3}));
        two_merges_below_an_own_entry: ("v: {<<: {b: 1}, <<: {b: 2}, b: 3}", json!({"b": 3}));
        mappings_inside_are_not_merged: ("v: {<<: {b: {c: 1}}, b: {d: 1}}", json!({"b": {"d": 1}}));
        a_merge_by_its_tag: ("v: {!!merge '<<': {b: 1}}", json!({"b": 1}));
        a_merge_key_by_a_tag_for_text: ("v: {!!str <<: b}", json!({"<<": "b"}));
        an_alias_may_be_a_key: ("a: &k name\nv: {*k : b}", json!({"name": "b"}));
        an_anchored_key_is_known_later: ("&k name: 1\nv: *k", json!("name"));
    });

    cases!(refused {
        a_boolean: ("v: {true: a}", "gate.yaml:1:5: /v: the key `true` is not a string; quote it to make it a string: \"true\"");
        a_null: ("v:\n  ~: a", "the key `~` is not a string");
        an_empty_key: ("v:\n  : a", "the key `` is not a string");
        a_hexadecimal: ("v: {0x1F: a}", "the key `0x1F` is not a string");
        a_leading_zero: ("v: {007: a}", "the key `007` is not a string");
        a_mapping: ("v: {{a: b}: c}", "a mapping or a sequence is used as a key");
        a_merge_of_text: ("v:\n  <<: flow\n", "gate.yaml:2:3: /v: the merge key `<<` needs a mapping, but has text; give");
        a_merge_of_nothing: ("v: {<<: }", "needs a mapping, but has empty");
        a_merge_of_a_list_within_a_list: ("v: {<<: [[{b: c}]]}", "needs a mapping, but has a sequence");
        two_merges_that_disagree: ("v:\n  <<: {b: 1}\n  <<: {b: 2}\n", "gate.yaml:3:3: /v: two merge keys both have the entry `b`");
        a_merge_of_what_is_around_it: ("v: &v\n  <<: *v\n", "an alias is inside the node that it repeats");
        an_alias_of_a_mapping: ("a: &a {b: c}\nv: {*a : d}", "the alias used as a key is not a string");
        repeated: ("v:\n  a: 1\n  b: 2\n  a: 3\n", "gate.yaml:4:3: /v/a: the key `a` is repeated: it is on line 2 and on line 4; remove");
        repeated_after_typing: ("v:\n  201: 1\n  '201': 3\n", "the key `201` is repeated: it is on line 2 and on line 3");
        repeated_in_json: ("{\"v\": 1,\n \"v\": 2}", "gate.yaml:2:2: /v: the key `v` is repeated: it is on line 1 and on line 2");
        repeated_after_escapes: ("{\"v\": 1,\n \"\\u0076\": 2}", "the key `v` is repeated: it is on line 1 and on line 2");
    });

    #[test]
    fn merge_keys_are_noted_once() {
        let document = Document::parse("gate.yaml", "a:\n  <<: {b: 1}\nc: {<<: {d: 1}}\n").unwrap();
        let [note] = document.notes() else { panic!("{:?}", document.notes()) };
        assert!(
            note.is_warning()
                && note.pointer == "/a/<<"
                && document.position(&note.pointer).is_some_and(|at| at.line == 2)
                && note.message.contains("(there are 2)"),
            "{note}"
        );
        assert!(Document::parse("gate.yaml", "a: {'<<': {b: 1}}").unwrap().notes().is_empty());
    }

    #[test]
    fn all_repeated_keys_are_reported_at_once() {
        let error = Document::parse("gate.yaml", "a: 1\nb: {c: 1, c: 2}\na: 3\n").unwrap_err();
        let pointers: Vec<_> = error.problems().iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(pointers, ["/b/c", "/a"]);
    }

    #[test]
    fn the_first_of_repeated_keys_does_not_hide_a_later_mistake() {
        let error = Document::parse("gate.yaml", "a: 1\na: 2\nb: 'open\n").unwrap_err();
        assert_eq!(error.problems().len(), 2, "{error}");
    }
}

mod texts {
    use super::*;

    cases!(reads_as {
        a_byte_order_mark_is_skipped: ("\u{feff}v: 1", json!(1));
        windows_line_ends_are_line_ends: ("v:\r\n  - a\r\n  - b\r\n", json!(["a", "b"]));
        a_document_marker_is_skipped: ("---\nv: 1\n...\n", json!(1));
        comments_are_skipped: ("# first\nv: 1 # second\n", json!(1));
        a_yaml_directive_is_skipped: ("%YAML 1.2\n---\nv: 1\n", json!(1));
        an_alias_is_a_copy: ("a: &a {b: [1]}\nv: *a\n", json!({"b": [1]}));
        an_anchor_may_be_reused: ("a: &a 1\nb: &a 2\nv: *a\n", json!(2));
        flow_style_is_not_taken_for_json: ("{v: a, 'b': c}", json!("a"));
        json_with_a_trailing_comma_is_yaml: ("{\"v\": [1, 2,],}", json!([1, 2]));
        json_with_tabs_is_json: ("{\t\"v\":\t1\n}", json!(1));
        json_with_a_byte_order_mark_is_json: ("\u{feff}{\"v\": \"\\/\"}", json!("/"));
    });

    cases!(refused {
        nothing: ("", "gate.yaml: the document is empty; begin it with `openapi: 3.0.3`");
        only_a_comment: ("# later\n", "the document is empty");
        only_a_marker: ("---\n", "the document is empty");
        two_documents: ("v: 1\n---\nv: 2\n", "gate.yaml:2:1: the file contains a second document");
        two_documents_after_an_end: ("v: 1\n...\n---\nv: 2\n", "a second document");
        a_tab_as_indentation: ("v:\n\ta: 1\n", "indent with spaces");
        a_character_that_cannot_be_printed: ("v: a\u{0}b\n", "remove the character");
        half_a_surrogate_pair_in_yaml: ("v: \"\\ud83d\"\n", "check the escape");
        an_unclosed_quote: ("v: \"open\nw: 1\n", "not well-formed YAML");
        an_unclosed_bracket: ("v: [1, 2\n", "not well-formed YAML");
        a_wrong_dedent: ("v:\n    a: 1\n  b: 2\n", "gate.yaml:3:3:");
        an_unknown_alias: ("v: *nobody\n", "define the anchor before its aliases");
        a_value_after_a_value: ("v: 1\n  w: 2\n", "not well-formed YAML");
        an_alias_inside_its_anchor: ("v: &a [1, *a]\n", "gate.yaml:1:11: /v/1: an alias is inside the node that it repeats");
        half_a_surrogate_pair: ("{\"v\": \"\\ud83d\"}", "gate.yaml:1:7: /v: the string has half of a surrogate pair; write both");
        a_json_number_beyond_all: ("{\"v\": 1e999}", "gate.yaml:1:7: /v: the number is too large; use a number");
    });

    #[test]
    fn invalid_json_is_reported_as_json() {
        let error = Document::parse("gate.JSON", "{\"a\": 1\n \"b\": 2}").unwrap_err().to_string();
        assert!(error.starts_with("gate.JSON:2:2: not well-formed JSON: expected `,` or `}`"), "{error}");
    }

    #[test]
    fn a_message_stays_on_its_line() {
        let error = Document::parse("gate.yaml", "{\"a\\nb\\u001b\": 1, \"a\\nb\\u001b\": 2}").unwrap_err().to_string();
        assert!(!error.chars().any(char::is_control), "{error}");
    }
}

mod json_strings {
    use super::*;

    /// YAML and JSON disagree about escapes: the result must be that of serde_json.
    #[track_caller]
    fn as_serde_json(literal: &str) {
        let text = format!("{{\"v\": {literal}, {literal}: 1}}");
        let expected: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(Document::parse("gate.json", &text).unwrap().value(), &expected);
    }

    cases!(as_serde_json {
        an_escaped_letter: (r#""\u0041""#);
        a_surrogate_pair: (r#""\ud83d\ude00""#);
        an_escaped_slash: (r#""https:\/\/gate.example\/v1""#);
        every_short_escape: (r#""\"\\\/\b\f\n\r\t""#);
        an_escaped_backslash_before_the_quote: (r#""a\\""#);
        an_escaped_nul: (r#""\u0000""#);
        plain_emoji: ("\"😀\"");
        a_delete_character: ("\"\u{7f}\"");
        a_line_separator: ("\"a\u{2028}b\"");
        a_byte_order_mark_inside: ("\"a\u{feff}b\"");
        what_looks_like_yaml: (r#""a: b # c""#);
        what_looks_like_a_merge: (r#""<<""#);
        brackets_and_commas: (r#""{[,:]}""#);
        nothing: (r#""""#);
    });

    #[test]
    fn numbers_are_as_serde_json_reads_them() {
        let text = r#"{"v": [0, -1, 18446744073709551615, 18446744073709551616, 1e3, -0, 0.1, 1E-2]}"#;
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Document::parse("gate.json", text).unwrap().value(), &expected);
    }
}

mod positions {
    use super::*;

    const YAML: &str =
        "info:\n  title: Gate\nservers:\n  - url: a\n  -   url: b\npaths:\n  /a~b/{id}:\n    get: {x: [1, 2]}\n";

    #[track_caller]
    fn stands_at(text: &str, pointer: &str, line: usize, column: usize) {
        let document = Document::parse("gate", text).unwrap();
        assert_eq!(document.position(pointer), Some(Position { line, column }));
    }

    cases!(stands_at {
        the_root: (YAML, "", 1, 1);
        a_key_not_its_value: (YAML, "/info/title", 2, 3);
        an_item_itself: (YAML, "/servers/1", 5, 7);
        an_escaped_key: (YAML, "/paths/~1a~0b~1{id}", 7, 3);
        inside_flow_style: (YAML, "/paths/~1a~0b~1{id}/get/x/1", 8, 18);
        what_is_missing_stands_at_its_parent: (YAML, "/info/version", 2 - 1, 1);
        an_item_that_is_missing: (YAML, "/servers/7/url", 3, 1);
        no_number_is_no_item: (YAML, "/servers/+1", 3, 1);
        a_pointer_without_slash_is_the_root: (YAML, "info", 1, 1);
        behind_windows_line_ends: ("a: 1\r\nb:\r\n  c: 1\r\n", "/b/c", 3, 3);
        behind_a_byte_order_mark: ("\u{feff}a: 1\nb: 2\n", "/a", 1, 1);
        columns_count_characters: ("{ä: 1, b: 2}", "/b", 1, 8);
        in_json: ("{\n  \"a\": {\"ä\": 1, \"b\": [true,\n null]}}", "/a/b", 2, 17);
        an_item_in_json: ("{\n  \"a\": {\"ä\": 1, \"b\": [true,\n null]}}", "/a/b/1", 3, 2);
        what_came_by_a_merge: ("a: &a {b: 1}\nc:\n  <<: *a\n", "/c/b", 3, 3);
        what_is_merged_in_place: ("c:\n  <<:\n    b: 1\n", "/c/b", 3, 5);
        what_came_by_an_alias: ("a: &a {b: 1}\nc: *a\n", "/c/b", 2, 1);
    });

    #[test]
    fn a_rewritten_document_keeps_its_positions() {
        let document = Document::parse("gate", "a: 1\nb: 2\n").unwrap();
        let rewritten = document.with_value(json!({"b": {"c": 3}}));
        assert_eq!(rewritten.value()["b"]["c"], 3);
        assert_eq!(rewritten.position("/b/c"), Some(Position { line: 2, column: 1 }));
    }
}

mod references {
    use super::*;

    fn resolved<'d>(document: &'d Document, pointer: &str) -> Option<&'d Value> {
        document.resolve(document.value().pointer(pointer).unwrap())
    }

    #[test]
    fn a_chain_is_followed_to_its_end() {
        let document = Document::parse("gate", "a: {$ref: '#/b'}\nb: {$ref: '#/c/d~1e'}\nc: {d/e: 1}\n").unwrap();
        assert_eq!(resolved(&document, "/a"), Some(&json!(1)));
    }

    #[test]
    fn a_node_without_a_reference_resolves_to_itself() {
        let document = Document::parse("gate", "a: {$ref: {type: string}}\n").unwrap();
        assert_eq!(resolved(&document, "/a"), Some(&json!({"$ref": {"type": "string"}})));
    }

    #[test]
    fn a_circle_of_references_does_not_resolve() {
        let document = Document::parse("gate", "a: {$ref: '#/b'}\nb: {$ref: '#/a'}\n").unwrap();
        assert_eq!(resolved(&document, "/a"), None);
    }

    #[test]
    fn another_file_is_not_read() {
        let document = Document::parse("gate", "a: {$ref: 'other.yaml#/a'}\n").unwrap();
        assert_eq!(resolved(&document, "/a"), None);
    }

    #[test]
    fn percent_escapes_are_decoded() {
        let document = Document::parse("gate", "a: {$ref: '#/b%20c'}\nb c: 1\n").unwrap();
        assert_eq!(resolved(&document, "/a"), Some(&json!(1)));
    }
}

mod files {
    use super::*;

    #[test]
    fn a_missing_file_is_named() {
        let error = Document::read("no/such/gate.yaml").unwrap_err().to_string();
        assert!(error.starts_with("no/such/gate.yaml: the contract cannot be read: "), "{error}");
    }

    #[test]
    fn a_folder_is_rejected() {
        let error = Document::read(env!("CARGO_MANIFEST_DIR")).unwrap_err().to_string();
        assert!(error.contains("the contract cannot be read"), "{error}");
    }

    #[test]
    fn an_invalid_byte_is_reported() {
        let path = std::env::temp_dir().join(format!("zerogate-contract-{}.yaml", std::process::id()));
        fs::write(&path, b"v: \xff").unwrap();
        let error = Document::read(&path).unwrap_err().to_string();
        fs::remove_file(&path).unwrap();
        assert!(error.contains("not UTF-8: byte 3 "), "{error}");
    }
}

/// Texts made to exhaust a reader: each must fail with a message, and quickly.
mod hostile {
    use super::*;

    #[track_caller]
    fn rejected_soon(text: &str, expected: &str) {
        let begin = Instant::now();
        let error = Document::parse("gate.yaml", text).unwrap_err().to_string();
        assert!(error.contains(expected), "{}", error.chars().take(300).collect::<String>());
        // Generous: an unoptimised build on a busy machine. Without limits, these take minutes or all memory.
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    }

    fn bomb(width: usize, levels: usize) -> String {
        let mut text = "a0: &a0 lol\n".to_owned();
        for level in 1..levels {
            let items = vec![format!("*a{}", level - 1); width].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        text
    }

    fn fat_bomb() -> String {
        format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 10_000].join(", "))
    }

    /// Each anchor encloses the next, so that remembering them multiplies the innermost content.
    fn nested_anchors() -> String {
        let open: String = (0..100).map(|level| format!("&a{level} [")).collect();
        format!("{open}{}{}", "1, ".repeat(20_000), "]".repeat(100))
    }

    cases!(rejected_soon {
        an_alias_bomb: (&bomb(10, 30), "expand to more than");
        an_alias_bomb_of_text: (&fat_bomb(), "expand to more than");
        nested_anchors_around_much: (&nested_anchors(), "expand to more than");
        deep_brackets: (&"[".repeat(100_000), "nested deeper than 128");
        deep_braces: (&"{a: ".repeat(100_000), "nested deeper than 128");
        deep_dashes: (&"- ".repeat(100_000), "nested deeper than 128");
        deep_indentation: (&(0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>(), "nested deeper than 128");
        deep_json: (&format!("{{\"a\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000)), "nested deeper than 128");
        deep_unclosed_json: (&format!("{{\"a\": {}", "[".repeat(100_000)), "nested deeper than 128");
        many_unclosed_quotes: (&"\"".repeat(100_001), "not well-formed");
        many_repeated_keys: (&"a: 1\n".repeat(100_000), "too many repeated keys");
        a_long_key: (&format!("{{\"{}\": 1}}", "k".repeat(2_000_000)), "a key is 2000000 bytes long");
        one_endless_line_of_questions: (&"? ".repeat(50_000), "gate.yaml");
        many_anchors: (&format!("v: [{}]", (0..100_001).map(|n| format!("&a{n} 1,")).collect::<String>()), "expand to");
        a_text_of_many_nodes: (&format!("{{\"v\": [{}1]}}", "1,".repeat(2_100_000)), "more than 2000000 nodes");
    });

    #[test]
    fn the_maximum_depth_is_read() {
        let text = format!("{}{}", "[".repeat(128), "]".repeat(128));
        assert!(Document::parse("gate", &text).is_ok());
    }

    #[test]
    fn many_keys_in_one_line_of_json_are_read_soon() {
        let begin = Instant::now();
        let text: String = (0..100_000).map(|n| format!("\"k{n}\": 1, ")).collect();
        assert!(Document::parse("gate.json", &format!("{{{text}\"z\": 1}}")).is_ok());
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    }
}
