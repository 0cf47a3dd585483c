//! Authentication of callers.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};

use crate::session::Owner;

/// The keys of the emulator: fixed, and obviously fake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Keys {
    /// The secret key of [`Owner::Partner`].
    pub partner: String,
    /// The secret key of [`Owner::OtherPartner`].
    pub other_partner: String,
    /// The publishable key of [`Owner::Partner`], which every operation refuses.
    pub publishable: String,
    /// The secret that webhooks are signed with.
    pub webhook: String,
}

impl Keys {
    pub(crate) fn fake() -> Self {
        Self {
            partner: "sk_test_emulator_partner_0000000000000000".to_owned(),
            other_partner: "sk_test_emulator_other_00000000000000000".to_owned(),
            publishable: "pk_test_emulator_partner_000000000000000".to_owned(),
            webhook: "whsec_emulator_partner_0000000000000000".to_owned(),
        }
    }

    fn owner(&self, key: &str) -> Option<Owner> {
        if key == self.partner {
            Some(Owner::Partner)
        } else if key == self.other_partner {
            Some(Owner::OtherPartner)
        } else {
            None
        }
    }

    /// The journal's label for a credential.
    pub(crate) fn label(&self, key: &str) -> &'static str {
        match self.owner(key) {
            Some(Owner::Partner) => "[partner]",
            Some(Owner::OtherPartner) => "[other_partner]",
            None if key == self.publishable => "[publishable]",
            None if key == self.webhook => "[webhook]",
            None => "[unknown]",
        }
    }
}

/// Why a request is not authenticated. Only the message of the 401 differs; the status, the code and the headers are
/// always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unauthenticated {
    Missing,
    Repeated,
    NotBearer,
    Publishable,
    Unknown,
}

impl Unauthenticated {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Missing => "No secret key. Send it in the header `Authorization: Bearer sk_...`.",
            Self::Repeated => "More than one Authorization header.",
            Self::NotBearer => "The Authorization header does not have the form `Bearer sk_...`.",
            Self::Publishable => "A publishable key cannot call this API. Use the secret key, from a server.",
            Self::Unknown => "The secret key is not valid.",
        }
    }
}

/// Accepts only one of the two secret keys, sent once as a bearer token. The scheme is case-insensitive and may be
/// followed by several spaces (RFC 9110).
pub(crate) fn authenticate(headers: &HeaderMap, keys: &Keys) -> Result<Owner, Unauthenticated> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Unauthenticated::Missing)?;
    if values.next().is_some() {
        return Err(Unauthenticated::Repeated);
    }
    let text = value.to_str().map_err(|_| Unauthenticated::NotBearer)?;
    let (scheme, rest) = text.split_once(' ').ok_or(Unauthenticated::NotBearer)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Unauthenticated::NotBearer);
    }
    let key = rest.trim_start_matches(' ');
    if key == keys.publishable {
        return Err(Unauthenticated::Publishable);
    }
    keys.owner(key).ok_or(Unauthenticated::Unknown)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn caller(values: &[&str]) -> Result<Owner, Unauthenticated> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).expect("a header value"));
        }
        authenticate(&headers, &Keys::fake())
    }

    #[test]
    fn a_secret_key_names_its_owner_whatever_the_case_of_the_scheme() {
        let keys = Keys::fake();
        for scheme in ["Bearer", "bearer", "BEARER", "Bearer  "] {
            assert_eq!(caller(&[&format!("{scheme} {}", keys.partner)]), Ok(Owner::Partner));
            assert_eq!(caller(&[&format!("{scheme} {}", keys.other_partner)]), Ok(Owner::OtherPartner));
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        let Keys { partner, publishable, .. } = Keys::fake();
        let good = format!("Bearer {partner}");
        assert_eq!(caller(&[]), Err(Unauthenticated::Missing));
        assert_eq!(caller(&[&good, &good]), Err(Unauthenticated::Repeated));
        assert_eq!(caller(&["Basic c2s6"]), Err(Unauthenticated::NotBearer));
        assert_eq!(caller(&[&partner]), Err(Unauthenticated::NotBearer));
        assert_eq!(caller(&["Bearer"]), Err(Unauthenticated::NotBearer));
        assert_eq!(caller(&[""]), Err(Unauthenticated::NotBearer));
        assert_eq!(caller(&[&format!("Bearer\t{partner}")]), Err(Unauthenticated::NotBearer));
        assert_eq!(caller(&[&format!("Bearer {publishable}")]), Err(Unauthenticated::Publishable));
        assert_eq!(caller(&[&format!("Bearer {partner}0")]), Err(Unauthenticated::Unknown));
        assert_eq!(caller(&[&format!("{good}, {good}")]), Err(Unauthenticated::Unknown));
        assert_eq!(caller(&["Bearer "]), Err(Unauthenticated::Unknown));
    }
}
