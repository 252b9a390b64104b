#!/usr/bin/env bash
# Publishes one job and waits for its result, with the bare nats command.
# See README.md.
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: send.sh APP NUMBER CODE [ID], such as send.sh myapp01 8613800138000 123456" >&2
  exit 2
fi
for value in "$@"; do
  # What stands in a subject and in JSON must not end either.
  case $value in *[!A-Za-z0-9_-]*) echo "error: $value: only A-Z a-z 0-9 _ - here" >&2; exit 2 ;; esac
done
command -v nats >/dev/null || { echo "error: the nats command is missing: https://github.com/nats-io/natscli" >&2; exit 2; }

# NATS_URL, NATS_NKEY and NATS_CA are nats's own. An app may listen on one inbox only.
queue() { nats ${OTPWORKER_INBOX_PREFIX:+--inbox-prefix "$OTPWORKER_INBOX_PREFIX"} "$@"; }
random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
app=$1 to=$2 code=$3
id=${4:-$(random 16)}     # the idempotency key: publish again under the same one when in doubt
reply=otp.v1.reply.$id
ttl=60                    # seconds: nothing is sent after it; the result comes at most 30 s later
trace=${TRACEPARENT:-00-$(random 16)-$(random 8)-01}
job=$(printf '{"id":"%s","appId":"%s","to":"%s","code":"%s","ttlSeconds":%d,"replyTo":"%s"}' \
  "$id" "$app" "$to" "$code" "$ttl" "$reply")

work=$(mktemp -d)
trap 'kill "$listener" 2>/dev/null || true; rm -rf "$work"' EXIT

# Listen before the publish: a reply is not stored. Results are, in OTP_RESULTS.
: >"$work/log" # which grep may read before nats does anything
timeout $((ttl + 30)) nats sub "$reply" --count 1 >"$work/log" 2>&1 &
listener=$!
until grep -q Subscribing "$work/log" || ! kill -0 "$listener" 2>/dev/null; do sleep 0.05; done

# A request ends when the job is stored: its answer is the broker's confirmation.
# A plain publish would not tell.
if ! queue req "otp.v1.job.interactive.$app" "$job" -H "Nats-Msg-Id:$id" -H "traceparent:$trace" \
    --raw --timeout 5s >"$work/ack" 2>"$work/err"; then
  cat "$work/err" "$work/log" >&2
  echo "error: publish job: is otpworker run started? Else set NATS_URL. If it may be queued, use the ID $id again" >&2
  exit 2
fi
case $(cat "$work/ack") in
  *'"error"'*) echo "error: the queue refused the job: $(cat "$work/ack")" >&2; exit 2 ;;
  *'"duplicate"'*) echo "a job with this id was queued already: it is not sent again, and its result may have been told" >&2 ;;
  *'"stream"'*) ;;
  *) echo "error: no job queue yet: no worker has made it" >&2; exit 2 ;;
esac

if ! wait "$listener"; then
  echo "error: no result in time: is a worker running? Look into OTP_RESULTS" >&2
  exit 2
fi
result=$(grep '^{' "$work/log")
echo "$result"
[[ $result == *'"outcome":"sent"'* ]]
