#!/usr/bin/env bash
# typify 0.8.0 (what progenitor 0.15 makes types with): `anyOf` of two objects that have a property in common becomes a
# struct of flattened options. The first branch takes the common property out of the object, whether or not it then
# decodes, so that the second one misses it. Nothing fails: a valid value is read, and written back with less.
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
