package topology

import "testing"

func TestSignalName(t *testing.T) {
	for spelled, want := range map[Signal]string{
		"SIGTERM": "SIGTERM", "TERM": "SIGTERM", "15": "SIGTERM", "1": "SIGHUP", "9": "SIGKILL", "31": "SIGSYS",
		"SIGRTMIN": "SIGRTMIN", "34": "SIGRTMIN", "SIGRTMIN+3": "SIGRTMIN+3", "37": "SIGRTMIN+3", "RTMAX-1": "SIGRTMIN+29", "64": "SIGRTMIN+30",
		"": "", "0": "0", "32": "32", "65": "65", "SIGNONE": "SIGNONE",
	} {
		if got := spelled.Name(); got != want {
			t.Errorf("Signal(%q).Name() = %q; want %q", spelled, got, want)
		}
	}
}
