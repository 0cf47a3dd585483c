"""What schemathesis knows beyond the contract: how to provoke a 429 or 5xx, and what the prose adds to the schemas.

Hooks add requests and rephrase the contract. None is a custom check: with those it would be another
suite, written by hand, that is measured.
"""

import copy
import itertools
import json
import os
import urllib.request

import schemathesis

SERVER = json.loads(os.environ["SERVER"])
# One in this many cancellations gets the next of these statuses.
EVERY = 5
PROVOKED = itertools.cycle([429, 500, 503])

cancellations, creations = itertools.count(1), itertools.count(1)
provoked = None


def faults(method, body=None):
    data = body and json.dumps(body).encode()
    request = urllib.request.Request(SERVER["control_url"] + "/faults", method=method, data=data)
    urllib.request.urlopen(request).close()


@schemathesis.hook
def before_call(context, case, kwargs):
    global provoked
    disarm()
    operation = case.operation.definition.raw["operationId"]
    if operation == "createSession" and case.headers and "Idempotency-Key" in case.headers:
        # Values are reused in later requests, and a key with another body is rightly refused.
        case.headers["Idempotency-Key"] = f"{next(creations)}"
    if operation == "cancelSession" and next(cancellations) % EVERY == 0:
        provoked = next(PROVOKED)
        faults("POST", {"operation": "cancelSession", "kind": "status", "status": provoked})


@schemathesis.hook
def after_call(context, case, response):
    # Probes of checks, such as ignored_auth, must reach the server without provoked errors.
    if provoked:
        faults("DELETE")


def disarm():
    global provoked
    if provoked:
        faults("DELETE")
    provoked = None


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A provoked 5xx is not a failure; an incorrect one is."""
    return type(failure).__name__ != "ServerError" or response.status_code != provoked


@schemathesis.hook
def before_load_schema(context, raw_schema):
    # The reference does not say that null is refused for an optional field.
    request = raw_schema["components"]["schemas"]["CreateSessionRequest"]
    for name, field in request["properties"].items():
        if name not in request["required"]:
            field["nullable"] = True
            if "enum" in field:
                field["enum"].append(None)
    if os.environ["CONTRACT"] == "narrowed":
        narrow(raw_schema)
    # An error may also be application/problem+json (RFC 9457).
    for response in raw_schema["components"]["responses"].values():
        response["content"]["application/problem+json"] = response["content"]["application/json"]


def narrow(contract):
    """Expresses the contract's prose in schemas, where schemas can."""
    schemas, responses, headers = (contract["components"][part] for part in ("schemas", "responses", "headers"))
    something = {"pattern": r"\S"}
    for header in headers.values():
        header["schema"].update(something)
    headers["RequestId"]["required"] = True

    error = schemas["Error"]
    for field in ("code", "message", "request_id"):
        error["properties"][field].update(something)
    for response, status, kind in [
        ("InvalidRequest", 400, "invalid_request"),
        ("Unauthorized", 401, "unauthorized"),
        ("NotFound", 404, "not_found"),
        ("Conflict", 409, "conflict"),
        ("RateLimited", 429, "rate_limited"),
        ("ServerError", None, "server_error"),
    ]:
        own = copy.deepcopy(error)
        own["properties"]["type"] = {"type": "string", "enum": [kind]}
        own["properties"]["statusCode"] = (
            {"type": "integer", "enum": [status]} if status else {"type": "integer", "minimum": 500, "maximum": 599}
        )
        if kind == "conflict":
            own["properties"]["code"] = {"type": "string", "enum": [kind]}
        responses[response]["content"]["application/json"]["schema"] = own

    # No undocumented field, and so no `client_secret` either, except in the response to the creation.
    session = schemas["GateSession"]
    session["additionalProperties"] = False
    for field in ("id", "partner_id", "currency"):
        session["properties"][field].update(something)
    session["properties"]["amount"]["pattern"] = r"^[0-9]+(\.[0-9]+)?$"
    created = copy.deepcopy(session)
    created["properties"]["client_secret"] = {"type": "string", "pattern": r"\S"}
    created["properties"]["status"] = {"type": "string", "enum": ["open"]}
    created["required"].append("client_secret")
    schemas["CreatedGateSession"] = created
    cancelled = copy.deepcopy(session)
    cancelled["properties"]["status"] = {"type": "string", "enum": ["cancelled"]}
    success = contract["paths"]["/gate_sessions/{id}/cancel"]["post"]["responses"]["201"]
    success["content"]["application/json"]["schema"] = cancelled
