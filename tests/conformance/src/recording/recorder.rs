//! What recorders omit.

/// The creator of recordings by the proxy.
pub(crate) const OWN: &str = "zerogate";

/// The parts of an exchange that a recorder omits, by its name in `log.creator`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorder {
    name: &'static str,
    pub(crate) requests: &'static [&'static str],
    pub(crate) responses: &'static [&'static str],
    /// Whether it records the response after a redirect instead of the redirect.
    pub(crate) follows: bool,
    /// Whether its times are not those of the requests.
    pub(crate) is_untimed: bool,
    /// Whether a size of 0 means that there was no body, and a missing text with another size that the body was not
    /// kept.
    pub(crate) is_exact: bool,
}

/// Known recorders and their omissions.
static RECORDERS: [Recorder; 8] = [
    Recorder { name: OWN, is_exact: true, ..Recorder::OTHER },
    // By default, Chrome exports without credentials.
    Recorder {
        name: "WebInspector",
        requests: &["authorization", "cookie"],
        responses: &["set-cookie"],
        ..Recorder::OTHER
    },
    Recorder { name: "chrome-har-capturer", requests: &["cookie"], responses: &["set-cookie"], ..Recorder::OTHER },
    Recorder { name: "axios-har-tracker", follows: true, ..Recorder::OTHER },
    // With `fetch`, whose response is that after a redirect.
    Recorder { name: "Polly.JS", follows: true, ..Recorder::OTHER },
    // After a redirect, it has the request headers from before Chrome added the credentials.
    Recorder { name: "chrome-har", requests: &["authorization"], ..Recorder::OTHER },
    // The time of the export.
    Recorder { name: "Insomnia-REST-Client", is_untimed: true, ..Recorder::OTHER },
    // The time of the response, and its duration in seconds.
    Recorder { name: "requests-har", is_untimed: true, ..Recorder::OTHER },
];

impl Recorder {
    const OTHER: Self =
        Self { name: "", requests: &[], responses: &[], follows: false, is_untimed: false, is_exact: false };

    /// A recorder that is not named before its entries, and so may have any omission.
    pub(crate) const UNNAMED: Self =
        Self { requests: &["authorization", "cookie"], responses: &["set-cookie"], ..Self::OTHER };

    /// Returns what is known about a recorder.
    pub(crate) fn named(name: &str) -> Self {
        let is_it = |known: &&Self| name.replace(' ', "-").eq_ignore_ascii_case(known.name);
        RECORDERS.iter().find(is_it).copied().unwrap_or(Self::OTHER)
    }
}
