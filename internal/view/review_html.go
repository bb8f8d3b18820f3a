package view

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	//go:embed review.html
	reviewPage string
	//go:embed review.css
	reviewStyle string
	//go:embed review.js
	reviewScript string
)

var reviewTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("review").Parse(reviewPage)) })

// page is what the template of a review is given.
type page struct {
	Title, Ends, Decide, Count string
	Refused                    []string
	Policy                     string // what the browser is to allow
	Style                      template.CSS
	Script                     template.JS
	Graph                      template.HTML
	Sections                   []pageSection
	Asides                     []string
	PlanHash, BaseHash         string
	Total                      int
}

type pageSection struct {
	Title, About string
	Changes      []pageChange
}

type pageChange struct {
	ID, Address, Action, Place, Impact, NeededBy string
	Hazards                                      []pageHazard
	Rows                                         []pageRow
}

type pageHazard struct{ Name, Why string }

type pageRow struct {
	Name, Before, After, Cause string
	Secret                     bool
}

// WriteReviewHTML writes a review as one page that asks for nothing else: no
// other file and no network.
func WriteReviewHTML(w io.Writer, r Review) error {
	hash, err := r.PlanHash()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(reviewScript))
	p := page{
		Title: r.Title(), Ends: r.ends(), Refused: r.Refused, Asides: r.asides(), PlanHash: hash, BaseHash: r.BaseHash,
		Policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(reviewStyle), Script: template.JS(reviewScript),
	}
	p.Decide, p.Count = r.Verdict()
	links := map[topology.Address]link{}
	for _, s := range r.sections() {
		shown := pageSection{Title: s.title, About: s.about}
		for _, c := range s.changes {
			change := r.page(s, c)
			shown.Changes = append(shown.Changes, change)
			if _, there := links[c.Address]; !there && s.does {
				links[c.Address] = link{"#" + change.ID, change.Action, c.Address.String() + ", " + change.Action}
			}
		}
		p.Total += len(s.changes)
		p.Sections = append(p.Sections, shown)
	}
	p.Graph = r.drawn(links)
	return reviewTemplate().Execute(w, p)
}

func (r Review) page(s section, c plan.Change) pageChange {
	more := r.beside(s, c)
	out := pageChange{
		ID: s.id + "-" + c.Address.String(), Address: c.Address.String(), Place: more.where(),
		Impact: impactBeside(c.Impact, more), NeededBy: joined(more.NeededBy),
	}
	if s.does {
		out.Action = ActionName(c.Action)
	}
	for _, h := range c.Hazards(r.Destroy) {
		out.Hazards = append(out.Hazards, pageHazard{string(h), r.why(h, c.Impact)})
	}
	for _, d := range c.Fields {
		if r.goesWithoutSaying(c, d) {
			continue
		}
		for _, row := range rows(c.Action, d, r.field(c.Address, d)) {
			out.Rows = append(out.Rows, pageRow{row.name, valueOf(row.before), valueOf(row.after), row.cause, row.secret})
		}
	}
	return out
}

// valueOf writes a value in full, nothing as nothing.
func valueOf(value any) string {
	if value == nil {
		return ""
	}
	return text(value)
}

// drawn draws the graph of the changes, "" where there is nothing to draw.
func (r Review) drawn(links map[topology.Address]link) template.HTML {
	g := r.graphOfChanges()
	if len(g.nodes) == 0 {
		return ""
	}
	var out strings.Builder
	d := &drawing{Writer: &out, graph: g, topology: r.both(), links: links}
	d.draw(r.Title())
	return template.HTML(out.String())
}
