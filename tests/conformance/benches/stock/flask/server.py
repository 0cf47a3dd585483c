"""Flask as its documentation shows it: its own routing, `get_json`, one error handler for the envelope, and its own server."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from flask import Flask, g, jsonify, request  # noqa: E402
from werkzeug.exceptions import HTTPException  # noqa: E402

import gate  # noqa: E402

app = Flask(__name__)
api = gate.Gate()


@app.before_request
def authenticate():
    g.request_id = gate.request_id()
    g.partner = gate.partner(request.headers.get("Authorization"))
    if provoked := request.headers.get("X-Provoke"):
        raise gate.Failure(int(provoked), "Provoked.")


@app.after_request
def name_response(response):
    response.headers["X-Request-Id"] = g.request_id
    return response


@app.post("/v1/gate_sessions")
def create():
    return api.create(g.partner, request.get_json(), request.headers.get("Idempotency-Key")), 201


@app.get("/v1/gate_sessions")
def list_sessions():
    return api.list(g.partner, request.args)


@app.get("/v1/gate_sessions/<name>")
def retrieve(name):
    return api.retrieve(g.partner, name)


@app.post("/v1/gate_sessions/<name>/cancel")
def cancel(name):
    return api.cancel(g.partner, name), 201


@app.errorhandler(gate.Failure)
@app.errorhandler(HTTPException)
def failed(error):
    status = getattr(error, "status", None) or error.code
    message = getattr(error, "message", None) or error.description
    headers = {"Retry-After": "1"} if status == 429 else {}
    return jsonify(gate.envelope(status, message, g.request_id)), status, headers


app.run("127.0.0.1", int(sys.argv[1]))
