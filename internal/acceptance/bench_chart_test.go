package acceptance

import (
	"cmp"
	_ "embed"
	"fmt"
	"html"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// chartsVariable names the directory that charts are drawn into; without it none is drawn.
const chartsVariable = "BAYPLAN_CHARTS"

//go:embed testdata/chart.css
var chartStyle string

// chart is what was measured of several things, each over a number of instances.
type chart struct {
	title, unit, of string // of is what is counted
	lines           []line
}

// line is one thing that was measured: values by number.
type line struct {
	name   string
	values map[float64]float64
}

// add adds what was measured of a thing at a number.
func (c *chart) add(name string, n int, value float64) {
	i := slices.IndexFunc(c.lines, func(l line) bool { return l.name == name })
	if i < 0 {
		i, c.lines = len(c.lines), append(c.lines, line{name, map[float64]float64{}})
	}
	c.lines[i].values[float64(n)] = value
}

// exponent is the e of the n^e that fits the values best.
func (l line) exponent() float64 {
	var count, x, y, xx, xy float64
	for n, value := range l.values {
		lx, ly := math.Log(n), math.Log(value)
		count, x, y, xx, xy = count+1, x+lx, y+ly, xx+lx*lx, xy+lx*ly
	}
	return (count*xy - x*y) / (count*xx - x*x)
}

// Sizes of a chart, and of the part of it that has the lines.
const (
	chartWidth, chartHeight = 720, 360
	chartLeft, chartRight   = 64, 520
	chartTop, chartBottom   = 60, 304
	chartLetters            = 15 // what a line of text needs
)

// draw writes the chart as a picture that stands by itself, light or dark as who
// looks at it prefers, if charts are asked for.
func (c *chart) draw(b *testing.B, name string) {
	b.Helper()
	dir := os.Getenv(chartsVariable)
	if dir == "" || len(c.lines) == 0 || len(c.lines[0].values) < 2 {
		return // where only some sizes are run, the rest would be lost
	}
	if err := os.WriteFile(filepath.Join(dir, name+".svg"), []byte(c.svg()), 0o644); err != nil {
		b.Error(err)
	}
}

func (c *chart) svg() string {
	var numbers []float64
	most := 0.0
	for _, l := range c.lines {
		numbers = slices.AppendSeq(numbers, maps.Keys(l.values))
		most = max(most, slices.Max(slices.Collect(maps.Values(l.values))))
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	step := roundStep(most / 5)
	x := scale{0, numbers[len(numbers)-1], chartLeft, chartRight}
	y := scale{0, step * math.Ceil(most/step), chartBottom, chartTop}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img">`+
		"\n<title>%[3]s</title>\n<style>\n%[4]s</style>\n<rect class=\"sky\" width=\"%[1]d\" height=\"%[2]d\"/>\n",
		chartWidth, chartHeight, html.EscapeString(c.title), chartStyle)
	fmt.Fprintf(&out, "<text class=\"title\" x=\"16\" y=\"24\">%s</text>\n", html.EscapeString(c.title))
	fmt.Fprintf(&out, "<text class=\"note\" x=\"16\" y=\"42\">%s</text>\n", html.EscapeString(c.unit))
	fmt.Fprintf(&out, "<text class=\"note\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", (chartLeft+chartRight)/2, chartBottom+40, html.EscapeString(c.of))
	for i := 0; float64(i)*step <= y.to; i++ {
		at := y.at(float64(i) * step)
		fmt.Fprintf(&out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"note\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			chartLeft, at, chartRight, chartLeft-8, at+4, short(float64(i)*step))
	}
	for _, n := range numbers {
		fmt.Fprintf(&out, "<path class=\"grid\" d=\"M%.1f %dV%d\"/><text class=\"note\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
			x.at(n), chartTop, chartBottom, x.at(n), chartBottom+18, short(n))
	}
	c.drawLines(&out, x, y)
	return out.String() + "</svg>\n"
}

// drawLines draws each line and, beside its end, what it is and how it grows.
func (c *chart) drawLines(out *strings.Builder, x, y scale) {
	type label struct {
		line int
		at   float64
	}
	var labels []label
	for i, l := range c.lines {
		var points []string
		for _, n := range slices.Sorted(maps.Keys(l.values)) {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x.at(n), y.at(l.values[n])))
			fmt.Fprintf(out, "<circle class=\"dot l%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", i, x.at(n), y.at(l.values[n]))
		}
		fmt.Fprintf(out, "\n<polyline class=\"line l%d\" points=\"%s\"/>\n", i, strings.Join(points, " "))
		labels = append(labels, label{i, y.at(l.values[slices.Max(slices.Collect(maps.Keys(l.values)))])})
	}
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.at, b.at) })
	for i := range labels {
		if i > 0 {
			labels[i].at = max(labels[i].at, labels[i-1].at+chartLetters)
		}
	}
	for i := len(labels) - 1; i >= 0; i-- { // those that came to be below are moved up
		limit := float64(chartBottom)
		if i < len(labels)-1 {
			limit = labels[i+1].at - chartLetters
		}
		labels[i].at = min(labels[i].at, limit)
		l := c.lines[labels[i].line]
		fmt.Fprintf(out, "<text class=\"label t%d\" x=\"%d\" y=\"%.1f\">%s, N^%.2f</text>\n",
			labels[i].line, chartRight+12, labels[i].at+4, html.EscapeString(l.name), l.exponent())
	}
}

// scale leads from values to places.
type scale struct{ from, to, start, end float64 }

func (s scale) at(value float64) float64 {
	return s.start + (value-s.from)/(s.to-s.from)*(s.end-s.start)
}

// roundStep returns the least of 1, 2 and 5, times a power of ten, that is not below a step.
func roundStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, times := range []float64{1, 2, 5} {
		if times*power >= step {
			return times * power
		}
	}
	return 10 * power
}

// short is a number without zeros that say nothing.
func short(value float64) string {
	text := strconv.FormatFloat(value, 'f', 2, 64)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if whole, err := strconv.Atoi(text); err == nil && whole >= 1000 {
		return fmt.Sprintf("%d,%03d", whole/1000, whole%1000)
	}
	return text
}
