//! Sessions that are added without the API.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock;
use crate::error::ControlError;
use crate::json;
use crate::session::{Flow, GateSession, Owner, Status};

/// A session to add to the emulator, bypassing the API and its checks.
///
/// Every field is optional; the default is an open session of [`Owner::Partner`] with the values of the reference's
/// example. Strings are not checked, so that odd sessions are possible; only the id must be new and the timestamps must
/// be RFC 3339.
///
/// ```
/// use zerogate_emulator::{Owner, Seed, Status};
///
/// let seed = Seed { owner: Owner::OtherPartner, status: Status::Completed, ..Seed::default() };
/// let same: Seed = serde_json::from_str(r#"{"owner":"other_partner","status":"completed"}"#)?;
/// assert_eq!(seed, same);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// The owner.
    pub owner: Owner,
    /// Its status. An open session whose `expires_at` has passed is expired at once.
    pub status: Status,
    /// Its id; 24 new hex digits if not given.
    pub id: Option<String>,
    /// The `partner_id` it shows; the owner's if not given. It does not change who owns the session.
    pub partner_id: Option<String>,
    /// Its mode.
    pub mode: Option<String>,
    /// Its amount.
    pub amount: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
    /// Its return URL.
    pub return_url: Option<String>,
    /// Its cancel URL.
    pub cancel_url: Option<String>,
    /// When it expires, RFC 3339; the session lifetime after `created_at` if not given, and now for a seed that is
    /// expired.
    pub expires_at: Option<String>,
    /// When it expires, in milliseconds from now; negative for the past. Not together with `expires_at`.
    pub expires_in_ms: Option<i64>,
    /// When it was created, RFC 3339; now if not given, or the session lifetime before an `expires_at` that has
    /// passed.
    pub created_at: Option<String>,
    /// Its flow.
    pub flow: Option<Flow>,
    /// Its target token.
    pub target_token: Option<String>,
    /// Its target network.
    pub target_network: Option<String>,
    /// Its wallet address.
    pub wallet_address: Option<String>,
    /// Its user reference.
    pub user_reference: Option<String>,
    /// Whether the user is already verified.
    pub kyc_pre_verified: bool,
    /// Its metadata.
    pub metadata: Map<String, Value>,
}

impl Seed {
    /// Reads a JSON list of seeds.
    ///
    /// ```
    /// use zerogate_emulator::Seed;
    ///
    /// assert_eq!(Seed::list(r#"[{}, {"status": "completed"}]"#)?.len(), 2);
    /// let error = Seed::list(r#"[{}, {"status": "paid"}]"#).unwrap_err();
    /// assert!(error.to_string().starts_with("/1/status: must be one of `open`, "));
    /// # Ok::<(), zerogate_emulator::ControlError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`], with a JSON pointer as its field, or `the list`.
    pub fn list(json: &str) -> Result<Vec<Self>, ControlError> {
        let refuse = |reason| ControlError::invalid("the list", format!(r#"{reason}; write it like [{{"id": "a"}}]"#));
        let Value::Array(seeds) = json::parse(json.as_bytes()).map_err(refuse)? else {
            return Err(refuse("must be an array".to_owned()));
        };
        let read = |(index, seed): (usize, Value)| {
            json::read(seed).map_err(|json::Flaw { path, reason }| {
                let escaped = |name: &String| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                let pointer = format!("/{index}{}", path.iter().map(escaped).collect::<String>());
                ControlError::invalid(&pointer, reason)
            })
        };
        seeds.into_iter().enumerate().map(read).collect()
    }

    /// Returns the session of this seed, with its times of creation and expiry. A missing id stays empty, since only
    /// the store knows which ids are free.
    pub(crate) fn into_session(
        self,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<(GateSession, Timestamp, Timestamp), ControlError> {
        if self.id.as_deref() == Some("") {
            return Err(ControlError::invalid("id", "must not be empty"));
        }
        let given_expiry = match (self.expires_at, self.expires_in_ms) {
            (Some(_), Some(_)) => {
                return Err(ControlError::invalid("expires_in_ms", "cannot be combined with expires_at"));
            }
            (Some(text), None) => Some(timestamp("expires_at", &text)?),
            (None, Some(ms)) => Some(
                now.checked_add(SignedDuration::from_millis(ms))
                    .map_err(|_| ControlError::invalid("expires_in_ms", "beyond the year 9999"))?,
            ),
            (None, None) if self.status == Status::Expired => Some(now),
            (None, None) => None,
        };
        let created = match (self.created_at, given_expiry) {
            (Some(text), _) => timestamp("created_at", &text)?,
            (None, Some(expiry)) if expiry <= now => expiry.checked_sub(lifetime).unwrap_or(Timestamp::MIN),
            (None, _) => now,
        };
        let expires = given_expiry.unwrap_or_else(|| created.checked_add(lifetime).unwrap_or(Timestamp::MAX));

        let example = GateSession::example(self.owner);
        let session = GateSession {
            id: self.id.unwrap_or_default(),
            partner_id: self.partner_id.unwrap_or(example.partner_id),
            mode: self.mode.unwrap_or(example.mode),
            amount: self.amount.unwrap_or(example.amount),
            currency: self.currency.unwrap_or(example.currency),
            return_url: self.return_url.unwrap_or(example.return_url),
            cancel_url: self.cancel_url,
            status: self.status,
            expires_at: clock::text(expires),
            created_at: clock::text(created),
            flow: self.flow,
            target_token: self.target_token,
            target_network: self.target_network,
            wallet_address: self.wallet_address,
            user_reference: self.user_reference,
            kyc_pre_verified: self.kyc_pre_verified,
            metadata: self.metadata,
            ..example
        };
        Ok((session, created, expires))
    }
}

fn timestamp(field: &'static str, text: &str) -> Result<Timestamp, ControlError> {
    clock::timestamp(text).ok_or_else(|| ControlError::invalid(field, "not an RFC 3339 timestamp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn seeded(json: &str) -> Result<(GateSession, Timestamp, Timestamp), ControlError> {
        let seed: Seed = serde_json::from_str(json).expect("a well-formed seed");
        seed.into_session(Timestamp::UNIX_EPOCH, DAY)
    }

    #[test]
    fn a_list_is_refused_by_a_pointer_or_as_a_whole() {
        let deep = format!("[{}{}]", "[".repeat(200), "]".repeat(200));
        for (json, expected) in [
            (r#"[{"a~b/c":1}]"#, "/0/a~0b~1c: is not a field"),
            (r#"[{}, {"id":5}]"#, "/1/id: must be a string"),
            ("{}", "the list: must be an array; write it like"),
            ("[}", "the list: is not JSON: expected value at line 1 column 2; write it like"),
            ("[1e999]", "the list: is nested more than 127 levels deep, or has a number that is too large"),
            (&deep, "the list: is nested more than 127 levels deep, or has a number that is too large"),
        ] {
            let error = Seed::list(json).expect_err(json).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn the_default_seed_lives_from_now_for_its_lifetime() {
        let (session, created, expires) = seeded("{}").expect("the default seed is good");
        assert_eq!((created, expires), (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + DAY));
        assert_eq!(session.expires_at, "1970-01-02T00:00:00.000Z");
    }

    #[test]
    fn an_expired_seed_was_created_a_lifetime_before_it_expired() {
        let (session, created, expires) = seeded(r#"{"status":"expired"}"#).expect("good");
        assert_eq!((created, expires), (Timestamp::UNIX_EPOCH - DAY, Timestamp::UNIX_EPOCH));
        assert_eq!(session.created_at, "1969-12-31T00:00:00.000Z");
    }

    #[test]
    fn a_short_lived_seed_is_created_now() {
        let (_, created, expires) = seeded(r#"{"expires_in_ms":5}"#).expect("good");
        assert_eq!(created, Timestamp::UNIX_EPOCH);
        assert_eq!(expires.as_millisecond(), 5);
    }

    #[test]
    fn a_bad_seed_is_refused_by_the_name_of_its_field() {
        for (json, field) in [
            (r#"{"id":""}"#, "id"),
            (r#"{"created_at":"yesterday"}"#, "created_at"),
            (r#"{"expires_at":"2026-05-27"}"#, "expires_at"),
            (r#"{"expires_in_ms":9223372036854775807}"#, "expires_in_ms"),
            (r#"{"expires_in_ms":1,"expires_at":"2026-05-27T12:00:00Z"}"#, "expires_in_ms"),
        ] {
            let error = seeded(json).expect_err(json).to_string();
            assert!(error.starts_with(&format!("{field}: ")), "{error}");
        }
    }
}
