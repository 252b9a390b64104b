"""What goes over the wire: subjects and messages. It needs the standard library
only, and the contract test runs it against schema/golden."""

import json
import re
import secrets


def _word(text: str, shortest: int, longest: int) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]{%d,%d}" % (shortest, longest), text) is not None


def subject(of: str, lane: str, app_id: str, batch_id: str | None = None) -> str:
    """Where a job is published (of: "job"), or where results come (of: "result")."""
    # A dot, * or > in a subject would be another subject: refuse it here.
    if lane not in ("interactive", "batch"):
        raise ValueError("lane: must be interactive or batch")
    if not _word(app_id, 4, 32):
        raise ValueError("appId: must be 4 to 32 characters of A-Z a-z 0-9 _ -")
    plain = f"otp.v1.{of}.{lane}.{app_id}"
    if batch_id is None:
        return plain
    if not _word(batch_id, 1, 48):
        raise ValueError("batchId: must be 1 to 48 characters of A-Z a-z 0-9 _ -")
    return f"{plain}.{batch_id}" if of == "job" else f"{plain}.{batch_id}.>"


def message(lane: str, job: dict, batch_id: str | None = None, traceparent: str | None = None):
    """The message for a job: subject, headers, payload. Whether the job is valid
    is the worker's to say: its result names every fault."""
    headers = {"Nats-Msg-Id": job["id"]}  # the same id within 10 minutes is queued once
    if traceparent:
        headers["traceparent"] = traceparent
    payload = json.dumps(job, ensure_ascii=False, separators=(",", ":")).encode()
    return subject("job", lane, job["appId"], batch_id), headers, payload


def new_trace() -> str:
    """A new W3C trace context. With OpenTelemetry, inject the one you are in instead."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
