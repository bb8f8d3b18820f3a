package config

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// hashes are the digests of texts and, by their names, of files.
func hashes(at location) map[string]function.Function {
	inBase64 := base64.StdEncoding.EncodeToString
	return map[string]function.Function{
		"rsadecrypt":       crypto.RsaDecryptFunc,
		"md5":              digest(ofText, md5.New, hex.EncodeToString),
		"sha1":             digest(ofText, sha1.New, hex.EncodeToString),
		"sha256":           digest(ofText, sha256.New, hex.EncodeToString),
		"sha512":           digest(ofText, sha512.New, hex.EncodeToString),
		"base64sha256":     digest(ofText, sha256.New, inBase64),
		"base64sha512":     digest(ofText, sha512.New, inBase64),
		"filemd5":          digest(ofFile(at), md5.New, hex.EncodeToString),
		"filesha1":         digest(ofFile(at), sha1.New, hex.EncodeToString),
		"filesha256":       digest(ofFile(at), sha256.New, hex.EncodeToString),
		"filesha512":       digest(ofFile(at), sha512.New, hex.EncodeToString),
		"filebase64sha256": digest(ofFile(at), sha256.New, inBase64),
		"filebase64sha512": digest(ofFile(at), sha512.New, inBase64),
	}
}

func ofText(text string) ([]byte, error) { return []byte(text), nil }

func ofFile(at location) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) { return os.ReadFile(at.find(name)) }
}

func digest(of func(string) ([]byte, error), sum func() hash.Hash, write func([]byte) string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("str", cty.String)},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			bytes, err := of(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			h := sum()
			h.Write(bytes)
			return cty.StringVal(write(h.Sum(nil))), nil
		},
	})
}

func absolutePathFunc(at location) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("path", cty.String)},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.StringVal(filepath.ToSlash(at.told(args[0].AsString()))), nil
		},
	})
}
