"""Publishes one job and waits for its result. See README.md."""

import argparse
import asyncio
import json
import os
import sys
import uuid

import nats
from nats.errors import NoServersError, TimeoutError as NatsTimeout
from nats.js.errors import NoStreamResponseError

from message import message, new_trace

TTL = 60  # seconds: nothing is sent after it; the result comes at most 30 s later


def read_job() -> dict:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", required=True)
    parser.add_argument("--to", required=True, help="such as 8613800138000")
    parser.add_argument("--code", required=True)
    parser.add_argument("--id", default=str(uuid.uuid4()), help="the idempotency key: publish again under the same one when in doubt")
    a = parser.parse_args()
    return {"id": a.id, "appId": a.app, "code": a.code, "to": a.to, "ttlSeconds": TTL, "replyTo": f"otp.v1.reply.{a.id}"}


async def connect():
    url = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
    try:
        # With accounts add nkeys_seed=…, tls=… and inbox_prefix=….
        return await nats.connect(url, name="otp-example", connect_timeout=5, allow_reconnect=False)
    except (NoServersError, OSError) as err:
        raise SystemExit(f"error: connect to NATS at {url}: {err}; is otpworker run started? Else set NATS_URL")


async def send(nc, job: dict) -> dict:
    # Listen before the publish: a reply is not stored. Results are, in OTP_RESULTS.
    replies = await nc.subscribe(job["replyTo"], max_msgs=1)
    trace = os.environ.get("TRACEPARENT") or new_trace()
    subject, headers, payload = message("interactive", job, traceparent=trace)
    try:
        # A publish through JetStream ends when the job is stored. A plain publish would not tell.
        ack = await nc.jetstream(timeout=5).publish(subject, payload, headers=headers)
    except NoStreamResponseError:
        raise SystemExit("error: no job queue yet: no worker has made it")
    except NatsTimeout:
        raise SystemExit(f"error: publish job: not confirmed. It may be queued: publish it again with --id {job['id']}")
    if ack.duplicate:
        print("a job with this id was queued already: it is not sent again", file=sys.stderr)
    try:
        reply = await replies.next_msg(timeout=TTL + 30)
    except NatsTimeout:
        raise SystemExit("error: no result in time: is a worker running? Look into OTP_RESULTS")
    return json.loads(reply.data)


async def main() -> int:
    job = read_job()
    nc = await connect()
    try:
        result = await send(nc, job)
    finally:
        await nc.close()
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["outcome"] == "sent" else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
