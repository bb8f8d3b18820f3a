package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

func TestCause(t *testing.T) {
	for name, tt := range map[string]struct{ before, happens, after, want string }{
		"a variable": {
			before: "app web image=web:1 env.A=1", after: "app web image=web:1 env.A=2",
			want: `app.web env["A"]: configuration of app.web env["A"]`,
		},
		"a port of the target": {
			before: "app api image=api:1 port=80\napp web image=web:1 relationships.api=app.api",
			after:  "app api image=api:1 port=81\napp web image=web:1 relationships.api=app.api",
			want:   `app.web relationships["api"]: change of app.api port`,
		},
		"another target of a relationship": {
			before: "app a image=a:1 port=80\napp b image=a:1 port=81\nrelationship r target=app.a\napp web image=web:1 relationships.r=relationship.r",
			after:  "app a image=a:1 port=80\napp b image=a:1 port=81\nrelationship r target=app.b\napp web image=web:1 relationships.r=relationship.r",
			want: `relationship.r target: configuration of relationship.r target
app.web relationships["r"]: change of relationship.r target`,
		},
		"another target of an app": {
			before: "app a image=a:1 port=80\napp b image=a:1 port=81\napp web image=web:1 relationships.r=app.a",
			after:  "app a image=a:1 port=80\napp b image=a:1 port=81\napp web image=web:1 relationships.r=app.b",
			want:   `app.web relationships["r"]: configuration of app.web relationships["r"]`,
		},
		"another image": {
			before: "app web image=web:1", after: "app web image=web:2",
			want: `app.web image: configuration of app.web image
app.web version: configuration of app.web version
app.web image_digest: configuration of app.web image_digest`,
		},
		"a tag that leads elsewhere": {
			before: "app web image=web:1", after: "app web image=web:1", happens: "retag web:1 sha256:another",
			want: `app.web image_digest: tag of app.web image_digest`,
		},
		"a consumer cut off": {
			before:  "service db type=redis:7\napp web image=web:1 relationships.db=service.db",
			after:   "service db type=redis:7\napp web image=web:1 relationships.db=service.db",
			happens: "disconnect shop-default-app.web.db.service.db shop-default-web-1-1",
			want:    `app.web relationships["db"]: drift of app.web relationships["db"]; as made`,
		},
		"a target cut off": {
			before:  "service db type=redis:7\nrelationship cache target=service.db",
			after:   "service db type=redis:7\nrelationship cache target=service.db",
			happens: "disconnect shop-default-cache shop-default-db-1-1",
			want:    `relationship.cache target: drift of relationship.cache target; as made`,
		},
		"a limit, which has no record": {
			before: "app web image=web:1 memory=32m", after: "app web image=web:1 memory=32m", happens: "memory shop-default-web-1-1 64m",
			want: `app.web memory: configuration of app.web memory; as made`,
		},
		"a new app": {after: "relationship r target=app.web\napp web image=web:1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &story{world: newWorld()}
			s.told(t, tt.before)
			s.apply(t, options{}, s.order...)
			s.told(t, tt.after)
			if tt.happens != "" {
				s.outOfBand(t, strings.Fields(tt.happens))
				s.told(t, tt.after)
			}
			if diff := cmp.Diff(tt.want, s.causes(t)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// told declares what is wanted from then on.
func (s *story) told(t *testing.T, text string) {
	t.Helper()
	s.declared = newDeclared()
	for line := range strings.Lines(text) {
		if err := s.declared.declare(line); err != nil {
			t.Fatal(err)
		}
	}
	s.want(t, s.declared)
}

// causes writes why what is live differs, a field a line.
func (s *story) causes(t *testing.T) string {
	t.Helper()
	in := s.input(t, options{}, s.order...)
	p, err := plan.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range p.Changes {
		if c.Action != plan.ActionUpdate {
			continue
		}
		for _, d := range append(in.ImageNames(c), c.Fields...) {
			cause := in.Cause(c, d)
			line := c.Address.String() + " " + place(d.Field, d.Key) + ": " + string(cause.Kind) + " of " + cause.Of.String() + " " + place(cause.Field, cause.Key)
			if in.AsMade(c.Address) {
				line += "; as made"
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func place(field, key string) string {
	if key == "" {
		return field
	}
	return field + `["` + key + `"]`
}
