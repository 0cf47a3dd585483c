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
