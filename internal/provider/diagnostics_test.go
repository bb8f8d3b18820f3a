package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What is wrong with a value of a megabyte is told in a message that can be read.
func TestReportOfMuch(t *testing.T) {
	long := topology.Address{Kind: topology.KindApp, Name: strings.Repeat("é", 1<<19)}
	for _, e := range topology.CheckWorkload(topology.Scope{}, long, topology.Workload{Name: long.Name, Image: "a", Replicas: 1, Memory: topology.Size(long.Name)}) {
		var diags diag.Diagnostics
		report(&diags, "validate", long, e)
		d := diags[0]
		if n := len(d.Summary()) + len(d.Detail()); n > 2*(detailLimit+summaryLimit) || !strings.HasPrefix(d.Summary(), "Cannot validate app.") || !strings.Contains(d.Detail(), "characters)") {
			t.Errorf("%.300s: %.300s, of %d bytes", d.Summary(), d.Detail(), n)
		}
	}
}

// Terraform writes what it is told as it is.
func TestReportIsInert(t *testing.T) {
	var diags diag.Diagnostics
	report(&diags, "plan", topology.Address{Kind: topology.KindApp, Name: "web"}, errors.New("a\x1b[2J\r\u009b\u202e\n\tb"))
	if want := `a\u001b[2J\u000d\u009b\u202e` + "\n\tb"; diags[0].Detail() != want {
		t.Errorf("got %q, want %q", diags[0].Detail(), want)
	}
}
