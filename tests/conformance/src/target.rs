//! What is judged, and what it can supply.

use std::fmt;
use std::io;

use serde_json::json;
use zerogate::{InvalidSecretKey, KeyMode, SecretKey};
use zerogate_emulator::{
    ControlError, Emulator, Fault, FaultKind, Flow, Operation as EmulatorOperation, Owner, Seed, Status,
};

use crate::base_url::BaseUrl;
use crate::secrets::{Key, Role};
use crate::verdict::{Need, Obstacle, Trouble};

/// A server to judge: an emulator, or whatever listens at a base URL.
///
/// A probe asks it for what it needs beyond an open session, which every target supplies through `createSession`. What
/// a target cannot supply makes the rules that need it skipped, never passed.
pub struct Target {
    name: String,
    base: BaseUrl,
    partner: Key,
    supply: Supply,
}

/// Where things come from that the API itself does not give.
enum Supply {
    /// From the emulator's own interface.
    Emulator(Emulator),
    /// From nowhere.
    Nothing,
}

/// Why a key is not used on a target. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusedKey {
    /// It is no secret key.
    #[error(transparent)]
    Invalid(#[from] InvalidSecretKey),
    /// It may move real money.
    #[error("{0} key: the suite creates and cancels sessions; use a test key, or say --allow-live")]
    Live(&'static str),
    /// It may move real money and could be read on its way.
    #[error("a key that may be live is not sent over plain http to another machine; use an https base URL")]
    PlainText,
}

impl Target {
    /// An emulator within this process.
    ///
    /// # Errors
    ///
    /// If no loopback port can be bound.
    pub async fn embedded() -> io::Result<Self> {
        let emulator = Emulator::start().await?;
        // The emulator's own URL is always one.
        let base = emulator.base_url().parse().map_err(io::Error::other)?;
        Ok(Self { name: "the embedded emulator".to_owned(), ..Self::emulator(emulator, base) })
    }

    /// An emulator that is reached at `base`: its own URL, or that of a proxy in front of it.
    ///
    /// It stops when the target is dropped. A run arms faults on it, and disarms all there are.
    #[must_use]
    pub fn emulator(emulator: Emulator, base: BaseUrl) -> Self {
        let partner = Key::new(emulator.keys().partner.as_str());
        Self { name: "an emulator".to_owned(), base, partner, supply: Supply::Emulator(emulator) }
    }

    /// Whatever listens at `base`, with a secret key for it.
    ///
    /// # Errors
    ///
    /// If it is no secret key; if it may be a live one and that was not allowed, because the suite creates and cancels
    /// sessions; if it may be a live one and would travel in plain text.
    pub fn remote(base: BaseUrl, key: &str, allow_live: bool) -> Result<Self, RefusedKey> {
        let mode = SecretKey::new(key)?.mode();
        match mode {
            KeyMode::Test => {}
            _ if base.is_plain_text() => return Err(RefusedKey::PlainText),
            _ if allow_live => {}
            KeyMode::Live => return Err(RefusedKey::Live("a live")),
            _ => return Err(RefusedKey::Live("neither a test nor a live")),
        }
        Ok(Self { name: "a server".to_owned(), base, partner: Key::new(key), supply: Supply::Nothing })
    }

    /// Where it is reached.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base
    }

    /// A key of the target.
    pub(crate) fn key(&self, role: Role) -> Result<Key, Need> {
        match (role, &self.supply) {
            (Role::Partner, _) => Ok(self.partner.clone()),
            (Role::OtherPartner, Supply::Emulator(emulator)) => Ok(Key::new(emulator.keys().other_partner.as_str())),
            (Role::Publishable, Supply::Emulator(emulator)) => Ok(Key::new(emulator.keys().publishable.as_str())),
            (Role::OtherPartner, Supply::Nothing) => Err(Need::OtherKey),
            (Role::Publishable, Supply::Nothing) => Err(Need::PublishableKey),
        }
    }

    /// The id of a session of the partner that is `completed`.
    pub(crate) fn completed(&self) -> Result<String, Obstacle> {
        let seed = Seed {
            status: Status::Completed,
            flow: Some(Flow::OnRamp),
            target_token: Some("USDC".to_owned()),
            target_network: Some("arbitrum".to_owned()),
            wallet_address: Some("0x0000000000000000000000000000000000000000".to_owned()),
            cancel_url: Some("https://partner.example/checkout/cancelled".to_owned()),
            kyc_pre_verified: true,
            ..Seed::default()
        };
        self.seeded(seed, Need::Session("completed"))
    }

    /// The id of a session of the partner that is `expired`.
    pub(crate) fn expired(&self) -> Result<String, Obstacle> {
        let metadata = json!({ "order": { "lines": [1, 2.5, "three"] } });
        let seed = Seed {
            status: Status::Expired,
            flow: Some(Flow::Swap),
            user_reference: Some("order_abc123".to_owned()),
            metadata: metadata.as_object().cloned().unwrap_or_default(),
            ..Seed::default()
        };
        self.seeded(seed, Need::Session("expired"))
    }

    /// The id of an open session of another partner.
    pub(crate) fn foreign(&self) -> Result<String, Obstacle> {
        let seed = Seed { owner: Owner::OtherPartner, flow: Some(Flow::OffRamp), ..Seed::default() };
        self.seeded(seed, Need::ForeignSession)
    }

    fn seeded(&self, seed: Seed, need: Need) -> Result<String, Obstacle> {
        match &self.supply {
            Supply::Emulator(emulator) => Ok(emulator.seed(seed).map_err(refused)?.id),
            Supply::Nothing => Err(need.into()),
        }
    }

    /// Makes the target answer the next cancellation with this status, for as long as the result lives.
    pub(crate) fn provoke(&self, status: u16) -> Result<Provocation<'_>, Obstacle> {
        match &self.supply {
            Supply::Emulator(emulator) => {
                let kind = FaultKind::status(status);
                // What a throttled client is to respect.
                let kind = if status == 429 { kind.with_retry_after("1") } else { kind };
                emulator.arm(Fault::new(kind).on(EmulatorOperation::CancelSession)).map_err(refused)?;
                Ok(Provocation { emulator })
            }
            Supply::Nothing => Err(Need::Provocation(status).into()),
        }
    }
}

/// The emulator would not do what it was asked for.
fn refused(error: ControlError) -> Obstacle {
    Trouble::new(format!("the emulator cannot be prepared: {error}")).into()
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.name, self.base)
    }
}

/// Keys are left out.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

/// A status that the next cancellation is answered with.
pub(crate) struct Provocation<'t> {
    emulator: &'t Emulator,
}

impl Drop for Provocation<'_> {
    /// The cancellation may never have reached the emulator: the fault must not meet another one.
    fn drop(&mut self) {
        self.emulator.disarm();
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
    fn a_key_that_may_be_live_needs_leave() {
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
