//! The day on which something goes that is deprecated, as `x-sunset` names it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::change::Announced;
use crate::found::Found;
use crate::kind::{Kind, kind};
use crate::node::{Node, place};
use crate::value::{alike, quote};

/// The flag that announces an end, and the extension that names its day.
pub(crate) const DEPRECATED: &str = "deprecated";
pub(crate) const SUNSET: &str = "x-sunset";

/// The alternative that a value of a list is, by the pointer of the value: it may be announced to go by itself.
pub(crate) fn alternative(value: &str) -> Option<&str> {
    let (above, last) = value.rsplit_once('/')?;
    let schema = if last == "const" { above } else { above.strip_suffix("/enum")? };
    let (list, _) = schema.rsplit_once('/')?;
    (list.ends_with("/oneOf") || list.ends_with("/anyOf")).then_some(schema)
}

/// What is announced of something that is `deprecated`.
pub(crate) fn announced(sunset: Option<&Value>) -> Announced {
    match sunset {
        None => Announced::Undated,
        Some(value) => day(value).map_or_else(|| Announced::Unreadable(quote(value)), Announced::For),
    }
}

/// A day, or that of a moment, in UTC.
fn day(value: &Value) -> Option<Date> {
    let text = value.as_str()?;
    let moment = text.parse::<Timestamp>().map(|moment| moment.to_zoned(TimeZone::UTC).date());
    moment.or_else(|_| text.parse()).ok()
}

/// A sunset that is another one now, where that takes back what was announced; `deprecated` is of the new contract.
pub(crate) fn changed(deprecated: Option<&Value>, old: Option<Node<'_>>, new: Option<Node<'_>>) -> Option<Found> {
    if deprecated != Some(&Value::Bool(true)) {
        return None;
    }
    let day = |sunset: &Option<Node<'_>>| sunset.as_ref().map(|sunset| day(sunset.value));
    let shown = |sunset: &Option<Node<'_>>| sunset.as_ref().map(|sunset| quote(sunset.value)).unwrap_or_default();
    let (kind, what): (&'static Kind, _) = match (day(&old), day(&new)) {
        (_, Some(None)) if !alike(old.as_ref().map(|old| old.value), new.as_ref().map(|new| new.value)) => {
            (kind!("sunset-unreadable"), format!("{} is no date: write it like 2026-12-31", shown(&new)))
        }
        (Some(_), None) => {
            let what = format!("{} was removed, and what it was for is still deprecated", shown(&old));
            (kind!("sunset-deleted"), what)
        }
        (Some(Some(was)), Some(Some(is))) if is < was => {
            (kind!("sunset-moved-earlier"), format!("was moved earlier, from {was} to {is}"))
        }
        _ => return None,
    };
    Some(Found::new(kind, place(old.as_ref()), place(new.as_ref()), "").says("the sunset", what))
}
