package apply_test

import (
	"errors"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestLockedOut(t *testing.T) {
	app, db := topology.Address{Kind: topology.KindApp, Name: "web"}, topology.Address{Kind: topology.KindService, Name: "db"}
	reference := func(principal string) topology.Reference {
		return topology.Reference{Address: db, TargetAddress: db, Username: "main", Principal: principal}
	}
	from := func(before, after any) []plan.Change {
		return []plan.Change{{Address: app, Action: plan.ActionUpdate, Fields: []plan.FieldDiff{{Field: "relationships", Key: "db", Old: before, New: after}}}}
	}
	const done, failed, abandoned = apply.OutcomeDone, apply.OutcomeFailed, apply.OutcomeAbandoned
	for what, tt := range map[string]struct {
		changes []plan.Change
		result  apply.Result
		want    bool
	}{
		"it failed after the rotation":         {from(reference("db"), reference("db/2")), apply.Result{app: failed, db: done}, true},
		"it was not done":                      {from(reference("db"), reference("db/2")), apply.Result{app: abandoned, db: done}, true},
		"the rotation was of an earlier apply": {from(reference("db"), reference("db/2")), apply.Result{app: failed}, true},
		"the rotation failed":                  {from(reference("db"), reference("db/2")), apply.Result{app: abandoned, db: failed}, false},
		"it succeeded":                         {from(reference("db"), reference("db/2")), apply.Result{app: done, db: done}, false},
		"it has no instance with a former one": {from(nil, reference("db/2")), apply.Result{app: failed, db: done}, false},
		"the password is the same":             {from(reference("db"), topology.Reference{Address: db, TargetAddress: db, Username: "main", Principal: "db", Port: 1}), apply.Result{app: failed, db: done}, false},
		"it is to have another service":        {from(topology.Reference{Address: app, TargetAddress: app, Username: "main", Principal: "other"}, reference("db")), apply.Result{app: failed, db: done}, false},
	} {
		err := apply.LockedOut(tt.changes, tt.result)
		var out *apply.LockedOutError
		if is := errors.As(err, &out); is != tt.want || is && *out != (apply.LockedOutError{Address: app, Service: db}) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
