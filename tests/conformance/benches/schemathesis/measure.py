#!/usr/bin/env python3
"""Measures what schemathesis finds on the servers of the matrix: violations, correct variants, and the emulator.

    python3 tests/conformance/benches/schemathesis/measure.py [--jobs N] [--run NAME] [--only REGEX] [--fresh] [--table]

Installs schemathesis below the target folder, builds the example `faulty`, and runs schemathesis against every server
that has no result yet in `results.json` there. Prints the tables in Markdown. Needs cargo and Python 3.11 or later.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

VERSION = "4.32.5"
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "schemathesis"
RESULTS = WORK / "results.json"
FAULTY = TARGET / "debug/examples/faulty"
CONTRACT = ROOT / "openapi/gate-v1.yaml"
# The runs for each server, each on a fresh one: invalid keys, and the rest with both forms of the contract.
RUNS = {"credentials": "credentials.toml", "narrowed": "schemathesis.toml", "plain": "schemathesis.toml"}
CONTRACTS = ["plain", "narrowed"]
# The servers where invalid keys can find something; the correct servers are there for false alarms.
KEYS = {"auth", "faithful", "harmless"}
TIME_LIMIT = 180


def install():
    python = WORK / "venv/bin/python"
    if not python.exists():
        venv.create(WORK / "venv", with_pip=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"schemathesis=={VERSION}"], check=True)
    return WORK / "venv/bin/st"


def servers():
    subprocess.run(["cargo", "build", "-q", "-p", "zerogate-conformance", "-F", "faulty", "--example", "faulty"], cwd=ROOT, check=True)
    listed = subprocess.run([FAULTY, "--list"], check=True, capture_output=True, text=True).stdout
    return {line.split()[1]: line.split()[0] for line in listed.splitlines()}


def command(st, config):
    return [str(st), "--config-file", config, "--no-color", "run", str(CONTRACT),
            "--report", "ndjson", "--report-ndjson-path", "report.ndjson"]


def measure(st, run, name):
    """One run of schemathesis against one server: the failures by check and operation, and the duration."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as complaints, subprocess.Popen(
        [FAULTY, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
    ) as faulty:
        folder = pathlib.Path(folder)
        server = json.loads(faulty.stdout.readline())
        configure(folder, server)
        env = os.environ | {
            "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(WORK / "hypothesis"),
            "BASE_URL": server["base_url"], "SERVER": json.dumps(server), "CONTRACT": run,
        }
        failed, errors = collections.Counter(), []
        started = time.monotonic()
        try:
            done = subprocess.run(
                command(st, RUNS[run]), cwd=folder, env=env, capture_output=True, text=True, timeout=TIME_LIMIT
            )
            if done.returncode not in (0, 1):
                errors.append(f"exit code {done.returncode}: {(done.stdout + done.stderr)[-400:]}")
        except subprocess.TimeoutExpired:
            errors.append(f"not done in {TIME_LIMIT} s")
        seconds = time.monotonic() - started
        calls = read(folder / "report.ndjson", failed, errors)
        faulty.stdin.close()
        faulty.wait()
        complaints.seek(0)
        panics = sum("panicked" in line for line in complaints)
    return {"seconds": round(seconds, 1), "calls": calls, "failed": dict(sorted(failed.items())),
            "errors": errors, "panics": panics}


def configure(folder, server):
    sessions, keys = server["sessions"], server["keys"]
    partner = keys["partner"]
    bearer = lambda key: {"name": "Authorization", "value": f"Bearer {key}"}
    auth = [{"name": name, "fixedHeaders": [bearer(keys[name])]} for name in ("partner", "other_partner")]
    (folder / "auth.json").write_text(json.dumps({"auth": auth}))
    # In turns, because the generator prefers the first entry.
    known = [id for one_of_each in zip(*(sessions[kind][:12] for kind in sessions)) for id in one_of_each]
    altered = partner[:-1] + ("1" if partner.endswith("0") else "0")
    bad = [keys["publishable"], altered, "sk_test_unknown_000", partner[:-1], "garbage", ""]
    credentials = [*(f"Bearer {key}" for key in bad), partner, f"Basic {partner}", f"Token {partner}"]
    for name, values in [("sessions", known), ("own", sessions["open"]), ("credentials", credentials)]:
        (folder / f"{name}.dict").write_text("".join(f'"{value}"\n' for value in values))
    for config in RUNS.values():
        shutil.copy(HERE / config, folder)


def read(report, failed, errors):
    """Counts the failures and the calls of a report."""
    calls = 0
    for line in report.read_text().splitlines() if report.exists() else []:
        (kind, event), = json.loads(line).items()
        recorder = event.get("recorder") if kind == "ScenarioFinished" else None
        if kind in ("NonFatalError", "FatalError"):
            errors.append(json.dumps(event)[:400])
        if recorder:
            calls += len(recorder.get("interactions", ()))
            for case, checks in recorder.get("checks", {}).items():
                for check in checks:
                    if check["status"] == "failure":
                        failure = check["failure_info"]["failure"]
                        failed[f"{check['name']} ({failure.get('operation') or recorder['label']})"] += 1
    return calls


class Outcome:
    """The results of a server's runs with one form of the contract."""

    def __init__(self, results, contract, name, area):
        wanted = ["credentials", contract] if area in KEYS else [contract]
        runs = [results.get(f"{run} {name}") for run in wanted]
        self.done = all(runs)
        runs = [run for run in runs if run]
        self.failed = sorted({check for run in runs for check in run["failed"]})
        self.errors = [error for run in runs for error in run["errors"]]
        self.seconds, self.calls = (sum(run[what] for run in runs) for what in ("seconds", "calls"))


def markdown(results, areas, st):
    outcomes = {contract: {name: Outcome(results, contract, name, area) for name, area in areas.items()} for contract in CONTRACTS}
    outcomes = {contract: {name: one for name, one in of.items() if one.done} for contract, of in outcomes.items()}
    kinds = dict.fromkeys(areas.values())
    right = {"faithful", "harmless"}

    def row(title, which):
        cells = []
        for of in outcomes.values():
            judged = [one for name, one in of.items() if areas[name] in which]
            cells.append(f"{sum(bool(one.failed) for one in judged)} of {len(judged)}")
        print(f"| {title} | {' | '.join(cells)} |")

    print(f"| caught of | {' | '.join(f'{contract} contract' for contract in CONTRACTS)} |")
    print(f"|---|{'---|' * len(CONTRACTS)}")
    for kind in kinds:
        if kind not in right:
            row(kind, {kind})
    row("**all violations**", set(kinds) - right)
    row("false alarms, the emulator", {"faithful"})
    row("false alarms, other correct servers", {"harmless"})
    for contract, of in outcomes.items():
        violations = [one for name, one in of.items() if areas[name] not in right]
        if not violations:
            continue
        rate = 100 * sum(bool(one.failed) for one in violations) / len(violations)
        seconds, calls = (statistics.median(getattr(one, what) for one in of.values()) for what in ("seconds", "calls"))
        print(f"\nBy the {contract} contract {rate:.0f} % of the violations are caught.")
        print(f"A server takes {seconds:.1f} s and {calls:.0f} calls (medians). Missed:\n")
        for kind in kinds:
            missed = [f"`{name}`" for name, one in of.items() if areas[name] == kind and not one.failed]
            if missed and kind not in right:
                print(f"- {kind}: {', '.join(missed)}")
        print()
        for name, one in of.items():
            if areas[name] in right and one.failed:
                print(f"- false alarm on `{name}`: {', '.join(one.failed)}")
            if one.errors:
                print(f"- not judged in full, `{name}`: {one.errors[0][:200]}")
    version = subprocess.run([st, "--version"], capture_output=True, text=True).stdout.split()[-1]
    setup = f"schemathesis {version}, Python {platform.python_version()}, {os.cpu_count()} processors"
    print(f"\n{setup}. For each server:\n\n```sh")
    for config in dict.fromkeys(RUNS.values()):
        print(" ".join(command("st", config)).replace(f"{ROOT}/", ""))
    print("```")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--jobs", type=int, default=2, help="servers at once")
    arguments.add_argument("--run", choices=RUNS, action="append", help="only this run; may be repeated")
    arguments.add_argument("--only", type=re.compile, default=re.compile(""), help="only servers with such a name")
    arguments.add_argument("--fresh", action="store_true", help="discard existing results")
    arguments.add_argument("--table", action="store_true", help="run nothing, print what there is")
    arguments = arguments.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    st, areas = install(), servers()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() and not arguments.fresh else {}
    wanted = [
        (run, name) for run in arguments.run or RUNS for name in areas
        if arguments.only.search(name) and f"{run} {name}" not in results and not arguments.table
        and (run != "credentials" or areas[name] in KEYS)
    ]
    # The most informative servers first, in case the measurement is stopped early.
    wanted.sort(key=lambda one: areas[one[1]] == "harmless")
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(measure, st, *one): " ".join(one) for one in wanted}
        for done in concurrent.futures.as_completed(running):
            result = results[running[done]] = done.result()
            keep(results)
            said = ", ".join(result["failed"]) or ("not judged" if result["errors"] else "nothing found")
            print(f"{running[done]}: {said} ({result['seconds']} s)", file=sys.stderr)
    markdown(results, areas, st)


def keep(results):
    """Writes in one step, so that a run can be stopped at any time."""
    written = RESULTS.with_suffix(".new")
    written.write_text(json.dumps(results, indent=1, sort_keys=True))
    written.replace(RESULTS)


if __name__ == "__main__":
    main()
