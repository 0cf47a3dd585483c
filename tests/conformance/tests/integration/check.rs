//! The suite as an assertion in tests of a mock.

use zerogate_conformance::{Conclusion, Options, TEST_KEY, Target, conforms, conforms_to_contract};
use zerogate_emulator::Emulator;

use crate::proxy::Act::Edit;
use crate::proxy::Proxy;

#[tokio::test]
async fn a_target_that_conforms_passes() {
    let target = Target::embedded().await.unwrap();
    let summary = conforms(&target, &Options::default()).await.unwrap();
    assert_eq!((summary.failed.total(), summary.errors.total()), (0, 0));
}

#[tokio::test]
async fn a_mock_is_judged_by_its_base_url_alone() {
    let emulator = Emulator::start().await.unwrap();
    // It accepts the check's key as the partner's, as a mock would.
    let proxy = Proxy::start(&emulator, Edit(|_, _| {})).await;
    let refused = conforms_to_contract(&proxy.base_url().to_string()).await.unwrap_err();
    assert_eq!(refused.conclusion(), Conclusion::NotJudged);
    assert!(refused.to_string().contains("returned 401 for the secret key"), "{refused}");
    let lenient = Proxy::start(&emulator, lenient()).await;
    let summary = conforms_to_contract(&lenient.base_url().to_string()).await.unwrap();
    assert_eq!((summary.failed.total(), summary.errors.total()), (0, 0), "at any level");
}

/// A mock that accepts the check's key.
fn lenient() -> crate::proxy::Act {
    crate::proxy::Act::Serve(|upstream, asked| {
        Box::pin(async move {
            let is_ours = asked.authorization() == Some(&format!("Bearer {TEST_KEY}"));
            let asked = if is_ours { asked.with_key(&upstream.keys.partner) } else { asked };
            upstream.respond(&asked).await
        })
    })
}

#[tokio::test]
async fn unwrapping_a_failure_shows_the_report() {
    let emulator = Emulator::start().await.unwrap();
    let wrong = Edit(|_, response| {
        if response.status == 409 {
            response.status = 400;
        }
    });
    let proxy = Proxy::start(&emulator, wrong).await;
    let target = Target::emulator(emulator, proxy.base_url());
    let refused = conforms(&target, &Options::default()).await.unwrap_err();
    assert_eq!(refused.conclusion(), Conclusion::DoesNotConform);
    for told in ["  fail   must    cancel-completed-conflicts", "409 for a cancellation", "curl -isS -X POST"] {
        assert!(format!("{refused:?}").contains(told) && refused.report().contains(told), "{refused}");
    }
}

#[tokio::test]
async fn an_invalid_base_url_is_reported() {
    let refused = conforms_to_contract("localhost:4000").await.unwrap_err();
    assert_eq!(refused.conclusion(), Conclusion::NotJudged);
    assert!(refused.to_string().starts_with("not a base URL: "), "{refused}");
}
