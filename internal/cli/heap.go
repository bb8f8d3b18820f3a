package cli

import (
	"os"
	"runtime/debug"
)

// PrepareHeap readies the memory of a process that is soon over: until it has come
// to 128 MiB, nothing is worth collecting. GOGC and GOMEMLIMIT say otherwise.
func PrepareHeap() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(128 << 20)
	useLargePages()
}
