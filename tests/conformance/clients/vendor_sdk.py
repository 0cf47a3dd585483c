"""The vendor's Python SDK, `0bit-gate`, with its defaults. Its documentation says that a 409 is a terminal session."""

import json
import os
import sys

from zerobit.gate import AuthenticationError, GateClient, GateError, IdempotencyError, RateLimitError

BODY = {"amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done"}
OUTCOMES = {AuthenticationError: "unauthorized", IdempotencyError: "already_terminal", RateLimitError: "rate_limited"}


def call(case):
    # The SDK adds `/v1` itself.
    url = case["GATE_API_BASE_URL"].removesuffix("/v1")
    client = GateClient(api_key=case["GATE_KEY"], base_url=url, timeout_seconds=int(case["GATE_TIMEOUT_MS"]) / 1000)
    creates = case.get("GATE_OPERATION") == "createSession"
    try:
        session = client.sessions.create(BODY) if creates else client.sessions.cancel(case["GATE_SESSION_ID"])
        status = session["status"]
    except GateError as error:
        outcome = "not_found" if error.status_code == 404 else OUTCOMES.get(type(error), "error")
        return outcome, None, error.request_id
    except (LookupError, TypeError):
        return "error", None, None
    return "created" if creates else "cancelled", status, None


for line in map(json.loads, sys.stdin) if "--serve" in sys.argv else [os.environ]:
    print(json.dumps(dict(zip(("outcome", "status", "request_id"), call(line)))), flush=True)
