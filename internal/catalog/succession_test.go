package catalog_test

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestSucceed(t *testing.T) {
	for _, tt := range []struct {
		before, after string
		want          catalog.Succession
	}{
		{"redis:7", "redis:7", catalog.SuccessionSame},
		{"redis:7", "redis:7.2", catalog.SuccessionSame}, // which 7 was, nobody knows
		{"redis:7.2", "redis:7", catalog.SuccessionSame},
		{"redis:7.0.15", "redis:7.0.16", catalog.SuccessionSame},
		{"redis:7.0", "redis:7.2-alpine", catalog.SuccessionConverts},
		{"redis:7", "redis:8", catalog.SuccessionConverts},
		{"redis:7.2", "redis:7.0", catalog.SuccessionDown},
		{"redis:7.2.4", "redis:7.2.3", catalog.SuccessionDown},
		{"redis:10", "redis:9", catalog.SuccessionDown},
		{"redis:7", "redis:latest", catalog.SuccessionSame},
		{"redis:7", "valkey:8", catalog.SuccessionOther},
		{"mysql:8.0", "mariadb:11", catalog.SuccessionOther},
		{"mysql:8.0", "mysql:8.4", catalog.SuccessionConverts},
		{"postgresql:15", "postgresql:16", catalog.SuccessionDump},
		{"postgresql:15.3", "postgresql:15.4", catalog.SuccessionSame},
		{"postgresql:16", "postgresql:15", catalog.SuccessionDown},
		{"elasticsearch:8.15.2", "elasticsearch:8.15.3", catalog.SuccessionConverts},
		{"", "redis:7", catalog.SuccessionSame}, // an image of one's own is one's own business
	} {
		after, _ := catalog.Complete(scope, db, topology.Workload{Name: "db", Type: tt.after})
		if got := catalog.Succeed(topology.Workload{Type: tt.before}, after); got != tt.want {
			t.Errorf("%s to %s: %d; want %d", tt.before, tt.after, got, tt.want)
		}
	}
	own := topology.Workload{Type: "postgresql:16", Image: "registry.example/upgrading-postgres:16"}
	if got := catalog.Succeed(topology.Workload{Type: "postgresql:15"}, own); got != catalog.SuccessionConverts {
		t.Errorf("an image of one's own: %d", got)
	}
}
