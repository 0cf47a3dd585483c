//! Recorders with different habits, and which parts of a message each lets us judge.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zerogate_conformance::{Check, Traffic};
use zerogate_contract::Document;
use zerogate_judge::Judge;

use super::conversation::{CANCEL, CONFLICT, CREATE, Exchange, LIST, conversation};
use super::{checked, judged, kinds, options};
use crate::{CONTRACT, snapshot};

/// Writes an exchange as an entry with the common fields, which a recorder then edits.
fn entry(exchange: &Exchange, index: usize) -> Value {
    let headers = |headers: &[(&str, String)]| -> Value {
        headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
    };
    let mut response_headers = exchange.response_headers.clone();
    let body = exchange.response.as_deref().unwrap_or_default();
    Exchange::set(&mut response_headers, "Content-Length", Some(&body.len().to_string()));
    let mime = response_headers.iter().find(|(name, _)| *name == "Content-Type").map_or("", |(_, value)| value);
    let mut entry = json!({
        "startedDateTime": format!("2026-11-29T10:00:{index:02}.000Z"),
        "time": 12.5,
        "request": {
            "method": exchange.method,
            "url": format!("http://127.0.0.1:4010{}", exchange.path),
            "httpVersion": "HTTP/1.1",
            "headers": headers(&exchange.request_headers),
            "bodySize": exchange.request.as_ref().map_or(0, |body| body.to_string().len()),
        },
        "response": {
            "status": exchange.status,
            "headers": headers(&response_headers),
            "content": {"size": body.len(), "mimeType": mime, "text": body},
        },
    });
    if let Some(body) = &exchange.request {
        entry["request"]["postData"] = json!({"mimeType": "application/json", "text": body.to_string()});
    }
    entry
}

/// A recorder and its habits.
struct Recorder<'r> {
    name: &'static str,
    creator: &'r str,
    habit: fn(&mut Value),
}

const RECORDERS: [Recorder<'static>; 15] = [
    Recorder { name: "all", creator: "all", habit: |_| () },
    Recorder {
        name: "empty bodies, no postData",
        creator: "browser",
        habit: |entry| {
            entry["response"]["content"] = json!({"size": 0, "mimeType": "", "text": "", "encoding": ""});
            entry["request"].as_object_mut().unwrap().remove("postData");
        },
    },
    Recorder {
        name: "postData as params",
        creator: "params",
        habit: |entry| {
            if let Some(data) = entry["request"].get_mut("postData") {
                *data = json!({"mimeType": "application/json", "params": [{"name": "amount", "value": "100.00"}]});
            }
        },
    },
    Recorder {
        name: "everything in base64",
        creator: "encoder",
        habit: |entry| {
            let content = &mut entry["response"]["content"];
            content["text"] = STANDARD.encode(content["text"].as_str().unwrap()).into();
            content["encoding"] = "base64".into();
        },
    },
    Recorder {
        name: "no credentials",
        creator: "WebInspector",
        habit: |entry| headers(entry, "request").retain(|it| it["name"] != "Authorization"),
    },
    Recorder {
        name: "Chrome, sanitized",
        creator: "WebInspector",
        habit: |entry| {
            let authority = json!({"name": ":authority", "value": "127.0.0.1:4010"});
            headers(entry, "request").retain(|it| it["name"] != "Authorization");
            headers(entry, "request").push(authority);
            let own = json!({
                "_connectionId": "17", "_initiator": {"type": "script"}, "_priority": "High", "_resourceType": "fetch",
                "cache": null, "connection": "443", "serverIPAddress": "[::1]", "pageref": "page_1",
                "timings": {"blocked": -1, "_blocked_queueing": 1.5, "send": 0},
            });
            entry.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            let own = json!({"_transferSize": 300, "_error": null, "_fetchedViaServiceWorker": false, "bodySize": -1});
            entry["response"].as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        },
    },
    Recorder {
        name: "Safari",
        creator: "WebKit Web Inspector",
        habit: |entry| {
            entry["_fetchType"] = "Network Load".into();
            entry["serverIPAddress"] = "".into();
            entry["request"]["bodySize"] = json!(-1);
            if let Some(data) = entry["request"].get_mut("postData") {
                data["params"] = json!([]);
            }
            entry["response"]["content"]["mimeType"] = "x-unknown".into();
            entry["response"]["content"]["compression"] = json!(-40);
        },
    },
    Recorder {
        name: "Charles",
        creator: "Charles Proxy",
        habit: |entry| {
            let at = entry["startedDateTime"].as_str().unwrap().replace("T10", "T18").replace('Z', "+08:00");
            entry["startedDateTime"] = at.into();
            entry["time"] = json!(12);
            let status = json!({"name": ":status", "value": entry["response"]["status"].to_string()});
            headers(entry, "response").insert(0, status);
            let response = &mut entry["response"];
            response["statusText"] = json!(null);
            response["_charlesStatus"] = "COMPLETE".into();
            response["content"]["text"] = STANDARD.encode(response["content"]["text"].as_str().unwrap()).into();
            response["content"]["encoding"] = "base64".into();
        },
    },
    Recorder {
        name: "Insomnia",
        creator: "Insomnia REST Client",
        habit: |entry| {
            entry["startedDateTime"] = "2026-11-29T10:00:00.000Z".into();
            entry["comment"] = "a request".into();
            entry["request"]["bodySize"] = json!(-1);
            let request = entry["request"].as_object_mut().unwrap();
            request.entry("postData").or_insert_with(|| json!({"mimeType": "", "text": ""}));
        },
    },
    Recorder { name: "requests-har", creator: "requests-har", habit: |entry| entry["time"] = json!(0.302) },
    Recorder {
        name: "chrome-har, after a redirect",
        creator: "chrome-har",
        habit: |entry| headers(entry, "request").retain(|it| it["name"] != "Authorization"),
    },
    Recorder {
        name: "Polly.JS",
        creator: "Polly.JS",
        habit: |entry| {
            entry["_id"] = "06f06e6d125cbb80896c41786f9a696a".into();
            entry["_order"] = 0.into();
            let request = entry["request"].as_object_mut().unwrap();
            if let Some(data) = request.get("postData").cloned() {
                request.insert("bodySize".to_owned(), data["text"].as_str().unwrap().len().into());
            } else {
                request.insert("postData".to_owned(), json!({"mimeType": "text/plain"}));
            }
            for message in ["request", "response"] {
                for header in headers(entry, message) {
                    header["name"] = header["name"].as_str().unwrap().to_lowercase().into();
                }
            }
        },
    },
    Recorder {
        name: "no headers",
        creator: "bare",
        habit: |entry| {
            entry["request"]["headers"] = json!([]);
            entry["response"].as_object_mut().unwrap().remove("headers");
        },
    },
    Recorder {
        name: "lower case, credentials twice",
        creator: "twice",
        habit: |entry| {
            entry["request"]["method"] = entry["request"]["method"].as_str().unwrap().to_lowercase().into();
            let twice: Vec<Value> =
                headers(entry, "request").iter().filter(|it| it["name"] == "Authorization").cloned().collect();
            headers(entry, "request").extend(twice);
            for header in headers(entry, "response") {
                header["name"] = header["name"].as_str().unwrap().to_lowercase().into();
            }
        },
    },
    Recorder {
        name: "status as text, no times",
        creator: "text",
        habit: |entry| {
            entry["response"]["status"] = entry["response"]["status"].to_string().into();
            entry.as_object_mut().unwrap().remove("startedDateTime");
            entry["time"] = json!(-1);
        },
    },
];

fn headers<'e>(entry: &'e mut Value, message: &str) -> &'e mut Vec<Value> {
    entry[message]["headers"].as_array_mut().unwrap()
}

impl Recorder<'_> {
    fn record(&self, exchanges: &[Exchange]) -> Value {
        let entries = exchanges.iter().enumerate().map(|(index, exchange)| {
            let mut entry = entry(exchange, index);
            (self.habit)(&mut entry);
            entry
        });
        har(self.creator, entries.collect())
    }
}

/// A recording with these entries.
pub(super) fn har(creator: &str, entries: Vec<Value>) -> Value {
    json!({"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "pages": [{"a": [{"}": "]"}]}], "entries": entries}})
}

/// A complete recording.
pub(crate) fn recorded(exchanges: &[Exchange]) -> Value {
    RECORDERS[0].record(exchanges)
}

/// A part of a message, one mistake in it, and the rule that it breaks.
type Part = (&'static str, fn(&mut [Exchange]), &'static str, &'static str);

const PARTS: [Part; 8] = [
    ("status", |it| it[CANCEL].status = 200, "response-status-undocumented", "response.status"),
    (
        "response header",
        |it| Exchange::set(&mut it[CONFLICT].response_headers, "X-Request-Id", None),
        "response-header-missing",
        "response.header",
    ),
    (
        "media type",
        |it| Exchange::set(&mut it[CANCEL].response_headers, "Content-Type", Some("text/plain")),
        "response-media-type",
        "response.header",
    ),
    (
        "response body",
        |it| it[CANCEL].edit(|body| body["mode"] = "canary".into()),
        "response-body-invalid",
        "response.body",
    ),
    (
        "request body",
        |it| it[CREATE].request.as_mut().unwrap()["amount"] = 100.into(),
        "request-body-invalid",
        "request.body",
    ),
    (
        "query",
        |it| it[LIST].path = "/v1/gate_sessions?limit=1000".to_owned(),
        "request-parameter-invalid",
        "request.query",
    ),
    (
        "credentials",
        |it| Exchange::set(&mut it[CANCEL].request_headers, "Authorization", None),
        "security-missing",
        "request.credentials",
    ),
    (
        "sequence",
        |it| it[CANCEL + 1].edit(|body| body["status"] = "open".into()),
        "cancelled-reads-otherwise",
        "exchange",
    ),
];

#[test]
fn only_the_parts_that_a_recorder_keeps_are_judged() {
    let mut table = format!("{:<30}", "");
    PARTS.iter().for_each(|(part, ..)| write!(table, " {part:<15}").unwrap());
    for recorder in &RECORDERS {
        let clean = judged(&recorder.record(&conversation()));
        assert_eq!(kinds(&clean), Vec::<String>::new(), "{}", recorder.name);
        assert_eq!((clean.judged, clean.entries), (8, 8), "{}", recorder.name);
        write!(table, "\n{:<30}", recorder.name).unwrap();
        for (part, plant, kind, place) in PARTS {
            let mut exchanges = conversation();
            plant(&mut exchanges);
            let traffic = judged(&recorder.record(&exchanges));
            let found = kinds(&traffic).contains(&kind.to_owned());
            let is_unjudged = unjudged(&traffic, place);
            assert!(found || is_unjudged, "{}: {part} is neither found nor left out", recorder.name);
            write!(table, " {:<15}", if found { "found" } else { "not judged" }).unwrap();
        }
    }
    let table = table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    snapshot::check(
        "recorders",
        "What of each part of a message recorders of different habits let be judged.",
        &(table + "\n"),
    );
}

/// Its response is that of the URL that the redirect leads to.
#[test]
fn a_redirect_that_the_recorder_followed_is_not_held_against_the_server() {
    let contract =
        CONTRACT.replace("        \"201\":\n", "        \"302\":\n          description: moved\n        \"201\":\n");
    let judge = Judge::of(Document::parse("a.yaml", &contract).unwrap());
    let mut exchanges = conversation();
    exchanges[CANCEL].status = 200;
    for (creator, expected) in
        [("axios-har-tracker", &[][..]), ("Polly.JS", &[]), ("another", &["response-status-undocumented"])]
    {
        let har = Recorder { name: creator, creator, habit: |_| () }.record(&exchanges);
        let options = options();
        let mut check = Check::new(&judge, &options);
        check.file("a.har", har.to_string().as_bytes(), None, &mut |_| ());
        let traffic = check.finish("2026-11-29".parse().unwrap());
        assert_eq!(kinds(&traffic), expected, "{creator}");
        assert_eq!(unjudged(&traffic, "response.status"), expected.is_empty(), "{creator}");
    }
}

fn unjudged(traffic: &Traffic, place: &str) -> bool {
    traffic
        .unjudged
        .keys()
        .any(|left| left.place.name() == place || left.place.name() == "response.body" && place == "exchange")
}

#[test]
fn a_missing_response_is_recognised_in_any_notation() {
    for status in [json!(-1), json!(0), json!(""), json!(null), json!("pending"), json!([])] {
        let mut har = recorded(&conversation());
        har["log"]["entries"][CANCEL]["response"]["status"] = status.clone();
        let traffic = judged(&har);
        assert_eq!((traffic.judged, kinds(&traffic).len()), (7, 0), "{status}");
        assert!(unjudged(&traffic, "response.status"), "{status}");
    }
}

#[test]
fn half_a_body_is_not_judged_as_a_whole_one() {
    type Habit = fn(&mut Value);
    let cuts: [(&str, Habit); 5] = [
        ("nothing of it", |entry| entry["response"]["content"]["text"] = "".into()),
        ("no text", |entry| drop(entry["response"]["content"].as_object_mut().unwrap().remove("text"))),
        ("half of it", |entry| entry["response"]["content"]["text"] = r#"{"id": "67"#.into()),
        ("a recorder that says so", |entry| entry["_failureText"] = "net::ERR_CONTENT_LENGTH_MISMATCH".into()),
        ("bytes that are no text", |entry| entry["response"]["content"]["text"] = "{\"id\": \"\u{fffd}\"}".into()),
    ];
    for (name, cut) in cuts {
        let mut har = recorded(&conversation());
        cut(&mut har["log"]["entries"][CANCEL]);
        let traffic = judged(&har);
        assert_eq!(kinds(&traffic), Vec::<String>::new(), "{name}");
        assert!(unjudged(&traffic, "response.body"), "{name}");
    }
    // A length of zero means an empty body.
    let mut exchanges = conversation();
    exchanges[CANCEL].response = None;
    assert_eq!(kinds(&judged(&recorded(&exchanges))), ["response-body-missing"]);
}

/// The index of the read after the cancellation.
const READ: usize = CANCEL + 1;

fn reads_open(entry: &mut Value) {
    let text = &mut entry["response"]["content"]["text"];
    *text = text.as_str().unwrap().replace(r#""cancelled""#, r#""open""#).into();
}

#[test]
fn other_notations_of_recorders_are_understood() {
    type Habit = fn(&mut Value);
    let cases: [(&str, usize, Habit, &[&str], &str); 24] = [
        (
            "no value of the credentials",
            CANCEL,
            |entry| header(entry, "request", "Authorization", json!(null)),
            &[],
            "request.credentials",
        ),
        (
            "a redacted value",
            CANCEL,
            |entry| header(entry, "request", "Authorization", json!("")),
            &[],
            "request.credentials",
        ),
        (
            "no value of a header",
            CONFLICT,
            |entry| header(entry, "response", "X-Request-Id", json!(null)),
            &[],
            "response.header",
        ),
        (
            "another value of a header",
            CONFLICT,
            |entry| header(entry, "response", "X-Request-Id", json!({})),
            &[],
            "response.header",
        ),
        ("an array of texts", CONFLICT, |entry| header(entry, "response", "X-Request-Id", json!(["req_5"])), &[], ""),
        (
            "a number",
            CONFLICT,
            |entry| header(entry, "response", "X-Request-Id", json!(5)),
            &["error-request-id-mirrored"],
            "",
        ),
        (
            "a media type in postData alone",
            CREATE,
            |entry| headers(entry, "request").retain(|it| it["name"] != "Content-Type"),
            &[],
            "",
        ),
        (
            "a query in queryString alone",
            LIST,
            |entry| {
                entry["request"]["url"] = "http://127.0.0.1:4010/v1/gate_sessions".into();
                entry["request"]["queryString"] = json!([{"name": "limit", "value": "1000"}]);
            },
            &["request-parameter-invalid"],
            "",
        ),
        (
            "a body as params",
            CREATE,
            |entry| {
                entry["request"]["postData"] = json!({"params": [{"name": "a"}]});
                entry["request"]["bodySize"] = 0.into();
                headers(entry, "request").retain(|it| it["name"] != "Content-Type");
            },
            &[],
            "request.body",
        ),
        (
            "a body in chunks",
            CREATE,
            |entry| {
                entry["request"].as_object_mut().unwrap().remove("postData");
                entry["request"]["bodySize"] = 0.into();
                header(entry, "request", "Transfer-Encoding", json!("chunked"));
                headers(entry, "request").retain(|it| it["name"] != "Content-Type");
            },
            &[],
            "request.body",
        ),
        (
            "cut short, in Charles",
            CANCEL,
            |entry| {
                entry["response"]["_charlesStatus"] = "EXCEPTION".into();
                entry["response"]["content"]["text"] = "{}".into();
            },
            &[],
            "response.body",
        ),
        (
            "made by a service worker",
            CANCEL,
            |entry| {
                entry["response"]["status"] = 200.into();
                entry["response"]["_fetchedViaServiceWorker"] = true.into();
                entry["response"]["_serviceWorkerResponseSource"] = "fallback-code".into();
            },
            &[],
            "response.status",
        ),
        (
            "passed on by a service worker",
            CANCEL,
            |entry| {
                entry["response"]["status"] = 200.into();
                entry["response"]["_fetchedViaServiceWorker"] = true.into();
                entry["response"]["_serviceWorkerResponseSource"] = "network".into();
            },
            &["response-status-undocumented"],
            "",
        ),
        (
            "by a service worker, in Safari",
            CANCEL,
            |entry| {
                entry["response"]["status"] = 200.into();
                entry["_fetchType"] = "Service Worker".into();
            },
            &[],
            "response.status",
        ),
        ("out of a cache", CANCEL + 1, |entry| entry["response"]["status"] = 304.into(), &[], "response.status"),
        ("an old state", READ, reads_open, &["cancelled-reads-otherwise"], ""),
        (
            "an old state out of a cache",
            READ,
            |entry| {
                reads_open(entry);
                entry["cache"] =
                    json!({"beforeRequest": {"lastAccess": "2026-05-26T12:00:00Z", "eTag": "", "hitCount": 1}});
            },
            &[],
            "exchange",
        ),
        (
            "an old state out of a cache, in Firefox",
            READ,
            |entry| {
                reads_open(entry);
                entry["cache"] = json!({"afterRequest": {"lastFetched": "2026-05-26T12:00:00Z", "fetchCount": 2}});
            },
            &[],
            "exchange",
        ),
        (
            "a preflight request",
            CANCEL,
            |entry| {
                entry["request"]["method"] = "OPTIONS".into();
                entry["response"]["status"] = 204.into();
                entry["response"]["content"] = json!({"size": 0, "mimeType": "x-unknown"});
                header(entry, "request", "access-control-request-method", json!("POST"));
            },
            &[],
            "exchange",
        ),
        (
            "a redirect that a browser makes",
            LIST,
            |entry| {
                entry["response"]["status"] = 307.into();
                header(entry, "response", "Non-Authoritative-Reason", json!("HSTS"));
            },
            &[],
            "response.status",
        ),
        (
            "a WebSocket",
            LIST,
            |entry| {
                entry["request"]["url"] = "wss://127.0.0.1:4010/v1/gate_sessions".into();
                entry["response"]["status"] = 101.into();
                entry["_webSocketMessages"] = json!([{"type": "send", "time": 1.5, "opcode": 1, "data": "canary"}]);
            },
            &[],
            "",
        ),
        (
            "a tunnel",
            LIST,
            |entry| {
                entry["request"]["method"] = "CONNECT".into();
                entry["request"]["url"] = "https://127.0.0.1:4010".into();
                entry["response"] = json!({"status": 200, "headers": [], "content": null, "bodySize": -1});
            },
            &[],
            "",
        ),
        (
            "an empty text with a media type",
            CANCEL,
            |entry| entry["request"]["postData"] = json!({"mimeType": "", "text": "", "params": null}),
            &[],
            "",
        ),
        (
            "headers as an object",
            CANCEL,
            |entry| entry["response"]["headers"] = json!({"Content-Type": "text/plain"}),
            &[],
            "exchange",
        ),
    ];
    for (name, index, habit, expected, place) in cases {
        let mut har = recorded(&conversation());
        habit(&mut har["log"]["entries"][index]);
        let traffic = judged(&har);
        assert_eq!(kinds(&traffic), expected, "{name}");
        assert_eq!(traffic.unjudged.keys().map(|left| left.place.name()).next().unwrap_or_default(), place, "{name}");
    }
}

/// Not every writer has the fields of a recording in the order of the specification, or all of them.
#[test]
fn a_recording_may_be_written_in_another_order() {
    let mut exchanges = conversation();
    Exchange::set(&mut exchanges[CANCEL].request_headers, "Authorization", None);
    let with = |exchanges: &[Exchange], creator: &str| {
        let har = Recorder { name: "", creator, habit: |_| () }.record(exchanges);
        [har["log"]["entries"].to_string(), har["log"]["creator"].to_string()]
    };
    for creator in ["all", "WebInspector"] {
        for (form, is_named_first) in [
            (r#"{"log": {"version": "1.2", "creator": CREATOR, "entries": ENTRIES}}"#, true),
            (
                "\u{feff}{\"log\": {\"creator\": CREATOR, \"version\": 1.2, \"entries\": ENTRIES, \"x\": []}, \"y\": {}}",
                true,
            ),
            (r#"{"log": {"entries": ENTRIES, "creator": CREATOR, "version": "1.2"}}"#, false),
            (r#"{"x": 1, "log": {"comment": null, "entries": ENTRIES}}"#, false),
        ] {
            let [entries, creators] = with(&exchanges, creator);
            let text = form.replace("CREATOR", &creators).replace("ENTRIES", &entries);
            let traffic = checked(text.as_bytes(), &options());
            let is_found = kinds(&traffic) == ["security-missing"];
            assert_eq!(traffic.judged, 8, "{form}");
            assert_eq!(is_found, is_named_first && creator == "all", "{form}: {:?}", traffic.faults);
            assert!(is_found || unjudged(&traffic, "request.credentials"), "{form}");
        }
    }
}

/// Sets a header of an entry.
fn header(entry: &mut Value, message: &str, name: &str, value: Value) {
    headers(entry, message).retain(|it| it["name"] != name);
    headers(entry, message).push(json!({"name": name, "value": value}));
}

#[test]
fn times_in_whole_milliseconds_do_not_give_an_order() {
    for (time, expected) in [("10:00:03.012Z", 0), ("10:00:03.014Z", 1)] {
        let mut exchanges = conversation();
        exchanges[CANCEL + 1].edit(|body| body["status"] = "open".into());
        let mut har = recorded(&exchanges);
        har["log"]["entries"][CANCEL]["time"] = 12.into();
        har["log"]["entries"][CANCEL + 1]["startedDateTime"] = format!("2026-11-29T{time}").into();
        assert_eq!(kinds(&judged(&har)).len(), expected, "{time}");
    }
}
