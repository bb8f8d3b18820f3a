package catalog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// rotation is the command by which a type changes the password of its user, and
// what it reads from its input, with the placeholders of Env.
type rotation struct {
	command []string
	input   string
}

// Rotation is that command for one service. Its input has the password in it.
type Rotation struct {
	Command         []string
	Input, Password string
}

// Rotate returns how an instance of a service is told the password of its user.
func Rotate(s topology.Scope, a topology.Address, w topology.Workload, key topology.Key) Rotation {
	t := of(w)
	if t.rotation == nil {
		return Rotation{}
	}
	fill := derived(s, a, w, key)
	out := Rotation{Input: fill.Replace(t.rotation.input), Password: fill.Replace("{password}")}
	for _, part := range t.rotation.command {
		out.Command = append(out.Command, fill.Replace(part))
	}
	return out
}

// derived replaces the placeholders of a type's variables by the values of a service.
func derived(s topology.Scope, a topology.Address, w topology.Workload, key topology.Key) *strings.Replacer {
	t, user, root := of(w), a, a
	user.Name, root.Name = principal(s, a, w), dataName(s, a, w)
	return strings.NewReplacer(
		"{username}", t.Username, "{database}", t.Database, "{host}", a.Host(),
		"{password}", key.Password(s, user, t.Username), "{root-password}", key.Password(s, root, "root"),
	)
}

// principal returns the name that the password of a service's user is derived
// from: that of the service whose data it has, and its version.
func principal(s topology.Scope, a topology.Address, w topology.Workload) string {
	name := dataName(s, a, w)
	if w.CredentialsVersion != 0 {
		name += fmt.Sprintf("/%d", w.CredentialsVersion)
	}
	return name
}

// checkRotation returns what is wrong with the version of a service's credentials.
func checkRotation(a topology.Address, w topology.Workload) []*topology.FieldError {
	e := &topology.FieldError{Address: a, Field: "credentials_version"}
	switch t := of(w); {
	case w.CredentialsVersion == 0:
		return nil
	case w.CredentialsVersion < 0:
		e.Err = fmt.Errorf("%d is negative", w.CredentialsVersion)
	case t.Username == "":
		e.Err, e.Hint = errors.New("the service has no user whose password could change"), "Leave it out."
	case t.rotation == nil:
		e.Err, e.Hint = fmt.Errorf("the password of a %s cannot be changed from here", t.Name), "Leave it out; another key of the provider gives a new service another password."
	default:
		return nil
	}
	return []*topology.FieldError{e}
}
