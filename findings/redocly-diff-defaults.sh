#!/usr/bin/env bash
# @redocly/cli 2.77.0: `redocly diff` (experimental) asks for a major version when a document says explicitly what it already
# says by default. `explode: true` of a query parameter, the port 443 of an https server, and a list of types written as the
# `oneOf` of these types each leave every request and response as they were, and each is one major change and exit code 1.
# Fails when that changes. Needs Node.js 20.19 or later, npm and the registry.
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
