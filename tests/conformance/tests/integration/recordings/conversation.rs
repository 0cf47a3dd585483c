//! A conversation to edit and record.

use serde_json::{Value, json};

pub(crate) const ID: &str = "67a1f3b9e4b0c10001234567";

/// An exchange.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) request_headers: Vec<(&'static str, String)>,
    pub(crate) request: Option<Value>,
    pub(crate) status: u16,
    pub(crate) response_headers: Vec<(&'static str, String)>,
    pub(crate) response: Option<String>,
}

/// The index of each exchange in the conversation.
pub(crate) const CREATE: usize = 0;
pub(crate) const LIST: usize = 1;
pub(crate) const RETRIEVE: usize = 2;
pub(crate) const CANCEL: usize = 3;
pub(crate) const READ_AGAIN: usize = 4;
pub(crate) const CONFLICT: usize = 5;
pub(crate) const UNKNOWN: usize = 6;

/// Create, list, retrieve, cancel, retrieve, cancel again, an unknown id, a wrong key.
pub(crate) fn conversation() -> Vec<Exchange> {
    let own = format!("/v1/gate_sessions/{ID}");
    let cancel = format!("{own}/cancel");
    let mut created = session("open");
    created["client_secret"] = "cs_fake_canary".into();
    let page = json!({"object": "list", "data": [session("open")], "has_more": false});
    let mut conversation = vec![
        exchange("POST", "/v1/gate_sessions", 201, &created),
        exchange("GET", "/v1/gate_sessions?limit=2&status=open", 200, &page),
        exchange("GET", &own, 200, &session("open")),
        exchange("POST", &cancel, 201, &session("cancelled")),
        exchange("GET", &own, 200, &session("cancelled")),
        exchange("POST", &cancel, 409, &error(409, "conflict")),
        exchange("POST", "/v1/gate_sessions/ffffffffffffffffffffffff/cancel", 404, &error(404, "not_found")),
        exchange("POST", &cancel, 401, &error(401, "unauthorized")),
    ];
    let create = &mut conversation[CREATE];
    create.request = Some(json!({"amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done"}));
    create.request_headers.push(("Content-Type", "application/json".to_owned()));
    for (index, exchange) in conversation.iter_mut().enumerate() {
        let id = format!("req_{index}");
        exchange.response = exchange.response.take().map(|body| body.replace("req_own", &id));
        exchange.response_headers.push(("X-Request-Id", id));
    }
    conversation
}

fn exchange(method: &'static str, path: &str, status: u16, body: &Value) -> Exchange {
    Exchange {
        method,
        path: path.to_owned(),
        request_headers: vec![
            ("Accept", "application/json".to_owned()),
            ("Authorization", "Bearer sk_test_nobodys_key_0000".to_owned()),
        ],
        request: None,
        status,
        response_headers: vec![("Content-Type", "application/json".to_owned())],
        response: Some(body.to_string()),
    }
}

pub(crate) fn session(status: &str) -> Value {
    json!({
        "id": ID, "object": "gate_session", "partner_id": "507f1f77bcf86cd799439011", "mode": "test",
        "amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done", "cancel_url": null,
        "status": status, "expires_at": "2026-05-27T12:00:00.000Z", "created_at": "2026-05-26T12:00:00.000Z",
        "flow": null, "target_token": null, "target_network": null, "wallet_address": null,
        "user_reference": "canary", "kyc_pre_verified": false, "metadata": {"note": "canary"}
    })
}

pub(crate) fn error(status: u16, kind: &str) -> Value {
    json!({"type": kind, "code": kind, "message": "canary", "request_id": "req_own", "doc_url": null, "statusCode": status})
}

impl Exchange {
    /// Edits the body of the response.
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Value)) {
        let mut body = serde_json::from_str(self.response.as_deref().unwrap()).unwrap();
        edit(&mut body);
        self.response = Some(body.to_string());
    }

    pub(crate) fn set(headers: &mut Vec<(&'static str, String)>, name: &'static str, value: Option<&str>) {
        headers.retain(|(known, _)| *known != name);
        headers.extend(value.map(|value| (name, value.to_owned())));
    }
}
