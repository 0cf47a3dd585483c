//! The date of removal of something deprecated, as given by `x-sunset`.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::change::Announced;
use crate::found::Found;
use crate::kind::{Kind, kind};
use crate::node::{Node, place};
use crate::value::{alike, quote};

/// The flag that announces a removal, and the extension with its date.
pub(crate) const DEPRECATED: &str = "deprecated";
pub(crate) const SUNSET: &str = "x-sunset";

/// The alternative for a value of a list, by the value's pointer: its removal may be announced separately.
pub(crate) fn alternative(value: &str) -> Option<&str> {
    let (above, last) = value.rsplit_once('/')?;
    let schema = if last == "const" { above } else { above.strip_suffix("/enum")? };
    let (list, _) = schema.rsplit_once('/')?;
    (list.ends_with("/oneOf") || list.ends_with("/anyOf")).then_some(schema)
}

/// The announcement for something that is `deprecated`.
pub(crate) fn announced(sunset: Option<&Value>) -> Announced {
    match sunset {
        None => Announced::Undated,
        Some(value) => day(value).map_or_else(|| Announced::Unreadable(quote(value)), Announced::For),
    }
}

/// A date, or the date of a time in UTC.
fn day(value: &Value) -> Option<Date> {
    let text = value.as_str()?;
    let moment = text.parse::<Timestamp>().map(|moment| moment.to_zoned(TimeZone::UTC).date());
    moment.or_else(|_| text.parse()).ok()
}

/// A changed sunset, where that breaks the announcement. `deprecated` comes from the new contract.
pub(crate) fn changed(deprecated: Option<&Value>, old: Option<Node<'_>>, new: Option<Node<'_>>) -> Option<Found> {
    if deprecated != Some(&Value::Bool(true)) {
        return None;
    }
    let day = |sunset: &Option<Node<'_>>| sunset.as_ref().map(|sunset| day(sunset.value));
    let shown = |sunset: &Option<Node<'_>>| sunset.as_ref().map(|sunset| quote(sunset.value)).unwrap_or_default();
    let (kind, what): (&'static Kind, _) = match (day(&old), day(&new)) {
        (_, Some(None)) if !alike(old.as_ref().map(|old| old.value), new.as_ref().map(|new| new.value)) => {
            (kind!("sunset-unreadable"), format!("{} is not a date: use the form 2026-12-31", shown(&new)))
        }
        (Some(_), None) => {
            let what = format!("{} was removed, but the item is still deprecated", shown(&old));
            (kind!("sunset-deleted"), what)
        }
        (Some(Some(was)), Some(Some(is))) if is < was => {
            (kind!("sunset-moved-earlier"), format!("was moved earlier, from {was} to {is}"))
        }
        _ => return None,
    };
    Some(Found::new(kind, place(old.as_ref()), place(new.as_ref()), "").says("the sunset", what))
}
