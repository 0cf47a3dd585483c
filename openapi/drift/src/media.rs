//! Media types: their names, and how two of them relate.

use zerogate_contract::media::essence;

/// The syntax of a media type if it is JSON or XML: its subtype, or the suffix of that.
pub(crate) fn suffix(essence: &str) -> Option<&str> {
    let subtype = essence.split_once('/')?.1;
    let suffix = subtype.rsplit_once('+').map_or(subtype, |(_, suffix)| suffix);
    ["json", "xml"].into_iter().find(|known| *known == suffix)
}

/// A media type, normalised for comparison.
pub(crate) fn media_name(name: &str) -> String {
    let mut parameters = parameters(name);
    parameters.sort();
    parameters.insert(0, essence(name));
    parameters.join("; ")
}

fn parameters(name: &str) -> Vec<String> {
    let parts = name.split(';').skip(1).map(str::trim).filter(|part| !part.is_empty());
    let spelt = |part: &str| match part.split_once('=') {
        Some((name, value)) => format!("{}={}", name.trim().to_ascii_lowercase(), value.trim()),
        None => part.to_owned(),
    };
    parts.map(spelt).collect()
}

/// The relation between two media types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Media {
    Same,
    /// The same type and subtype, with other significant parameters.
    Parameters,
    /// The new one is a range that includes the old one.
    Wider,
    /// The new one is included in the old range.
    Narrower,
    /// Another name for the same syntax, JSON or XML.
    Suffix,
}

impl Media {
    /// The relation of the new media type to the old one, if there is one.
    pub(crate) fn of(old: &str, new: &str) -> Option<Media> {
        let (old_essence, new_essence) = (essence(old), essence(new));
        if old_essence != new_essence {
            let holds = |range: &str, one: &str| match range.split_once('/') {
                Some(("*", "*")) => true,
                Some((kind, "*")) => one.split_once('/').is_some_and(|(other, _)| other == kind),
                _ => false,
            };
            return match (holds(&new_essence, &old_essence), holds(&old_essence, &new_essence)) {
                (true, _) => Some(Media::Wider),
                (_, true) => Some(Media::Narrower),
                _ => (suffix(&old_essence).is_some() && suffix(&old_essence) == suffix(&new_essence))
                    .then_some(Media::Suffix),
            };
        }
        // JSON is always UTF-8. For other texts, a missing charset is assumed to be unchanged.
        let is_json = suffix(&old_essence) == Some("json");
        let split = |name: &str| -> (Vec<String>, Vec<String>) {
            parameters(name).into_iter().partition(|parameter| parameter.starts_with("charset="))
        };
        let ((old_charset, mut old), (new_charset, mut new)) = (split(old), split(new));
        old.sort();
        new.sort();
        let same_text = || match (old_charset.first(), new_charset.first()) {
            (Some(old), Some(new)) => old.trim_matches('"').eq_ignore_ascii_case(new.trim_matches('"')),
            _ => true,
        };
        Some(if old == new && (is_json || same_text()) { Media::Same } else { Media::Parameters })
    }
}
