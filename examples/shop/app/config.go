package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// connectTimeout bounds one attempt to connect to the database. While Bayplan
// replaces a database its name may for a moment still give the old address, and
// such an attempt has to end early for the next one to find the new instance. A
// connect_timeout in DATABASE_URL wins.
const connectTimeout = 2 * time.Second

// cacheTimeout bounds connecting to, reading from and writing to the cache.
const cacheTimeout = time.Second

// config is what the environment says.
type config struct {
	addr     string
	database *pgx.ConnConfig
	cache    *redis.Options
}

// configFrom reads PORT, DATABASE_URL and CACHE_URL. Its errors name the variable
// and never repeat a URL, which holds a password.
func configFrom(getenv func(string) string) (config, error) {
	addr, err := listenAddress(getenv("PORT"))
	if err != nil {
		return config{}, err
	}
	database, err := databaseConfig(getenv("DATABASE_URL"))
	if err != nil {
		return config{}, fmt.Errorf("DATABASE_URL: %w", err)
	}
	cache, err := cacheConfig(getenv("CACHE_URL"))
	if err != nil {
		return config{}, fmt.Errorf("CACHE_URL: %w", err)
	}
	return config{addr: addr, database: database, cache: cache}, nil
}

// errNotURL stands for the cause that a parser gives, since that repeats the URL.
var errNotURL = errors.New("not a URL of the expected form")

func listenAddress(port string) (string, error) {
	if port == "" {
		port = "8080"
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("PORT: %q is not a port", port)
	}
	return ":" + port, nil
}

func databaseConfig(url string) (*pgx.ConnConfig, error) {
	if url == "" {
		return nil, errors.New(`unset: give the app a relationship called "database"`)
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errNotURL
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	return cfg, nil
}

func cacheConfig(url string) (*redis.Options, error) {
	if url == "" {
		return nil, errors.New(`unset: give the app a relationship called "cache"`)
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errNotURL
	}
	options.DialTimeout = cacheTimeout
	options.ReadTimeout = cacheTimeout
	options.WriteTimeout = cacheTimeout
	options.ContextTimeoutEnabled = true
	// Older servers know neither command and would answer each connection with errors.
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return options, nil
}
