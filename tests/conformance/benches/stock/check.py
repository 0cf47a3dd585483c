#!/usr/bin/env python3
"""Runs the suite against servers of stock frameworks, and then against one of them with one mistake at a time.

    python3 tests/conformance/benches/stock/check.py [--only REGEX] [--jobs N] [--mistakes | --servers]

Installs the pinned frameworks below the target folder and builds `zerogate`. Prints a table in Markdown, and ends in 1 if a
correct server breaks a `must`, or a mistake does not break the expected rule.
Needs cargo, Node 20 or later with npm, and Python 3.11 or later.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "stock"
ZEROGATE = TARGET / "debug/zerogate"
PYTHON = WORK / "venv/bin/python"
SERVERS = {
    "express": ["node", "express/server.js"],
    "nest": ["node", "nest/server.js"],
    "fastapi": [PYTHON, "fastapi/server.py"],
    "flask": [PYTHON, "flask/server.py"],
}
KEYS = {"GATE_KEY": "sk_test_stock_partner_000000000000", "GATE_OTHER_KEY": "sk_test_stock_other_00000000000000"}


def install():
    """Copies the servers next to their packages, where Node looks for imports."""
    shutil.copytree(HERE, WORK, dirs_exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=WORK, check=True)
    if not PYTHON.exists():
        venv.create(WORK / "venv", with_pip=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", WORK / "requirements.txt"], check=True)
    subprocess.run(["cargo", "build", "-q", "-p", "zerogate-conformance"], cwd=ROOT, check=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def judge(server, mistake=None):
    """The report and the exit code of one run against one server."""
    port = free_port()
    command = [*SERVERS[server], str(port), *([mistake] if mistake else [])]
    with subprocess.Popen(command, cwd=WORK, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait(process, port)
            done = subprocess.run(
                [ZEROGATE, "conform", "--base-url", f"http://127.0.0.1:{port}/v1", "--fixtures", "fixtures.json",
                 "--report", "json"],
                cwd=WORK, env=os.environ | KEYS, capture_output=True, text=True, timeout=300,
            )
        finally:
            process.kill()
    report = json.loads(done.stdout or "{}")
    return done.returncode, [one for one in report.get("results", []) if one["verdict"] in ("fail", "error")]


def wait(process, port):
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not come up")


def mistakes():
    listing = 'import("./express/mistakes.js").then(({ mistakes }) => console.log(JSON.stringify(mistakes)))'
    listed = subprocess.run(["node", "-e", listing], cwd=WORK, check=True, capture_output=True, text=True).stdout
    return {name: mistake["rule"] for name, mistake in json.loads(listed).items()}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", type=re.compile, default=re.compile(""), help="only what has such a name")
    arguments.add_argument("--jobs", type=int, default=2, help="servers at once")
    which = arguments.add_mutually_exclusive_group()
    which.add_argument("--servers", action="store_true", help="only the correct servers")
    which.add_argument("--mistakes", action="store_true", help="only the mistakes")
    arguments = arguments.parse_args()
    install()
    listed = ([] if arguments.mistakes else [*SERVERS]) + ([] if arguments.servers else [*mistakes()])
    if not any(map(arguments.only.search, listed)):
        sys.exit(f"--only {arguments.only.pattern}: no such name; the names are {', '.join(listed)}")
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        if not arguments.mistakes:
            print("| server | exit code | breaks |\n|---|---|---|")
            names = [name for name in SERVERS if arguments.only.search(name)]
            for name, (code, results) in zip(names, pool.map(judge, names)):
                wrong += code != 0
                print(f"| {name} | {code} | {', '.join(one['rule'] for one in results)} |", flush=True)
        if not arguments.servers:
            print("\n| mistake | exit code | found by |\n|---|---|---|")
            expected = {name: rule for name, rule in mistakes().items() if arguments.only.search(name)}
            for name, (code, results) in zip(expected, pool.map(lambda name: judge("express", name), expected)):
                failed = [one["rule"] for one in results if one["verdict"] == "fail"]
                noticed = expected[name] in failed
                wrong += not noticed
                rules = ", ".join(f"**{rule}**" if rule == expected[name] else rule for rule in failed) or "**nothing**"
                print(f"| {name} | {code} | {rules}{'' if noticed else f' (should: {expected[name]})'} |", flush=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
