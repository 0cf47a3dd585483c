//! The report for a person.

use zerogate_conformance::report::{Styles, Text};
use zerogate_conformance::{Options, Selection, Target, run};
use zerogate_emulator::Emulator;

use crate::proxy::{Act, Proxy};
use crate::run::everything;
use crate::{snapshot, violation};

async fn report(act: Act, options: &Options, styles: Styles) -> String {
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, act).await;
    let target = Target::emulator(emulator, proxy.base_url());
    let mut text = Vec::new();
    run(&target, options, &mut Text::new(&mut text, styles)).await.unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_server_that_fails_a_must() {
    let text = report(violation::act("other-scheme-accepted"), &everything(), Styles::plain()).await;
    snapshot::check("report-broken-must", "The report on a server that accepts any scheme.", &text);
}

#[tokio::test]
async fn a_server_that_fails_a_should() {
    let text = report(violation::act("503-html"), &everything(), Styles::plain()).await;
    snapshot::check("report-html-errors", "The report on a server whose gateway returns HTML.", &text);
}

#[tokio::test]
async fn a_server_that_cannot_be_judged() {
    let down = Act::Edit(|asked, response| {
        if asked.is(zerogate_conformance::Operation::CreateSession) {
            response.become_error(503, "server_error");
        }
    });
    let text = report(down, &everything(), Styles::plain()).await;
    snapshot::check("report-not-judged", "The report on a server that creates no session.", &text);
}

#[tokio::test]
async fn colours_change_only_the_style() {
    let plain = report(violation::act("success-200"), &everything(), Styles::plain()).await;
    let coloured = report(violation::act("success-200"), &everything(), Styles::coloured()).await;
    assert!(!plain.contains('\x1b') && coloured.contains('\x1b'));
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    let verdicts = |text: &str| text.lines().filter(|line| line.starts_with("  ")).count();
    assert_eq!(verdicts(&stripped), verdicts(&plain));
    assert!(stripped.contains("\n  fail   must    cancel-status-201 "), "{stripped}");
}

/// A problem in every session is reported once, with a count.
#[tokio::test]
async fn a_repeated_problem_is_reported_once_with_a_count() {
    let local = Act::Edit(|_, response| {
        if !response.is_error() {
            response.alter_sessions(|session| {
                session.insert("created_at".to_owned(), "2026-05-26T12:00:00.000".into());
            });
        }
    });
    let mut options = everything();
    let only = ["retrieve-field-types", "cancel-field-types"].map(str::to_owned);
    options.selection = Selection::new(only.into(), Vec::new()).unwrap();
    let text = report(local, &options, Styles::plain()).await;
    assert_eq!(text.matches("case      created_at\n").count(), 2, "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "received \"2026-05-26T12:00:00.000\": a time without an offset; append `Z` or an offset";
    assert_eq!(text.matches(told).count(), 2, "{text}");
    assert_eq!(text.matches(" times) (request ").count(), 2, "{text}");
}
