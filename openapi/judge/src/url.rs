//! Splits a URL into parts, as written.

use std::borrow::Cow;

use zerogate_contract::pointer::percent_decode;

/// A URL in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Url<'u> {
    /// The scheme, host and port; empty if the URL is only a path.
    pub(crate) origin: &'u str,
    pub(crate) path: &'u str,
    pub(crate) query: &'u str,
}

impl<'u> Url<'u> {
    pub(crate) fn of(url: &'u str) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let (whole, query) = url.split_once('?').unwrap_or((url, ""));
        let scheme = whole.find("://").filter(|at| whole.bytes().take(*at).all(is_of_scheme));
        let host = scheme.map_or(0, |at| at + "://".len());
        let rest = whole.get(host..).unwrap_or_default();
        let end = if host == 0 { 0 } else { host + rest.find('/').unwrap_or(rest.len()) };
        let (origin, path) = whole.split_at(end);
        Self { origin, path: if path.is_empty() { "/" } else { path }, query }
    }

    /// Whether it is an HTTP URL, or only a path.
    pub(crate) fn is_http(&self) -> bool {
        let scheme = self.origin.split("://").next().unwrap_or_default();
        let is_http = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        is_http || (self.origin.is_empty() && self.path.starts_with('/'))
    }

    /// The query's names, decoded, with their values as written.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Cow<'u, str>, &'u str)> {
        pairs(self.query)
    }
}

fn is_of_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)
}

/// A form's names, decoded, with their values as written.
pub(crate) fn pairs(form: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    form.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decoded(name), value)
    })
}

/// Decodes a text of a form; returns it unchanged if an escape is invalid.
pub(crate) fn form_decoded(text: &str) -> Cow<'_, str> {
    if text.contains('+') { Cow::Owned(decoded(&text.replace('+', " ")).into_owned()) } else { decoded(text) }
}

/// Percent-decodes a text; returns it unchanged if an escape is invalid.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    percent_decode(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// An origin in a normal form for comparison: in lower case, without the scheme's default port.
pub(crate) fn plain_origin(origin: &str) -> String {
    let origin = origin.to_ascii_lowercase();
    // The user is not part of an origin.
    let origin = match (origin.split_once("://"), origin.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => origin,
    };
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).map(str::to_owned).unwrap_or(origin)
}
