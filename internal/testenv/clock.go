package testenv

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Variables of programs that [MovedClock] is built into, durations as Go spells them.
const (
	// ClockShift is how far their clock is ahead, to the second.
	ClockShift = "BAYPLAN_TEST_CLOCK_SHIFT"
	// ClockHolds is for how long it is right before that.
	ClockHolds = "BAYPLAN_TEST_CLOCK_HOLDS"
)

// runtimeClock is where package time asks for the time; what is read of it then
// is the wall clock in seconds and nanoseconds, and one that nobody can set.
const runtimeClock = "\tsec, nsec, mono := runtimeNow()\n"

const movedClock = runtimeClock + `	if mono-startNano >= int64(clockHolds) {
		sec += int64(clockShift / Second)
	}
`

const clockVariables = `
var clockShift, clockHolds = clockVariable("` + ClockShift + `"), clockVariable("` + ClockHolds + `")

func clockVariable(name string) Duration {
	text, _ := syscall.Getenv(name)
	d, _ := ParseDuration(text)
	return d
}
`

// MovedClock returns the flag with which go build makes a program whose clock is
// set wrong, or while it runs: a static program cannot be told otherwise, and the
// machine's own clock is everybody's. It writes two files into dir.
func MovedClock(dir string) (flag string, err error) {
	root, err := goCommand("", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	source := filepath.Join(strings.TrimSpace(root), "src", "time", "time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	moved := strings.Replace(string(text), runtimeClock, movedClock, 1)
	moved = strings.Replace(moved, "import (\n", "import (\n\t\"syscall\"\n", 1)
	if len(moved) != len(text)+len(movedClock)-len(runtimeClock)+len("\t\"syscall\"\n") {
		return "", fmt.Errorf("%s does not ask for the time as it did", source)
	}
	instead := filepath.Join(dir, "time.go")
	if err := os.WriteFile(instead, []byte(moved+clockVariables), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: instead}})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return "-overlay=" + file, os.WriteFile(file, overlay, 0o600)
}
