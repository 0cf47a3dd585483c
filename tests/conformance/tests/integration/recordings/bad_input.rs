//! Truncated files, and files that are not recordings.

use serde_json::json;
use zerogate_conformance::Conclusion;

use super::conversation::{CANCEL, conversation};
use super::recorders::{har, recorded};
use super::{checked, options};

#[test]
fn a_truncated_recording_is_judged_up_to_the_cut() {
    let mut exchanges = conversation();
    exchanges[0].status = 200;
    let whole = recorded(&exchanges).to_string();
    let begins = whole.find("\"entries\":[").unwrap() + "\"entries\":[".len();
    let mut most = 0;
    for end in (0..whole.len()).filter(|end| *end < 400 || end % 37 == 0) {
        let traffic = checked(&whole.as_bytes()[..end], &options());
        let trouble = traffic.files[0].trouble.as_deref().unwrap();
        assert!(trouble.lines().count() == 1, "{end}: {trouble}");
        match end {
            0 => assert_eq!((trouble, traffic.exit_code()), ("not a HAR file: empty", 2)),
            _ if traffic.entries == 0 => assert_eq!(traffic.exit_code(), 3, "{end}: {trouble}"),
            _ => assert_eq!((traffic.exit_code(), traffic.faults.len()), (1, 1), "{end}"),
        }
        assert!(end > begins || traffic.entries == 0, "{end}");
        assert!(traffic.entries >= most, "{end}");
        most = traffic.entries;
    }
    assert_eq!(most, 8);
}

#[test]
fn a_recording_in_another_form_is_named() {
    for (beginning, said) in [
        (&b"PK\x03\x04\x14\0"[..], "a ZIP archive; unpack it with `unzip FILE -d FOLDER`"),
        (b"\x1f\x8b\x08\0", "compressed; unpack it with `gzip -dc FILE | zerogate check -`"),
        (b"\xff\xfe{\0", "in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8 FILE | zerogate check -`"),
        (b"\xfe\xff\0{", "in UTF-16; convert it"),
    ] {
        let traffic = checked(beginning, &options());
        let trouble = traffic.files[0].trouble.clone().unwrap_or_default();
        assert!(trouble.starts_with(&format!("not a HAR file: {said}")) && traffic.exit_code() == 2, "{trouble}");
    }
}

#[test]
fn a_file_that_is_not_a_recording_is_refused_in_one_line() {
    let entry = |entry| har("a", vec![entry]).to_string();
    for (text, code, said) in [
        ("  ", 2, "empty"),
        ("<html>", 2, "not a JSON object with a `log`"),
        ("[]", 2, "not a JSON object with a `log`"),
        ("{}", 2, "no `log.entries`"),
        (r#"{"log": {"version": "1.2"}}"#, 2, "no `log.entries`"),
        (r#"{"log": []}"#, 2, "not a JSON object with a `log`"),
        (r#"{"log": {"version": "1.1", "entries": []}}"#, 2, "HAR 1.1; only 1.2 is supported"),
        (r#"{"log": {"version": "2\u001b[2J", "entries": []}}"#, 2, r"HAR 2\u{1b}[2J; only"),
        (r#"{"log": {"version": "1.2", "entries": {}}}"#, 2, "not a JSON object with a `log`"),
        (r#"{"log": {"version": "1.2", "entries": [{} {}]}}"#, 3, "is not JSON; everything before was judged"),
        (r#"{"log": {"version": "1.2", "entries": []}}"#, 3, ""),
        (r#"{"log": {"version": "1.2", "entries": []}} xx"#, 3, "the text from byte 43 (counted from 0) is not HAR"),
        (r#"{"log": {"version": "1.2", "entries": []}}{"log": {}}"#, 3, "the text from byte 42"),
        (r#"{"log": {"version": "1.2", "entries": []}} {"log": {"entries": ["#, 3, "truncated"),
        (&entry(json!({})), 3, ""),
        (&entry(json!({"request": {"method": "GET"}, "response": {}})), 3, ""),
        (&entry(json!(7)), 3, ""),
        (&entry(json!({"request": [], "response": "x"})), 3, ""),
    ] {
        let traffic = checked(text.as_bytes(), &options());
        let trouble = traffic.files[0].trouble.clone().unwrap_or_default();
        assert_eq!(traffic.exit_code(), code, "{text}: {trouble}");
        assert!(trouble.contains(said) && trouble.lines().count() <= 1, "{text}: {trouble}");
        assert_eq!(traffic.unjudged.is_empty(), traffic.entries == 0, "{text}");
    }
}

#[test]
fn an_unreadable_entry_does_not_affect_the_others() {
    let mut whole = recorded(&conversation());
    whole["log"]["entries"][0] = json!({"request": 7});
    whole["log"]["entries"][1] = json!({"response": {}});
    let traffic = checked(whole.to_string().as_bytes(), &options());
    assert_eq!((traffic.judged, traffic.entries, traffic.conclusion()), (6, 8, Conclusion::Conforms));
    let reasons: Vec<&str> = traffic.unjudged.keys().map(|left| left.why).collect();
    assert_eq!(reasons, ["the entry has no request with a method and a URL", "the entry is malformed"]);
}

#[test]
fn a_large_body_is_counted_and_not_kept() {
    let mut whole = recorded(&conversation());
    whole["log"]["entries"][CANCEL]["response"]["content"]["text"] = " ".repeat(17 * 1024 * 1024).into();
    whole["log"]["entries"][0]["comment"] = "x".repeat(33 * 1024 * 1024).into();
    let traffic = checked(whole.to_string().as_bytes(), &options());
    assert_eq!((traffic.judged, traffic.entries, traffic.faults.len()), (7, 8, 0));
    let reasons: Vec<&str> = traffic.unjudged.keys().map(|left| left.why).collect();
    assert_eq!(reasons, ["the entry is larger than 32 MiB", "the body is larger than 16 MiB"]);
}

#[test]
fn concatenated_recordings_are_all_judged() {
    let mut exchanges = conversation();
    exchanges[CANCEL].status = 200;
    let text = format!("{}\n{}", recorded(&conversation()), recorded(&exchanges));
    let traffic = checked(text.as_bytes(), &options());
    let file = &traffic.files[0];
    assert_eq!((traffic.judged, traffic.entries, file.recorder.as_str(), &file.trouble), (16, 16, "all 1", &None));
    assert_eq!(super::kinds(&traffic), ["response-status-undocumented"]);
}

#[test]
fn a_report_contains_no_customer_data() {
    let mut whole = recorded(&conversation());
    let urls = [
        ("data:text/plain,canary://canary/", "data:"),
        ("blob:https://127.0.0.1/canary", "blob:"),
        ("https://jane:canary@other.example/canary?canary#canary", "https://…@other.example"),
        ("canary", "no host"),
        ("can ary://x", "no host"),
    ];
    for (index, (url, _)) in urls.iter().enumerate() {
        whole["log"]["entries"][index]["request"]["url"] = (*url).into();
    }
    let own = &mut whole["log"]["entries"][6];
    own["response"]["status"] = 418.into();
    own["response"]["headers"] = json!([{"name": "X-Request-Id", "value": "jane.doe@canary.example"}]);
    let traffic = checked(whole.to_string().as_bytes(), &options());
    let mut expected: Vec<&str> = urls.iter().map(|(_, origin)| *origin).collect();
    expected.sort_unstable();
    expected.dedup();
    assert_eq!(traffic.elsewhere.keys().collect::<Vec<_>>(), expected);
    assert_eq!(traffic.faults[0].exchanges[0].request_id.as_deref(), Some("…"));
    let long = format!("https://{}/", "a".repeat(1000));
    whole["log"]["entries"][0]["request"]["url"] = long.into();
    let traffic = checked(whole.to_string().as_bytes(), &options());
    assert!(traffic.elsewhere.keys().all(|origin| origin.len() < 200));
}
