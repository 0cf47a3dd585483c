#!/bin/sh
# Judges a server in a pipeline, whatever language the server is written in.
#
# Set GATE_API_BASE_URL to where it listens and GATE_KEY to a secret test key of it. ZEROGATE_SOURCE is where the suite comes
# from if it is not installed: a Git URL. Arguments are handed on, such as --fixtures fixtures.json.
set -u
: "${GATE_API_BASE_URL:?set it to where the server listens}"
if ! command -v zerogate >/dev/null; then
    : "${ZEROGATE_SOURCE:?zerogate is not installed: set it to the Git URL of its repository}"
    cargo install --locked --git "$ZEROGATE_SOURCE" zerogate-conformance || exit 3
fi

zerogate conform --report text --report json:zerogate-report.json --report junit:zerogate-report.xml "$@"
code=$?
case $code in
0) echo "The contract is kept." ;;
1) echo "The contract is broken: see the report above, and zerogate-report.json." ;;
2) echo "The suite was called wrongly: see the line above." ;;
*) echo "Nothing is known: the server could not be judged." ;;
esac
exit $code
