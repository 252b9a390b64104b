// What goes over the wire: subjects and messages. It needs no network, and the
// contract test runs it against schema/golden.
import { randomBytes } from "node:crypto";
import { createCurve } from "@nats-io/nkeys";

const word = (min, max) => new RegExp(`^[A-Za-z0-9_-]{${min},${max}}$`);

/** Where a job is published (of: "job"), or where results come (of: "result"). */
export function subject(of, lane, appId, batchId) {
  // A dot, * or > in a subject would be another subject: refuse it here.
  if (!["interactive", "batch"].includes(lane)) throw new Error("lane: must be interactive or batch");
  if (!word(4, 32).test(appId)) throw new Error("appId: must be 4 to 32 characters of A-Z a-z 0-9 _ -");
  const plain = `otp.v1.${of}.${lane}.${appId}`;
  if (batchId === undefined) return plain;
  if (!word(1, 48).test(batchId)) throw new Error("batchId: must be 1 to 48 characters of A-Z a-z 0-9 _ -");
  return of === "job" ? `${plain}.${batchId}` : `${plain}.${batchId}.>`;
}

/** The message for a job. Whether the job is valid is the worker's to say: its result names every fault. */
export function message(lane, job, { batchId, traceparent } = {}) {
  const headers = { "Nats-Msg-Id": job.id }; // the same id within 10 minutes is queued once
  if (traceparent) headers.traceparent = traceparent;
  return { subject: subject("job", lane, job.appId, batchId), headers, payload: JSON.stringify(job) };
}

/** A new W3C trace context. With OpenTelemetry, inject the one you are in instead. */
export function newTrace() {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}

/**
 * Encrypts code and number for the workers' public key (it begins with X), so that
 * neither the stream nor a backup holds them. Seal last: id and appId must be final.
 */
export function seal({ code, to, ...job }, publicKey) {
  if (!/^X[A-Z2-7]{55}$/.test(publicKey)) throw new Error("seal job: give the workers' public key: it begins with X and has 56 characters");
  const text = JSON.stringify({ id: job.id, appId: job.appId, code, to });
  // Spaces up to a multiple of 256 bytes: the length tells nothing of the code's.
  const bytes = Buffer.from(text);
  const padded = Buffer.alloc(Math.ceil(bytes.length / 256) * 256, " ");
  bytes.copy(padded);
  const once = createCurve(); // a key for this job only; nobody keeps its seed
  try {
    const box = Buffer.from(once.seal(padded, publicKey)).toString("base64url");
    return { ...job, sealed: `${publicKey}.${once.getPublicKey()}.${box}` };
  } finally {
    once.clear();
  }
}
