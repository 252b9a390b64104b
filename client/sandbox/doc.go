// Package sandbox is the provider in memory, behind real HTTP: the same
// paths, signature, field checks and status codes, and faults on demand. No
// message leaves it.
//
//	POST /otp/verification/sendRule        as the provider
//	POST /otp/verification/orderId/record  as the provider
//	GET  /sandbox/numbers                  the test numbers, as text
//	GET  /sandbox/stats                    Stats as JSON
//	PUT  /sandbox/fault                    a Fault as JSON, see SetFault
//	PUT  /sandbox/expiry/{orderId}         an RFC 3339 time, see Expect
//
// A client's base URL is http://host:port/otp, its key and secret are
// DefaultKey and DefaultSecret.
//
// A request is checked in this order: JSON (-22), signature (-1), timestamp
// (-16), fields (-22). Then the fault that was set decides, then the phone
// number (see Numbers), and a send that none of them stopped is accepted. The
// reason text of a refusal quotes the phone number, as the provider's may: a
// log that shows it has a leak.
//
// Where the provider is not documented the sandbox takes the worse case by
// default: a repeated orderId is accepted again.
package sandbox
