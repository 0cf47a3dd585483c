"""Python `requests`, as its documentation uses it: `raise_for_status`, and an exception is an error."""

import json
import os
import sys

import requests

BODY = {"amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done"}
OUTCOMES = {401: "unauthorized", 404: "not_found", 409: "already_terminal", 429: "rate_limited"}
http = requests.Session()


def call(case):
    url = f"{case['GATE_API_BASE_URL']}/gate_sessions"
    headers = {"Authorization": f"Bearer {case['GATE_KEY']}"}
    timeout = int(case["GATE_TIMEOUT_MS"]) / 1000
    creates = case.get("GATE_OPERATION") == "createSession"
    try:
        if creates:
            response = http.post(url, json=BODY, headers=headers, timeout=timeout)
        else:
            response = http.post(f"{url}/{case['GATE_SESSION_ID']}/cancel", headers=headers, timeout=timeout)
        response.raise_for_status()
        status = response.json()["status"]
    except requests.HTTPError as error:
        refused = error.response
        return OUTCOMES.get(refused.status_code, "error"), None, refused.headers.get("X-Request-Id")
    except (requests.RequestException, LookupError, TypeError):
        return "error", None, None
    return "created" if creates else "cancelled", status, response.headers.get("X-Request-Id")


for line in map(json.loads, sys.stdin) if "--serve" in sys.argv else [os.environ]:
    print(json.dumps(dict(zip(("outcome", "status", "request_id"), call(line)))), flush=True)
