#!/usr/bin/env python3
"""documents.py FOLDER [NAME...]: imports each JSON document of a folder into a copy of the workspace, and compiles the bindings.

It adds the operations of our contract to each document, because the bindings need them. It prints a table in Markdown, and
exits with 1 if a document was rejected or did not compile. Build output goes to CARGO_TARGET_DIR, or to target/documents.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = "cancelSession,createSession,listSessions,retrieveSession"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def main():
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    documents = [path for path in sorted(folder.glob("*.json")) if not names or any(name in path.name for name in names)]
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target/documents"))
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        workspace, environment = Path(scratch) / "workspace", os.environ | {"CARGO_TARGET_DIR": target}
        workspace.mkdir()
        files = run(["git", "ls-files", "-z"], ROOT).stdout
        subprocess.run(["tar", "-cf", "../files.tar", "--null", "-C", ROOT, "-T", "-"], cwd=workspace, input=files, text=True, check=True)
        run(["tar", "-xmf", "../files.tar"], workspace)
        command = Path(target) / "debug/zerogate"
        run(["cargo", "build", "--quiet", "-p", "zerogate-conformance"], workspace, environment)
        contract = workspace / "openapi/gate-v1.yaml"
        run([command, "import", contract, "--contract", contract, "--operations", OURS, "--write"], workspace)
        ours = json.loads(contract.read_text())
        print("| document | operations | generated | without loss | notes about losses | compiles |\n|---|---|---|---|---|---|")
        for document in documents:
            merged = Path(scratch) / "merged.json"
            merged.write_text(json.dumps(merge(json.loads(json.dumps(ours)), json.loads(document.read_text("utf-8-sig")))))
            contract.write_text(json.dumps(ours))
            seen = run([command, "import", merged, "--contract", contract, "--write"], workspace, check=False)
            counts = re.search(r"operations +(\d+): (\d+) complete, (\d+) with losses, (\d+) omitted", seen.stdout)
            if seen.returncode or not counts:
                failed += 1
                print(f"| {document.stem} | rejected: {seen.stderr.strip()} |", flush=True)
                continue
            all_of, faithful, weakened, left_out = map(int, counts.groups())
            lost = re.search(r"rewrites that lose meaning \((\d+)\)", seen.stdout)
            checked = run(["cargo", "check", "--quiet", "-p", "zerogate", "--all-features"], workspace, environment, check=False)
            failed += checked.returncode != 0
            verdict = "no" if checked.returncode else "yes"
            print(f"| {document.stem} | {all_of} | {faithful + weakened} | {faithful} | {lost[1] if lost else 0} | {verdict} |", flush=True)
            for reason in re.findall(r"the operation `.*?` was omitted: .*", re.sub(r"\n {13}", " ", seen.stdout)) if left_out else []:
                print(f"  - {reason}", file=sys.stderr, flush=True)
            if checked.returncode:
                print(checked.stderr[-6000:], file=sys.stderr, flush=True)
    return int(failed > 0)


def merge(ours, theirs):
    """Adds our operations and components to a document, and renames those of the same name."""
    if not theirs["openapi"].startswith("3.0"):
        ours = without_nullable(ours)
    renamed, components = {}, theirs.setdefault("components", {})
    for section, items in ours["components"].items():
        have, taken = components.setdefault(section, {}), {plain(name) for name in items}
        for name in [name for name in have if plain(name) in taken]:
            have["Vendor" + name] = have.pop(name)
            renamed[f"#/components/{section}/{name}"] = f"#/components/{section}/Vendor{name}"
    refer(theirs, renamed)
    for section, items in ours["components"].items():
        components[section].update(items)
    for item in theirs["paths"].values():
        for operation in (item[method] for method in METHODS & item.keys()):
            operation.setdefault("security", theirs.get("security", []))
    theirs["paths"].update(ours["paths"])
    theirs["security"], theirs["servers"] = ours["security"], ours["servers"]
    return theirs


def plain(name):
    return name.lower().replace("_", "").replace("-", "")


def refer(node, renamed):
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key == "$ref" and isinstance(value, str):
            node[key] = renamed.get(value, value)
        refer(value, renamed)


def without_nullable(node):
    """Rewrites `nullable` as in OpenAPI 3.1."""
    if isinstance(node, list):
        return [without_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: without_nullable(value) for key, value in node.items()}
    if node.pop("nullable", False) is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
        if "enum" in node and None not in node["enum"]:
            node["enum"].append(None)
    return node


def run(command, folder, environment=None, check=True):
    done = subprocess.run([str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True)
    if check and done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")
    return done


if __name__ == "__main__":
    sys.exit(main())
