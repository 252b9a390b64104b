// Package client calls the provider's one-time-password API over HTTP.
//
// One call is one request on the wire: nothing is sent again behind the
// caller's back, no redirect is followed, and each request is signed afresh.
// A call ends in an answer or in one of four errors, which tell what may have
// happened at the provider:
//
//   - [NotSentError]: nothing was written to a connection. Safe to repeat.
//   - [RefusedError]: the provider answered, and said no.
//   - [ThrottledError]: the provider, or what stands before it, was too busy.
//   - [UnknownError]: bytes were written and no trustworthy answer came back.
//     The message may be on its way; ask [Client.RecordByOrderID] before a
//     second [Client.SendRule].
//
// What to do about them (retry, wait, ask) is the caller's business.
//
// API key, API secret, code and phone number are redact types throughout, and
// no error quotes the provider's own text: it may contain the number.
package client
