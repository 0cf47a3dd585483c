"""A page in headless Chromium, through the DevTools protocol over a pipe. Needs only Python's standard library."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def installed():
    """The path of Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """Chromium with one page. Records requests that leave the page, and log messages."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        into, self.writing = os.pipe()
        self.reading, out = os.pipe()
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                   "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={self.folder.name}",
                   "about:blank"]
        # The browser reads from descriptor 3 and writes to 4.
        shell = f'exec 3<&{into} 4>&{out} && exec "$@"'
        self.process = subprocess.Popen(["bash", "-c", shell, "bash", *command], pass_fds=(into, out),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(into)
        os.close(out)
        self.rest, self.last, self.events = b"", 0, []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            self.folder.cleanup()

    def _message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.reading, 1 << 20)
            if not piece:
                raise SystemExit("error: Chromium ended by itself")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writing, data):]
        while True:
            told = self._message()
            if told.get("id") == self.last:
                if "error" in told:
                    raise SystemExit(f"error: {method}: {told['error']}")
                return told["result"]
            self.events.append(told)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._message())

    def open(self, url, width, scheme):
        """Opens a page without scripts; returns its other requests, and the browser's complaints."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=True)
        # The previous page must not load at the same time.
        for place in ("about:blank", url):
            self.events.clear()
            self.call("Page.navigate", url=place)
            self.wait_for("Page.loadEventFired")
        return self.complaints(url)

    def complaints(self, url):
        told = []
        for event in self.events:
            method, data = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent" and data["request"]["url"].split("#")[0] != url:
                told.append(f"a request to {data['request']['url']}")
            elif method == "Log.entryAdded":
                told.append(f"in the log: {data['entry']['text']}")
            elif method == "Audits.issueAdded":
                told.append(f"an issue: {json.dumps(data['issue'])}")
            elif method == "Page.javascriptDialogOpening":
                told.append("a script has run")
        return told

    def evaluate(self, expression):
        """Evaluates an expression through the protocol, not in the page's scripts."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"error: {expression[:200]}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def click(self, selector):
        """Clicks in the middle of an element, as a mouse does."""
        x, y = self.evaluate(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center"}});
            // The first line of a link on two lines.
            const box = element.getClientRects()[0];
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key, code=0):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        path.write_bytes(base64.b64decode(data))
