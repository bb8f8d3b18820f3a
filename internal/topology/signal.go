package topology

import (
	"slices"
	"strconv"
	"strings"
)

// Signal is a signal as its author spelled it: "SIGTERM", "TERM" or "15". The empty
// Signal is the image's.
type Signal string

// signals are those that Linux numbers from 1, without their SIG.
var signals = [...]string{
	"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
	"CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
}

// firstRealtime is the number of SIGRTMIN, of which others count on. Those that
// count back from SIGRTMAX are lastRealtime and less.
const firstRealtime, lastRealtime = 34, 64

// Name returns the name of a signal however it is spelled: "SIGTERM", and of those
// in real time "SIGRTMIN+3". What names none is returned as it is.
func (s Signal) Name() string {
	number, err := strconv.Atoi(string(s))
	if err != nil {
		number = s.number()
	}
	switch {
	case number > 0 && number <= len(signals):
		return "SIG" + signals[number-1]
	case number == firstRealtime:
		return "SIGRTMIN"
	case number > firstRealtime && number <= lastRealtime:
		return "SIGRTMIN+" + strconv.Itoa(number-firstRealtime)
	}
	return string(s)
}

// number returns the number of a signal by its name, 0 for none.
func (s Signal) number() int {
	name := strings.TrimPrefix(string(s), "SIG")
	if after, ok := strings.CutPrefix(name, "RTMIN"); ok {
		return firstRealtime + offset(after)
	}
	if after, ok := strings.CutPrefix(name, "RTMAX"); ok {
		return lastRealtime + offset(after)
	}
	return slices.Index(signals[:], name) + 1
}

// offset reads what follows SIGRTMIN or SIGRTMAX, 0 for nothing.
func offset(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
