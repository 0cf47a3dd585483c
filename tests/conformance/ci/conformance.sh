#!/bin/sh
# Judges a server in a pipeline, whatever language the server is written in.
#
# Set GATE_API_BASE_URL to its base URL and GATE_KEY to a secret test key. If the suite is not installed, set ZEROGATE_SOURCE
# to the Git URL of its repository. Arguments are passed on, such as --fixtures fixtures.json.
set -u
: "${GATE_API_BASE_URL:?set it to the base URL of the server}"
if ! command -v zerogate >/dev/null; then
    : "${ZEROGATE_SOURCE:?zerogate is not installed: set it to the Git URL of its repository}"
    cargo install --locked --git "$ZEROGATE_SOURCE" zerogate-conformance || exit 3
fi

zerogate conform --report text --report json:zerogate-report.json --report junit:zerogate-report.xml "$@"
code=$?
case $code in
0) echo "The server conforms." ;;
1) echo "The server does not conform: see the report above, and zerogate-report.json." ;;
2) echo "Wrong usage: see the line above." ;;
*) echo "The server could not be judged." ;;
esac
exit $code
