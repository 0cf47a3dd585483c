//! Bodies in the forms that recorders keep them in.

use std::fs;
use std::io::{Read, Write};
#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(unix)]
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::{Value, json};
use zerogate_conformance::{Check, Traffic};

use super::conversation::{CANCEL, CREATE, conversation};
use super::recorders::recorded;
use super::{JUDGE, judged, kinds, options};

/// A recording whose cancellation has a body with a fault, or without one.
fn cancelled(is_faulty: bool) -> (Value, Vec<u8>) {
    let mut exchanges = conversation();
    if is_faulty {
        exchanges[CANCEL].edit(|body| body["client_secret"] = "cs_canary".into());
    }
    let body = exchanges[CANCEL].response.clone().unwrap().into_bytes();
    (recorded(&exchanges), body)
}

/// The content of the response to the cancellation.
fn content(har: &mut Value) -> &mut Value {
    &mut har["log"]["entries"][CANCEL]["response"]["content"]
}

fn unjudged(traffic: &Traffic) -> Vec<&str> {
    traffic.unjudged.keys().map(|left| left.why).collect()
}

fn coded(mut encoder: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoder.read_to_end(&mut bytes).unwrap();
    bytes
}

fn gzip(body: &[u8]) -> Vec<u8> {
    coded(GzEncoder::new(body, Compression::default()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A list of two texts, as a text.
fn in_two(bytes: &[u8], text: impl Fn(&[u8]) -> String) -> String {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    json!([text(first), text(second)]).to_string()
}

#[test]
fn a_body_is_judged_in_every_form_that_recorders_keep_it_in() {
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    type Form<'f> = &'f dyn Fn(&[u8]) -> Value;
    let forms: [(&str, &str, Form<'_>); 9] = [
        ("decoded, with its header", "gzip", &|body| json!({"text": String::from_utf8_lossy(body)})),
        ("compressed, in mitmproxy 11", "gzip", &|body| json!({"text": base64(&gzip(body)), "encoding": "base64"})),
        ("compressed twice over", "X-GZIP", &|body| {
            let (first, second) = body.split_at(20);
            json!({"text": base64(&[gzip(first), gzip(second)].concat()), "encoding": "base64"})
        }),
        ("deflate", "deflate", &|body| {
            let body = coded(ZlibEncoder::new(body, Compression::default()));
            json!({"text": base64(&body), "encoding": "base64"})
        }),
        ("deflate without its header", "deflate", &|body| {
            let body = coded(DeflateEncoder::new(body, Compression::default()));
            json!({"text": base64(&body), "encoding": "base64"})
        }),
        ("decoded, in Polly.js", "gzip", &|body| json!({"text": base64(body), "encoding": "base64"})),
        ("chunks, in Polly.js", "gzip", &|body| json!({"text": in_two(&gzip(body), base64), "encoding": "base64"})),
        (
            "chunks, in Polly.js before 6",
            "gzip",
            &|body| json!({"text": in_two(&gzip(body), hexadecimal), "_isBinary": true}),
        ),
        ("hexadecimal, in Polly.js before 6", "", &|body| json!({"text": hexadecimal(body), "_isBinary": true})),
    ];
    for (name, coding, form) in forms {
        for is_faulty in [false, true] {
            let (mut har, body) = cancelled(is_faulty);
            *content(&mut har) = form(&body);
            let headers = har["log"]["entries"][CANCEL]["response"]["headers"].as_array_mut().unwrap();
            headers.push(json!({"name": "Content-Encoding", "value": coding}));
            let traffic = judged(&har);
            let expected: &[&str] = if is_faulty { &["client-secret"] } else { &[] };
            assert_eq!(
                (kinds(&traffic).as_slice(), unjudged(&traffic).len()),
                (&expected.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..], 0),
                "{name}: {:?}",
                traffic.unjudged
            );
        }
    }
}

#[test]
fn a_body_that_cannot_be_read_is_not_judged() {
    const STILL: &str = "the body seems to be still encoded (see `Content-Encoding`)";
    let bomb = gzip(&vec![b' '; 17 * 1024 * 1024]);
    for (name, coding, content_of, expected) in [
        ("another coding", "br", json!({"text": "i4CAgP8=", "encoding": "base64"}), STILL),
        ("half of it", "gzip", json!({"text": STANDARD.encode(&gzip(b"{}")[..15]), "encoding": "base64"}), STILL),
        ("a bomb", "gzip", json!({"text": STANDARD.encode(bomb), "encoding": "base64"}), STILL),
        ("no base64", "", json!({"text": "e30", "encoding": "base64"}), "the body is not base64, as the recorder says"),
        (
            "a list with something else",
            "",
            json!({"text": "[\"e30=\", 1]", "encoding": "base64"}),
            "the body is not base64, as the recorder says",
        ),
        (
            "half a byte",
            "",
            json!({"text": "7b7", "_isBinary": true}),
            "the body has an encoding that is not supported",
        ),
        ("no digits", "", json!({"text": "{}", "_isBinary": true}), "the body has an encoding that is not supported"),
        ("unknown", "", json!({"text": "{}", "encoding": "utf-7"}), "the body has an encoding that is not supported"),
    ] {
        let (mut har, _) = cancelled(true);
        *content(&mut har) = content_of;
        let headers = har["log"]["entries"][CANCEL]["response"]["headers"].as_array_mut().unwrap();
        headers.push(json!({"name": "Content-Encoding", "value": coding}));
        let traffic = judged(&har);
        assert_eq!((kinds(&traffic).len(), unjudged(&traffic)), (0, vec![expected]), "{name}");
    }
}

/// Playwright with `content: 'attach'`, or `resourcesDir`.
#[test]
fn a_body_in_a_file_beside_the_recording_is_judged() {
    const MISSING: &str = "the body is in a file beside the recording, which is missing or cannot be read";
    const OUTSIDE: &str = "the body is in a file outside the folder of the recording";
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("recordings");
    fs::create_dir_all(folder.join("resources")).unwrap();
    let (_, body) = cancelled(true);
    for path in ["a.json", "resources/a.json", "../a.json"] {
        fs::write(folder.join(path), &body).unwrap();
    }
    let absolute = folder.join("a.json").display().to_string();
    fs::write(folder.join("request.json"), r#"{"amount": 1}"#).unwrap();
    fs::write(folder.join("empty"), "").unwrap();
    fs::File::create(folder.join("large")).unwrap().set_len(16 * 1024 * 1024 + 1).unwrap();
    for (file, folder, expected) in [
        ("a.json", Some(&folder), ""),
        ("./a.json", Some(&folder), ""),
        ("./../a.json", Some(&folder), OUTSIDE),
        ("resources/a.json", Some(&folder), ""),
        ("b.json", Some(&folder), MISSING),
        ("resources", Some(&folder), MISSING),
        ("../a.json", Some(&folder), OUTSIDE),
        (&absolute, Some(&folder), OUTSIDE),
        ("empty", Some(&folder), "the recorder kept no body"),
        ("large", Some(&folder), "the body is larger than 16 MiB"),
        ("a.json", None, "the body is in a file beside the recording: name the recording instead of piping it"),
    ] {
        let (mut har, _) = cancelled(false);
        *content(&mut har) = json!({"size": 400, "mimeType": "application/json", "_file": file});
        let options = options();
        let mut check = Check::new(&JUDGE, &options);
        check.file("a.har", har.to_string().as_bytes(), folder.map(|it| it.as_path()), &mut |_| ());
        let traffic = check.finish("2026-11-29".parse().unwrap());
        let (found, left) =
            if expected.is_empty() { (vec!["client-secret"], vec![]) } else { (vec![], vec![expected]) };
        assert_eq!(
            (kinds(&traffic), unjudged(&traffic)),
            (found.into_iter().map(str::to_owned).collect(), left),
            "{file}"
        );
    }
    let (mut har, _) = cancelled(false);
    *content(&mut har) = json!({"text": "[]", "encoding": "base64"});
    assert_eq!(unjudged(&judged(&har)), ["the recorder kept no body"], "no chunks");
    // The command looks beside the recording, wherever it is called.
    let (mut har, _) = cancelled(false);
    *content(&mut har) = json!({"_file": "a.json"});
    har["log"]["entries"][CREATE]["request"]["postData"] = json!({"text": "", "params": [], "_file": "request.json"});
    fs::File::create(folder.join("a.har")).unwrap().write_all(har.to_string().as_bytes()).unwrap();
    for (path, cwd) in [("recordings/a.har", parent.path()), ("a.har", folder.as_path())] {
        let output = crate::command::zerogate(&["check", path]).current_dir(cwd).output().unwrap();
        let shown = crate::command::shown(&output);
        assert!(shown.contains("client-secret") && shown.contains("request-body-invalid"), "{shown}");
        assert!(!shown.contains("not judged"), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_and_a_link_out_of_the_folder_are_not_read() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("recordings");
    fs::create_dir(&folder).unwrap();
    let (_, body) = cancelled(true);
    fs::write(folder.join("a.json"), &body).unwrap();
    fs::write(parent.path().join("outside.json"), &body).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    for (link, original) in [("inside", "a.json"), ("outside", "../outside.json"), ("away", "..")] {
        symlink(original, folder.join(link)).unwrap();
    }
    let outside = "the body is in a file outside the folder of the recording";
    // A check that opens the pipe gets a body, and does not wait for ever.
    let pipe = folder.join("pipe");
    let written = thread::spawn({
        let (pipe, body) = (pipe.clone(), body.clone());
        // Waits for a reader, which may be gone before it has read the body.
        move || fs::File::options().write(true).open(pipe).map(|mut pipe| pipe.write_all(&body))
    });
    for (file, expected) in [
        ("inside", "client-secret"),
        ("pipe", "the body is in a file beside the recording, which is missing or cannot be read"),
        ("outside", outside),
        ("away/outside.json", outside),
    ] {
        let (mut har, _) = cancelled(false);
        *content(&mut har) = json!({"_file": file});
        let path = folder.join("a.har");
        fs::write(&path, har.to_string()).unwrap();
        let output = crate::command::zerogate(&["check", path.to_str().unwrap()]).output().unwrap();
        let shown = crate::command::shown(&output);
        assert!(shown.contains(expected), "{file}: {shown}");
        assert!(!shown.contains("client-secret") || file == "inside", "{file}: {shown}");
    }
    // The first to open it is this test.
    assert!(!written.is_finished());
    fs::read(&pipe).unwrap();
    written.join().unwrap().unwrap().unwrap();
}

#[cfg(unix)]
#[test]
fn standard_input_has_no_folder_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (mut har, body) = cancelled(true);
    let path = folder.path().join("a.har");
    let shown = |name: &str, har: &Value, is_piped: bool| {
        fs::write(&path, har.to_string()).unwrap();
        let mut command = crate::command::zerogate(&["check", name]);
        let input = if is_piped { Stdio::piped() } else { fs::File::open(&path).unwrap().into() };
        let mut child = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if let Some(mut input) = child.stdin.take() {
            input.write_all(har.to_string().as_bytes()).unwrap();
        }
        crate::command::shown(&child.wait_with_output().unwrap())
    };
    let whole = har.clone();
    fs::write(folder.path().join("a.json"), &body).unwrap();
    *content(&mut har) = json!({"_file": "a.json"});
    for name in ["-", "/dev/stdin", "/dev/fd/0"] {
        for is_piped in [true, false] {
            let without = shown(name, &har, is_piped);
            assert!(without.contains("name the recording instead of piping it"), "{name} {is_piped}: {without}");
            let with = shown(name, &whole, is_piped);
            assert!(with.contains("client-secret") && !with.contains("not judged"), "{name} {is_piped}: {with}");
        }
    }
}
