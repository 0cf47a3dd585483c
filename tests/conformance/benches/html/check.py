#!/usr/bin/env python3
"""Checks the HTML reports in headless Chromium.

    python3 tests/conformance/benches/html/check.py [--folder FOLDER]

Builds `zerogate`, makes a report of each kind, and opens each in Chromium with scripts disabled, at 360 and at 1600 pixels, in
light and in dark. Fails if a page asks for anything, breaks its own policy, is wider than the window, has text of little
contrast, or if a filter, a cell or a link does not do what it says. Leaves the reports and a screenshot of each in the folder
(default: html-reports below the target folder).

Needs cargo, Python 3.11 or later, and Chromium: Debian's package `chromium`. Without Chromium it says so and ends in 0.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import chromium
import servers

ROOT = pathlib.Path(__file__).resolve().parents[4]
CONTRACT = ROOT / "openapi/gate-v1.yaml"
VENDOR = ROOT / "openapi/generate/tests/intake/vendor-3.1.yaml"

HOSTILE = """</style></title></code><script>alert(1)</script><img src=x onerror=alert(2)>" onfocus='alert(3)' \
javascript:alert(4) http://evil.example/ &lt;b&gt; `<b>` \u202e\u200b ##vso[task.complete] <!-- ]]>"""

# The elements of the templates.
TAGS = set("""a b body br button code dd details div dl dt fieldset footer form h1 h2 h3 h4 head header html input label legend
li main meta nav ol option p pre progress rect section select span strong style summary svg table tbody td th thead title tr ul
caption""".split())


def spoiled(method, path, status, body):
    """Adds several mistakes to a response, as a faulty server does."""
    if path.endswith("/cancel") and status == 201:
        body = {**body, "client_secret": "cs_test_shown_again", "amount": 12.5}
        body.pop("cancel_url", None)
    if status == 404:
        body = {**body, "type": "not_found", "code": "No such session"}
    if method == "GET" and "?" in path and status == 400:
        status, body = 500, {"error": "oops"}
    return status, body


def hostile(method, path, status, body):
    """Fills a response with text that tries to become markup in a report."""
    if status >= 400 or path.endswith("/cancel"):
        body = {**body, "type": HOSTILE, "code": HOSTILE, "status": HOSTILE, "amount": HOSTILE, HOSTILE: 1}
    return status, body


def unauthorized(method, path, status, body):
    return 401, body


def make(folder, zerogate):
    """A report of each kind: its name, and the expected exit code."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATE_")}
    emulator = subprocess.Popen([zerogate, "emulate", "--json"], stdout=subprocess.PIPE, env=environment, text=True)
    try:
        address = json.loads(emulator.stdout.readline())
        upstream = address["base_url"].removesuffix("/v1")
        environment["GATE_KEY"] = next(value for key, value in address["keys"].items() if key == "partner") \
            if "keys" in address else address["partner"]

        def run(name, wanted, *arguments, **more):
            report = folder / f"{name}.html"
            report.unlink(missing_ok=True)
            first, *rest = map(str, arguments)
            command = [zerogate, first, "--report", f"html:{report}", *rest]
            done = subprocess.run(command, env=environment | more, capture_output=True, text=True, cwd=folder)
            if done.returncode != wanted or not report.exists():
                raise SystemExit(f"error: {name}: exit code {done.returncode}, not {wanted}: {done.stdout}{done.stderr}")
            return report

        def conform(name, wanted, spoil=None):
            server = servers.Server(upstream, *([spoil] if spoil else []))
            report = run(name, wanted, "conform", "--seed", 7, "--base-url", server.url + "/v1")
            (folder / f"{name}.har").write_text(json.dumps(server.har()))
            return report

        def proxy(name, wanted, server, *options):
            command = ["sh", "-c", '"$0" conform --quiet --seed 7; exit 0', zerogate]
            return run(name, wanted, "proxy", "--upstream", server + "/v1", *options, "--", *command)

        edited = CONTRACT.read_text().replace("cancel_url", "cancelled_url").replace("[open, ", "[open, paused, ")
        edited = edited.replace('"409":', '"410":', 1).replace("maximum: 100", "maximum: 50")
        (folder / "edited.yaml").write_text(edited)
        document = HOSTILE.replace("/", "~")
        (folder / f"{document}.json").write_text(json.dumps({
            "openapi": "3.0.3", "info": {"title": HOSTILE, "version": "1"}, "servers": [{"url": upstream + "/v1"}],
            "paths": {"/gate_sessions/{id}/cancel": {"post": {
                "operationId": HOSTILE, "summary": HOSTILE, "tags": [HOSTILE],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                               {"name": HOSTILE, "in": "query", "schema": {"type": "string", "enum": [HOSTILE]}}],
                "responses": {"201": {"description": HOSTILE, "content": {"application/json": {"schema": {
                    "type": "object", "required": [HOSTILE], "properties": {
                        HOSTILE: {"type": "string"}, "status": {"type": "string", "enum": [HOSTILE[::-1]]}}}}}}}}}}}))
        reports = [
            conform("conform-passing", 0),
            conform("conform-failing", 1, spoiled),
            conform("conform-not-judged", 3, unauthorized),
            conform("conform-hostile", 1, hostile),
            run("check-passing", 0, "check", "conform-passing.har"),
            run("check-failing", 1, "check", "conform-failing.har", "--require-coverage", "statuses=100"),
            run("check-large", 1, "check", "conform-failing.har", "--contract", VENDOR, "--base-url", upstream + "/v1"),
            run("check-hostile", 1, "check", "conform-hostile.har", "--contract", f"{document}.json"),
            proxy("proxy-passing", 0, upstream),
            proxy("proxy-failing", 1, servers.Server(upstream, spoiled).url),
            proxy("proxy-hostile", 1, servers.Server(upstream, hostile).url, "--contract", f"{document}.json"),
            run("grade-failing", 1, "grade", "--", "sh", "-c", 'echo "$0" >&2; echo "{\\"outcome\\": \\"cancelled\\"}"', HOSTILE),
            run("diff-nothing", 0, "diff", CONTRACT, CONTRACT),
            run("diff-breaking", 1, "diff", CONTRACT, "edited.yaml"),
            run("diff-large", 1, "diff", "--only", "wire", CONTRACT, VENDOR),
            run("diff-hostile", 1, "diff", "--only", "wire", CONTRACT, f"{document}.json"),
        ]
        return reports
    finally:
        emulator.terminate()
        emulator.wait()


# Evaluated by the protocol: the page itself has no scripts.
LOOK = """(() => {
  const told = [], all = [...document.querySelectorAll("*")];
  const is_shown = it => it.checkVisibility({visibilityProperty: true, opacityProperty: true});
  if (document.documentElement.scrollWidth > innerWidth)
    told.push(`it is ${document.documentElement.scrollWidth} pixels wide: ` + all.filter(it =>
      it.getBoundingClientRect().right > innerWidth + 1 && !it.closest(".scroll, .sr, .skip")).slice(-1).map(it => it.outerHTML.slice(0, 200)));
  const tags = new Set(TAGS);
  for (const it of all) {
    if (!tags.has(it.localName)) told.push(`there is a ${it.localName}`);
    for (const {name, value} of it.attributes) {
      if (name.startsWith("on") || name === "style" || name === "src") told.push(`there is the attribute ${name}`);
      if (name === "href" && !(value.startsWith("#") && document.getElementById(value.slice(1)))) told.push(`a link leads to ${value}`);
      if (["aria-labelledby", "for"].includes(name) && !document.getElementById(value)) told.push(`${name} names ${value}`);
    }
  }
  const ids = all.map(it => it.id).filter(id => id);
  if (new Set(ids).size < ids.length) told.push("two elements have the same id");
  for (const name of ["header", "nav", "main", "footer", "h1", "title"])
    if (document.querySelectorAll(name).length !== 1) told.push(`there is not one ${name}`);
  let level = 0;
  for (const it of document.querySelectorAll("h1, h2, h3, h4")) {
    const own = Number(it.localName[1]);
    if (own > level + 1) told.push(`a heading ${own} follows a heading ${level}: ${it.textContent}`);
    level = own;
  }
  for (const it of document.querySelectorAll("input, select")) if (!it.labels.length) told.push("a control has no label");
  for (const it of document.querySelectorAll("th")) if (!it.scope) told.push("a header of a table has no scope");

  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(it => it / 255).map(it => it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)
    .reduce((sum, it, index) => sum + it * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = it => { for (; it; it = it.parentElement) { const own = channels(getComputedStyle(it).backgroundColor); if (own[3] !== 0) return own; } return [255, 255, 255]; };
  const poor = new Set();
  for (const it of all.filter(it => is_shown(it) && !it.closest(".sr") && [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim()))) {
    const [one, other] = [light(channels(getComputedStyle(it).color)), light(behind(it))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) poor.add(`${it.localName}.${it.className} has a contrast of ${ratio.toFixed(2)}`);
  }
  return told.concat([...poor]);
})()""".replace("TAGS", json.dumps(sorted(TAGS)))

SHOWN = '[...document.querySelectorAll(".f")].filter(it => it.checkVisibility() || it.closest("details:not([open])")?.checkVisibility() && getComputedStyle(it).display !== "none").length'


def use(browser, say):
    """Uses the filters, the cells and the links of the page that is open."""
    total = browser.evaluate('document.querySelectorAll(".f").length')
    if total:
        for index in range(browser.evaluate('document.querySelectorAll("fieldset input").length')):
            if index == 0:
                continue
            chosen = browser.evaluate(f'document.querySelectorAll("fieldset input")[{index}].id')
            browser.click(f"#{chosen}")
            wanted = browser.evaluate(f'document.querySelectorAll(".f.{chosen}").length')
            if not 0 < wanted <= total or browser.evaluate(SHOWN) != wanted:
                say(f"level {chosen}: {browser.evaluate(SHOWN)} shown of {total}, not {wanted}")
        browser.click("#all")
        for name in ("operation", "rule"):
            if not browser.evaluate(f'!!document.getElementById("{name}")'):
                continue
            browser.evaluate(f'document.getElementById("{name}").focus()')
            browser.press("ArrowDown", 40)
            chosen = browser.evaluate(f'document.getElementById("{name}").selectedOptions[0].id')
            wanted = browser.evaluate(f'document.querySelectorAll(".f.{chosen}").length') if chosen else -1
            if browser.evaluate(SHOWN) != wanted:
                say(f"{name} {chosen}: {browser.evaluate(SHOWN)} shown, not {wanted}")
            said = browser.evaluate('[...document.querySelectorAll(".shown")].filter(it => it.checkVisibility()).length')
            if not said and browser.evaluate('!!document.querySelector("section > .shown")'):
                say(f"{name}: nothing says how many are shown")
            browser.click("button[type=reset]")
            if browser.evaluate(SHOWN) != total:
                say(f"{name}: not all are shown again")
    cells = browser.evaluate('document.querySelectorAll("a.cell").length')
    if cells:
        browser.click("a.cell")
        seen = browser.evaluate('[...document.querySelectorAll(".panel")].filter(it => it.checkVisibility()).map(it => it.id)')
        first = browser.evaluate('document.querySelector("a.cell").hash.slice(1)')
        if seen != [first]:
            say(f"the first cell leads to {seen}, not to {first}")
        if not browser.evaluate(f'document.querySelector("#{first} ol > li").checkVisibility()'):
            say("a cell leads to no exchange")
    if browser.evaluate('!!document.querySelector(".first a")'):
        browser.click(".first a")
        if not browser.evaluate('document.querySelector(":target")?.checkVisibility()'):
            say("what to do first leads nowhere")
    if browser.evaluate('!!document.querySelector(".command")'):
        whole = browser.evaluate('getComputedStyle(document.querySelector(".command code")).userSelect')
        if whole != "all":
            say("a command line is not selected whole")
    return total, cells


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, help="where reports and screenshots are left")
    parser.add_argument("--zerogate", help="the binary, if it is built already")
    options = parser.parse_args()
    program = chromium.installed()
    if program is None:
        print("skipped: Chromium is not installed; the HTML reports were not looked at in a browser")
        return 0
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    zerogate = options.zerogate
    if zerogate is None:
        subprocess.run(["cargo", "build", "--quiet", "-p", "zerogate-conformance"], cwd=ROOT, check=True)
        zerogate = str(target / "debug/zerogate")
    folder = (options.folder or target / "html-reports").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    reports, wrong = make(folder, str(pathlib.Path(zerogate).resolve())), []
    with chromium.Browser(program) as browser:
        for report in reports:
            for width in (360, 1600):
                for scheme in ("light", "dark"):
                    name = f"{report.stem}-{width}-{scheme}"

                    def say(what):
                        wrong.append(f"{name}: {what}")

                    for complaint in browser.open(report.as_uri(), width, scheme):
                        say(complaint)
                    for complaint in browser.evaluate(LOOK):
                        say(complaint)
                    browser.screenshot(folder / f"{name}.png")
                    counts = use(browser, say)
                    for complaint in browser.complaints(report.as_uri()):
                        say(complaint)
            print(f"{report.name}: {report.stat().st_size} bytes, {counts[0]} items to filter, {counts[1]} cells")
    for line in dict.fromkeys(wrong):
        print(f"error: {line}")
    print(f"{len(reports)} reports, 360 and 1600 pixels, light and dark: {len(set(wrong))} complaints; screenshots in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
