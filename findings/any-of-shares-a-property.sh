#!/usr/bin/env bash
# typify 0.8.0 (the type generator of progenitor 0.15): an `anyOf` of two objects with a common property becomes a struct of
# flattened options. The first branch consumes the common property, whether or not it can be decoded, so the second branch
# does not see it. There is no error: a valid value is decoded, and loses properties when it is encoded again.
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
    "Move": {
      "anyOf": [
        {"type": "object", "required": ["at"], "properties": {"at": {"type": "integer"}, "from": {"type": "string"}}},
        {"type": "object", "required": ["at"], "properties": {"at": {"type": "integer"}, "to": {"type": "string"}}}
      ]
    },
    "Reading": {
      "anyOf": [
        {"type": "object", "properties": {"at": {"type": "integer"}, "by": {"type": "integer"}}},
        {"type": "object", "required": ["at"], "properties": {"at": {"type": "integer"}, "by": {"type": "string"}}}
      ]
    }
  }
}
JSON
cat >src/main.rs <<'RUST'
typify::import_types!(schema = "schema.json");

fn main() {
    let movement: Move = serde_json::from_str(r#"{"at":1,"to":"y"}"#).expect("read");
    println!("{}", serde_json::to_string(&movement).expect("written"));
    let reading: Reading = serde_json::from_str(r#"{"at":1,"by":"y"}"#).expect("read");
    println!("{}", serde_json::to_string(&reading).expect("written"));
}
RUST
seen=$(cargo run --quiet)
echo '{"at":1,"to":"y"} and {"at":1,"by":"y"} come back as'
echo "$seen"
[ "$seen" = $'{"at":1}\n{}' ] || { echo "this has changed" >&2; exit 1; }
