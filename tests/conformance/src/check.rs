//! The suite as an assertion, for tests of mocks and stand-ins of 0Gate.

use std::fmt;

use zerogate_contract::{OutputKind, inert};

use crate::lab::target::{RefusedKey, Target};
use crate::report::{Styles, Text};
use crate::run::options::Options;
use crate::run::runner::{RunError, run};
use crate::run::summary::{Conclusion, Summary};

/// The key that [`conforms_to_contract`] uses; obviously fake.
pub const TEST_KEY: &str = "sk_test_000000000000000000000000";

/// Asserts that the server at a base URL passes every `must` rule that can be judged.
///
/// Use it in the tests of a mock or a stand-in of 0Gate. The secret key is [`TEST_KEY`], and no environment variable is
/// read. For another key, fixtures or options, use [`conforms`].
///
/// ```no_run
/// # async fn start_my_mock() -> String { String::new() }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let base_url = start_my_mock().await; // http://127.0.0.1:…
/// zerogate_conformance::conforms_to_contract(&base_url).await.unwrap();
/// # }
/// ```
///
/// # Errors
///
/// If the server fails a rule, cannot be judged, or cannot be reached. The error prints the whole report, also by
/// `unwrap`.
pub async fn conforms_to_contract(base_url: &str) -> Result<Summary, NotConforming> {
    let base = base_url.parse().map_err(|error| NotConforming::without_report(&error))?;
    let target =
        Target::remote(base, TEST_KEY, false).map_err(|error: RefusedKey| NotConforming::without_report(&error))?;
    conforms(&target, &Options::default()).await
}

/// Asserts that a target conforms, at the level of `fail_on` in the options.
///
/// # Errors
///
/// If the target fails a rule that counts, cannot be judged, or cannot be reached. The error prints the whole report.
pub async fn conforms(target: &Target, options: &Options) -> Result<Summary, NotConforming> {
    let mut report = Vec::new();
    let ran = run(target, options, &mut Text::new(&mut report, Styles::plain())).await;
    let report = String::from_utf8_lossy(&report).into_owned();
    match ran {
        Ok(summary) => match summary.conclusion(options.fail_on) {
            Conclusion::Conforms => Ok(summary),
            conclusion => Err(NotConforming { conclusion, report }),
        },
        Err(error) => Err(NotConforming::aborted(report, &error)),
    }
}

/// A target that does not conform, or could not be judged.
///
/// `Display` and `Debug` print the report, so a test that unwraps it shows the report.
#[derive(Clone, PartialEq, Eq)]
pub struct NotConforming {
    conclusion: Conclusion,
    report: String,
}

impl NotConforming {
    /// The conclusion: it does not conform, or it could not be judged.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        self.conclusion
    }

    /// The report, as text.
    #[must_use]
    pub fn report(&self) -> &str {
        &self.report
    }

    fn without_report(error: &dyn fmt::Display) -> Self {
        Self { conclusion: Conclusion::NotJudged, report: error.to_string() }
    }

    fn aborted(report: String, error: &RunError) -> Self {
        let error = error.to_string();
        Self { conclusion: Conclusion::NotJudged, report: report + &inert(&error, OutputKind::Text) }
    }
}

impl fmt::Display for NotConforming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

impl fmt::Debug for NotConforming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for NotConforming {}
