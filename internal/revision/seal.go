package revision

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Seal encrypts what only holders of the key may read, with AES-256-GCM under a
// key derived from it for a purpose. The text beside it is bound to it, in clear.
func Seal(key topology.Key, purpose string, secret, beside []byte) ([]byte, error) {
	box, err := boxOf(key, purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return box.Seal(nonce, nonce, secret, beside), nil
}

// Unseal decrypts what Seal made of the same key for the same purpose and with
// the same text beside it.
func Unseal(key topology.Key, purpose string, sealed, beside []byte) ([]byte, error) {
	box, err := boxOf(key, purpose)
	if err != nil {
		return nil, err
	}
	if len(sealed) < box.NonceSize() {
		return nil, errors.New("it is cut short")
	}
	secret, err := box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], beside)
	if err != nil {
		return nil, errors.New("it was made with another key, or changed since")
	}
	return secret, nil
}

func boxOf(key topology.Key, purpose string) (cipher.AEAD, error) {
	derived, err := hex.DecodeString(key.Hash([]byte(purpose)))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
