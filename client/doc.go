// Package client calls the provider's one-time-password API over HTTP.
//
// One call is one request on the wire: nothing is sent again behind the
// caller's back, no redirect is followed, and each request is signed afresh.
// A call ends in an answer or in one of five errors, which tell what may have
// happened at the provider:
//
//   - [InvalidRequestError]: the request is outside the provider's ranges and
//     was not made. It names every fault.
//   - [NotSentError]: nothing was written to a connection. Safe to repeat.
//   - [RefusedError]: the provider answered, and said no.
//   - [ThrottledError]: the provider, or what stands before it, was too busy.
//   - [UnknownError]: bytes were written and no trustworthy answer came back.
//     The message may be on its way; ask [Client.RecordByOrderID] before a
//     second [Client.SendRule]. What was added or updated may be there; read it
//     before adding it again. What only reads can be repeated.
//
// What to do about them (retry, wait, ask) is the caller's business.
//
// The methods follow the provider's resources: verification ([Client.SendRule],
// [Client.Send], [Client.Resend], [Client.Verify] and the records), app,
// template, flow, balance, and the two reports that a customer makes to the
// provider ([Client.ReportCodeUsed], [Client.ReportConversion]). Its updates
// replace the whole object: read, change, write.
//
// API key, API secret, code and phone number are redact types throughout, and
// no error quotes the provider's own text: it may contain the number.
package client
