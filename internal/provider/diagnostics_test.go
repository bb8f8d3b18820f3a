package provider

import (
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
