#!/bin/sh
# curl, as in the reference's example: one request, and its status decides. A failure of curl is an error.
set -u
milliseconds=${GATE_TIMEOUT_MS:-10000}
seconds=$((milliseconds / 1000)).$(printf %03d $((milliseconds % 1000)))
sessions=$GATE_API_BASE_URL/gate_sessions
if [ "${GATE_OPERATION:-cancelSession}" = createSession ]; then
    done=created
    set -- --json '{"amount":"100.00","currency":"EUR","return_url":"https://partner.example/done"}' "$sessions"
else
    done=cancelled
    set -- --request POST "$sessions/$GATE_SESSION_ID/cancel"
fi
status=$(curl --silent --show-error --max-time "$seconds" --output /dev/null --write-out '%{http_code}' \
    --header "Authorization: Bearer $GATE_KEY" "$@") || status=none
case $status in
2*) outcome=$done ;;
401) outcome=unauthorized ;;
404) outcome=not_found ;;
409) outcome=already_terminal ;;
429) outcome=rate_limited ;;
*) outcome=error ;;
esac
printf '{"outcome": "%s"}\n' "$outcome"
