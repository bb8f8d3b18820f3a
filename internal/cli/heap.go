package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// worthCollecting is how many bytes a process that is soon over may come to before
// any are collected.
const worthCollecting = 256 << 20

// PrepareHeap readies the memory of such a process. GOGC and GOMEMLIMIT say otherwise.
func PrepareHeap() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	useLargePages()
	collectAt(worthCollecting)
}

// collectAt has garbage collected once there are so many bytes, and from then on
// whenever those in use have doubled: a limit that is not much more than what is in
// use would have it collected again and again.
func collectAt(limit int64) {
	debug.SetMemoryLimit(limit)
	runtime.AddCleanup(new([32]byte), func(struct{}) {
		inUse := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(inUse)
		collectAt(max(worthCollecting, 2*int64(inUse[0].Value.Uint64())))
	}, struct{}{})
}
