// Command terraform-provider-bayplan is the Bayplan provider. Terraform and
// OpenTofu start it; started by a person it says what it is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/docker"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// address is where registries know the provider.
const address = "registry.terraform.io/bayplan/bayplan"

// version is set when a release is built.
var version = "dev"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("terraform-provider-bayplan", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	debug := flags.Bool("debug", false, "serve until interrupted, for a debugger")
	told := flags.Bool("version", false, "say the version")
	err := flags.Parse(args)
	switch {
	case err == nil && (*debug || os.Getenv("TF_PLUGIN_MAGIC_COOKIE") != ""):
		return serve(*debug, stderr)
	case *told || errors.Is(err, flag.ErrHelp) || len(args) == 1 && args[0] == "version":
		about(stdout)
		return 0
	}
	about(stderr)
	return 1
}

func serve(debug bool, stderr io.Writer) int {
	err := providerserver.Serve(context.Background(), provider.New(version, newRuntime), providerserver.ServeOpts{Address: address, Debug: debug})
	if err != nil {
		fmt.Fprintf(stderr, "terraform-provider-bayplan: %v\n", err)
		return 1
	}
	return 0
}

func newRuntime(o provider.EngineOptions) (apply.Runtime, error) {
	limit, err := readTimeout()
	if err != nil {
		return nil, err
	}
	return docker.New(docker.Options{Host: o.Host, Pool: o.NetworkPool, ReadTimeout: limit})
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

func about(w io.Writer) {
	fmt.Fprintf(w, `terraform-provider-bayplan %s

This is a provider for Terraform and OpenTofu: it plans and runs an application's
containers. It is not started by hand. Name %q in the
required_providers of a configuration, and run terraform init.
`, version, "bayplan/bayplan")
}
