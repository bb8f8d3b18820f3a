package topology

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
)

// DefaultEndpoint is the name of the endpoint that a relationship leads to
// when it names none.
const DefaultEndpoint = "default"

// RelationshipReference returns what consumers know of a relationship, and
// what is wrong with it for its target: an endpoint that is not there, a
// version that its constraint does not allow.
func RelationshipReference(r Relationship) (Reference, []*FieldError) {
	a := Address{Kind: KindRelationship, Name: r.Name}
	ref := r.Target
	ref.Address, ref.Host = a, a.Host()
	switch {
	case r.Condition != "":
		ref.Condition = r.Condition
	case r.Target.Condition != ConditionCompleted: // a job is waited for as one
		ref.Condition = ConditionHealthy
	}
	var errs []*FieldError
	if r.Endpoint != "" {
		e, ok := r.Target.Endpoints[r.Endpoint]
		if !ok {
			errs = append(errs, &FieldError{
				Address: a, Field: "endpoint",
				Err: fmt.Errorf("%s has no endpoint %q; it has %s", r.Target.Address, r.Endpoint, names(r.Target.Endpoints)),
			})
		}
		ref.Port, ref.Scheme, ref.Path = e.Port, e.Scheme, e.Path
	}
	if err := checkConstraint(r); err != nil {
		errs = append(errs, err)
	}
	return ref, errs
}

func checkConstraint(r Relationship) *FieldError {
	if r.Constraint == "" {
		return nil
	}
	a := Address{Kind: KindRelationship, Name: r.Name}
	constraint, err := version.NewConstraint(r.Constraint)
	if err != nil {
		return &FieldError{Address: a, Field: "constraint", Err: fmt.Errorf("%q is no version constraint: want such as %q", r.Constraint, ">= 2.1, < 3.0")}
	}
	v, err := ParseVersion(r.Target.Version)
	if err != nil {
		return &FieldError{Address: a, Field: "constraint", Err: fmt.Errorf("%s is required, but %s has no version to compare: %w", r.Constraint, r.Target.Address, err), Hint: "Set version on the target."}
	}
	if constraint.Check(v) {
		return nil
	}
	at := r.Target.Address.String()
	if r.Target.TargetAddress != r.Target.Address {
		at += " (" + r.Target.TargetAddress.String() + ")"
	}
	return &FieldError{
		Address: a, Field: "constraint",
		Err:  fmt.Errorf("%s is required, but %s has version %s", r.Constraint, at, r.Target.Version),
		Hint: "Change the constraint, the target's version, or lead the relationship to another target.",
	}
}

var versionStart = regexp.MustCompile(`^v?[0-9]+(\.[0-9]+)*`)

// ParseVersion reads the leading numbers of a version: "8.4-bookworm" is 8.4.
func ParseVersion(s string) (*version.Version, error) {
	start := versionStart.FindString(s)
	if start == "" {
		return nil, fmt.Errorf("%q does not start with a version number", s)
	}
	return version.NewVersion(start)
}

// CheckRelationship returns what is wrong with a relationship whatever its target.
func CheckRelationship(r Relationship) []*FieldError {
	c := check{at: Address{Kind: KindRelationship, Name: r.Name}}
	c.add("name", "", ValidName(r.Name))
	c.add("condition", "", validCondition(r.Condition))
	switch {
	case r.Target.External():
		c.addHint("target", "", errors.New("the target is no service, app or relationship"),
			"Refer to the resource itself: target = bayplan_service.db. What is outside the topology goes into an app's relationships as an object with host and port.")
	default:
		c.add("target", "", validReference(r.Target))
	}
	return c.errs
}

// validReference returns what is wrong with a reference by itself.
func validReference(r Reference) error {
	switch {
	case r.External() && r.Host == "":
		return errors.New("the target is unknown: it has neither an address nor a host")
	case r.External():
		return validOutside(r)
	case r.Address.Kind == KindVolume:
		return fmt.Errorf("the target is unknown: %s is no service, app or relationship", r.Address)
	case !r.TargetAddress.IsWorkload() || r.Host == "":
		return fmt.Errorf("the target is unknown: %s is not a reference to a resource", r.Address)
	}
	return validCondition(r.Condition)
}

func validCondition(c Condition) error {
	switch c {
	case "", ConditionStarted, ConditionHealthy, ConditionCompleted:
		return nil
	}
	return fmt.Errorf("%q is no condition: want started, healthy or completed", c)
}

func names[T any](m map[string]T) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
