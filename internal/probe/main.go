//go:build linux

// Command probe is a health check for containers whose image has nothing to
// check with. Bayplan places it on a read-only volume and has the engine run it
// inside the container, so it works in an image without a shell or a C library,
// with a read-only root, a plain user and no capabilities.
//
//	probe [-timeout=2s] tcp [host]:port
//	probe [-timeout=2s] http [host]:port[/path]
//	probe keep
//
// Healthy (exit status 0) means that the port accepts a connection and, for
// http, that a GET is answered with a status from 200 to 399. Anything else,
// also no answer within the timeout, is unhealthy (exit status 1) with one line
// on standard output saying why; the engine keeps that line. The host is an IP
// address, in brackets if it is IPv6; without one, or with localhost, it is
// 127.0.0.1 and, where nothing listens there, ::1.
//
// To keep is to do nothing for ever: a container that runs it holds the volumes
// that it mounts open, which is what Bayplan fills secrets into.
//
// It runs every few seconds in every container, so it is kept small: it must not
// import package net, fmt or flag.
package main

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	defaultTimeout = 2 * time.Second
	usage          = "usage: probe [-timeout=2s] tcp|http [host]:port[/path], or keep"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "keep" {
		for {
			_ = syscall.Pause()
		}
	}
	if err := run(os.Args[1:]); err != nil {
		unhealthy(err.Error())
	}
}

func run(args []string) error {
	timeout, args, err := cutTimeout(args)
	if err != nil {
		return err
	}
	if len(args) != 2 {
		return errors.New(usage)
	}
	check, ok := map[string]func(target) error{"tcp": checkTCP, "http": checkHTTP}[args[0]]
	if !ok {
		return errors.New(usage)
	}
	t, err := parseTarget(args[1])
	if err != nil {
		return err
	}
	// One deadline for all that follows, kept by ending the process, so that no
	// call has to be made to time out by itself.
	time.AfterFunc(timeout, func() {
		unhealthy(args[0] + " " + args[1] + ": no answer within " + timeout.String())
	})
	if err := check(t); err != nil {
		return errors.New(args[0] + " " + args[1] + ": " + err.Error())
	}
	return nil
}

// cutTimeout takes a leading -timeout=duration off args.
func cutTimeout(args []string) (time.Duration, []string, error) {
	if len(args) == 0 || !strings.HasPrefix(args[0], "-timeout=") {
		return defaultTimeout, args, nil
	}
	spelled := strings.TrimPrefix(args[0], "-timeout=")
	timeout, err := time.ParseDuration(spelled)
	if err != nil || timeout <= 0 {
		return 0, nil, errors.New("timeout " + spelled + ": not a duration above zero")
	}
	return timeout, args[1:], nil
}

func unhealthy(why string) {
	os.Stdout.WriteString(why + "\n")
	os.Exit(1)
}
