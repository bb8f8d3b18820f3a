package topology_test

import (
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func dbReference() topology.Reference {
	return topology.Reference{
		Address: db, TargetAddress: db, Host: "db.internal", Port: 5432, Scheme: "postgresql",
		Username: "main", Database: "main", Version: "15.3", Condition: topology.ConditionHealthy,
		Endpoints: map[string]topology.Endpoint{"default": {Port: 5432}, "admin": {Port: 8080, Scheme: "http", Path: "/admin"}},
	}
}

func TestParseVersion(t *testing.T) {
	for s, want := range map[string]string{"15": "15.0.0", "8.4-bookworm": "8.4.0", "v1.2.3": "1.2.3", "10.11.6-MariaDB": "10.11.6", "7.2.4rc1": "7.2.4"} {
		if v, err := topology.ParseVersion(s); err != nil || v.String() != want {
			t.Errorf("ParseVersion(%q) = %v, %v; want %s", s, v, err, want)
		}
	}
	for _, s := range []string{"", "latest", "stable-15", "-1", ".1", "sha256:12", "99999999999999999999"} {
		if v, err := topology.ParseVersion(s); err == nil {
			t.Errorf("ParseVersion(%q) = %v; want an error", s, v)
		}
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"15", "8.4-bookworm", "v1", "1..2", "latest", strings.Repeat("1.", 50) + "1", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := topology.ParseVersion(s)
		if err == nil && v.Prerelease() != "" {
			t.Errorf("%q is %s: only the leading numbers count", s, v)
		}
	})
}

func TestRelationshipReference(t *testing.T) {
	ref, errs := topology.RelationshipReference(topology.Relationship{Name: "admin", Target: dbReference(), Endpoint: "admin"})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ref.Address.String() != "relationship.admin" || ref.TargetAddress != db || ref.Host != "admin.internal" {
		t.Errorf("it leads to %s (%s) at %s", ref.Address, ref.TargetAddress, ref.Host)
	}
	if ref.Port != 8080 || ref.Scheme != "http" || ref.Path != "/admin" || ref.Condition != topology.ConditionHealthy {
		t.Errorf("its endpoint is %+v", ref)
	}
}

func TestRelationshipReferenceCondition(t *testing.T) {
	job := dbReference()
	job.Condition = topology.ConditionCompleted
	for _, tt := range []struct {
		target    topology.Reference
		condition topology.Condition
		want      topology.Condition
	}{
		{dbReference(), "", topology.ConditionHealthy},
		{dbReference(), topology.ConditionStarted, topology.ConditionStarted},
		{job, "", topology.ConditionCompleted}, // a job never becomes healthy
		{job, topology.ConditionStarted, topology.ConditionStarted},
	} {
		ref, _ := topology.RelationshipReference(topology.Relationship{Name: "x", Target: tt.target, Condition: tt.condition})
		if ref.Condition != tt.want {
			t.Errorf("%q to a target that is %s: consumers wait for %s; want %s", tt.condition, tt.target.Condition, ref.Condition, tt.want)
		}
	}
}

func TestRelationshipReferenceErrors(t *testing.T) {
	through := dbReference()
	through.Address = topology.Address{Kind: topology.KindRelationship, Name: "main"}
	unversioned := dbReference()
	unversioned.Version = "latest"
	for _, tt := range []struct {
		r    topology.Relationship
		want string // "" for none
	}{
		{topology.Relationship{Target: dbReference(), Constraint: ">= 15, < 16"}, ""},
		{topology.Relationship{Target: dbReference(), Constraint: "~> 15.1"}, ""},
		{
			topology.Relationship{Target: dbReference(), Constraint: ">= 16"},
			"relationship.r: constraint: >= 16 is required, but service.db has version 15.3",
		},
		{
			topology.Relationship{Target: through, Constraint: ">= 16"},
			"relationship.r: constraint: >= 16 is required, but relationship.main (service.db) has version 15.3",
		},
		{
			topology.Relationship{Target: dbReference(), Constraint: "newest"},
			`relationship.r: constraint: "newest" is no version constraint: want such as ">= 2.1, < 3.0"`,
		},
		{
			topology.Relationship{Target: unversioned, Constraint: ">= 1"},
			`relationship.r: constraint: >= 1 is required, but service.db has no version to compare: "latest" does not start with a version number`,
		},
		{
			topology.Relationship{Target: dbReference(), Endpoint: "nowhere"},
			`relationship.r: endpoint: service.db has no endpoint "nowhere"; it has admin, default`,
		},
	} {
		tt.r.Name = "r"
		_, errs := topology.RelationshipReference(tt.r)
		if got := messages(errs); got != tt.want {
			t.Errorf("%+v:\ngot  %s\nwant %s", tt.r, got, tt.want)
		}
	}
}

func TestCheckRelationship(t *testing.T) {
	volume := dbReference()
	volume.Address = topology.Address{Kind: topology.KindVolume, Name: "data"}
	unresolved := topology.Reference{Address: db}
	for _, tt := range []struct {
		r    topology.Relationship
		want string
	}{
		{topology.Relationship{Name: "db", Target: dbReference()}, ""},
		{topology.Relationship{Name: "Db", Target: dbReference()}, "name: "},
		{topology.Relationship{Name: "db"}, "target: the target is no service, app or relationship"},
		{topology.Relationship{Name: "db", Target: topology.Reference{Host: "pay.example", Port: 443}}, "target: the target is no service"},
		{topology.Relationship{Name: "db", Target: volume}, "target: the target is unknown: volume.data"},
		{topology.Relationship{Name: "db", Target: unresolved}, "target: the target is unknown: service.db"},
		{topology.Relationship{Name: "db", Target: dbReference(), Condition: "ready"}, `condition: "ready" is no condition`},
	} {
		got := messages(topology.CheckRelationship(tt.r))
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%+v: got %q; want %q", tt.r, got, tt.want)
		}
	}
}

func messages(errs []*topology.FieldError) string {
	var out []string
	for _, err := range errs {
		out = append(out, err.Error())
	}
	return strings.Join(out, "\n")
}
