package docker

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// account is what an engine tells of a pull of two layers and one that it has.
const account = `{"status":"Pulling from shop","id":"1"}
{"status":"Pulling fs layer","progressDetail":{},"id":"a"}
{"status":"Already exists","progressDetail":{},"id":"z"}
{"status":"Downloading","progressDetail":{"current":100,"total":400},"id":"a"}
{"status":"Downloading","progressDetail":{"current":50,"total":50},"id":"b"}
{"status":"Download complete","progressDetail":{},"id":"b"}
{"status":"Download complete","progressDetail":{},"id":"a"}
{"status":"Extracting","progressDetail":{"current":10,"total":400},"id":"a"}
{"status":"Pull complete","progressDetail":{},"id":"a"}
`

func TestFollow(t *testing.T) {
	var got []apply.Pulled
	follow := func(text string) error {
		return follow(strings.NewReader(text), func(p apply.Pulled) { got = append(got, p) })
	}
	if err := follow(account); err != nil {
		t.Fatal(err)
	}
	want := []apply.Pulled{{}, {Done: 100, Total: 400}, {Done: 150, Total: 450}, {Done: 450, Total: 450}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	if err := follow(account + `{"error":"no space left on device"}`); err == nil || err.Error() != "no space left on device" {
		t.Errorf("an account that ends with an error gives %v", err)
	}
	if err := follow(account + "{"); err == nil {
		t.Error("an account that breaks off is no error")
	}
}

func TestAPullTellsItsBytes(t *testing.T) {
	b := newBench(t)
	r := testenv.NewRegistry(t)
	content := make([]byte, 3<<20)
	_, _ = rand.Read(content)
	digest := r.PushFile(b.scope.Project, "1", "1", "x", content)
	var got []apply.Pulled
	op := plan.EnsureImage{Image: r.Host + "/" + b.scope.Project + ":1", Digest: digest}
	if err := b.Perform(t.Context(), b.scope, op, func(p apply.Pulled) { got = append(got, p) }); err != nil {
		t.Fatal(err)
	}
	for i, p := range got {
		if p.Done > p.Total || i > 0 && p.Done < got[i-1].Done {
			t.Errorf("report %d is %+v, after %+v", i, p, got[max(0, i-1)])
		}
	}
	if len(got) < 3 || got[0] != (apply.Pulled{}) {
		t.Fatalf("reports %+v: want the beginning, some between and the end", got)
	}
	if last := got[len(got)-1]; last.Done != last.Total || last.Total < int64(len(content)) {
		t.Errorf("in the end %+v, of %d bytes", last, len(content))
	}
}
