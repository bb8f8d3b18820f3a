package plan

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	textDown     = regexp.MustCompile(`(?:down meanwhile(?:, for (?:up to )?about (\d+)s(?: as last time)?)?|down until then): ([^;]*)`)
	textDeletes  = regexp.MustCompile(`deletes the data of ([^;]*)`)
	textKeeps    = regexp.MustCompile(`keeps the data of ([^;]*)`)
	textUnlocked = regexp.MustCompile(`takes ([^;]*), which is not locked`)
	textRemoves  = regexp.MustCompile(`removes (\d+) instance`)
)

// ReadImpact returns of an impact that Impact.String wrote what a person must
// be able to refuse: what is down, why and for how long, what is removed, which
// data goes or stays, and the image that is not locked.
func ReadImpact(text string) Impact {
	var i Impact
	if match := textDown.FindStringSubmatch(text); match != nil {
		i.Seconds, _ = strconv.Atoi(match[1])
		i.Down = match[2]
	}
	if match := textRemoves.FindStringSubmatch(text); match != nil {
		i.Remove, _ = strconv.Atoi(match[1])
	}
	if match := textUnlocked.FindStringSubmatch(text); match != nil {
		i.Unlocked = match[1]
	}
	if match := textDeletes.FindStringSubmatch(text); match != nil {
		i.DeletesData = strings.Split(match[1], ", ")
	}
	if match := textKeeps.FindStringSubmatch(text); match != nil {
		i.KeepsData = strings.Split(match[1], ", ")
	}
	return i
}
