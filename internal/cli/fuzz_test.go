package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

const fuzzedKey = "a key that only tests have"

var fuzzedScope = topology.Scope{Project: "shop", Environment: "default"}

// fuzzedTopology has something of each kind.
func fuzzedTopology() topology.Topology {
	web, db := topology.Address{Kind: topology.KindApp, Name: "web"}, topology.Address{Kind: topology.KindService, Name: "db"}
	store, data := topology.Address{Kind: topology.KindRelationship, Name: "store"}, topology.Address{Kind: topology.KindVolume, Name: "data"}
	toDB := topology.Reference{Address: db, TargetAddress: db, Host: "db.internal", Port: 5432, Scheme: "postgresql", Username: "main"}
	toStore := toDB
	toStore.Address, toStore.Host = store, "store.internal"
	return topology.Topology{
		Scope: fuzzedScope,
		Workloads: map[topology.Address]topology.Workload{
			web: {
				Name: "web", Image: "web:1", ImageDigest: "sha256:1", Replicas: 2, Memory: "64m", Env: map[string]string{"A": "b"}, Restart: "always",
				Mounts:        map[string]topology.Mount{"/data": {Volume: "default/data"}},
				Relationships: map[string]topology.Reference{"db": toDB, "store": toStore}, Ports: []string{"8080:80"},
				Healthcheck: &topology.Healthcheck{HTTP: ":80/"}, Hooks: &topology.HookCommands{Deploy: []string{"true"}},
			},
			db: {Name: "db", Type: "postgresql:15", Image: "postgres:15", ImageDigest: "sha256:2", Replicas: 1, DataVolume: "shop-default-db.data"},
		},
		Relationships: map[topology.Address]topology.Relationship{store: {Name: "store", Target: toDB}},
		Volumes:       map[topology.Address]topology.Volume{data: {Name: "data", Shared: true}},
	}
}

func asJSON(f *testing.F, value any) []byte {
	f.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		f.Fatal(err)
	}
	return text
}

// shown is where output goes; it checks that it can do nothing but be read.
type shown struct {
	io.Writer
	text *bytes.Buffer
}

func newShown() shown {
	text := &bytes.Buffer{}
	return shown{view.Harmless(text, view.Style{}), text}
}

func (s shown) check(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if text := s.text.String(); strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }) {
		t.Errorf("something in it can do more than be read: %q", text)
	}
}

// FuzzLedger: whatever is recorded, it is shown, compared and planned, or refused.
func FuzzLedger(f *testing.F) {
	content := revision.NewContent(fuzzedScope)
	content.Topology = fuzzedTopology()
	content.Hidden[topology.Address{Kind: topology.KindApp, Name: "web"}] = []string{`env["A"]`}
	begun := `{"format_version": "1.0", "id": "mine", "number": 1, "operation": "apply", "began": "2026-01-01T00:00:00Z", "author": "a\u001b[2J", "message": "m\nn",
"bayplan_version": "1", "git": {"commit": "0123456789abcdef", "subject": "s"}, "count": {"create": 1}, "changes": [{"address": "app.web", "action": "create", "fields": ["image"], "impact": "creates 1 instance"}],
"images": {"app.web": {"image": "web:1", "digest": "sha256:1"}}, "key_id": "k", "sealed": "AAAA"}`
	ended := `{"status": "failed", "ended": "2026-01-01T00:01:00Z", "outcomes": {"app.web": {"outcome": "failed", "seconds": 1.5}}, "taken_back": {"app.web": {"outcome": "done", "seconds": 1}}}`
	f.Add([]byte(begun), []byte(ended), asJSON(f, content))
	f.Add([]byte(`{"format_version": "1."}`), []byte(`{}`), []byte(`{}`))
	f.Add([]byte(`{"format_version": "2.0"}`), []byte(`null`), []byte(`null`))
	key := topology.Key(fuzzedKey)
	f.Fuzz(func(t *testing.T, begun, ended, content []byte) {
		rt := runtimetest.NewMemory()
		if err := rt.Begin(t.Context(), fuzzedScope, 1, begun); err != nil {
			t.Fatal(err)
		}
		if err := rt.End(t.Context(), fuzzedScope, 1, ended); err != nil {
			t.Fatal(err)
		}
		l, err := readLedger(t.Context(), provider.Session{Runtime: rt, Scope: fuzzedScope})
		if err != nil {
			return
		}
		out, r := newShown(), l.revisions[0]
		view.WriteHistory(out, view.Style{}, l.revisions)
		out.check(t, view.WriteHistoryJSON(out, fuzzedScope, l.revisions, nil), view.WriteRevision(out, view.Style{}, r, nil))
		if _, err := r.Open(key, fuzzedScope); err == nil {
			t.Error("what is sealed with another key is opened")
		}
		var wanted revision.Content
		if json.Unmarshal(content, &wanted) != nil || wanted.Topology.Scope != fuzzedScope {
			return
		}
		if err := r.Seal(key, wanted); err != nil {
			t.Fatal(err)
		}
		if wanted, err = r.Open(key, fuzzedScope); err != nil {
			t.Fatalf("what was sealed cannot be opened: %v", err)
		}
		out.check(t, view.WriteRevision(out, view.Style{}, r, &wanted), view.WriteHistoryJSON(out, fuzzedScope, l.revisions, &wanted))
		for _, a := range wanted.Addresses() {
			out.check(t, view.WriteBlame(out, revision.Blame([]revision.Opened{{Revision: r, Content: wanted}}, a, "")))
		}
		l.revisions[0] = r
		l.otherNames(key, wanted.Topology).live(wanted.Topology, topology.Live{Scope: fuzzedScope})
		changes := plan.Between(fuzzedTopology(), wanted.Topology, nil)
		view.WriteDiff(out, view.Style{}, view.Diff{Changes: changes})
		out.check(t, view.WriteDiffJSON(out, view.Diff{Changes: changes}))
		view.WriteMermaid(out, wanted.Topology)
		view.WriteSVG(out, wanted.Topology, nil)
		out.check(t)
	})
}

// FuzzPlan: whatever is in the file of a saved plan, or sealed in it, it is
// planned again and shown, or refused.
func FuzzPlan(f *testing.F) {
	f.Setenv("BAYPLAN_KEY", fuzzedKey)
	key := topology.Key(fuzzedKey)
	rt := runtimetest.NewMemory()
	c := &command{Program: Program{Version: "1", NewRuntime: func(provider.EngineOptions) (apply.Runtime, error) { return rt, nil }}}
	header := savedHeader{
		FormatVersion: savedFormat, Bayplan: c.Version, Engine: rt.Endpoint(), Addresses: []topology.Address{},
		Provider: provider.Settings{Project: fuzzedScope.Project, Environment: fuzzedScope.Environment},
	}
	desired := fuzzedTopology()
	about, err := plan.Everything(desired, topology.Live{Scope: fuzzedScope}, nil)
	if err != nil {
		f.Fatal(err)
	}
	web := topology.Address{Kind: topology.KindApp, Name: "web"}
	content := savedContent{Input: plan.Input{Desired: desired, About: about, Live: topology.Live{
		Scope: fuzzedScope,
		Instances: []topology.Instance{{
			ID: "1", Name: "shop-default-web-1-1", Address: web, Generation: 1, N: 1, SpecHash: "x", Status: topology.StatusRunning, Workload: desired.Workloads[web],
			Networks: map[string][]string{"shop-default-net.egress": nil}, Mounts: map[string]topology.VolumeUse{"/data": {Volume: "shop-default-data"}},
		}},
		Networks: []topology.Network{{ID: "n", Name: "shop-default-net.egress", Kind: topology.NetworkEgress}},
		Volumes:  []topology.LiveVolume{{Name: "shop-default-data", Address: topology.Address{Kind: topology.KindVolume, Name: "data"}}},
	}}}
	file := filepath.Join(f.TempDir(), "seed")
	if err := writeSaved(file, key, header, content); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, asJSON(f, content))
	f.Add([]byte(`{"format_version": "1", "bayplan_version": "1", "sealed": "AAAA"}`), []byte(`{}`))
	f.Add([]byte("\x1b"), []byte(`{"Input": {"About": ["app.web", "volume.x", "relationship.y", ""]}}`))
	f.Fuzz(func(t *testing.T, text, inside []byte) {
		name := filepath.Join(t.TempDir(), "plan")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.reopen(name); err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not say in which file", err)
		}
		var content savedContent
		if json.Unmarshal(inside, &content) != nil {
			return
		}
		if err := writeSaved(name, key, header, content); err != nil {
			t.Fatal(err)
		}
		p, proposed, err := c.reopen(name)
		if err != nil {
			return
		}
		out := newShown()
		view.WritePlan(out, view.Style{}, proposed.Plan)
		out.check(t, view.WritePlanJSON(out, proposed.Plan, nil, nil))
		if p.Scope != fuzzedScope {
			t.Errorf("it is of %v", p.Scope)
		}
	})
}

// FuzzTerraformPlan: whatever terraform is said to have planned, it is reviewed or refused.
func FuzzTerraformPlan(f *testing.F) {
	f.Add([]byte(`{"format_version": "1.2", "configuration": {"provider_config": {"bayplan": {"full_name": "registry.terraform.io/bayplan/bayplan", "expressions": {"project": {"constant_value": "shop"}}}}},
"resource_drift": [{"address": "bayplan_app.web", "mode": "managed", "type": "bayplan_app", "change": {"actions": ["update"], "before": {"name": "web", "memory": "1m"}, "after": {"name": "web"}}}],
"resource_changes": [
{"address": "bayplan_app.web", "previous_address": "bayplan_app.www", "mode": "managed", "type": "bayplan_app", "change": {"actions": ["delete", "create"],
 "before": {"id": "default/web", "name": "web", "image": "web:1", "env": {"A": "\u001b[2J", "B": "</script>"}, "instances": {"a": {}}, "relationships": {"db": {"address": "service.db", "target_address": "service.db", "host": "db.internal", "port": 1}}, "mounts": {"/a": {"volume": "default/data"}}},
 "after": {"id": "default/web", "name": "web", "image": "web:2", "impact": "replaces 1 instance because of image", "replicas": 1e30, "cpus": 0.5}, "after_unknown": {"status": true}, "before_sensitive": {"env": {"A": true}}, "after_sensitive": false}},
{"address": "bayplan_volume.data", "mode": "managed", "type": "bayplan_volume", "change": {"actions": ["delete"], "before": {"name": "data", "on_destroy": "delete"}, "after": null}},
{"address": "bayplan_relationship.s", "mode": "managed", "type": "bayplan_relationship", "change": {"actions": ["create"], "after": {"name": "s", "constraint": ">= 1", "target": {"address": "service.db", "host": "db"}}}},
{"address": "aws_instance.x", "mode": "managed", "type": "aws_instance", "change": {"actions": ["create"]}},
{"address": "bayplan_app.evil", "mode": "managed", "type": "bayplan_app", "change": {"actions": ["create"], "after": {"name": "a\"]\n  b --> c"}}}]}`))
	f.Add([]byte(`{"format_version": "1.2", "errored": true, "resource_changes": [null, {}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := reviewOfTerraform(name)
		if err != nil {
			return
		}
		for _, write := range reviewFormats {
			out := newShown()
			out.check(t, write(out, r))
		}
	})
}
