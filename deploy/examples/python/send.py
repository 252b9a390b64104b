"""Publishes one job and waits for its result. See README.md."""

import argparse
import asyncio
import json
import os
import ssl
import sys
import uuid

import nats
from nats.errors import NoServersError, TimeoutError as NatsTimeout
from nats.js.errors import APIError, NoStreamResponseError

from message import message, new_trace

TTL = 60  # seconds: nothing is sent after it; the result comes at most 30 s later


def fail(why: str):
    print("error:", why, file=sys.stderr)
    sys.exit(2)


def read_job() -> dict:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--app", "--to", "--code"):
        parser.add_argument(name, required=True)
    parser.add_argument("--id", default=str(uuid.uuid4()), help="the idempotency key: the same one is the same job")
    a = parser.parse_args()
    return dict(id=a.id, appId=a.app, code=a.code, to=a.to, ttlSeconds=TTL, replyTo=f"otp.v1.reply.{a.id}")


async def connect():
    env, url = os.environ, os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
    options = {
        "nkeys_seed": env.get("NATS_NKEY"),  # the path of its file
        "tls": ssl.create_default_context(cafile=env["NATS_CA"]) if env.get("NATS_CA") else None,
        "inbox_prefix": env.get("OTPWORKER_INBOX_PREFIX"),  # an app may listen on no other inbox
    }
    options = {name: value for name, value in options.items() if value}
    try:
        return await nats.connect(url, name="otp-example", connect_timeout=5, allow_reconnect=False, **options)
    except (NoServersError, OSError) as err:
        fail(f"connect to NATS at {url}: {err}; is otpworker run started? Else set NATS_URL")


async def send(nc, job: dict) -> dict:
    # Listen before the publish: a reply is not stored. Results are, in OTP_RESULTS.
    replies = await nc.subscribe(job["replyTo"], max_msgs=1)
    trace = os.environ.get("TRACEPARENT") or new_trace()
    subject, headers, payload = message("interactive", job, traceparent=trace)
    try:
        # A publish through JetStream ends when the job is stored. A plain publish would not tell.
        ack = await nc.jetstream(timeout=5).publish(subject, payload, headers=headers)
    except (NoStreamResponseError, APIError) as err:
        fail(f"the queue took no job: {err}; has a worker made the queue?")
    except NatsTimeout:
        fail(f"publish job: not confirmed. It may be queued: publish it again with --id {job['id']}")
    if ack.duplicate:
        print("a job with this id was queued already: it is not sent again, and its result may have been told", file=sys.stderr)
    try:
        reply = await replies.next_msg(timeout=TTL + 30)
    except NatsTimeout:
        fail("no result in time: is a worker running? Look into OTP_RESULTS")
    return json.loads(reply.data)


async def main(job: dict) -> int:
    nc = await connect()
    try:
        result = await send(nc, job)
    finally:
        await nc.close()
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["outcome"] == "sent" else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(read_job())))
