#!/usr/bin/env bash
# progenitor 0.15.1: for an operation with the method OPTIONS, which OpenAPI 3.0 supports, it generates a call of
# `reqwest::Client::options`. reqwest 0.13 does not have that method, so the code does not compile.
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
edition = "2024"
[dependencies]
progenitor = "=0.15.1"
progenitor-client = "=0.15.1"
reqwest = { version = "0.13", default-features = false, features = ["json", "stream"] }
TOML
cat >api.json <<'JSON'
{
  "openapi": "3.0.3",
  "info": {"title": "Things", "version": "1"},
  "paths": {
    "/things": {
      "options": {"operationId": "askThings", "responses": {"204": {"description": "What can be done."}}}
    }
  }
}
JSON
cat >src/lib.rs <<'RUST'
progenitor::generate_api!("api.json");
RUST
if cargo check --quiet 2>errors; then
    echo "this has changed: the code compiles" >&2
    exit 1
fi
grep -m 1 'no method named `options` found' errors || { cat errors >&2; exit 1; }
