//go:build !linux

package cli

func useLargePages() {}
