// Package sandbox is the provider in memory, behind real HTTP: the same paths,
// signature, field checks and status codes, what was configured is obeyed, and
// faults come on demand. No message leaves it.
//
//	POST /otp/verification/sendRule             a code of the caller's
//	POST /otp/verification/send                 a code made by the template
//	POST /otp/verification/resend               the same code, a new verificationId
//	POST /otp/verification/verify               status 0 and a verdict
//	POST /otp/verification/orderId/record       sms and call are lists
//	GET  /otp/verification/record/{id}          sms and call are the latest of each
//	POST /otp/app/add                           PUT app/update/{id}, GET app/details/{id}
//	POST /otp/template/add                      PUT update/{id}, GET details/{id}, GET list
//	POST /otp/flow/add                          PUT update/{id}, GET details/{id}, GET list
//	GET  /sms/getBalance                        texts beside the status
//	POST /otp/postback/backfill                 a code was used: counts as verified
//	POST /otp/backfillRate                      a conversion rate: checked, then forgotten
//
//	GET  /                                      the inbox, for people
//	GET  /sandbox/numbers                       the test numbers, as text
//	GET  /sandbox/stats                         Stats as JSON
//	PUT  /sandbox/fault                         a Fault as JSON, see SetFault
//	PUT  /sandbox/expiry/{orderId}              an RFC 3339 time, see Expect
//	GET  /sandbox/clock                         the clock as JSON
//	POST /sandbox/clock {"advance":"1m"}        moves it, see Advance
//
// A client's base URL is http://host:port/otp, its key and secret are
// DefaultKey and DefaultSecret.
//
// A request is checked in this order: JSON (-22), signature (-1), timestamp
// (-16), fields (-22). Then the fault that was set decides, then, for sends,
// the phone number (see Numbers). A send that none of them stopped is checked
// further: a repeated orderId (-20, Config.RefuseRepeats), ids
// (Config.UnknownID, only if Config.Strict), sensitive words (-29), the app's
// total limit (-27) and limit per phone (-28), balance (-10). The reason text of
// a refusal quotes the phone number, as the provider's may: a log that shows it
// has a leak.
//
// Where the provider is not documented the sandbox decides:
//
//   - A repeated orderId is accepted again, the worse case.
//   - Names are unique in the account (-20), a thousand apps, templates and
//     flows each are room enough (-23). An update replaces the whole object.
//   - The sandbox is open unless Config.Strict: an id that was never added
//     stands for an app without limits, a plain text, a flow of no nodes, and
//     an update of it adds it. Ids it makes are app0001, 1001 for a template,
//     2001 for a flow, and on from there.
//   - A limit's window begins with its first message and is over one period
//     later; a refused send does not count. Messages of flows do.
//   - A flow's node waits its time from the node before it, the first from the
//     send, and sends if its trigger holds then: 1 if the message before has
//     failed by then, or could not be sent for -27, -28 or -10; 2 if no right
//     code has come. Else it is passed over. The flow ends with the right code,
//     the code's expiry, a resend, or its last node. A node's message has the
//     same verificationId, orderId and code.
//   - A resend begins the code's expiry and the flow anew.
//   - Verdicts of verify, the first that fits: 3 no such id, 4 already used, 5
//     expired, 1 no message has arrived and one is being sent, -1 none has
//     arrived (all failed, or SNA, which has no code), 2 wrong, 0 right. Wrong
//     codes can go on for ever.
//   - Codes that it makes, and ids, are the same in each run.
//
// Times go by a clock that Advance moves, and without it by the real one, or by
// that of a testing/synctest bubble; only the signature's clock stays. What
// becomes due happens without being asked for, until Close. All that is kept
// has a bound, the oldest is forgotten first: Config.MaxSends sends and phones,
// 200 messages in the inbox.
package sandbox
