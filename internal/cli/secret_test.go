package cli

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func TestSecret(t *testing.T) {
	web := topology.Address{Kind: topology.KindApp, Name: "web"}
	gone := topology.Address{Kind: topology.KindApp, Name: "gone"}
	p := &project{
		desired: topology.Topology{Workloads: map[topology.Address]topology.Workload{
			web: {Env: map[string]string{"OPEN": "1", "TOKEN": "2"}},
		}},
		sources: map[topology.Address]*config.Resource{web: {Sensitive: []cty.Path{
			cty.GetAttrPath("env").IndexString("TOKEN"), cty.GetAttrPath("command"), cty.GetAttrPath("healthcheck").GetAttr("test"),
		}}},
	}
	for _, tt := range []struct {
		at         topology.Address
		field, key string
		want       bool
	}{
		{web, "env", "OPEN", false},
		{web, "env", "TOKEN", true},
		{web, "env", "REMOVED", true}, // nobody knows any more
		{web, "command", "", true},
		{web, "healthcheck", "", true},
		{web, "image", "", false},
		{web, "labels", "a", false},
		{gone, "env", "OPEN", true},
		{gone, "image", "", false},
	} {
		if got := p.secret(tt.at, tt.field, tt.key); got != tt.want {
			t.Errorf("%s %s[%q]: got %v; want %v", tt.at, tt.field, tt.key, got, tt.want)
		}
	}
}

// What may have been a secret is hidden, in doubt.
func TestHidden(t *testing.T) {
	plain := topology.Address{Kind: topology.KindApp, Name: "plain"}
	keeps := topology.Address{Kind: topology.KindApp, Name: "keeps"}
	gone := topology.Address{Kind: topology.KindApp, Name: "gone"}
	share := topology.Address{Kind: topology.KindVolume, Name: "share"}
	locked := topology.Address{Kind: topology.KindVolume, Name: "locked"}
	set := topology.Workload{Env: map[string]string{"OPEN": "1", "TOKEN": "2"}, Configuration: map[string]string{"level": "info"}}
	p := &project{
		desired: topology.Topology{
			Workloads: map[topology.Address]topology.Workload{plain: set, keeps: set},
			Volumes: map[topology.Address]topology.Volume{
				share:  {DriverOpts: map[string]string{"o": "username=guest"}},
				locked: {DriverOpts: map[string]string{"o": "username=guest,password=x", "type": "cifs"}},
			},
		},
		sources: map[topology.Address]*config.Resource{
			plain: {}, share: {}, locked: {}, keeps: {Sensitive: []cty.Path{cty.GetAttrPath("env").IndexString("TOKEN")}},
		},
	}
	for _, tt := range []struct {
		at         topology.Address
		field, key string
		want       view.Hidden
	}{
		{plain, "env", "OPEN", view.HiddenOld},
		{plain, "env", "REMOVED", view.HiddenBoth},
		{plain, "configuration", "level", view.HiddenOld},
		{plain, "configuration", "masterauth", view.HiddenBoth},
		{share, "driver_opts", "o", view.HiddenOld},
		{share, "driver_opts", "device", view.HiddenBoth},
		{locked, "driver_opts", "o", view.HiddenBoth},
		{locked, "driver_opts", "type", view.HiddenOld},
		{plain, "command", "", view.HiddenNone},
		{plain, "labels", "a", view.HiddenNone},
		{plain, "memory", "", view.HiddenNone},
		{keeps, "env", "TOKEN", view.HiddenBoth},
		{keeps, "env", "OPEN", view.HiddenOld},
		{keeps, "command", "", view.HiddenOld},
		{keeps, "healthcheck", "", view.HiddenOld},
		{keeps, "memory", "", view.HiddenNone},
		{gone, "entrypoint", "", view.HiddenOld},
	} {
		if got := p.hidden(tt.at, tt.field, tt.key); got != tt.want {
			t.Errorf("%s %s[%q]: got %q; want %q", tt.at, tt.field, tt.key, got, tt.want)
		}
	}
}
