"""A server in front of the emulator that records the traffic as HAR, and may alter it."""

import http.client
import http.server
import json
import threading
import urllib.parse


class Server:
    """Relays to an upstream. `spoil` gets method, path, status and JSON body, and returns status and body."""

    def __init__(self, upstream, spoil=lambda method, path, status, body: (status, body)):
        self.entries, lock = [], threading.Lock()
        host = urllib.parse.urlsplit(upstream).netloc

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def relay(handler):
                sent = handler.rfile.read(int(handler.headers.get("content-length") or 0))
                connection = http.client.HTTPConnection(host, timeout=30)
                headers = {name: value for name, value in handler.headers.items() if name.lower() != "host"}
                connection.request(handler.command, handler.path, sent or None, headers)
                response = connection.getresponse()
                body, status = response.read(), response.status
                connection.close()
                try:
                    status, value = spoil(handler.command, handler.path, status, json.loads(body))
                    body = value if isinstance(value, bytes) else json.dumps(value).encode()
                except ValueError:
                    pass
                kept = [(name, value) for name, value in response.getheaders()
                        if name.lower() not in ("content-length", "transfer-encoding", "connection", "date")]
                handler.send_response_only(status)
                for name, value in [*kept, ("Content-Length", str(len(body)))]:
                    handler.send_header(name, value)
                handler.end_headers()
                handler.wfile.write(body)
                with lock:
                    self.entries.append(entry(handler, sent, status, kept, body, upstream))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = relay

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 128

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.listener.server_port}"
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def har(self):
        return {"log": {"version": "1.2", "creator": {"name": "check.py", "version": "1"}, "entries": self.entries}}


def entry(handler, sent, status, headers, body, upstream):
    def named(pairs):
        return [{"name": name, "value": value} for name, value in pairs]

    request = {"method": handler.command, "url": upstream + handler.path, "httpVersion": "HTTP/1.1",
               "headers": named(handler.headers.items()), "queryString": [], "cookies": [], "headersSize": -1,
               "bodySize": len(sent)}
    if sent:
        request["postData"] = {"mimeType": "application/json", "text": sent.decode("utf-8", "replace")}
    content = {"size": len(body), "mimeType": dict(headers).get("content-type", ""), "text": body.decode("utf-8", "replace")}
    response = {"status": status, "statusText": "", "httpVersion": "HTTP/1.1", "headers": named(headers), "cookies": [],
                "content": content, "redirectURL": "", "headersSize": -1, "bodySize": len(body)}
    return {"startedDateTime": "2026-11-29T12:00:00.000Z", "time": 1, "request": request, "response": response,
            "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0}}
