use std::error::Error;
use std::fmt;

/// The maximum number of causes.
const DEPTH: usize = 8;
/// The maximum length of a message.
const LENGTH: usize = 120;

/// A cause, as text without quoted data.
///
/// Library errors quote their input: a URL, a value, a line of a body. Only the part of the message that can only be
/// prose is kept.
pub(crate) struct Cause {
    text: String,
    source: Option<Box<Self>>,
}

impl Cause {
    /// Converts `error` and its causes.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        Self::bounded(error, DEPTH)
    }

    fn bounded(error: &(dyn Error + 'static), depth: usize) -> Self {
        let message = error.to_string();
        let source = below(error).filter(|_| depth > 1);
        // Some errors print their source, and nothing else.
        let is_repeated = source.is_some_and(|source| source.to_string() == message);
        let below = source.map(|source| Self::bounded(source, depth - 1));
        let text = of_tls(error).unwrap_or_else(|| prose(&message));
        match below {
            Some(below) if is_repeated || below.text == text => below,
            below => Self { text, source: below.map(Box::new) },
        }
    }

    /// The message of the innermost cause.
    pub(crate) fn root(&self) -> &str {
        self.source.as_deref().map_or(&self.text, Self::root)
    }
}

/// Iterates over an error and its causes.
pub(crate) fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

/// Returns the next cause. For an `io::Error` it is the inner error, which its own `source` skips; rustls has no
/// `source` for an unsuitable certificate.
fn below<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
    if let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) =
        error.downcast_ref::<rustls::Error>()
    {
        return Some(other.0.as_ref());
    }
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// Returns the reason of a TLS error in words, if its own message consists mostly of figures and names, or only of the
/// name of an alert.
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
fn of_tls(error: &(dyn Error + 'static)) -> Option<String> {
    use rustls::{AlertDescription as Alert, CertificateError as Certificate, Error as Tls};

    let reason = match error.downcast_ref()? {
        Tls::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => {
            "the server's certificate has expired, by this machine's clock"
        }
        Tls::InvalidCertificate(Certificate::NotValidYet | Certificate::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet, by this machine's clock"
        }
        Tls::InvalidCertificate(Certificate::NotValidForName | Certificate::NotValidForNameContext { .. }) => {
            "the server's certificate is for another host name"
        }
        Tls::AlertReceived(Alert::CertificateRequired) => "the server requires a client certificate",
        Tls::AlertReceived(Alert::CertificateExpired) => {
            "the client's certificate has expired, according to the server"
        }
        Tls::AlertReceived(alert) if rejects_certificate(*alert) => {
            return Some(format!("the server rejects the client's certificate: {alert:?}"));
        }
        _ => return None,
    };
    Some(reason.to_owned())
}

/// Other TLS libraries have their own error types.
#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
fn of_tls(_: &(dyn Error + 'static)) -> Option<String> {
    None
}

/// Whether the other side rejects the certificate of this one, or requires one.
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
pub(crate) fn rejects_certificate(alert: rustls::AlertDescription) -> bool {
    use rustls::AlertDescription as Alert;

    matches!(
        alert,
        Alert::AccessDenied
            | Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRequired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate
    )
}

/// Keeps only the words of a message: it ends where a quotation may begin, and words with anything but letters are
/// dropped.
fn prose(message: &str) -> String {
    let quoted = |letter: char| "\"'`‘“«([{<=".contains(letter) || letter.is_control();
    let spoken = message.split(quoted).next().unwrap_or_default();
    let is_word = |word: &&str| {
        let letters = word.trim_end_matches([',', ':', ';', '.']);
        !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
    };
    let mut text = String::new();
    for word in spoken.split_whitespace().filter(is_word) {
        if text.len() + word.len() > LENGTH {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    let text = text.trim_end_matches([',', ':', ';', '.']);
    if text.is_empty() { "no further description".to_owned() } else { text.to_owned() }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source:?}"))
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn messages_of_libraries_are_kept_without_quoted_data() {
        for (message, kept) in [
            ("error sending request", "error sending request"),
            ("Connection refused (os error 111)", "Connection refused"),
            ("invalid peer certificate: UnknownIssuer", "invalid peer certificate: UnknownIssuer"),
            (
                "invalid peer certificate: certificate not valid for name \"gate.example\"; it is for [\"x\"]",
                "invalid peer certificate: certificate not valid for name",
            ),
            ("error sending request for url (http://u:p@h/67a1)", "error sending request for url"),
            ("unknown variant `frozen`, expected one of", "unknown variant"),
            ("no record found for https://gate.example/67a1 today", "no record found for today"),
            ("67a1", "no further description"),
            ("", "no further description"),
            ("two\nlines", "two"),
        ] {
            assert_eq!(prose(message), kept);
        }
        assert!(prose(&"word ".repeat(1000)).len() <= super::LENGTH);
    }
}
