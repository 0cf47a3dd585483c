//! The target of a run, and what it can supply.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde_json::json;
use zerogate::{BaseUrl, InvalidSecretKey, KeyMode, SecretKey};
use zerogate_emulator::{ControlError, Emulator, Flow, Owner, PROVOKE, Seed, Status};

use super::fixtures::Fixtures;
use super::obstacle::{Need, Obstacle, Trouble};
use crate::wire::{Key, Role};

/// A server to judge: an emulator, or the server at a base URL.
///
/// Every target supplies open sessions through `createSession`. Everything else comes from [`Fixtures`]; an emulator
/// supplies it itself. A rule whose prerequisite is missing is skipped, never passed.
pub struct Target {
    name: String,
    base: BaseUrl,
    keys: BTreeMap<Role, Key>,
    fixtures: Fixtures,
    emulator: Option<Emulator>,
}

/// Why a key is refused, before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusedKey {
    /// It is not a secret key.
    #[error(transparent)]
    Invalid(#[from] InvalidSecretKey),
    /// It may move real money.
    #[error("this is {0} key, and the suite creates and cancels sessions; use a test key, or pass --allow-live")]
    Live(&'static str),
    /// The key for another partner is the partner's own.
    #[error("this is the partner's own key; use another partner's key, or none")]
    Same,
    /// There is no key.
    #[error("not set; set it to the server's secret key, sk_test_…")]
    Missing,
    /// It may move real money and would travel in plain text.
    #[error("the suite does not send a key that may be live over plain http to another machine; use an https base URL")]
    PlainText,
}

impl Target {
    /// Starts an emulator in this process.
    ///
    /// # Errors
    ///
    /// If no loopback port can be bound.
    pub async fn embedded() -> io::Result<Self> {
        let emulator = Emulator::start().await?;
        // The emulator's own URL is always valid.
        let base = emulator.base_url().parse().map_err(io::Error::other)?;
        Ok(Self { name: "the embedded emulator".to_owned(), ..Self::emulator(emulator, base) })
    }

    /// An emulator at `base`: its own URL, or that of a proxy in front of it.
    ///
    /// It stops when the target is dropped.
    #[must_use]
    pub fn emulator(emulator: Emulator, base: BaseUrl) -> Self {
        let keys = emulator.keys();
        let keys = [
            (Role::Partner, keys.partner.as_str()),
            (Role::OtherPartner, &keys.other_partner),
            (Role::Publishable, &keys.publishable),
            (Role::Live, LIVE_KEY),
        ];
        let keys = keys.into_iter().map(|(role, key)| (role, Key::new(key))).collect();
        Self { name: "an emulator".to_owned(), base, keys, fixtures: Fixtures::default(), emulator: Some(emulator) }
    }

    /// The server at `base`, with a secret key for it.
    ///
    /// # Errors
    ///
    /// If the key is not a secret key, if it may be live without `allow_live`, because the suite creates and cancels
    /// sessions, or if it may be live and would travel in plain text.
    pub fn remote(base: BaseUrl, key: &str, allow_live: bool) -> Result<Self, RefusedKey> {
        Self::supplied_with(base, key, Fixtures::default(), allow_live)
    }

    /// The server at `base`, with a secret key for it and fixtures; a partner's key in the fixtures takes precedence
    /// over `key`.
    ///
    /// # Errors
    ///
    /// As [`remote`](Self::remote), for every secret key. A live key in the fixtures is ignored without `allow_live`.
    pub fn supplied_with(base: BaseUrl, key: &str, fixtures: Fixtures, allow_live: bool) -> Result<Self, RefusedKey> {
        Self::with_fixtures(base, Some(key), None, fixtures, allow_live).map_err(|(_, refused)| refused)
    }

    /// The server at `base`, with fixtures; `key` is the partner's and `other_key` the other partner's, unless the
    /// fixtures have them.
    ///
    /// A live key in the fixtures is ignored without `allow_live`.
    pub(crate) fn with_fixtures(
        base: BaseUrl,
        key: Option<&str>,
        other_key: Option<&str>,
        fixtures: Fixtures,
        allow_live: bool,
    ) -> Result<Self, (Role, RefusedKey)> {
        let mut keys = fixtures.keys.clone();
        for (role, key) in [(Role::Partner, key), (Role::OtherPartner, other_key)] {
            if let Some(key) = key {
                keys.entry(role).or_insert_with(|| Key::new(key));
            }
        }
        if !allow_live {
            keys.remove(&Role::Live);
        }
        for (role, key) in keys.iter().filter(|(role, _)| **role != Role::Publishable) {
            check(key, &base, allow_live).map_err(|refused| (*role, refused))?;
        }
        if keys.contains_key(&Role::Partner) && keys.get(&Role::Partner) == keys.get(&Role::OtherPartner) {
            return Err((Role::OtherPartner, RefusedKey::Same));
        }
        if !keys.contains_key(&Role::Partner) {
            return Err((Role::Partner, RefusedKey::Missing));
        }
        Ok(Self { name: "a server".to_owned(), base, keys, fixtures, emulator: None })
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base
    }

    /// Whether the partner's key is a test key.
    pub(crate) fn has_test_key(&self) -> bool {
        let key = self.key(Role::Partner).ok().and_then(|key| SecretKey::new(key.expose()).ok());
        key.is_some_and(|key| key.mode() == KeyMode::Test)
    }

    /// A key of the target.
    pub(crate) fn key(&self, role: Role) -> Result<&Key, Need> {
        self.keys.get(&role).ok_or(match role {
            Role::Partner => Need::Key,
            Role::OtherPartner => Need::OtherKey,
            Role::Publishable => Need::PublishableKey,
            Role::Live => Need::LiveKey,
        })
    }

    /// All keys of the target.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (Role, &Key)> {
        self.keys.iter().map(|(role, key)| (*role, key))
    }

    /// The supplied open sessions, for a target that cannot create any.
    pub(crate) fn open(&self) -> &[String] {
        &self.fixtures.sessions.open
    }

    /// The ids of the partner's sessions in this terminal state.
    pub(crate) fn terminal(&self, state: State) -> Result<Vec<String>, Obstacle> {
        let sessions = &self.fixtures.sessions;
        let (seed, given) = match state {
            State::Completed => (completed(), &sessions.completed),
            State::Expired => (expired(), &sessions.expired),
            State::Cancelled => (Seed { status: Status::Cancelled, ..Seed::default() }, &sessions.cancelled),
        };
        self.supplied(vec![seed], given, Need::Session(state.word()))
    }

    /// The ids of another partner's sessions, in any state.
    pub(crate) fn foreign(&self) -> Result<Vec<String>, Obstacle> {
        let states = [Status::Open, Status::Completed, Status::Expired, Status::Cancelled];
        let seed = |status| Seed { owner: Owner::OtherPartner, flow: Some(Flow::OffRamp), status, ..Seed::default() };
        self.supplied(states.map(seed).into(), &self.fixtures.sessions.foreign, Need::ForeignSession)
    }

    /// The place of a session in the fixtures, if they have it.
    pub(super) fn place(&self, id: &str) -> Option<String> {
        Some(format!("{} of the fixtures", self.fixtures.sessions.place(id)?))
    }

    fn supplied(&self, seeds: Vec<Seed>, given: &[String], need: Need) -> Result<Vec<String>, Obstacle> {
        match &self.emulator {
            Some(emulator) => seeds.into_iter().map(|seed| Ok(emulator.seed(seed).map_err(refused)?.id)).collect(),
            None if given.is_empty() => Err(need.into()),
            None => Ok(given.to_vec()),
        }
    }

    /// The headers that make the target return this status.
    pub(crate) fn provocation(&self, status: u16) -> Result<Vec<(String, String)>, Need> {
        match self.fixtures.provoke.get(&status) {
            Some(headers) => Ok(headers.clone()),
            None if self.emulator.is_some() => Ok(vec![(PROVOKE.to_owned(), status.to_string())]),
            None => Err(Need::Provocation(status)),
        }
    }
}

/// The statuses of a session, as the API writes them.
pub(crate) const STATUSES: [&str; 4] = ["open", "completed", "expired", "cancelled"];

/// A terminal state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum State {
    Completed,
    Expired,
    Cancelled,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Completed, Self::Expired, Self::Cancelled];

    /// The state as the API writes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The live key for an emulator, which has no live sessions.
const LIVE_KEY: &str = "sk_live_fake_and_unknown_to_the_emulator";

fn check(key: &Key, base: &BaseUrl, allow_live: bool) -> Result<(), RefusedKey> {
    match SecretKey::new(key.expose())?.mode() {
        KeyMode::Test => Ok(()),
        _ if base.is_plain_text() => Err(RefusedKey::PlainText),
        _ if allow_live => Ok(()),
        KeyMode::Live => Err(RefusedKey::Live("a live")),
        _ => Err(RefusedKey::Live("neither a test nor a live")),
    }
}

/// A session with as many fields as possible.
fn completed() -> Seed {
    Seed {
        status: Status::Completed,
        flow: Some(Flow::OnRamp),
        target_token: Some("USDC".to_owned()),
        target_network: Some("arbitrum".to_owned()),
        wallet_address: Some("0x0000000000000000000000000000000000000000".to_owned()),
        cancel_url: Some("https://partner.example/checkout/cancelled".to_owned()),
        kyc_pre_verified: true,
        ..Seed::default()
    }
}

fn expired() -> Seed {
    let metadata = json!({ "order": { "lines": [1, 2.5, "three"] } });
    Seed {
        status: Status::Expired,
        flow: Some(Flow::Swap),
        user_reference: Some("order_abc123".to_owned()),
        metadata: metadata.as_object().cloned().unwrap_or_default(),
        ..Seed::default()
    }
}

/// The obstacle for an error of the emulator.
fn refused(error: ControlError) -> Obstacle {
    Trouble::new(format!("the emulator cannot be prepared: {error}")).into()
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.name, self.base)
    }
}

/// Omits the keys.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(base: &str, key: &str, allow_live: bool) -> Option<RefusedKey> {
        Target::remote(base.parse().unwrap(), key, allow_live).err()
    }

    #[test]
    fn a_test_key_is_used_anywhere_production_included() {
        for base in ["https://gate-api.0bit.app/v1", "http://127.0.0.1:4000", "http://gate.internal"] {
            assert_eq!(refusal(base, "sk_test_fake", false), None, "{base}");
        }
    }

    #[test]
    fn a_key_that_may_be_live_needs_allow_live() {
        for key in ["sk_live_fake", "sk_other_fake"] {
            assert!(matches!(refusal("https://a.example", key, false), Some(RefusedKey::Live(_))), "{key}");
            assert_eq!(refusal("https://a.example", key, true), None, "{key}");
            assert_eq!(refusal("http://localhost:4000", key, true), None, "{key}");
        }
    }

    #[test]
    fn a_key_that_may_be_live_never_travels_in_plain_text() {
        for key in ["sk_live_fake", "sk_other_fake"] {
            assert_eq!(refusal("http://a.example", key, true), Some(RefusedKey::PlainText), "{key}");
        }
    }

    #[test]
    fn a_refusal_does_not_repeat_the_key() {
        for key in ["sk_live_canary", "pk_test_canary", "whsec_canary", "canary", " sk_test_canary"] {
            let refused = refusal("https://a.example", key, false).unwrap();
            assert!(!format!("{refused} {refused:?}").contains("canary"), "{refused}");
        }
    }
}
