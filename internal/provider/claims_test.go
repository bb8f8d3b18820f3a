package provider

import (
	"errors"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func app(name string) topology.Address { return topology.Address{Kind: topology.KindApp, Name: name} }

func TestClaims(t *testing.T) {
	data := func(m topology.Mount) map[string]topology.Mount {
		m.Volume = "default/data"
		return map[string]topology.Mount{"/data": m}
	}
	private := func(string) (bool, error) { return false, nil }
	shared := func(string) (bool, error) { return true, nil }
	unread := func(string) (bool, error) { return false, errors.New("500") }
	for _, tt := range []struct {
		name  string
		claim func(c *claims) error
		want  string // the place of the error, "" for none
	}{
		{"same port", func(c *claims) error {
			return errors.Join(c.publish(app("a"), []string{"80:1"}), c.publish(app("b"), []string{"81:1", "80:2"}))
		}, "app.b: ports: 127.0.0.1:80:2 is also published by app.a, as 127.0.0.1:80:1"},
		{"port of all interfaces", func(c *claims) error {
			return errors.Join(c.publish(app("a"), []string{"0.0.0.0:80:1"}), c.publish(app("b"), []string{"80:2"}))
		}, "app.b: ports: 127.0.0.1:80:2 is also published by app.a, as 0.0.0.0:80:1"},
		{"another protocol", func(c *claims) error {
			return errors.Join(c.publish(app("a"), []string{"80:1"}), c.publish(app("b"), []string{"80:2/udp"}))
		}, ""},
		{"given up", func(c *claims) error {
			return errors.Join(c.publish(app("a"), []string{"80:1"}), c.publish(app("a"), []string{"81:1"}), c.publish(app("b"), []string{"80:1"}))
		}, ""},
		{"two writers", func(c *claims) error {
			return errors.Join(c.write(app("a"), data(topology.Mount{}), private), c.write(app("b"), data(topology.Mount{}), private))
		}, `app.b: mounts["/data"]: volume default/data is also written to by app.a, and it is not shared`},
		{"a writer and a reader", func(c *claims) error {
			return errors.Join(c.write(app("a"), data(topology.Mount{}), private), c.write(app("b"), data(topology.Mount{ReadOnly: true}), private))
		}, ""},
		{"shared, as declared", func(c *claims) error {
			c.declare("default/data", true)
			return errors.Join(c.write(app("a"), data(topology.Mount{}), private), c.write(app("b"), data(topology.Mount{}), private))
		}, ""},
		{"shared, as it was made", func(c *claims) error {
			return errors.Join(c.write(app("a"), data(topology.Mount{}), shared), c.write(app("b"), data(topology.Mount{}), shared))
		}, ""},
		{"shared, if it could be read", func(c *claims) error {
			return errors.Join(c.write(app("a"), data(topology.Mount{}), unread), c.write(app("b"), data(topology.Mount{}), unread))
		}, "500"},
		{"no longer shared", func(c *claims) error {
			c.declare("default/data", false)
			return errors.Join(c.write(app("a"), data(topology.Mount{}), shared), c.write(app("b"), data(topology.Mount{}), shared))
		}, `app.b: mounts["/data"]: volume default/data is also written to by app.a, and it is not shared`},
		{"created twice", func(c *claims) error { return errors.Join(c.name(app("a"), true), c.name(app("a"), true)) }, "app.a: name: another resource is app.a too"},
		{"replaced", func(c *claims) error { return errors.Join(c.name(app("a"), false), c.name(app("a"), true)) }, ""},
		{"renamed onto another", func(c *claims) error { return errors.Join(c.name(app("a"), false), c.rename(app("b"), app("a"))) }, "app.a: name: another resource is app.a too"},
		{"renamed onto another, first", func(c *claims) error { return errors.Join(c.rename(app("b"), app("a")), c.name(app("a"), false)) }, "app.a: name: another resource is app.a too"},
		{"renamed onto a new one", func(c *claims) error { return errors.Join(c.name(app("a"), true), c.rename(app("b"), app("a"))) }, "app.a: name: another resource is app.a too"},
		{"renamed onto a new one, first", func(c *claims) error { return errors.Join(c.rename(app("b"), app("a")), c.name(app("a"), true)) }, "app.a: name: another resource is app.a too"},
		{"two renamed alike", func(c *claims) error {
			return errors.Join(c.rename(app("b"), app("a")), c.rename(app("c"), app("a")))
		}, "app.a: name: another resource is app.a too"},
		{"renamed in a row", func(c *claims) error {
			return errors.Join(c.rename(app("b"), app("c")), c.rename(app("a"), app("b")), c.rename(app("a"), app("b")))
		}, ""},
		{"an app and a service", func(c *claims) error {
			return errors.Join(c.name(app("a"), false), c.name(topology.Address{Kind: topology.KindService, Name: "a"}, true))
		}, "service.a: name: app.a has the same name"},
		{"an app and a volume", func(c *claims) error {
			return errors.Join(c.name(app("a"), false), c.name(topology.Address{Kind: topology.KindVolume, Name: "a"}, true))
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.claim(newClaims()); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}
