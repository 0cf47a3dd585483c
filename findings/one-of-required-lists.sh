#!/usr/bin/env bash
# typify 0.8.0 (the type generator of progenitor 0.15): an object with `oneOf: [{required: [a]}, {required: [a, b]}]`
# becomes an enum whose variants have no values, so nothing can be decoded. Even {"a": "x"} fails, which is valid: it matches
# only the first branch. The generator prints no warning.
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
    "Pair": {
      "type": "object",
      "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
      "oneOf": [{"required": ["a"]}, {"required": ["a", "b"]}]
    }
  }
}
JSON
cat >src/main.rs <<'RUST'
typify::import_types!(schema = "schema.json");

fn main() {
    match serde_json::from_str::<Pair>(r#"{"a":"x"}"#) {
        Ok(_) => println!("read"),
        Err(error) => println!("{error}"),
    }
}
RUST
seen=$(cargo run --quiet 2>/dev/null)
echo "$seen"
[ "$seen" = 'data did not match any variant of untagged enum Pair' ] || { echo "this has changed" >&2; exit 1; }
