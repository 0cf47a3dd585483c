//! Faults for the attempts of a cancellation: for every row of the retry table, and others.

use zerogate::retry::{AttemptPolicy, When};
use zerogate::{AttemptOutcome, OnConflict};

use super::server::{Commit, Fault, Then, response, status, success};
use super::{GENEROUS, MAX_ATTEMPTS, MAX_BODY, SHORT, Scenario};
use crate::examples::session;

/// The faults that a row of the table is for, each with a name.
fn faults_of(row: &AttemptPolicy) -> Vec<(String, Fault)> {
    let closed = |name: &str, bytes: Vec<u8>| (name.to_owned(), Fault::Response(bytes, Then::Close));
    let cut = || success(&session("cancelled"))[..300].to_vec();
    let statuses = |all: &[u16]| all.iter().map(|&code| closed(&code.to_string(), status(code))).collect();
    let chunked =
        |chunk: &str| format!("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n{chunk}").into_bytes();
    match row.when {
        When::Outcome(AttemptOutcome::ConnectFailed) => vec![("refused".to_owned(), Fault::Refused)],
        When::Outcome(AttemptOutcome::ConnectTimedOut) => vec![
            ("no room for the connection".to_owned(), Fault::NoRoom),
            ("nothing said in the TLS handshake".to_owned(), Fault::HandshakeStalls),
        ],
        When::Outcome(AttemptOutcome::HandshakeDropped) => vec![
            ("closed in the TLS handshake".to_owned(), Fault::HandshakeCloses),
            ("reset in the TLS handshake".to_owned(), Fault::HandshakeResets),
        ],
        // `Unidentified` is not here: whether its alert comes before the request is passed on is a matter of time.
        When::Outcome(AttemptOutcome::CertificateRefused) => vec![
            ("certificate not trusted".to_owned(), Fault::Untrusted),
            ("no TLS on the other side".to_owned(), Fault::PlainText),
        ],
        // They need another transport, not another server: see `options` and `hosts`.
        When::Outcome(AttemptOutcome::Unsendable | AttemptOutcome::ProxyUnauthorized) => Vec::new(),
        When::Outcome(AttemptOutcome::TimedOut) => vec![
            ("no response".to_owned(), Fault::Response(Vec::new(), Then::Stall)),
            ("a head without end".to_owned(), Fault::Response(cut()[..30].to_vec(), Then::Stall)),
            ("201, and half of it does not come".to_owned(), Fault::Response(cut(), Then::Stall)),
        ],
        When::Outcome(AttemptOutcome::ConnectionLost) => vec![
            ("reset".to_owned(), Fault::Response(Vec::new(), Then::Reset)),
            closed("closed", Vec::new()),
            closed("closed in the head of a response", cut()[..30].to_vec()),
        ],
        When::Outcome(AttemptOutcome::ResponseTruncated) => vec![
            closed("201, cut off", cut()),
            closed("201 in chunks, cut off", chunked("fff\r\n{\"id\":")),
            // Without a length the body ends with the connection, so only the JSON shows that it is cut off.
            closed("201 of no known length, cut off", {
                let whole = String::from_utf8(success(&session("cancelled"))).unwrap();
                whole.replace("content-length", "x-length").into_bytes()[..300].to_vec()
            }),
        ],
        When::Outcome(AttemptOutcome::ResponseTooLarge) => {
            vec![closed("201 and too much of it", success(&(session("cancelled") + &" ".repeat(MAX_BODY))))]
        }
        When::Outcome(AttemptOutcome::ProtocolError) => vec![
            closed("SSH", b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
            closed("201 with a chunk of no length", chunked("oops\r\n")),
        ],
        When::Success => vec![
            closed("201 with the session open", success(&session("open"))),
            closed("201 with another session", success(&session("cancelled").replace("67a1f3b9", "00000000"))),
            closed("201 that is no session", success("[]")),
            closed("201 with nothing in it", success("")),
        ],
        When::WithoutEnvelope(code) => vec![
            closed(&format!("{code} as a page"), response(&format!("{code} Example"), "", "<html>")),
            closed(&format!("{code} with the envelope of another status"), {
                String::from_utf8(status(503)).unwrap().replace("503 Example", &format!("{code} Example")).into_bytes()
            }),
            closed(&format!("{code}, cut off"), status(code)[..120].to_vec()),
            (
                format!("{code}, and half of it does not come"),
                Fault::Response(status(code)[..120].to_vec(), Then::Stall),
            ),
        ],
        When::ClassWithoutEnvelope(4) => [400, 401, 403, 413, 499]
            .map(|code| closed(&format!("{code} as a page"), response(&format!("{code} Example"), "", "<html>")))
            .into_iter()
            .chain([closed("403, cut off", status(403)[..120].to_vec())])
            .collect(),
        // Also as an intermediary would respond, and with the end missing: the status decides.
        When::Status(code @ 503) => vec![
            closed(&code.to_string(), status(code)),
            closed(&format!("{code} as a page"), response(&format!("{code} Example"), "", "<html>")),
            closed(&format!("{code}, cut off"), status(code)[..120].to_vec()),
            (
                format!("{code}, and half of it does not come"),
                Fault::Response(status(code)[..120].to_vec(), Then::Stall),
            ),
        ],
        When::Status(code) => statuses(&[code]),
        When::Class(3) => statuses(&[302, 303, 307, 308]),
        When::Class(4) => statuses(&[400, 403, 418, 422]),
        When::Class(5) => statuses(&[505, 520, 599]),
        When::OtherStatus => statuses(&[101, 200, 202, 204, 600]),
        other => panic!("no scenario for {other:?}, {}: add one", row.what),
    }
}

/// The lines of a row.
pub(crate) fn of_row(row: &'static AttemptPolicy) -> Vec<Scenario> {
    let mut lines = Vec::new();
    if row.when == When::Success {
        // The only row that is not a fault; a correct server does not send it before it is true.
        for (commit, is_possible) in [("before", false), ("after", true)] {
            let correct = Scenario::new("201", "open", Vec::new());
            lines.push(Scenario { row: Some(row), attempts: "-", commit, is_possible, ..correct });
        }
    }
    for (name, fault) in faults_of(row) {
        for (attempts, count) in [("first", 1), ("every", MAX_ATTEMPTS as usize)] {
            for (commit, does) in [("before", Commit::No), ("after", Commit::Yes)] {
                let is_possible = does == Commit::No || !fault.is_before_the_request();
                let scenario = Scenario::new(&name, "open", vec![(fault.clone(), does); count]);
                lines.push(Scenario { row: Some(row), attempts, commit, is_possible, ..scenario });
            }
        }
    }
    lines
}

/// Scenarios that need more than one fault, another session, or other options.
pub(crate) fn others() -> Vec<(&'static str, Vec<Scenario>)> {
    let plain = |code: u16| Fault::Response(status(code), Then::Close);
    let waiting = |code: u16| {
        let bytes = String::from_utf8(status(code)).unwrap().replacen("\r\n", "\r\nretry-after: 3600\r\n", 1);
        Fault::Response(bytes.into_bytes(), Then::Close)
    };
    let reset = || Fault::Response(Vec::new(), Then::Reset);
    let close = || Fault::Response(Vec::new(), Then::Close);
    let kept = |code: u16| {
        let text = String::from_utf8(status(code)).unwrap();
        Fault::Response(text.replace("connection: close\r\n", "").into_bytes(), Then::Keep)
    };
    let silence = || Fault::Response(Vec::new(), Then::Stall);
    let read = |status: &str| Fault::Response(response("200 OK", "", &session(status)), Then::Close);
    let no = |fault: Fault| (fault, Commit::No);
    let yes = |fault: Fault| (fault, Commit::Yes);
    let every = |one: (Fault, Commit)| vec![one; MAX_ATTEMPTS as usize];
    let open = |fault: &str, cancels: Vec<(Fault, Commit)>| Scenario::new(fault, "open", cancels);

    let mut terminal = Vec::new();
    for status in ["completed", "expired", "cancelled"] {
        let line = |fault: &str, cancels| Scenario::new(&format!("{status}: {fault}"), status, cancels);
        terminal.extend([
            line("409", vec![]),
            line("409, not to be read", vec![]).options(|options| options.on_conflict(OnConflict::Report)),
            line("409, and reading responses 503", vec![]).read_as(plain(503)),
            line("409, and it reads open", vec![]).read_as(read("open")),
            line("reset, 409", vec![no(reset())]),
            line("reset, 409, not to be read", vec![no(reset())])
                .options(|options| options.on_conflict(OnConflict::Report)),
            line("503 every time", every(no(plain(503)))),
            line("429 every time", every(no(plain(429)))),
            line("refused every time", every(no(Fault::Refused))),
            line("401", vec![no(plain(401))]),
        ]);
    }

    vec![
        ("a session that is terminal already", terminal),
        (
            "reading back fails, or reads something else",
            vec![
                open("all 503", every(no(plain(503)))).read_as(plain(503)),
                open("carried out, all 503", every(yes(plain(503)))).read_as(plain(503)),
                open("carried out, all reset", every(yes(reset()))).read_as(reset()),
                open("carried out, no response to anything", every(yes(silence()))).read_as(silence()),
                open("carried out, reset, 409, reading is reset", vec![yes(reset())]).read_as(reset()),
                open("carried out, reset, 409, reading responses 404", vec![yes(reset())]).read_as(plain(404)),
                open("carried out, reset, 409, and it reads open", vec![yes(reset())]).read_as(read("open")),
                open("carried out, 503s, and it reads open", every(yes(plain(503)))).read_as(read("open")),
                open("carried out, 503s, and it reads frozen", every(yes(plain(503)))).read_as(read("frozen")),
                open("carried out, 503s, and a 200 without a session", every(yes(plain(503))))
                    .read_as(Fault::Response(response("200 OK", "", "[]"), Then::Close)),
                open("409, which is a lie, not to be read", vec![yes(plain(409))])
                    .options(|options| options.on_conflict(OnConflict::Report)),
            ],
        ),
        (
            "what settles an attempt of unknown delivery",
            vec![
                open("carried out, reset; 409", vec![yes(reset())]),
                open("carried out, reset; 409, not to be read", vec![yes(reset())])
                    .options(|options| options.on_conflict(OnConflict::Report)),
                open("reset; 404, and it reads open", vec![no(reset()), no(plain(404))]),
                open("reset; 404, and reading responses 404", vec![no(reset()), no(plain(404))]).read_as(plain(404)),
                open("carried out, reset; 404", vec![yes(reset()), no(plain(404))]),
                open("carried out, reset; 404, and reading responses 503", vec![yes(reset()), no(plain(404))])
                    .read_as(plain(503)),
                open("carried out, reset; 401", vec![yes(reset()), no(plain(401))]),
                open("reset; 401", vec![no(reset()), no(plain(401))]),
                open("carried out, reset; 403", vec![yes(reset()), no(plain(403))]),
                open("carried out, reset; 429, 429", vec![yes(reset()), no(plain(429)), no(plain(429))]),
                open("reset; 429, 429", vec![no(reset()), no(plain(429)), no(plain(429))]),
                open("carried out, reset; 302", vec![yes(reset()), no(plain(302))]),
                open("carried out, reset; 200", vec![yes(reset()), no(plain(200))]),
                open("carried out, reset; 201 with the session open", {
                    vec![yes(reset()), no(Fault::Response(success(&session("open")), Then::Close))]
                }),
                open("refused, refused; 503", vec![no(Fault::Refused), no(Fault::Refused), no(plain(503))]),
                open("refused, refused; 429", vec![no(Fault::Refused), no(Fault::Refused), no(plain(429))]),
                open("429, 429; reset", vec![no(plain(429)), no(plain(429)), no(reset())]),
                open("carried out, reset; handshake closed, closed", {
                    vec![yes(reset()), no(Fault::HandshakeCloses), no(Fault::HandshakeCloses)]
                }),
                open("carried out, reset; certificate not trusted", vec![yes(reset()), no(Fault::Untrusted)]),
                open("429; handshake closed, closed", {
                    vec![no(plain(429)), no(Fault::HandshakeCloses), no(Fault::HandshakeCloses)]
                }),
            ],
        ),
        (
            "more than one request on a connection",
            vec![
                open("429; carried out, closed", vec![no(kept(429)), yes(close())]),
                open("429; closed", vec![no(kept(429)), no(close())]),
                open("503; carried out, reset; closed", vec![no(kept(503)), yes(reset()), no(close())]),
                open("429, 429; carried out, reset", vec![no(kept(429)), no(kept(429)), yes(reset())]),
                open("503, 503; 403", vec![no(kept(503)), no(kept(503)), no(kept(403))]),
            ],
        ),
        (
            "carried out later than the session is read",
            vec![
                open("no response to any", every((silence(), Commit::AfterTheRead))),
                open("reset; 429, 429", vec![(reset(), Commit::AfterTheRead), no(plain(429)), no(plain(429))]),
                open("504; 403", vec![(plain(504), Commit::AfterTheRead), no(plain(403))]),
            ],
        ),
        (
            "attempts and deadline",
            vec![
                open("503, and only one attempt", vec![no(plain(503))]).options(|options| options.max_attempts(1)),
                open("carried out, 503, and only one attempt", vec![yes(plain(503))])
                    .options(|options| options.max_attempts(1)),
                open("503 that asks for an hour", every(no(waiting(503)))),
                open("carried out, 503 that asks for an hour", every(yes(waiting(503)))),
                open("429 that asks for an hour", every(no(waiting(429)))),
                open("carried out, reset; 429 that asks for an hour", vec![yes(reset()), no(waiting(429))]),
                open("no response until the deadline", vec![no(silence())])
                    .options(|options| options.deadline(4 * SHORT).attempt_timeout(GENEROUS)),
                open("carried out, no response until the deadline", vec![yes(silence())])
                    .options(|options| options.deadline(4 * SHORT).attempt_timeout(GENEROUS)),
                // An attempt that ends before its connect timeout does not show how far it got.
                Scenario {
                    connect_timeout: GENEROUS,
                    ..open("no room until the time of the attempts is up", every(no(Fault::NoRoom)))
                        .options(|options| options.attempt_timeout(SHORT))
                },
            ],
        ),
        (
            "501, repeated on request",
            vec![
                open("501", vec![no(plain(501))]).options(|options| options.retry_not_implemented(true)),
                open("501 every time", every(no(plain(501)))).options(|options| options.retry_not_implemented(true)),
                open("carried out, 501", vec![yes(plain(501))]).options(|options| options.retry_not_implemented(true)),
            ],
        ),
    ]
}
