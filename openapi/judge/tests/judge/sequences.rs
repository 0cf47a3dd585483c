//! What only several exchanges show.

use serde_json::json;
use zerogate_judge::{Place, Sequences, Span};

use crate::gate::{CONTRACT, cancel, create, list, refused, retrieve};
use crate::{Draft, judge_of};

/// The kinds of the findings on the last of these exchanges, sent in sequence or overlapping.
fn found(drafts: &[Draft], is_sequential: bool) -> Vec<String> {
    let judge = judge_of(CONTRACT);
    let mut sequences = Sequences::default();
    let mut kinds = Vec::new();
    for (number, draft) in (0_u32..).zip(drafts) {
        let exchange = draft.exchange();
        let mut judgement = judge.judge(&exchange);
        let start = if is_sequential { i64::from(number) * 10 } else { 0 };
        sequences.follow(&exchange, Some(Span { start, end: start + 9 }), number, &mut judgement);
        kinds = judgement.findings.iter().map(|found| format!("{} {}", found.kind, found.at)).collect();
    }
    kinds
}

/// With another request id.
fn id(mut draft: Draft, id: &str) -> Draft {
    Draft::set(&mut draft.response_headers, "x-request-id", Some(id));
    draft
}

fn at_another(mut draft: Draft) -> Draft {
    draft.url = draft.url.replace("https://gate-api.0bit.app", "http://127.0.0.1:4010");
    draft
}

fn with(mut draft: Draft, from: &str, to: &str) -> Draft {
    if let zerogate_judge::Part::Known(text) = &mut draft.response {
        *text = text.replace(from, to);
    }
    draft
}

#[test]
fn forbidden_changes_are_found() {
    let (open, completed) = (r#""status":"open""#, r#""status":"completed""#);
    let conflict = || id(refused(409, "conflict"), "c");
    let amount = |draft: Draft| with(draft, r#""amount":"100.00""#, r#""amount":"1.00""#);
    for (drafts, expected) in [
        (vec![create(), id(retrieve(), "b"), id(cancel(), "c")], &[][..]),
        (vec![cancel(), id(with(retrieve(), open, r#""status":"cancelled""#), "b")], &[]),
        (vec![cancel(), id(retrieve(), "b")], &["cancelled-reads-otherwise /status"]),
        (vec![cancel(), id(list(), "b")], &["cancelled-reads-otherwise /data/0/status"]),
        (vec![with(retrieve(), open, completed), id(cancel(), "b")], &["terminal-cancelled "]),
        (vec![with(retrieve(), open, completed), id(retrieve(), "b")], &["terminal-changes /status"]),
        (vec![retrieve(), conflict(), id(retrieve(), "b")], &["terminal-changes /status"]),
        (vec![retrieve(), conflict(), id(with(retrieve(), open, completed), "b")], &[]),
        (vec![retrieve(), id(amount(cancel()), "b")], &["cancel-changes-field /amount"]),
        // The reference does not say how a creation writes it.
        (vec![create(), id(amount(cancel()), "b")], &["session-changes /amount"]),
        (vec![create(), id(retrieve(), "b"), id(amount(cancel()), "c")], &["cancel-changes-field /amount"]),
        // The last value before the cancellation counts.
        (vec![create(), id(amount(retrieve()), "b"), id(amount(cancel()), "c")], &[]),
        (vec![retrieve(), id(amount(retrieve()), "b"), id(cancel(), "c")], &["cancel-changes-field /amount"]),
        (vec![retrieve(), id(amount(retrieve()), "b")], &["session-changes /amount"]),
        // The widget may set what was unset.
        (vec![retrieve(), id(with(retrieve(), r#""flow":null"#, r#""flow":"swap""#), "b")], &[]),
        (vec![create(), id(create(), "b")], &["session-id-repeats /id"]),
        (
            vec![retrieve(), with(retrieve(), "EUR", "USD")],
            &["request-id-repeats X-Request-Id", "session-changes /currency"],
        ),
        // Another origin has other sessions.
        (vec![cancel(), at_another(retrieve())], &[]),
        // The same exchange, recorded twice.
        (vec![retrieve(), retrieve()], &[]),
    ] {
        assert_eq!(found(&drafts, true), expected);
        // Overlapping exchanges may have arrived in any order.
        let of_order = ["session-id-repeats", "request-id-repeats"];
        assert!(found(&drafts, false).iter().all(|kind| of_order.iter().any(|own| kind.starts_with(own))));
    }
}

#[test]
fn a_finding_names_the_exchange_that_it_contradicts() {
    let judge = judge_of(CONTRACT);
    let completed = |draft| with(draft, r#""status":"open""#, r#""status":"completed""#);
    let no_flow = |draft| with(draft, r#""flow":null,"#, "");
    let swap = |draft| with(draft, r#""flow":null"#, r#""flow":"swap""#);
    let ramp = |draft| with(draft, r#""flow":null"#, r#""flow":"off_ramp""#);
    for (drafts, earlier) in [
        (vec![retrieve(), retrieve(), with(retrieve(), "EUR", "USD")], 0),
        // A field that was unset or missing, and then set.
        (vec![retrieve(), swap(retrieve()), ramp(retrieve())], 1),
        (vec![no_flow(retrieve()), retrieve(), swap(retrieve()), ramp(retrieve())], 2),
        // The state that lasts, not the last one.
        (vec![retrieve(), completed(retrieve()), completed(retrieve()), retrieve()], 1),
        (vec![retrieve(), refused(409, "conflict"), retrieve()], 1),
        (vec![completed(retrieve()), cancel()], 0),
    ] {
        let mut sequences = Sequences::default();
        let mut last = Vec::new();
        for (number, draft) in (0..).zip(drafts) {
            let draft = id(draft, &format!("r{number}"));
            let exchange = draft.exchange();
            let mut judgement = judge.judge(&exchange);
            let start = i64::from(number) * 10;
            sequences.follow(&exchange, Some(Span { start, end: start + 9 }), number, &mut judgement);
            last = judgement.findings.iter().map(|found| found.earlier).collect();
        }
        assert_eq!(last, [Some(earlier)]);
    }
}

/// The findings on the last of these exchanges, and why it is not compared with others. Each has its own start and end.
fn judged_at(drafts: &[(Draft, i64, i64)]) -> (Vec<String>, Vec<&'static str>) {
    let judge = judge_of(CONTRACT);
    let mut sequences = Sequences::default();
    let mut last = (Vec::new(), Vec::new());
    for (draft, start, end) in drafts {
        let exchange = draft.exchange();
        let mut judgement = judge.judge(&exchange);
        sequences.follow(&exchange, Some(Span { start: *start, end: *end }), 0, &mut judgement);
        let left = judgement.unjudged.iter().filter(|left| left.place == Place::Exchange);
        last =
            (judgement.findings.iter().map(|found| found.kind.to_string()).collect(), left.map(|it| it.why).collect());
    }
    last
}

/// Why exchanges are not compared.
const OVERLAP: &str =
    "it overlaps another exchange of its session, or the recording lists them out of order, so they are not compared";

#[test]
fn exchanges_whose_order_is_unknown_are_not_compared_and_that_is_said() {
    let key = |mut draft: Draft| {
        Draft::set(&mut draft.request_headers, "idempotency-key", Some("k"));
        draft
    };
    let status = |name: &str, own: &str| id(with(retrieve(), "open", name), own);
    let (completed, cancelled) = (|own: &str| status("completed", own), |own: &str| status("cancelled", own));
    let both = |draft: Draft| with(draft, r#""data":["#, &format!(r#""data":[{},"#, crate::gate::session("open")));
    let cases = [
        (vec![(cancel(), 0, 9), (id(retrieve(), "b"), 5, 14)], &[][..], &[OVERLAP][..]),
        (vec![(cancel(), 0, 9), (id(retrieve(), "b"), 9, 14)], &["cancelled-reads-otherwise"], &[]),
        // However many sessions a page has.
        (vec![(cancel(), 0, 9), (id(both(list()), "b"), 5, 14)], &["session-id-repeats"], &[OVERLAP]),
        // Two cancellations cannot both succeed in any order, unless one is the other again.
        (vec![(cancel(), 0, 9), (id(cancel(), "b"), 5, 14)], &["terminal-cancelled"], &[]),
        (
            vec![(retrieve(), 0, 9), (id(cancel(), "b"), 5, 14), (id(cancel(), "c"), 6, 15)],
            &["terminal-cancelled"],
            &[],
        ),
        (vec![(key(cancel()), 0, 9), (key(id(cancel(), "b")), 5, 14)], &[], &[OVERLAP]),
        // A session is not open after a conflict, whatever overlapped that.
        (
            vec![(retrieve(), 0, 9), (id(refused(409, "conflict"), "b"), 5, 14), (id(retrieve(), "c"), 14, 20)],
            &["terminal-changes"],
            &[],
        ),
        // Nor after a cancellation that overlaps another exchange, or after any other terminal state.
        (
            vec![(retrieve(), 0, 9), (id(cancel(), "b"), 5, 14), (id(cancel(), "c"), 15, 20)],
            &["terminal-cancelled"],
            &[],
        ),
        (
            vec![(retrieve(), 0, 9), (id(cancel(), "b"), 5, 14), (id(retrieve(), "c"), 15, 20)],
            &["cancelled-reads-otherwise"],
            &[],
        ),
        (vec![(retrieve(), 0, 9), (completed("b"), 5, 14), (id(retrieve(), "c"), 15, 20)], &["terminal-changes"], &[]),
        (vec![(retrieve(), 0, 9), (id(cancel(), "b"), 5, 14), (id(retrieve(), "c"), 13, 20)], &[], &[OVERLAP]),
        (vec![(retrieve(), 0, 9), (key(id(cancel(), "b")), 5, 14), (key(id(cancel(), "c")), 15, 20)], &[], &[]),
        // Another overlap ends first.
        (vec![(retrieve(), 0, 20), (id(cancel(), "b"), 5, 14), (id(retrieve(), "c"), 15, 25)], &[], &[OVERLAP]),
        // A conflict does not say which terminal state, an overlapping read does.
        (
            vec![
                (retrieve(), 0, 9),
                (id(refused(409, "conflict"), "b"), 5, 14),
                (completed("c"), 13, 20),
                (cancelled("d"), 20, 25),
            ],
            &["terminal-changes"],
            &[],
        ),
        // A terminal state lasts, whatever an unknown one was.
        (
            vec![(status("paused", "a"), 0, 9), (completed("b"), 5, 14), (id(retrieve(), "c"), 15, 20)],
            &["terminal-changes"],
            &[],
        ),
        // An overlapping read may have been answered before.
        (vec![(cancel(), 0, 9), (id(retrieve(), "b"), 5, 14), (cancelled("c"), 15, 20)], &[], &[]),
    ];
    for (index, (drafts, found, left)) in cases.into_iter().enumerate() {
        let found: Vec<String> = found.iter().map(|kind| (*kind).to_owned()).collect();
        assert_eq!(judged_at(&drafts), (found, left.to_vec()), "{index}");
    }
}

#[test]
fn a_replayed_creation_creates_no_second_session() {
    let key = |mut draft: Draft, key: &str| {
        Draft::set(&mut draft.request_headers, "idempotency-key", Some(key));
        draft
    };
    assert!(found(&[key(create(), "a"), key(create(), "a")], true).is_empty());
    assert!(found(&[create(), key(id(cancel(), "b"), "k"), key(id(cancel(), "c"), "k")], true).is_empty());
    assert_eq!(
        found(&[create(), key(id(cancel(), "b"), "k"), key(id(cancel(), "c"), "l")], true),
        ["terminal-cancelled "]
    );
    assert_eq!(found(&[key(create(), "a"), key(create(), "b")], true), ["session-id-repeats /id"]);
}

#[test]
fn a_session_twice_on_a_page_is_found() {
    let one = crate::gate::session("open");
    let mut page = list();
    page.response =
        zerogate_judge::Part::Known(json!({"object": "list", "data": [one, one], "has_more": false}).to_string());
    assert_eq!(found(&[page], true), ["session-id-repeats /data"]);
}

#[test]
fn an_exchange_that_two_recorders_kept_counts_once() {
    let judge = judge_of(CONTRACT);
    let mut bare = cancel();
    bare.response = zerogate_judge::Part::Unknown("not kept");
    for (drafts, expected) in [([cancel(), cancel()], 0), ([cancel(), bare], 0), ([cancel(), id(cancel(), "b")], 1)] {
        let mut sequences = Sequences::default();
        let found = drafts.iter().map(|draft| {
            let exchange = draft.exchange();
            let mut judgement = judge.judge(&exchange);
            sequences.follow(&exchange, Some(Span { start: 7, end: 7 }), 0, &mut judgement);
            judgement.findings.len()
        });
        assert_eq!(found.sum::<usize>(), expected);
    }
}
