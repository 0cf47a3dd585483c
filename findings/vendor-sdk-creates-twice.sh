#!/usr/bin/env bash
# 0bit-gate 0.1.4, the vendor's Python SDK: `sessions.create` retries after a lost connection, and sends another `Idempotency-Key`
# with each attempt, so that a server cannot tell the second attempt from a second creation. With `idempotency_key=` from the caller,
# every attempt has the same key.
# This script fails if that changes. It needs Python 3.9 or later with pip, and the registry.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$folder" 0bit-gate==0.1.4
PYTHONPATH=$folder python3 - <<'PYTHON'
import http.server
import sys
import threading

from zerobit.gate import GateClient


def keys(**options):
    """The keys of both attempts of a creation; the connection of the first is closed without a response."""
    seen = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.headers["Idempotency-Key"])
            if len(seen) == 1:
                self.close_connection = True
                return
            body = b'{"id": "67a1f3b9e4b0c10001234567", "status": "open"}'
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = GateClient(api_key="sk_test_example", base_url=f"http://127.0.0.1:{server.server_port}")
        client.sessions.create({"amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done"}, **options)
        server.shutdown()
    return seen


default, given = keys(), keys(idempotency_key="order_abc123")
print("by default:", *default)
print("with the caller's key:", *given)
if len(default) != 2 or default[0] == default[1] or given != ["order_abc123"] * 2:
    sys.exit("this has changed")
PYTHON
