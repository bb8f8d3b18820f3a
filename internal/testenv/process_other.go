//go:build !unix

package testenv

import (
	"os"
	"os/exec"
)

// tryLock is no lock here: where there is no flock nothing is installed or built.
func tryLock(*os.File) error { return nil }

func detach(*exec.Cmd) {}
