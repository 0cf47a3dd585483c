#!/usr/bin/env python3
"""Grades every client in this folder, and writes the table in README.md.

    python3 tests/conformance/clients/grade.py [--only NAME,…]

Builds `zerogate`, the example `graded` and the client that progenitor generates, and installs the pinned Python packages in a
temporary folder. Ends in 1 if the table in README.md was another one; with --only, prints the reports and leaves README.md alone.
Needs cargo, curl, Node 20 or later, and Python 3.11 or later with pip.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
BINARIES = TARGET / "debug"
# The head of the column, whether one process makes all calls, and the command.
CLIENTS = {
    "zerogate": (False, [BINARIES / "examples/graded"]),
    "progenitor": (False, [BINARIES / "zerogate-untouched"]),
    "curl": (False, ["sh", HERE / "curl.sh"]),
    "requests": (True, [sys.executable, HERE / "requests_client.py"]),
    "0bit-gate": (True, [sys.executable, HERE / "vendor_sdk.py"]),
    "fetch": (True, ["node", HERE / "fetch.mjs"]),
}
FAILED = {"must": "**fail**", "should": "fail"}
TABLE = re.compile(r"(?<=<!-- The table of grade.py -->\n).*(?=<!-- The end of the table -->)", re.DOTALL)


def grade(name, packages):
    """The report on a client."""
    serve, command = CLIENTS[name]
    options = ["--report", "json", "--jobs", "4", "--grace", "3"] + (["--serve"] if serve else [])
    environment = os.environ | {"PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [BINARIES / "zerogate", "grade", *options, "--", *command] + (["--serve"] if serve else [])
    graded = subprocess.run(command, env=environment, capture_output=True, text=True)
    if graded.returncode not in (0, 1):
        sys.exit(f"{name}: `zerogate grade` ended in {graded.returncode}: {graded.stderr}")
    return json.loads(graded.stdout)


def cell(result):
    """A verdict in the table."""
    return {"pass": "", "fail": FAILED[result["level"]], "not-judged": "–"}[result["verdict"]]


def table(reports):
    """Clients by case."""
    names = list(reports)
    rows = [["case", "level", *names], ["---"] * (2 + len(names))]
    results = [report["results"] for report in reports.values()]
    for row in zip(*results):
        rows.append([f"`{row[0]['case']}`", row[0]["level"], *map(cell, row)])
    for level in "must", "should":
        failed = [sum(it["verdict"] == "fail" and it["level"] == level for it in report) for report in results]
        rows.append([f"**{level} failed**", "", *map(str, failed)])
    left = [sum(it["verdict"] == "not-judged" for it in report) for report in results]
    rows.append(["**not judged**", "", *map(str, left)])
    return "\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows) + "\n"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", type=lambda text: text.split(","), default=list(CLIENTS), metavar="NAME,…")
    names = arguments.parse_args().only
    build = ["cargo", "build", "--quiet"]
    subprocess.run([*build, "--bin", "zerogate", "--example", "graded"], cwd=ROOT, check=True)
    subprocess.run([*build, "-p", "zerogate-untouched"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as packages:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]
        subprocess.run([*pip, "--target", packages, "-r", HERE / "requirements.txt"], check=True)
        reports = {name: grade(name, packages) for name in names}
    for name, report in reports.items():
        print(f"{name}: {report['headline']}")
        if names != list(CLIENTS):
            for result in report["results"]:
                if result["message"]:
                    print(f"  {result['verdict']:<10}  {result['case']}: {result['message']}")
    if names == list(CLIENTS):
        page = HERE / "README.md"
        before = page.read_text()
        after = TABLE.sub(lambda _: table(reports), before)
        if after != before:
            page.write_text(after)
            sys.exit("the table in README.md was another one: see git diff")


main()
