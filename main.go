// Command terraform-provider-bayplan is the Bayplan provider when Terraform or
// OpenTofu starts it. Started by a person, usually as bayplan, it is the command:
// its own plan and apply of the same files.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/cli"
	"github.com/bayplan/terraform-provider-bayplan/internal/docker"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// address is where registries know the provider.
const address = "registry.terraform.io/bayplan/bayplan"

// version is set when a release is built.
var version = "dev"

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

// run is the provider when Terraform or a debugger starts it, else the command.
func run(ctx context.Context, args []string) int {
	debugged := slices.Equal(args, []string{"--debug"}) || slices.Equal(args, []string{"-debug"})
	if debugged || os.Getenv("TF_PLUGIN_MAGIC_COOKIE") != "" {
		return serve(ctx, debugged)
	}
	return command(ctx, args)
}

// command runs the command.
func command(ctx context.Context, args []string) int {
	cli.PrepareHeap()
	return cli.Program{Version: version, NewRuntime: newRuntime, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run(ctx, args)
}

// serve serves the provider; with debug until it is interrupted, for a debugger.
func serve(ctx context.Context, debugged bool) int {
	if !debugged {
		quiet()
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // what a plan decodes and encodes is garbage at once
	}
	err := providerserver.Serve(ctx, provider.New(version, newRuntime), providerserver.ServeOpts{Address: address, Debug: debugged})
	if err != nil {
		fmt.Fprintf(os.Stderr, "terraform-provider-bayplan: %v\n", err)
		return 1
	}
	return 0
}

// quiet keeps the framework from tracing each attribute of each call, which it
// does unless told otherwise, to a Terraform that reads all of it and shows none.
func quiet() {
	for _, asked := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK"} {
		if os.Getenv(asked) != "" {
			return
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "off") // which fails for no such name
}

func newRuntime(o provider.EngineOptions) (apply.Runtime, error) {
	limit, err := readTimeout()
	if err != nil {
		return nil, err
	}
	return docker.New(docker.Options{
		Host: o.Host, TLS: docker.TLS{CA: o.TLS.CA, Cert: o.TLS.Cert, Key: o.TLS.Key}, Logins: o.Logins, Pool: o.NetworkPool, ReadTimeout: limit,
	})
}

// readTimeout returns how long the engine has to answer a read, 0 for the default.
func readTimeout() (time.Duration, error) {
	const variable = "BAYPLAN_READ_TIMEOUT"
	text := os.Getenv(variable)
	if text == "" {
		return 0, nil
	}
	limit, err := time.ParseDuration(text)
	if err != nil || limit <= 0 {
		return 0, fmt.Errorf("%s is %q: want a duration such as 30s", variable, text)
	}
	return limit, nil
}
