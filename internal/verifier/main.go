// Command verifier tells who has signed without a key, by what Sigstore's own library
// makes of certificates and log entries. It reads a [keyless.Request] from its input and
// writes a [keyless.Answer] to its output; it asks nobody and reads nothing else.
//
// It is a program of its own, which is run only where such signatures are required, since
// the library takes milliseconds of each start of whatever it is in.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	var request keyless.Request
	if err := json.NewDecoder(in).Decode(&request); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	v, err := newVerifier(request.Wanted)
	if err != nil {
		return err
	}
	var answer keyless.Answer
	for _, b := range request.Bundles {
		answer.Signers = append(answer.Signers, v.signer(b))
	}
	return json.NewEncoder(out).Encode(answer)
}
