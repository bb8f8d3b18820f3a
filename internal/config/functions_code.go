package config

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

var gzipFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("str", cty.String)},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write([]byte(args[0].AsString())); err != nil {
			return cty.NilVal, err
		}
		if err := errors.Join(w.Flush(), w.Close()); err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(base64.StdEncoding.EncodeToString(out.Bytes())), nil
	},
})

var textEncodeFunc = recoding("string", func(text string, e encoding.Encoding) (string, error) {
	encoded, err := e.NewEncoder().Bytes([]byte(text))
	return base64.StdEncoding.EncodeToString(encoded), err
})

var textDecodeFunc = recoding("source", func(text string, e encoding.Encoding) (string, error) {
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", err
	}
	decoded, err = e.NewDecoder().Bytes(decoded)
	return string(decoded), err
})

// recoding makes a function of a text and the name of its encoding.
func recoding(first string, recode func(string, encoding.Encoding) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter(first, cty.String), parameter("encoding", cty.String)},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			e, err := ianaindex.IANA.Encoding(args[1].AsString())
			if err != nil || e == nil {
				return cty.NilVal, function.NewArgError(1, fmt.Errorf("%q is no encoding that is supported", args[1].AsString()))
			}
			text, err := recode(args[0].AsString(), e)
			return cty.StringVal(text), err
		},
	})
}

var base64DecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("str", cty.String)},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		decoded, err := base64.StdEncoding.DecodeString(args[0].AsString())
		if err == nil && !utf8.Valid(decoded) {
			err = errors.New("the result is not valid UTF-8")
		}
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		return cty.StringVal(string(decoded)), nil
	},
})

// netmaskFunc knows masks of IPv4 only: IPv6 has none.
var netmaskFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("prefix", cty.String)},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if strings.Contains(args[0].AsString(), ":") {
			return cty.NilVal, function.NewArgErrorf(0, "only IPv4 networks have a netmask")
		}
		return cidr.NetmaskFunc.Call(args)
	},
})
