// Publishes one job and waits for its result. See README.md.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { jetstream, JetStreamApiError } from "@nats-io/jetstream";
import { connect, headers as natsHeaders, nkeyAuthenticator, NoRespondersError } from "@nats-io/transport-node";
import { message, newTrace, seal } from "./message.mjs";

const ttlSeconds = 60; // nothing is sent after it; the result comes at most 30 s later

function readJob() {
  const { values } = parseArgs({
    options: { app: { type: "string" }, to: { type: "string" }, code: { type: "string" }, id: { type: "string" }, "seal-to": { type: "string" } },
  });
  for (const name of ["app", "to", "code"]) {
    if (!values[name]) throw new Error(`--${name} is missing: node send.mjs --app myapp01 --to 8613800138000 --code 123456 [--seal-to PUBLIC_KEY]`);
  }
  // The id is the idempotency key: publish again under the same one when in doubt.
  const id = values.id ?? randomUUID();
  const job = { id, appId: values.app, code: values.code, to: values.to, ttlSeconds, replyTo: `otp.v1.reply.${id}` };
  return values["seal-to"] ? seal(job, values["seal-to"]) : job;
}

async function open() {
  const { NATS_URL: servers = "127.0.0.1:4222", NATS_NKEY: seed, NATS_CA: caFile, OTPWORKER_INBOX_PREFIX: inboxPrefix } = process.env;
  const options = { servers, name: "otp-example", timeout: 5000 };
  if (inboxPrefix) options.inboxPrefix = inboxPrefix; // an app may listen on no other inbox
  if (caFile) options.tls = { caFile };
  try {
    if (seed) options.authenticator = nkeyAuthenticator(Buffer.from(readFileSync(seed, "utf8").trim()));
    return await connect(options);
  } catch (err) {
    throw new Error(`connect to NATS at ${servers}: ${err.message}; is otpworker run started? Else set NATS_URL`);
  }
}

async function publish(nc, { subject, headers, payload }) {
  const h = natsHeaders();
  for (const [name, value] of Object.entries(headers)) h.set(name, value);
  try {
    // A publish through JetStream ends when the job is stored. A plain publish would not tell.
    const ack = await jetstream(nc, { timeout: 5000 }).publish(subject, payload, { headers: h });
    if (ack.duplicate) console.error("a job with this id was queued already: it is not sent again, and its result may have been told");
  } catch (err) {
    if (err instanceof NoRespondersError || err.cause instanceof NoRespondersError) throw new Error("no job queue yet: no worker has made it");
    if (err instanceof JetStreamApiError) throw new Error(`the queue refused the job: ${err.message}`);
    throw new Error(`publish job: ${err.message}. It may be queued: publish it again with the same --id`);
  }
}

async function main() {
  const job = readJob();
  const nc = await open();
  try {
    // Listen before the publish: a reply is not stored. Results are, in OTP_RESULTS.
    const replies = nc.subscribe(job.replyTo, { max: 1, timeout: (ttlSeconds + 30) * 1000 });
    await publish(nc, message("interactive", job, { traceparent: process.env.TRACEPARENT ?? newTrace() }));
    for await (const reply of replies) {
      const result = reply.json();
      // Whoever knows the subject can publish to it.
      if (result.jobId !== job.id) throw new Error("the reply is another job's: look into OTP_RESULTS");
      console.log(JSON.stringify(result));
      return result.outcome === "sent" ? 0 : 1;
    }
    throw new Error("the connection was closed before the result came");
  } finally {
    await nc.close();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (err) => {
    console.error(`error: ${err.name === "TimeoutError" ? "no result in time: is a worker running? Look into OTP_RESULTS" : err.message}`);
    process.exitCode = 2;
  },
);
