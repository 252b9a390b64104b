package client

import (
	"crypto/md5" // the provider's choice, there is no other
	"encoding/hex"

	"github.com/otpworker/otpworker/schema/redact"
)

// Sign returns the request signature: the lower-case hex MD5 of key, secret
// and timestamp, one after the other. unixSeconds is the text of the Timestamp
// header (provider page: /api/account/).
//
// Neither body nor path is signed: a captured signature is good for any
// request until its timestamp expires. Never log it.
func Sign(key, secret redact.Secret, unixSeconds string) string {
	k, s := key.Reveal(), secret.Reveal()
	buf := make([]byte, 0, len(k)+len(s)+len(unixSeconds))
	buf = append(buf, k...)
	buf = append(buf, s...)
	buf = append(buf, unixSeconds...)
	sum := md5.Sum(buf)
	return hex.EncodeToString(sum[:])
}
