package main

import (
	"strings"
	"testing"
	"time"
)

const (
	testDatabaseURL = "postgresql://shop:s3cret@database.internal:5432/shop"
	testCacheURL    = "redis://:s3cret@cache.internal:6379"
)

func env(pairs ...string) func(string) string {
	values := map[string]string{"DATABASE_URL": testDatabaseURL, "CACHE_URL": testCacheURL}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return values[name] }
}

func TestConfig(t *testing.T) {
	cfg, err := configFrom(env())
	if err != nil {
		t.Fatal(err)
	}
	if cfg.addr != ":8080" {
		t.Errorf("got address %s, want :8080", cfg.addr)
	}
	if db := cfg.database; db.Host != "database.internal" || db.Port != 5432 || db.User != "shop" || db.Password != "s3cret" || db.Database != "shop" {
		t.Errorf("database is %s:%d, user %s, database %s", db.Host, db.Port, db.User, db.Database)
	}
	if cfg.cache.Addr != "cache.internal:6379" || cfg.cache.Password != "s3cret" {
		t.Errorf("cache is %s", cfg.cache.Addr)
	}
}

func TestConnectTimeout(t *testing.T) {
	for query, want := range map[string]time.Duration{
		"":                   connectTimeout,
		"?connect_timeout=1": time.Second,
	} {
		cfg, err := configFrom(env("DATABASE_URL", testDatabaseURL+query))
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.database.ConnectTimeout; got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}

func TestConfigErrorsNameTheVariableAndHideTheValue(t *testing.T) {
	for name, values := range map[string][]string{
		"DATABASE_URL": {"", "postgresql://shop:s3cret@host:port/shop", "postgresql://shop:s3cret@h/shop?connect_timeout=soon"},
		"CACHE_URL":    {"", "redis://:s3cret@host:port", "http://:s3cret@host", "redis://:s3cret@host/%zz"},
		"PORT":         {"http", "-1", "65536"},
	} {
		for _, value := range values {
			_, err := configFrom(env(name, value))
			if err == nil {
				t.Errorf("%s=%q is accepted", name, value)
				continue
			}
			if !strings.HasPrefix(err.Error(), name+": ") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s=%q: error is %q", name, value, err)
			}
		}
	}
}
