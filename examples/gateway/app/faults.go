package main

import (
	"fmt"
	"time"
)

// faults are what the app does wrong on purpose. The zero value does nothing wrong.
type faults struct {
	exitAfter      time.Duration // 0 is never
	unhealthyAfter time.Duration // 0 is never
	neverHealthy   bool
}

func faultsFrom(getenv func(string) string) (faults, error) {
	f := faults{neverHealthy: getenv("NEVER_HEALTHY") != ""}
	for name, to := range map[string]*time.Duration{"EXIT_AFTER": &f.exitAfter, "UNHEALTHY_AFTER": &f.unhealthyAfter} {
		value := getenv(name)
		if value == "" {
			continue
		}
		after, err := time.ParseDuration(value)
		if err != nil || after <= 0 {
			return faults{}, fmt.Errorf("%s: %q is no time such as 2s", name, value)
		}
		*to = after
	}
	return f, nil
}

// unhealthy says why an app that has run for so long is not healthy, or "".
func (f faults) unhealthy(ran time.Duration) string {
	switch {
	case f.neverHealthy:
		return "never healthy, as NEVER_HEALTHY says"
	case f.unhealthyAfter > 0 && ran >= f.unhealthyAfter:
		return "healthy no more, as UNHEALTHY_AFTER says"
	}
	return ""
}
