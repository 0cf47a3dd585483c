//! Values of the public types that can be made without a call.

use std::fmt::{Debug, Display};

use zerogate::{
    AttemptOutcome, CallOptions, ClientSecret, Delivery, Environment, ErrorKind, IdempotencyKey, KeyMode, NextStep,
    OnConflict, SecretKey, SessionId, types,
};

use super::outputs::Outputs;
use super::{CLIENT_SECRET, KEY, replies};

pub(crate) fn print(outputs: &mut Outputs) {
    secrets(outputs);
    plain(outputs);
    generated(outputs);
    retry(outputs);
}

fn secrets(outputs: &mut Outputs) {
    let key: SecretKey = KEY.parse().unwrap();
    outputs.debug("a key", &key);
    outputs.debug("a key within others", &Some(vec![key.clone()]));
    outputs.debug("a copy of a key", &key.clone());
    let secret: ClientSecret = CLIENT_SECRET.into();
    outputs.debug("a secret", &secret);
    outputs.text("a secret, stored", serde_json::to_string(&vec![secret]).unwrap());
    // Of the wrong kind: serde's error must not quote it.
    for json in [format!("[{CLIENT_SECRET:?}]"), format!("{{{CLIENT_SECRET:?}: 1}}"), format!("{CLIENT_SECRET:?} x")] {
        let error = serde_json::from_str::<ClientSecret>(&json).unwrap_err();
        outputs.text("a secret that is none", format!("{error} {error:?}"));
    }
    for text in [
        "canary0key0",
        "pk_test_canary0key0",
        "whsec_canary0key0",
        "Bearer sk_test_canary0key0",
        "sk_test_canary0key0\n",
        "sk_test_canary0key0\u{e9}",
        " sk_test_canary0key0",
        "SK_TEST_canary0key0",
    ] {
        outputs.display("a key that is none", &SecretKey::new(text).unwrap_err());
    }
    outputs.display("a variable that is none", &SecretKey::from_env(KEY).unwrap_err());
    outputs.display("a variable with no key", &SecretKey::from_env("GATE_KEY").unwrap_err());
    for text in [
        "canary0key0",
        "ftp://canary0key0/",
        "https://user:canary0key0@gate.example/",
        "https://canary0key0@gate.example/",
        "https://gate.example/?key=canary0key0",
        "https://gate.example/#canary0key0",
        "https://gate.example/canary0key0//v1",
    ] {
        let error = Environment::custom(text).unwrap_err();
        outputs.display("a URL that is none", &error);
        let builder = zerogate::Client::builder(key.clone());
        outputs.display("a URL that is none", &builder.base_url(text).unwrap_err());
    }
    for text in ["canary0key0 ", "canary0key0\n", ""] {
        outputs.display("an idempotency key that is none", &IdempotencyKey::new(text).unwrap_err());
    }
    for text in ["canary0key0/..", "canary0key0\\", "canary0key0\n"] {
        outputs.display("an id that is none", &SessionId::new(text).unwrap_err());
    }
}

fn plain(outputs: &mut Outputs) {
    for mode in [KeyMode::Test, KeyMode::Live, KeyMode::Unknown] {
        outputs.display("a mode", &mode);
    }
    outputs.display("an outcome", &AttemptOutcome::Abandoned);
    outputs.debug("a delivery", &Delivery::Unknown);
    outputs.display("a kind", &ErrorKind::Configuration);
    outputs.debug("what follows a conflict", &OnConflict::ReadBack);
    outputs.display("a name that is none", &"canary0key0".parse::<NextStep>().unwrap_err());
    outputs.debug("options", &CallOptions::default());
    outputs.display("an id", &SessionId::new("67a1f3b9e4b0c10001234567").unwrap());
    let environment = Environment::custom("https://gate.example").unwrap();
    outputs.debug("an environment", &environment);
    outputs.text("an environment", environment.base_url());
    let Environment::Custom(base) = environment else { panic!("{environment:?}") };
    outputs.display("a base URL", &base);
    outputs.text("the contract", zerogate::CONTRACT);
}

/// An unknown value of a field's enum, whatever the enum's type is named.
fn unknown<E: From<&'static str> + Debug + Display>(outputs: &mut Outputs, field: &mut E) {
    *field = "surprise".into();
    outputs.display("an enum", field);
}

fn generated(outputs: &mut Outputs) {
    let mut session: types::GateSession = serde_json::from_str(&replies::session("open")).unwrap();
    unknown(outputs, &mut session.status);
    unknown(outputs, &mut session.mode);
    let types::GateSessionStatus::Unknown(text) = session.status else { panic!("{session:?}") };
    outputs.display("an unknown value", &text);
    let created: types::CreatedGateSession = serde_json::from_str(&replies::created()).unwrap();
    outputs.debug_data("a created session", &created);
    outputs.data("a created session, stored", serde_json::to_string(&created).unwrap());
    outputs.debug_data("a created session, as a builder", &types::builder::CreatedGateSession::from(created));
    let builder = types::CreatedGateSession::builder().client_secret(CLIENT_SECRET).amount("canary0amount0");
    outputs.debug_data("a builder of a created session", &builder);
    let error = types::CreatedGateSession::try_from(builder).unwrap_err();
    outputs.text("half a created session", format!("{error} {error:?}"));
    for json in [replies::created().replace("EUR", "EUR\""), replies::created().replace("\"EUR\"", "1")] {
        let error = serde_json::from_str::<types::CreatedGateSession>(&json).unwrap_err();
        outputs.text("a created session that is none", format!("{error} {error:?}"));
    }
    let session = replies::session("open");
    outputs.debug_data("a session", &serde_json::from_str::<types::GateSession>(&session).unwrap());
    let list = format!("{{\"object\": \"list\", \"data\": [{session}], \"has_more\": false}}");
    outputs.debug_data("a list", &serde_json::from_str::<types::GateSessionList>(&list).unwrap());
    let request =
        types::CreateSessionRequest::builder().amount("canary0amount0").currency("EUR").return_url("https://x.example");
    outputs.debug_data("a builder of a request", &request);
    outputs.debug_data("a request", &types::CreateSessionRequest::try_from(request).unwrap());
}

fn retry(outputs: &mut Outputs) {
    for row in zerogate::retry::ATTEMPTS {
        outputs.debug("a row", row);
        outputs.debug("a row", &row.when);
        outputs.debug("a row", &row.repeated);
    }
    for operation in zerogate::retry::OPERATIONS {
        outputs.debug("a row", operation);
        outputs.display("what settles it", &operation.settled_by);
    }
}
