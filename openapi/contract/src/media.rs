//! Media types.

/// A media type without its parameters, in the one spelling in which two of them are compared.
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

/// Media types whose body is one item after the other.
const SEQUENTIAL: [&str; 5] =
    ["application/jsonl", "application/x-ndjson", "application/json-seq", "text/event-stream", "multipart/mixed"];

/// Whether the body of a media type is one item after the other.
///
/// ```
/// use zerogate_contract::media::is_sequential;
///
/// assert!(is_sequential("text/event-stream; charset=utf-8") && is_sequential("application/geo+json-seq"));
/// assert!(!is_sequential("application/json"));
/// ```
#[must_use]
pub fn is_sequential(media_type: &str) -> bool {
    // Whoever asks may not know yet that it is a media type at all.
    if !media_type.contains('/') || media_type.starts_with('/') {
        return false;
    }
    let essence = essence(media_type);
    SEQUENTIAL.contains(&essence.as_str()) || essence.ends_with("+json-seq")
}
