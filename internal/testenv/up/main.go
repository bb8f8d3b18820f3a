// Command up makes this machine ready for tests and demonstrations: it brings a
// container engine up if none runs and makes sure that the named images, or all
// that the tests use, are there. It prints the engine's address on standard
// output and what it does on standard error.
//
//	go run ./internal/testenv/up [image...]
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "up: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, tags []string) error {
	ctx = testenv.WithProgress(ctx, os.Stderr)
	host, err := testenv.Engine(ctx)
	if err != nil {
		return err
	}
	if err := testenv.Images(ctx, tags...); err != nil {
		return err
	}
	fmt.Println(host)
	return nil
}
