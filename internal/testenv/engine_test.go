package testenv_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// An address that was asked for and does not answer is not replaced by another.
func TestEngineNamedButAbsent(t *testing.T) {
	host := "unix://" + filepath.Join(t.TempDir(), "s")
	t.Setenv("DOCKER_HOST", host)
	got, err := testenv.Engine(t.Context())
	if err == nil || !strings.Contains(err.Error(), host) {
		t.Errorf("got %q and %v, want an error that names %s", got, err, host)
	}
}
