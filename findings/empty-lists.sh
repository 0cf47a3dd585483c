#!/usr/bin/env bash
# typify 0.8.0 (what progenitor 0.15 makes types with): a list or a map that a property may do without is a `Vec` or a map,
# which is not written where it is empty. A valid value with `[]` or `{}` is read, and written back without: who sends it
# cannot empty the list of a resource, and nothing fails.
# Fails when that changes. Needs cargo and the registry.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
serde = { version = "1", features = ["derive"] }
serde_json = "1"
typify = "=0.8.0"
TOML
cat >schema.json <<'JSON'
{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "definitions": {
    "Change": {
      "type": "object",
      "properties": {
        "tags": {"type": "array", "items": {"type": "string"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}}
      }
    }
  }
}
JSON
cat >src/main.rs <<'RUST'
typify::import_types!(schema = "schema.json");

fn main() {
    let change: Change = serde_json::from_str(r#"{"tags":[],"labels":{}}"#).expect("read");
    println!("{}", serde_json::to_string(&change).expect("written"));
}
RUST
seen=$(cargo run --quiet)
echo '{"tags":[],"labels":{}} comes back as'
echo "$seen"
[ "$seen" = '{}' ] || { echo "this has changed" >&2; exit 1; }
