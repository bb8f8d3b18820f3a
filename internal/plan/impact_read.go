package plan

import (
	"regexp"
	"strconv"
	"strings"
)

// What a text says, as it is found there; few programs ever read one.
const (
	textDown     = `(?:down meanwhile(?:, for (?:up to )?about (\d+)s(?: as last time)?)?|down until then): ([^;]*)`
	textDeletes  = `deletes the data of ([^;]*)`
	textConverts = `converts the data of ([^;]*)`
	textKeeps    = `keeps the data of ([^;]*)`
	textUnlocked = `takes ([^;]*), which is not locked`
	textHost     = `gives access to ([^;]*) of the host`
	textRemoves  = `removes (\d+) instance`
)

// ReadImpact returns of an impact that Impact.String wrote what a person must
// be able to refuse: what is down, why and for how long, what is removed, which
// data goes, stays or becomes another, and the image that is not locked.
func ReadImpact(text string) Impact {
	found := func(pattern string) []string { return regexp.MustCompile(pattern).FindStringSubmatch(text) }
	var i Impact
	if match := found(textDown); match != nil {
		i.Seconds, _ = strconv.Atoi(match[1])
		i.Down = match[2]
	}
	if match := found(textRemoves); match != nil {
		i.Remove, _ = strconv.Atoi(match[1])
	}
	if match := found(textUnlocked); match != nil {
		i.Unlocked = match[1]
	}
	if match := found(textConverts); match != nil {
		i.Converts = match[1]
	}
	if match := found(textHost); match != nil {
		i.Host = match[1]
	}
	if match := found(textDeletes); match != nil {
		i.DeletesData = strings.Split(match[1], ", ")
	}
	if match := found(textKeeps); match != nil {
		i.KeepsData = strings.Split(match[1], ", ")
	}
	return i
}
