#!/usr/bin/env bash
# reqwest 0.13.5 with rustls: a server that requires a client certificate ends the handshake. With TLS 1.2 the error says
# `is_connect`, so nothing was sent. With TLS 1.3 (RFC 8446, 4.4.2.4) the alert arrives when the client has finished its part of
# the handshake: the error says `is_request` instead, and its innermost I/O error is `InvalidData`, like that for bad HTTP. A
# retry policy that takes `is_connect` for "not sent" then calls a request lost that no server has read.
# This script fails if that changes. It needs cargo, the registry and openssl.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
reqwest = { version = "=0.13.5", default-features = false, features = ["rustls"] }
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat >src/main.rs <<'RUST'
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().unwrap();
    let error = client.post(url).send().await.unwrap_err();
    println!("connect {}, request {}", error.is_connect(), error.is_request());
}
RUST
cargo build --quiet
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 2>/dev/null
for version in tls1_2 tls1_3; do
    openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem -Verify 1 "-$version" -www >server.log 2>&1 &
    server=$!
    until grep -q '^ACCEPT' server.log; do sleep 0.1; done
    port=$(grep -o '^ACCEPT 127.0.0.1:[0-9]*' server.log | cut -d: -f2)
    seen=$("${CARGO_TARGET_DIR:-target}/debug/finding" "https://127.0.0.1:$port/")
    kill "$server"
    server=
    echo "$version: $seen"
    case $version in
    tls1_2) expected='connect true, request true' ;;
    tls1_3) expected='connect false, request true' ;;
    esac
    [ "$seen" = "$expected" ] || { echo "this has changed" >&2; exit 1; }
done
