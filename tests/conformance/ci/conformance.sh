#!/bin/sh
# Judges a server in a pipeline, whatever language the server is written in.
#
# Set GATE_API_BASE_URL to where it listens and GATE_KEY to a secret test key of it. ZEROGATE_SOURCE is where the suite comes
# from if it is not installed: a Git URL. Arguments are handed on, such as --fixtures conformance.json.
set -u
command -v zerogate >/dev/null || cargo install --locked --git "$ZEROGATE_SOURCE" zerogate-conformance || exit 3

zerogate conform --report text --report json:conformance.json --report junit:conformance.xml "$@"
code=$?
case $code in
0) echo "The contract is kept." ;;
1) echo "The contract is broken: see the report above, and conformance.json." ;;
2) echo "The suite was called wrongly: see the line above." ;;
*) echo "Nothing is known: the server could not be judged." ;;
esac
exit $code
