package testenv

import (
	"context"
	"fmt"
	"io"
	"sync"
)

type progressKey struct{}

// progress serialises the lines that concurrent builds write.
type progress struct {
	mu  sync.Mutex
	out io.Writer
}

// WithProgress returns a context under which [Engine] and [Images] write a line
// to out for each thing they have to do. Without it they are silent.
func WithProgress(ctx context.Context, out io.Writer) context.Context {
	return context.WithValue(ctx, progressKey{}, &progress{out: out})
}

func report(ctx context.Context, format string, args ...any) {
	p, ok := ctx.Value(progressKey{}).(*progress)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}
