//! The session as the API shows it.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json;

/// A gate session, with exactly the fields of the reference's example, all always present.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GateSession {
    /// 24 lower-case hex digits, unless it was seeded otherwise.
    pub id: String,
    /// Always `gate_session`.
    pub object: String,
    /// The partner that owns the session.
    pub partner_id: String,
    /// `test`, unless it was seeded otherwise.
    pub mode: String,
    /// A decimal, kept as the string that was sent.
    pub amount: String,
    /// The currency of the amount.
    pub currency: String,
    /// The URL that the widget returns to.
    pub return_url: String,
    /// The URL for users who give up.
    pub cancel_url: Option<String>,
    /// The status in the session's life cycle.
    pub status: Status,
    /// RFC 3339 with milliseconds and `Z`.
    pub expires_at: String,
    /// RFC 3339 with milliseconds and `Z`.
    pub created_at: String,
    /// The purpose of the session.
    pub flow: Option<Flow>,
    /// The token to pay out.
    pub target_token: Option<String>,
    /// The network to pay out on.
    pub target_network: Option<String>,
    /// The wallet to pay out to.
    pub wallet_address: Option<String>,
    /// The partner's own reference.
    pub user_reference: Option<String>,
    /// False, unless it was seeded otherwise.
    pub kyc_pre_verified: bool,
    /// The partner's own data.
    pub metadata: Map<String, Value>,
}

impl GateSession {
    /// An open session with the values of the reference's example; the store adds its id and its times.
    pub(crate) fn example(owner: Owner) -> Self {
        Self {
            id: String::new(),
            object: "gate_session".to_owned(),
            partner_id: owner.partner_id().to_owned(),
            mode: "test".to_owned(),
            amount: "100.00".to_owned(),
            currency: "EUR".to_owned(),
            return_url: "https://partner.example/checkout/done".to_owned(),
            cancel_url: None,
            status: Status::Open,
            expires_at: String::new(),
            created_at: String::new(),
            flow: None,
            target_token: None,
            target_network: None,
            wallet_address: None,
            user_reference: None,
            kyc_pre_verified: false,
            metadata: Map::new(),
        }
    }

    /// Replaces these fields of the session. Returns the first invalid field and why; the id cannot be replaced.
    pub(crate) fn with(&self, fields: &Map<String, Value>) -> Result<Self, (String, String)> {
        let mut session = self.clone();
        for (name, value) in fields {
            let mut own = match serde_json::to_value(&session) {
                Ok(Value::Object(own)) if own.contains_key(name) && name != "id" => own,
                _ => return Err((name.clone(), "not a field of a session that can be replaced".to_owned())),
            };
            own.insert(name.clone(), value.clone());
            session = json::read(own.into()).map_err(|flaw| (flaw.path.join("."), flaw.reason))?;
        }
        Ok(session)
    }
}

/// Parses a status or flow as the API writes it.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::from(text)).ok()
}

/// The status of a session; every status except [`Open`](Status::Open) is terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The widget can act on the session, and the partner can cancel it.
    #[default]
    Open,
    /// The widget has completed the session.
    Completed,
    /// `expires_at` has passed.
    Expired,
    /// The partner has cancelled the session.
    Cancelled,
}

impl Status {
    /// The status as the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The purpose of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Money to tokens.
    OnRamp,
    /// Tokens to money.
    OffRamp,
    /// Tokens to other tokens.
    Swap,
}

/// One of the emulator's two partners.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The partner whose key is [`Keys::partner`](crate::Keys::partner).
    #[default]
    Partner,
    /// The partner whose key is [`Keys::other_partner`](crate::Keys::other_partner).
    OtherPartner,
}

impl Owner {
    fn partner_id(self) -> &'static str {
        match self {
            Self::Partner => "507f1f77bcf86cd799439011",
            Self::OtherPartner => "507f1f77bcf86cd799439022",
        }
    }
}
