//! What `Retry-After` says.

use std::time::{Duration, SystemTime};

use crate::wire::exchange::Response;

/// How long the target wants to be left alone; none if it does not say, or not so that it can be read.
pub(crate) fn wait(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after")?;
    match seconds(text) {
        Some(seconds) => Some(seconds),
        None => httpdate::parse_http_date(text.trim())
            .ok()
            .map(|date| date.duration_since(SystemTime::now()).unwrap_or_default()),
    }
}

/// Whether it is of one of the two forms of RFC 9110: a number of seconds, or a date.
pub(crate) fn is_valid(text: &str) -> bool {
    seconds(text).is_some() || httpdate::parse_http_date(text.trim()).is_ok()
}

/// A number of seconds, however large.
fn seconds(text: &str) -> Option<Duration> {
    let digits = text.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().map_or(Duration::MAX, Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_valid_and_nothing_else() {
        for valid in ["0", "120", " 1 ", "99999999999999999999999", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert!(is_valid(valid), "{valid}");
        }
        for invalid in ["", "-1", "1.5", "+1", "1s", "soon", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994"] {
            assert!(!is_valid(invalid), "{invalid}");
        }
    }

    #[test]
    fn a_wait_is_what_was_said_or_nothing() {
        let said = |text: &str| {
            wait(&Response {
                version: String::new(),
                status: 429,
                headers: vec![("retry-after".to_owned(), text.to_owned())],
                body: Vec::new(),
                json: None,
            })
        };
        assert_eq!(said("2"), Some(Duration::from_secs(2)));
        assert_eq!(said("99999999999999999999999"), Some(Duration::MAX));
        assert_eq!(said("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(said("soon"), None);
    }
}
