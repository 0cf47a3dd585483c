"""The API of both Python servers, from the reference alone: sessions in memory and operations, without a framework."""

import datetime
import re
import secrets
import threading
import urllib.parse

KEYS = {
    "sk_test_stock_partner_000000000000": "507f1f77bcf86cd799439011",
    "sk_test_stock_other_00000000000000": "507f191e810c19729de860ea",
}
STATUSES = ["open", "completed", "expired", "cancelled"]
FLOWS = ("on_ramp", "off_ramp", "swap")
REQUIRED = ["amount", "currency", "return_url"]
OPTIONAL = ["cancel_url", "flow", "target_token", "target_network", "wallet_address", "user_reference"]
TYPES = {400: "invalid_request", 401: "unauthorized", 404: "not_found", 409: "conflict", 429: "rate_limited"}


class Failure(Exception):
    """An error of the reference's table: its status, and the `type` that goes with it."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


def request_id():
    return f"req_test_{secrets.token_hex(8)}"


def envelope(status, message, named):
    kind = TYPES.get(status, "invalid_request" if status < 500 else "server_error")
    return {"type": kind, "code": kind, "message": message, "request_id": named, "doc_url": None, "statusCode": status}


def partner(authorization):
    found = re.fullmatch(r"Bearer (\S+)", authorization or "", re.IGNORECASE)
    if not found or found[1] not in KEYS:
        raise Failure(401, "The secret key is missing or not valid.")
    return KEYS[found[1]]


def wrong(message):
    raise Failure(400, message)


def validate(body):
    if not isinstance(body, dict):
        wrong("The body must be a JSON object.")
    for name in REQUIRED:
        if not isinstance(body.get(name), str) or not body[name]:
            wrong(f"`{name}` is required.")
    for name in OPTIONAL:
        if not isinstance(body.get(name), (str, type(None))):
            wrong(f"`{name}` must be a string.")
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", body["amount"]):
        wrong("`amount` must be a decimal number in a string.")
    if body.get("flow") and body["flow"] not in FLOWS:
        wrong("`flow` must be on_ramp, off_ramp or swap.")
    for name in ("return_url", "cancel_url"):
        if body.get(name) and not urllib.parse.urlsplit(body[name]).scheme:
            wrong(f"`{name}` must be a URL.")
    if not isinstance(body.get("metadata"), (dict, type(None))):
        wrong("`metadata` must be an object.")


def time(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Gate:
    """The API without HTTP."""

    def __init__(self):
        self.sessions, self.replays, self.lock = [], {}, threading.Lock()
        own, other = KEYS.values()
        body = {"amount": "10.00", "currency": "EUR", "return_url": "https://partner.example/done"}
        for status in STATUSES[1:]:
            self.put(own, body, status, f"5eed{status:0<20}"[:24])
        for status in STATUSES:
            self.put(other, body, status, f"f0e1{status:0<20}"[:24])

    def put(self, owner, body, status="open", name=None):
        now = datetime.datetime.now(datetime.timezone.utc)
        session = {
            "id": name or secrets.token_hex(12),
            "object": "gate_session",
            "partner_id": owner,
            "mode": "test",
            "amount": body["amount"],
            "currency": body["currency"],
            "return_url": body["return_url"],
            "status": status,
            "expires_at": time(now + datetime.timedelta(days=1)),
            "created_at": time(now),
            **{name: body.get(name) for name in OPTIONAL},
            "kyc_pre_verified": False,
            "metadata": body.get("metadata") or {},
        }
        self.sessions.insert(0, session)
        return session

    def find(self, owner, name):
        for session in self.sessions:
            if session["id"] == name and session["partner_id"] == owner:
                return session
        raise Failure(404, "There is no such session.")

    def create(self, owner, body, key):
        validate(body)
        with self.lock:
            sent, response = self.replays.get((owner, key), (None, None)) if key else (None, None)
            if response is None:
                response = self.put(owner, body) | {"client_secret": f"cs_{secrets.token_hex(16)}"}
                if key:
                    self.replays[owner, key] = (body, response)
            elif sent != body:
                raise Failure(409, "This Idempotency-Key came with another body before.")
            return response

    def retrieve(self, owner, name):
        with self.lock:
            return dict(self.find(owner, name))

    def list(self, owner, query):
        limit, cursor, status = query.get("limit", "10"), query.get("starting_after"), query.get("status")
        if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= 100:
            wrong("`limit` must be 1 to 100.")
        if status is not None and status not in STATUSES:
            wrong("`status` is not a status of a session.")
        with self.lock:
            own = [session for session in self.sessions if session["partner_id"] == owner]
            if cursor is not None:
                at = next((at for at, session in enumerate(own) if session["id"] == cursor), None)
                own = own[at + 1 :] if at is not None else wrong("`starting_after` is not a session of yours.")
            own = [dict(session) for session in own if status in (None, session["status"])]
        return {"object": "list", "data": own[: int(limit)], "has_more": len(own) > int(limit)}

    def cancel(self, owner, name):
        with self.lock:
            session = self.find(owner, name)
            if session["status"] != "open":
                raise Failure(409, "Only an open session can be cancelled.")
            session["status"] = "cancelled"
            return dict(session)
