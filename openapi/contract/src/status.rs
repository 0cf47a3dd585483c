//! The status codes of an entry of `responses`.

use std::ops::RangeInclusive;

/// The status codes that an entry of `responses` is for: one (`404`), a range (`4XX`), or all (`default`).
///
/// Returns `None` if it has none of these forms.
///
/// ```
/// use zerogate_contract::statuses;
///
/// assert_eq!(statuses("404"), Some(404..=404));
/// assert_eq!(statuses("4xx"), Some(400..=499));
/// assert_eq!(statuses("default"), Some(0..=u16::MAX));
/// assert_eq!(statuses("4X4"), None);
/// ```
#[must_use]
pub fn statuses(entry: &str) -> Option<RangeInclusive<u16>> {
    match entry.as_bytes() {
        [class @ b'1'..=b'9', b'X' | b'x', b'X' | b'x'] => {
            let first = u16::from(class - b'0') * 100;
            Some(first..=first + 99)
        }
        _ if entry.eq_ignore_ascii_case("default") => Some(0..=u16::MAX),
        _ => entry.parse().ok().map(|status| status..=status),
    }
}

/// The entry for a status: the exact one, else its range, else `default`.
#[must_use]
pub fn speaking_for<'e, T>(status: u16, entries: impl IntoIterator<Item = (&'e str, T)>) -> Option<T> {
    let fitting = entries.into_iter().filter_map(|(entry, value)| Some((statuses(entry)?, value)));
    fitting.filter(|(range, _)| range.contains(&status)).min_by_key(|(range, _)| range.len()).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_entry_covers_a_status() {
        let entries = ["default", "4xx", "404", "x"].map(|entry| (entry, entry));
        for (status, spoken_for) in [(404, "404"), (409, "4xx"), (503, "default")] {
            assert_eq!(speaking_for(status, entries), Some(spoken_for));
        }
        assert_eq!(speaking_for(503, [("404", ()), ("4XX", ())]), None);
    }
}
