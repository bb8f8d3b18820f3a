package topology

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// Key is the secret that credentials and spec hashes are derived from.
type Key []byte

// ID is a short fingerprint that tells two keys apart and nothing else.
func (k Key) ID() string { return hex.EncodeToString(k.derive("fingerprint"))[:12] }

// Password derives the password of a user of a service: the same for the
// same key, project, environment, service and user, and 32 letters and digits.
// The service is under the name that it had when its data was made.
func (k Key) Password(s Scope, service Address, user string) string {
	sum := k.derive("password", s.Project, s.Environment, service.String(), user)
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum)
	return strings.ToLower(text)[:32]
}

// Hash returns a keyed hash of canonical bytes, in hexadecimal.
func (k Key) Hash(canonical []byte) string {
	return hex.EncodeToString(k.derive("spec", string(canonical)))
}

// derive is HMAC-SHA256 (RFC 2104) over the parts, each ended by a NUL so
// that no two lists of parts are the same message.
func (k Key) derive(parts ...string) []byte {
	mac := hmac.New(sha256.New, k)
	for _, part := range parts {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return mac.Sum(nil)
}
