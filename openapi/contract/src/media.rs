//! Media types.

/// A media type without its parameters, in a normal form for comparison.
///
/// ```
/// use zerogate_contract::media::essence;
///
/// assert_eq!(essence("Application/JSON ; charset=utf-8"), "application/json");
/// ```
#[must_use]
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is `application/json`, or is based on it (RFC 6839).
///
/// ```
/// use zerogate_contract::media::is_json;
///
/// assert!(is_json("Application/JSON; charset=utf-8") && is_json("application/problem+json"));
/// assert!(!is_json("text/json") && !is_json("application/jsonp") && !is_json("json") && !is_json(""));
/// ```
#[must_use]
pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == "application/json" || essence.ends_with("+json")
}

/// Media types whose body is a sequence of items.
const SEQUENTIAL: [&str; 5] =
    ["application/jsonl", "application/x-ndjson", "application/json-seq", "text/event-stream", "multipart/mixed"];

/// Whether the body of a media type is a sequence of items.
///
/// ```
/// use zerogate_contract::media::is_sequential;
///
/// assert!(is_sequential("text/event-stream; charset=utf-8") && is_sequential("application/geo+json-seq"));
/// assert!(!is_sequential("application/json"));
/// ```
#[must_use]
pub fn is_sequential(media_type: &str) -> bool {
    // The caller may not know yet whether it is a media type.
    if !media_type.contains('/') || media_type.starts_with('/') {
        return false;
    }
    let essence = essence(media_type);
    SEQUENTIAL.contains(&essence.as_str()) || essence.ends_with("+json-seq")
}
