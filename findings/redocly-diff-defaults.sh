#!/usr/bin/env bash
# @redocly/cli 2.77.0: `redocly diff` (experimental) reports a major change when a document only writes out a default.
# `explode: true` on a query parameter, port 443 on an https server, and a list of types written as a `oneOf` of these types
# change no request and no response, but each is reported as a major change, with exit code 1.
# This script fails if that changes. It needs Node.js 20.19 or later, npm and the registry.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @redocly/cli@2.77.0 >install 2>&1 || { cat install >&2; exit 2; }

# document SERVER EXPLODE SCHEMA
document() {
    cat <<JSON
{
  "openapi": "3.1.0",
  "info": {"title": "Things", "version": "1"},
  "servers": [{"url": "$1"}],
  "paths": {
    "/things": {
      "get": {
        "operationId": "listThings",
        "parameters": [{"name": "kind", "in": "query"$2, "schema": {"type": "array", "items": {"type": "string"}}}],
        "responses": {"200": {"description": "Things.", "content": {"application/json": {"schema": $3}}}}
      }
    }
  }
}
JSON
}

server=https://things.example types='{"type": ["string", "null"]}'
document $server '' "$types" >old.json
document $server ', "explode": true' "$types" >explode.json
document $server:443 '' "$types" >port.json
document $server '' '{"oneOf": [{"type": "string"}, {"type": "null"}]}' >types.json
for changed in explode port types; do
    code=0
    REDOCLY_TELEMETRY=off node_modules/.bin/redocly diff old.json $changed.json >seen 2>&1 || code=$?
    echo "$changed: exit code $code, $(grep -E '^[0-9]+ major' seen)"
    [ $code = 1 ] && grep -qE '^[1-9][0-9]* major' seen || { echo "this has changed" >&2; cat seen >&2; exit 1; }
done
