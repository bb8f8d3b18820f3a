// Command pack builds the verifier program for platforms such as linux/amd64, and
// writes it, compressed, with the Go file that embeds it where its platform is built for.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strings"
)

// source is the Go file, whose name tells for which platform it is.
const source = `package verifier

import _ "embed"

//go:embed %s
var program []byte

func init() { compressed = program }
`

func main() {
	log.SetFlags(0)
	for _, platform := range os.Args[1:] {
		if err := pack(platform); err != nil {
			log.Fatalf("verifier for %s: %v", platform, err)
		}
	}
}

func pack(platform string) error {
	system, architecture, _ := strings.Cut(platform, "/")
	name := fmt.Sprintf("program_%s_%s", system, architecture)
	if err := build(system, architecture, name); err != nil {
		return err
	}
	if err := os.WriteFile(name+".go", fmt.Appendf(nil, source, name+".gz"), 0o644); err != nil {
		return err
	}
	program, err := os.ReadFile(name)
	if err != nil || packed(name+".gz", program) {
		return err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(program); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(name+".gz", out.Bytes(), 0o644)
}

// packed reports whether a file is a program, compressed. To see that takes a tenth of
// what compressing it does.
func packed(name string, program []byte) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		return false
	}
	content, err := io.ReadAll(r)
	return err == nil && bytes.Equal(content, program)
}

func build(system, architecture, name string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", name, "../../verifier")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+architecture)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
