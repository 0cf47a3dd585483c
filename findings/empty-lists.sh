#!/usr/bin/env bash
# typify 0.8.0 (the type generator of progenitor 0.15): an optional list or map becomes a `Vec` or a map, which is omitted
# if it is empty. A valid value with `[]` or `{}` is decoded, and lacks the property when it is encoded again: a client cannot
# empty a list of a resource, and there is no error.
# This script fails if that changes. It needs cargo and the registry.
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
