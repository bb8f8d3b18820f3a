package cli

import (
	"runtime"
	"syscall"
)

// useLargePages has the first memory of the heap consist of large pages, where the
// kernel gives them to who asks. A heap that only grows touches each page for the
// first time: of small ones, that is a tenth of the time of a plan. The runtime maps
// memory as it grows, without asking; so there is much for a moment, and from then
// on it is for whatever is made.
func useLargePages() {
	_ = syscall.Madvise(make([]byte, 128<<20), syscall.MADV_HUGEPAGE) // small ones do as well
	runtime.GC()
}
