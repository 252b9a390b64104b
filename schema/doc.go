// Package schema is the wire contract of otpworker: jobs, results, dead
// letters, the end of a batch, and the subjects they travel on. Everything is JSON in UTF-8 with
// camelCase names; readers accept fields that they do not know, so that a
// newer producer can talk to an older worker.
//
// The same contract stands, for other languages, in job.schema.json,
// result.schema.json, dead.schema.json and batchfinished.schema.json (JSON
// Schema 2020-12), which are generated from the types here; in asyncapi.yaml, with
// subjects and headers; and in golden/, documents that every implementation has to
// accept or refuse, and subjects and messages that it has to make. What is golden
// is never removed: that is the promise of compatibility within [Version].
//
// The reader is more tolerant than the schema in two points: null and the empty
// string in an optional field count as the field left out, and names match
// whatever their case. Producers must not rely on the second.
//
// A one-time code and a phone number leave this package in one way only:
// through Encode of a [Job] or a [DeadLetter]. Every other way to print,
// log or marshal these types shows a mask, and a mask does not validate.
// In a sealed [Job] they are encrypted even there: see the package seal.
// Problems named in [Faults] never quote a value of the document.
package schema

//go:generate go test . -run TestSchemas -update

// Version is the version of the contract. It is a token of every subject, so
// that another version can run beside this one.
const Version = "v1"

// MaxBytes is the size in bytes of the largest job document, and of the
// largest payload that a dead letter keeps unsealed.
const MaxBytes = 8 << 10
