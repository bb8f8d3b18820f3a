package main

import "testing"

func TestCentsString(t *testing.T) {
	for amount, want := range map[cents]string{
		0:            "€0.00",
		5:            "€0.05",
		1250:         "€12.50",
		99999:        "€999.99",
		100000:       "€1,000.00",
		123456789012: "€1,234,567,890.12",
		-1250:        "-€12.50",
	} {
		if got := amount.String(); got != want {
			t.Errorf("cents(%d): got %s, want %s", int64(amount), got, want)
		}
	}
}
