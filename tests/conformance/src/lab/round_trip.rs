//! Sessions with values that are easily lost, and the values that the server returns.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;
use zerogate_judge::is_no_such_operation;

use super::contents::{Contents, rich};
use super::core::{Lab, created_id};
use super::obstacle::{Need, Obstacle};
use super::sessions::{cannot_create, unusable};
use crate::wire::{Exchange, Role};

/// A kind of value that is easily lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fragile {
    Amount,
    Metadata,
    Text,
    Url,
}

/// A session that was created with such values, and the responses.
pub(crate) struct RoundTrip {
    pub(crate) sent: Vec<SentValue>,
    /// The response to the creation, and the session as read afterwards.
    pub(crate) returned: Vec<Arc<Exchange>>,
}

/// A value that was sent.
pub(crate) struct SentValue {
    pub(crate) kind: Fragile,
    /// The case of findings about it.
    pub(crate) case: &'static str,
    /// The fields of the creation; null means omitted.
    pub(crate) fields: Map<String, Value>,
}

impl Fragile {
    const ALL: [Self; 4] = [Self::Amount, Self::Metadata, Self::Text, Self::Url];

    /// A description that follows "a creation with".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Amount => "amounts such as 0.00012345",
            Self::Metadata => "metadata of every kind",
            Self::Text => "text beyond ASCII",
            Self::Url => "URLs with a query and a fragment",
        }
    }

    /// The cases of its values.
    pub(crate) fn cases(self) -> impl Iterator<Item = &'static str> {
        self.values().into_iter().map(|(case, _)| case)
    }

    /// The fields of a creation, by case; null means omitted.
    fn values(self) -> Vec<(&'static str, Value)> {
        match self {
            // A float, a number of cents and a whole number each lose one of them.
            Self::Amount => vec![
                ("small", json!({"amount": "0.00012345"})),
                // JavaScript and Python write such a number with an exponent.
                ("tiny", json!({"amount": "0.00000012"})),
                ("whole", json!({"amount": "100"})),
                ("zero-at-the-end", json!({"amount": "1.10"})),
                // More digits than a double has.
                ("large", json!({"amount": "12345678901234567.89"})),
            ],
            Self::Metadata => vec![
                ("every-kind", json!({"metadata": rich()})),
                ("omitted", json!({"metadata": null})),
                ("empty", json!({"metadata": {}})),
                ("long", json!({"metadata": {"note": "0123456789".repeat(40)}})),
            ],
            Self::Text => vec![
                (
                    "beyond-ascii",
                    json!({"user_reference": "Zo\u{eb} & <Sons> \u{201c}\u{1f4b6}\u{201d} e\u{301} \\ 'x' \"y\""}),
                ),
                ("digits", json!({"user_reference": "00123"})),
                // The case of an address is its checksum.
                ("address", json!({"wallet_address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"})),
                ("long", json!({"user_reference": "0123456789".repeat(20)})),
                ("outer-blanks", json!({"user_reference": " order 7 "})),
            ],
            Self::Url => vec![
                ("query", json!({"return_url": "https://partner.example?b=2&a=a%2Fb%20c&b=1#done"})),
                ("path", json!({"return_url": "https://partner.example/Checkout/done/?order=%C3%A9&x"})),
                ("parameter", json!({"return_url": "https://partner.example/checkout/done;v=1?q=a+b"})),
                (
                    "long",
                    json!({"return_url": format!("https://partner.example/done?state={}", "0123456789".repeat(40))}),
                ),
            ],
        }
    }
}

/// Creates sessions with values that are easily lost, and reads them; done once.
pub(crate) async fn round_trips(lab: &Lab<'_>) -> Result<Arc<Vec<RoundTrip>>, Obstacle> {
    lab.once("round trips", try_all(lab)).await
}

async fn try_all(lab: &Lab<'_>) -> Result<Vec<RoundTrip>, Obstacle> {
    if let Some(why) = lab.sessions.cannot_create() {
        return Err(Need::Creation(why).into());
    }
    let mut trips = Vec::new();
    // One session has a value of each kind.
    let most = Fragile::ALL.into_iter().map(|kind| kind.values().len()).max().unwrap_or_default();
    for at in 0..most {
        if let Some(trip) = try_one(lab, at, &Fragile::ALL).await? {
            trips.push(trip);
            continue;
        }
        // One of the values was refused; judge the others separately.
        for kind in Fragile::ALL {
            trips.extend(try_one(lab, at, &[kind]).await?);
        }
    }
    Ok(trips)
}

/// Returns `None` if the creation is refused: the contract does not promise that a server accepts these values.
async fn try_one(lab: &Lab<'_>, at: usize, kinds: &[Fragile]) -> Result<Option<RoundTrip>, Obstacle> {
    let name = format!("round-trip-{at}-{kinds:?}");
    let mut body = lab.new_session(&name, Contents::Plain);
    let mut sent = Vec::new();
    for kind in kinds {
        let Some((case, Value::Object(fields))) = kind.values().into_iter().nth(at) else { continue };
        if let Some(body) = body.as_object_mut() {
            body.extend(fields.clone());
            body.retain(|_, value| !value.is_null());
        }
        sent.push(SentValue { kind: *kind, case, fields });
    }
    if sent.is_empty() {
        return Ok(None);
    }
    let created = lab.insist(lab.creation(&name, &Uuid::new_v4().to_string(), &body)?).await?;
    let status = created.response.status;
    if is_no_such_operation(status) {
        return Err(Need::Creation(cannot_create(status)).into());
    }
    if (400..500).contains(&status) {
        return Ok(None);
    }
    let Some(id) = created_id(&created) else {
        // Text beyond ASCII may be the reason.
        if created.response.is_success() && created.response.json.is_none() && kinds.contains(&Fragile::Text) {
            let is_text_alone = kinds.len() == 1;
            return Ok(is_text_alone.then(|| RoundTrip { sent, returned: vec![created] }));
        }
        return Err(unusable("the rule needs to create a session", &created));
    };
    let read = lab.look(id, Role::Partner).await?;
    Ok(Some(RoundTrip { sent, returned: vec![created, read] }))
}
