package config

import "github.com/agext/levenshtein"

// similar asks whether one of some names was meant, "" when none looks like it.
func similar(name string, all []string) string {
	for _, other := range all {
		if levenshtein.Distance(name, other, nil) < 3 {
			return " Did you mean " + other + "?"
		}
	}
	return ""
}
