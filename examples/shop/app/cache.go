package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// hitsKey is where the count of page views is kept.
const hitsKey = "shop:hits"

// openCache returns a client that connects only when used and logs to log. The
// logger is the client library's only one: call it once a process.
func openCache(options *redis.Options, log *slog.Logger) *redis.Client {
	redis.SetLogger(cacheLog{log})
	return redis.NewClient(options)
}

// hitCounter counts page views in Redis, over all replicas.
type hitCounter struct{ client *redis.Client }

// Hit counts one view and returns the new count.
func (c hitCounter) Hit(ctx context.Context) (int64, error) {
	return c.client.Incr(ctx, hitsKey).Result()
}

// Ping tells whether the cache answers.
func (c hitCounter) Ping(ctx context.Context) error { return c.client.Ping(ctx).Err() }

// cacheLog passes the client library's messages on.
type cacheLog struct{ log *slog.Logger }

// Printf logs one message of the client library as a warning.
func (l cacheLog) Printf(ctx context.Context, format string, values ...any) {
	l.log.WarnContext(ctx, "cache client", "message", fmt.Sprintf(format, values...))
}
