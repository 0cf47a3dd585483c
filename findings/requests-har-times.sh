#!/usr/bin/env bash
# requests-har 1.2.0 (PyPI), a recorder for Python's requests: `startedDateTime` of an entry is when its response arrived, not when its
# request was sent, and `time` is in seconds, where HAR 1.2 has milliseconds. So requests that overlap stand in the order of their
# responses, each with an end long before the next one: a read that was sent first can seem to follow the change that it does not see.
# This script fails if that changes. It needs Python 3.9 or later with pip, and the registry.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$folder" \
    requests-har==1.2.0 requests==2.34.2
PYTHONPATH=$folder python3 - <<'PYTHON'
import datetime
import http.server
import sys
import threading
import time

import requests
from requests_har import HarDict


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(2)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    session, recording = requests.Session(), HarDict()
    session.trust_env = False
    session.hooks["response"].append(recording.on_response)
    sent = datetime.datetime.now(datetime.timezone.utc)
    session.get(f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
entry = recording["log"]["entries"][0]
started = datetime.datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00"))
if started.tzinfo is None:
    started = started.replace(tzinfo=datetime.timezone.utc)
late = (started - sent).total_seconds()
print(f"a response after 2 s: startedDateTime is {late:.0f} s after the request was sent, and time is {entry['time']:.0f}")
sys.exit(0 if 1.5 < late < 60 and 1.5 < entry["time"] < 60 else "this has changed")
PYTHON
