// Package seal encrypts the code and the number of a job to the workers' public
// key, so that neither the stream nor a backup nor whoever reads them learns
// either. A worker opens the job in memory, right before it is sent.
//
// The keys are NATS xkeys (X25519); the box is that of nkeys and of NaCl:
//
//	sealed = recipient "." sender "." base64url("xkv1" nonce box)
//
// recipient is the workers' public key and tells them which of theirs to take.
// sender is a public key that is made for this one job and whose seed is
// forgotten: an app cannot open what it has sealed. base64url has no padding. The
// box holds {"id":…,"appId":…,"code":…,"to":…}, filled up with spaces to a
// multiple of 256 bytes, so that its length tells nothing of the code's. id and
// appId must be those of the job: a box that is lifted into another job is refused.
//
// A box does not prove who made it: anyone with the public key can make one. Who
// may publish jobs is the broker's to say. Whoever may change jobs in the stream
// can still change their template, expiry and reply subject.
//
// schema/testdata/sealed.json holds boxes that every implementation has to open,
// and others that it has to refuse.
package seal
