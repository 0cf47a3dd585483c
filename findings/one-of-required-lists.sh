#!/usr/bin/env bash
# typify 0.8.0 (what progenitor 0.15 makes types with): an object with `oneOf: [{required: [a]}, {required: [a, b]}]`
# becomes an enum of which no variant has a value, so that nothing decodes: not {"a": "x"} either, which is valid,
# because it has what the first branch asks for and lacks what the second one does. Nothing is said when it is generated.
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
