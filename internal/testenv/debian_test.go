package testenv

import "testing"

func TestUpstream(t *testing.T) {
	for version, want := range map[string]string{
		"":                      "",
		"15.18-0+deb12u1":       "15.18",
		"1:10.11.19-0+deb12u1":  "10.11.19",
		"1:1.35.0-4+deb12u1+b1": "1.35.0",
		"5:7.0.15-1~deb12u10":   "7.0.15",
		"2.6.2":                 "2.6.2",
	} {
		if got := upstream(version); got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
	}
}
