package verifier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
)

var wanted = keyless.Identity{
	Name: "release@shop.example", Issuer: "https://accounts.example", TrustedRoot: `{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`,
}

func TestRunLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	answer, err := Run(t.Context(), keyless.Request{Wanted: wanted, Bundles: []keyless.Bundle{{Text: []byte("no bundle"), Digest: "sha256:00"}}})
	if err != nil || answer.Signers[0].Error == "" || answer.Signers[0].Wanted {
		t.Errorf("got %+v, %v", answer, err)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	broken := wanted
	broken.TrustedRoot = "{"
	if _, err := Run(t.Context(), keyless.Request{Wanted: broken}); err == nil || !strings.Contains(err.Error(), "verifier program: exit status 1: trusted_root") {
		t.Errorf("got %v", err)
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	if _, err := Run(t.Context(), keyless.Request{Wanted: wanted}); err == nil || !strings.Contains(err.Error(), "no such file or directory") {
		t.Errorf("without a directory: %v", err)
	}
	built := compressed
	t.Cleanup(func() { compressed = built })
	compressed = nil
	if _, err := Run(t.Context(), keyless.Request{Wanted: wanted}); err == nil || !strings.Contains(err.Error(), "run make install") {
		t.Errorf("without a program: %v", err)
	}
}
