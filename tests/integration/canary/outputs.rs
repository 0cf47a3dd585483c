//! Collects everything that was printed, and searches it.

use std::any::type_name;
use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt::{Debug, Display};

use zerogate::{Error, Recorded, Response, SessionId, SessionRecord, SessionStatus};

/// Part of the key and of the client secret. Must not be in any output.
pub(crate) const SECRETS: &[&str] = &["canary0key0", "canary0secret0"];
/// Customer data and the server's own words. Must not be in logs, errors, results and records.
pub(crate) const PRIVATE: &[&str] =
    &["canary0wallet0", "canary0reference0", "canary0metadata0", "canary0amount0", "canary0words0"];

#[derive(Default)]
pub(crate) struct Outputs {
    printed: Vec<Printed>,
    types: BTreeSet<String>,
    /// The kinds of the errors that were printed.
    pub(crate) kinds: BTreeSet<&'static str>,
}

struct Printed {
    what: String,
    text: String,
    /// Whether it is meant to show what the server sent, and so may contain customer data.
    shows_data: bool,
}

impl Outputs {
    /// A text that may be logged.
    pub(crate) fn text(&mut self, what: &str, text: impl Into<String>) {
        self.printed.push(Printed { what: what.to_owned(), text: text.into(), shows_data: false });
    }

    /// A text that shows what the server sent.
    pub(crate) fn data(&mut self, what: &str, text: impl Into<String>) {
        self.printed.push(Printed { what: what.to_owned(), text: text.into(), shows_data: true });
    }

    /// A value that may be logged.
    pub(crate) fn debug<T: Debug>(&mut self, what: &str, value: &T) {
        self.types.insert(name_of::<T>());
        self.text(what, format!("{value:?}\n{value:#?}"));
    }

    /// A value that shows what the server sent.
    pub(crate) fn debug_data<T: Debug>(&mut self, what: &str, value: &T) {
        self.types.insert(name_of::<T>());
        self.data(what, format!("{value:?}\n{value:#?}"));
    }

    /// A value that may be logged, and implements `Display`.
    pub(crate) fn display<T: Debug + Display>(&mut self, what: &str, value: &T) {
        self.debug(what, value);
        self.text(what, value.to_string());
    }

    /// An error, with everything that its methods return.
    pub(crate) fn error(&mut self, what: &str, error: &Error) {
        self.display(what, error);
        let mut cause = error.source();
        while let Some(link) = cause {
            self.text(what, format!("{link}\n{link:?}\n{link:#?}"));
            cause = link.source();
        }
        self.kinds.insert(error.kind().as_str());
        self.display(what, &error.kind());
        self.debug(what, &error.delivery());
        self.display(what, &error.next_step());
        for field in error.field_errors() {
            self.display(what, field);
        }
        self.text(what, format!("{:?} {:?}", error.request_id(), error.retry_after()));
        self.text(what, error.envelope_contradiction().unwrap_or_default());
        for attempt in error.attempts() {
            self.debug(what, attempt);
            self.display(what, &attempt.outcome);
        }
        if let Some(envelope) = error.envelope() {
            self.debug_data(what, envelope);
            self.data(what, serde_json::to_string(envelope).unwrap());
        }
        if let Some(body) = error.body() {
            self.data(what, String::from_utf8_lossy(body));
        }
    }

    /// The result of a call, and its record.
    pub(crate) fn result<T: Recorded + Debug>(
        &mut self,
        what: &str,
        id: &SessionId,
        result: &Result<Response<T>, Error>,
    ) {
        match result {
            Err(error) => self.error(what, error),
            Ok(response) => {
                self.debug(what, response);
                self.debug(what, response.value());
            }
        }
        if let Ok(response) = result {
            self.text(what, format!("{:?} {:?}", response.request_id(), response.attempts()));
        }
        let record = SessionRecord::new("order_1", id, result);
        self.debug(what, &record);
        self.display(what, &record.outcome);
        self.display(what, &record.next);
        if let Some(status) = &record.status {
            self.display(what, status);
            if let SessionStatus::Unknown(status) = status {
                self.display(what, status);
            }
        }
        self.display(what, &record.recorded_at);
        self.text(what, serde_json::to_string(&record).unwrap());
    }

    /// Every place where one of `secrets` is found, or one of `private` where it does not belong.
    pub(crate) fn hits(&self, secrets: &[&str], private: &[&str]) -> Vec<String> {
        let with_forms = |needle: &&str| ((*needle).to_owned(), forms(needle));
        let secrets: Vec<_> = secrets.iter().map(with_forms).collect();
        let private: Vec<_> = private.iter().map(with_forms).collect();
        let mut hits = Vec::new();
        for Printed { what, text, shows_data } in &self.printed {
            let text = text.to_ascii_lowercase();
            let private = if *shows_data { &[][..] } else { &private };
            for (needle, forms) in secrets.iter().chain(private) {
                if forms.iter().any(|form| text.contains(form)) {
                    hits.push(format!("{needle} in {what}: {text}"));
                }
            }
        }
        hits
    }

    /// The types of the printed values, by their public paths.
    pub(crate) fn types(&self) -> &BTreeSet<String> {
        &self.types
    }

    pub(crate) fn len(&self) -> usize {
        self.printed.len()
    }
}

/// A text, and its form when bytes are printed as numbers.
fn forms(needle: &str) -> Vec<String> {
    let decimal: Vec<String> = needle.bytes().map(|byte| byte.to_string()).collect();
    let hexadecimal: String = needle.bytes().map(|byte| format!("{byte:02x}")).collect();
    // `{:#?}` prints one number per line.
    vec![needle.to_owned(), decimal.join(", "), decimal.join(",\n    "), hexadecimal]
}

/// A type's public path, without private modules.
fn name_of<T>() -> String {
    let name = type_name::<T>().split('<').next().unwrap_or_default();
    let own = name.strip_prefix("zerogate::");
    match own.map(|own| own.strip_prefix("client::").unwrap_or(own)) {
        Some(generated) if generated.starts_with("types::") || generated.starts_with("api::") => generated.to_owned(),
        _ => name.rsplit("::").next().unwrap_or_default().to_owned(),
    }
}
