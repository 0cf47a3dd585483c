//! The emulator's clock: the system's time, or a time that was set.

use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Deserialize;

use crate::error::ControlError;

/// The setting of the emulator's clock: the system's time or another one, running or frozen.
///
/// As text it is `frozen`, an RFC 3339 time from which the clock runs, or `frozen:` and a time.
///
/// ```
/// use zerogate_emulator::ClockSetting;
///
/// let setting: ClockSetting = "frozen:2026-05-26T12:00:00Z".parse()?;
/// assert_eq!(setting, ClockSetting::at("2026-05-26T12:00:00Z")?.frozen());
/// # Ok::<(), zerogate_emulator::ControlError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClockSetting {
    /// The time; the system's if none.
    at: Option<Timestamp>,
    frozen: bool,
}

impl ClockSetting {
    /// The system's time, running: the default.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that runs from this time. The time is RFC 3339, with a year from 1970 to 8999, truncated to
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`] if the time is invalid.
    pub fn at(time: &str) -> Result<Self, ControlError> {
        let at = timestamp(time).ok_or_else(|| ControlError::invalid("now", "not an RFC 3339 timestamp"))?;
        Ok(Self { at: Some(in_range("now", at)?), frozen: false })
    }

    /// Freezes the clock.
    #[must_use]
    pub fn frozen(self) -> Self {
        Self { frozen: true, ..self }
    }
}

impl FromStr for ClockSetting {
    type Err = ControlError;

    fn from_str(text: &str) -> Result<Self, ControlError> {
        match text.split_once(':') {
            _ if text == "frozen" => Ok(Self::system().frozen()),
            Some(("frozen", time)) => Ok(Self::at(time)?.frozen()),
            _ => Self::at(text),
        }
    }
}

/// A change of the clock: first the time is set, then advanced, then the clock frozen or released.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClockChange {
    pub(crate) now: Option<String>,
    pub(crate) advance_ms: Option<u64>,
    pub(crate) frozen: Option<bool>,
}

#[derive(Debug)]
pub(crate) struct Clock {
    start: ClockSetting,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Running { ahead_ms: i64 },
    Frozen(Timestamp),
}

impl State {
    fn of(ClockSetting { at, frozen }: ClockSetting) -> Self {
        let system = system();
        match at.unwrap_or(system) {
            at if frozen => Self::Frozen(at),
            at => Self::Running { ahead_ms: at.as_millisecond() - system.as_millisecond() },
        }
    }

    fn now(self) -> Timestamp {
        match self {
            Self::Running { ahead_ms } => {
                Timestamp::from_millisecond(system().as_millisecond() + ahead_ms).unwrap_or(Timestamp::MAX)
            }
            Self::Frozen(at) => at,
        }
    }
}

impl Clock {
    pub(crate) fn new(start: ClockSetting) -> Self {
        Self { start, state: Mutex::new(State::of(start)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current time in whole milliseconds, so that written and compared times are equal.
    pub(crate) fn now(&self) -> Timestamp {
        self.lock().now()
    }

    pub(crate) fn is_frozen(&self) -> bool {
        matches!(*self.lock(), State::Frozen(_))
    }

    pub(crate) fn set(&self, setting: ClockSetting) {
        *self.lock() = State::of(setting);
    }

    pub(crate) fn change(&self, change: &ClockChange) -> Result<(), ControlError> {
        let ClockChange { now, advance_ms, frozen } = change;
        if now.is_none() && advance_ms.is_none() && frozen.is_none() {
            return Err(ControlError::invalid("now, advance_ms, frozen", "at least one is required"));
        }
        let mut state = self.lock();
        let is_frozen = frozen.unwrap_or(matches!(*state, State::Frozen(_)));
        let from = match now {
            Some(time) => ClockSetting::at(time)?.at,
            None => Some(state.now()),
        };
        let by = Duration::from_millis(advance_ms.unwrap_or_default());
        let at = from.and_then(|from| from.checked_add(by).ok()).unwrap_or(Timestamp::MAX);
        let at = Some(in_range("advance_ms", at)?);
        *state = State::of(ClockSetting { at, frozen: is_frozen });
        Ok(())
    }

    /// Resets the clock to its initial setting.
    pub(crate) fn reset(&self) {
        self.set(self.start);
    }
}

fn system() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// From 1970, and far enough from the last supported year that any session can still expire.
fn in_range(field: &str, at: Timestamp) -> Result<Timestamp, ControlError> {
    const LATEST_SECOND: i64 = 221_845_392_000;
    if (0..LATEST_SECOND).contains(&at.as_second()) {
        Ok(at)
    } else {
        Err(ControlError::invalid(field, "not within the years from 1970 to 8999"))
    }
}

/// Parses an RFC 3339 time, truncated to milliseconds.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    Timestamp::from_millisecond(at.as_millisecond()).ok()
}

/// RFC 3339 with milliseconds and `Z`, as in the reference's example.
pub(crate) fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The format of the `Date` header.
pub(crate) fn http_date(at: Timestamp) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(clock: &Clock, json: &str) -> Result<String, String> {
        let change = serde_json::from_str(json).expect("a change");
        clock.change(&change).map(|()| text(clock.now())).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_second_keeps_its_milliseconds() {
        assert_eq!(text(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_last_valid_second_ends_the_year_8999() {
        let last = in_range("now", "8999-12-31T23:59:59Z".parse().expect("a time"));
        assert!(last.is_ok());
        assert!(in_range("now", "9000-01-01T00:00:00Z".parse().expect("a time")).is_err());
    }

    #[test]
    fn a_clock_runs_from_where_it_is_set_and_resets_to_its_start() {
        let clock = Clock::new(ClockSetting::default());
        assert!(clock.change(&ClockChange { advance_ms: Some(u64::MAX), ..ClockChange::default() }).is_err());
        assert!(clock.change(&ClockChange { advance_ms: Some(60_000), ..ClockChange::default() }).is_ok());
        assert!(clock.now() > Timestamp::now());
        clock.reset();
        assert!(clock.now() <= Timestamp::now());
        let clock = Clock::new("2026-05-26T12:00:00Z".parse().expect("a setting"));
        assert!(text(clock.now()).starts_with("2026-05-26T12:00:0") && !clock.is_frozen());
    }

    #[test]
    fn a_frozen_clock_moves_only_when_changed() {
        let clock = Clock::new("frozen:2026-05-26T14:00:00+02:00".parse().expect("a setting"));
        assert_eq!(text(clock.now()), "2026-05-26T12:00:00.000Z");
        for (json, now) in [
            (r#"{"advance_ms":1}"#, "2026-05-26T12:00:00.001Z"),
            (r#"{"now":"2027-01-01T00:00:00Z"}"#, "2027-01-01T00:00:00.000Z"),
            (r#"{"now":"2020-01-01T00:00:00.5Z","advance_ms":1000}"#, "2020-01-01T00:00:01.500Z"),
            (r#"{"frozen":true}"#, "2020-01-01T00:00:01.500Z"),
        ] {
            assert_eq!(change(&clock, json).as_deref(), Ok(now), "{json}");
            assert!(clock.is_frozen());
        }
        assert!(change(&clock, r#"{"frozen":false}"#).is_ok() && !clock.is_frozen());
        assert!(clock.now() < Timestamp::now());
        for (json, field) in [
            (r#"{}"#, "now, advance_ms, frozen"),
            (r#"{"now":"tomorrow"}"#, "now"),
            (r#"{"now":"1969-12-31T23:59:59Z"}"#, "now"),
            (r#"{"now":"8999-12-31T23:59:59Z","advance_ms":1000}"#, "advance_ms"),
        ] {
            assert!(change(&clock, json).is_err_and(|error| error.starts_with(&format!("{field}: "))), "{json}");
        }
    }

    #[test]
    fn a_setting_is_parsed_or_refused() {
        assert_eq!("frozen".parse(), Ok(ClockSetting::system().frozen()));
        for wrong in ["", "now", "Frozen", "frozen:", "frozen:now", "2026-05-26", "2026-05-26T12:00:00"] {
            assert!(wrong.parse::<ClockSetting>().is_err(), "{wrong}");
        }
    }
}
