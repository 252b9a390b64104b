// Holds message.mjs and the JSON Schemas to schema/golden, the documents that
// every language has to accept or refuse.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fromCurveSeed } from "@nats-io/nkeys";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { message, seal, subject } from "./message.mjs";

const schema = new URL("../../../schema/", import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, schema), "utf8"));
const counts = {};
let validateJob;

const ajv = new Ajv.default({ allErrors: true });
addFormats.default(ajv);

// The field that an error is about; document for the document as a whole.
const field = (e) => e.instancePath.split("/")[1] ?? e.params.missingProperty ?? "document";

function faults(validate, { document, raw }) {
  try {
    document ??= JSON.parse(raw);
  } catch {
    return ["document"];
  }
  return validate(document) ? [] : validate.errors.map(field);
}

for (const kind of ["job", "result", "dead", "batchfinished"]) {
  const validate = ajv.compile(read(`${kind}.schema.json`));
  if (kind === "job") validateJob = validate;
  const files = (verdict) => readdirSync(new URL(`golden/${kind}/${verdict}/`, schema)).map((name) => `golden/${kind}/${verdict}/${name}`);
  counts[kind] = { valid: 0, invalid: 0 };
  test(`${kind} documents that are valid`, () => {
    for (const file of files("valid")) {
      assert.deepEqual(faults(validate, { document: read(file) }), [], file);
      counts[kind].valid++;
    }
  });
  test(`${kind} documents that are not`, () => {
    for (const file of files("invalid")) {
      const wrong = read(file);
      // Some rules no schema can express, and the numbers of this language are doubles.
      const found = faults(validate, wrong);
      if (wrong.schemaAccepts || wrong.doublesAccept) assert.deepEqual(found, [], file);
      else assert.ok(found.includes(wrong.field), `${file}: ${wrong.why}: ${found}`);
      counts[kind].invalid++;
    }
  });
}

test("subjects", () => {
  const { subjects } = read("golden/subjects.json");
  for (const { of, lane, appId, batchId, subject: want, refused } of subjects) {
    const make = () => subject(of, lane, appId, batchId);
    if (refused) assert.throws(make, new RegExp(`^Error: ${refused}: `), JSON.stringify([lane, appId, batchId]));
    else assert.equal(make(), want);
  }
  counts.subjects = subjects.length;
});

test("messages", () => {
  const { messages } = read("golden/messages.json");
  for (const { why, lane, batchId, traceparent, job, message: want } of messages) {
    const { payload, ...rest } = message(lane, job, { batchId, traceparent });
    assert.deepEqual({ ...rest, payload: JSON.parse(payload) }, want, why);
  }
  counts.messages = messages.length;
});

test("sealed jobs", () => {
  const { keys, vectors } = read("testdata/sealed.json");
  const seeds = new Map(keys.map((k) => [k.public, k.seed]));
  for (const { why, job, opens } of vectors.filter((v) => v.opens)) {
    assert.deepEqual(open(seeds, job), { ...open(seeds, job), ...opens }, why);
    // What this language seals has the same form, and opens the same way.
    const [to] = job.sealed.split(".");
    const sealed = seal({ ...job, code: opens.code, to: opens.to }, to);
    assert.deepEqual(open(seeds, sealed), opens, why);
    assert.deepEqual([sealed.code, sealed.to], [undefined, undefined]);
    assert.equal(Buffer.from(sealed.sealed.split(".")[2], "base64url").length, 4 + 24 + 16 + 256);
    assert.deepEqual(faults(validateJob, { document: sealed }), [], why);
  }
  counts.sealed = vectors.filter((v) => v.opens).length;
});

function open(seeds, { sealed }) {
  const [recipient, sender, box] = sealed.split(".");
  const pair = fromCurveSeed(Buffer.from(seeds.get(recipient)));
  return JSON.parse(Buffer.from(pair.open(Buffer.from(box, "base64url"), sender)));
}

test.after(() => console.log(`contract ${JSON.stringify(counts)}`));
