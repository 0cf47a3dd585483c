#!/usr/bin/env python3
"""Measures `zerogate diff` and `zerogate import`, next to another build and next to `redocly diff`; see README.md."""

import argparse
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

REDOCLY = "2.77.0"
ROOT = pathlib.Path(__file__).resolve().parents[4]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# Operations of the generated documents: about 3 and 13 MB.
LARGE = (190, 800)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="documents, two versions each, adjacent when sorted by name")
    parser.add_argument("--before", help="another build of `zerogate`, measured in the same run")
    parser.add_argument("--runs", type=int, default=3, help="the number of runs; the minimum counts (default: 3)")
    parser.add_argument("--large", action="store_true", help="also measure generated documents of 3 and 13 MB")
    parser.add_argument("--kinds", action="store_true", help="also compare the verdicts on kinds.json")
    arguments = parser.parse_args()
    ours = built()
    builds = [ours, arguments.before] if arguments.before else [ours]
    if arguments.folder:
        files = sorted(path for path in arguments.folder.iterdir() if path.suffix in (".json", ".yaml", ".yml"))
        pairs = [(str(old), str(new)) for old, new in zip(files[::2], files[1::2])]
        costs(pairs, builds, arguments.runs, redocly())
    if arguments.large:
        large(builds, arguments.runs, redocly())
    if arguments.kinds:
        kinds(ours, redocly())


def built():
    command = ["cargo", "build", "--release", "--quiet", "-p", "zerogate-conformance", "--bin", "zerogate"]
    subprocess.run(command, cwd=ROOT, check=True)
    return str(TARGET / "release" / "zerogate")


def redocly():
    """The command, installed below the target folder."""
    folder = TARGET / "redocly"
    script = folder / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder)]
        subprocess.run([*npm, f"@redocly/cli@{REDOCLY}"], check=True, stdout=subprocess.DEVNULL)
    return ["node", str(script)]


QUIET = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def measured(command, runs):
    """The minimum CPU time in seconds and peak memory in MB; `None` if the command fails."""
    best = (float("inf"), float("inf"))
    for _ in range(runs):
        with tempfile.TemporaryFile() as told:
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told, env=QUIET)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in (0, 1):
                told.seek(0)
                print(told.read().decode(errors="replace")[:300], file=sys.stderr)
                return None
        best = min(best[0], usage.ru_utime + usage.ru_stime), min(best[1], usage.ru_maxrss / 1000)
    return best


def cell(cost):
    return "–" if cost is None else f"{cost[0]:.2f} s, {cost[1]:.0f} MB"


def times(cost, other):
    return "–" if cost is None or other is None else f"{other[0] / cost[0]:.1f}×"


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def header(*cells):
    row(*cells)
    row(*("---" for _ in cells))


def costs(pairs, builds, runs, peer):
    before = ["before"] if len(builds) > 1 else []
    header("from", "MB", "`--only wire`", "`diff`", *before, "redocly", "wire alone: times as fast as redocly", "with the source verdict")
    for old, new in pairs:
        wire = measured([builds[0], "diff", "--only", "wire", old, new], runs)
        both = measured([builds[0], "diff", old, new], runs)
        known = [measured([build, "diff", old, new], runs) for build in builds[1:]]
        theirs = measured([*peer, "diff", old, new], runs)
        name = pathlib.Path(old).name.rsplit(".", 1)[0]
        size = f"{os.path.getsize(old) / 1e6:.1f}"
        row(name, size, cell(wire), cell(both), *map(cell, known), cell(theirs), times(wire, theirs), times(both, theirs))


def large(builds, runs, peer):
    """Compares and imports generated documents."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = []
        for operations in LARGE:
            example = ["cargo", "run", "--release", "--quiet", "-p", "zerogate-drift", "--example", "large_document"]
            environment = {**os.environ, "OPERATIONS": str(operations), "ONLY_LARGE": "1"}
            subprocess.run([*example, "--", folder], cwd=ROOT, check=True, env=environment)
            pairs.append(tuple(f"{folder}/{operations}-operations.{side}.json" for side in ("old", "new")))
        costs(pairs, builds, runs, peer)
        print()
        header("import of", "MB", "now", *(["before"] if len(builds) > 1 else []))
        for old, _ in pairs:
            contract = str(ROOT / "openapi" / "gate-v1.yaml")
            known = [measured([build, "import", "--contract", contract, old], runs) for build in builds]
            row(pathlib.Path(old).name, f"{os.path.getsize(old) / 1e6:.1f}", *map(cell, known))


def kinds(ours, peer):
    """The verdicts of both on changes with a known effect."""
    header("change", "correct", "zerogate", "redocly")
    right = {"zerogate": 0, "redocly": 0}
    cases = json.loads((pathlib.Path(__file__).parent / "kinds.json").read_text())
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for side in ("old", "new"):
                for name, text in files(case, case[side]).items():
                    path = pathlib.Path(folder, side, name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(json.dumps(text))
                paths.append(str(pathlib.Path(folder, side, "api.json")))
            wire = told([ours, "diff", "--only", "wire", "--format", "json", *paths], lambda it: it["overall"]["wire"])
            bump = told([*peer, "diff", "--format", "json", *paths], lambda it: it.get("bump") or "none")
        should = case["is"]
        right["zerogate"] += wire == should
        right["redocly"] += bump in BUMPS[should]
        row(case["kind"], should, mark(wire, wire == should), mark(bump, bump in BUMPS[should]))
    print(f"\n{len(cases)} changes; right: " + ", ".join(f"{name} {count}" for name, count in right.items()))


# The right bumps for each effect: redocly has no verdict for a change that may break.
BUMPS = {
    "breaking": ("major",),
    "risky": ("major", "minor"),
    "compatible": ("minor", "patch"),
    "none": ("patch", "none"),
}


def mark(word, is_right):
    return word if is_right else f"**{word}**"


def told(command, verdict):
    run = subprocess.run(command, capture_output=True, text=True, env=QUIET)
    try:
        return verdict(json.loads(run.stdout))
    except ValueError:
        return "an error"


def files(case, side):
    """A document with one operation and the parts of a case."""
    side = copy.deepcopy(side)
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    body = lambda schema: {"content": {"application/json": {"schema": schema}}}
    operation = {
        "operationId": "sendThing",
        "requestBody": {"required": True, **body(side.pop("sent", schema))},
        "responses": {"200": {"description": "It.", **body(side.pop("got", schema))}},
        "parameters": side.pop("parameters", []),
    }
    document = {
        "openapi": case.get("openapi", "3.1.0"),
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://things.example"}],
        "paths": {"/things": {"post": operation}},
    }
    others = side.pop("files", {})
    merge(document, side)
    return {"api.json": document, **others}


def merge(document, more):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(document.get(key), dict):
            merge(document[key], value)
        else:
            document[key] = value


if __name__ == "__main__":
    main()
