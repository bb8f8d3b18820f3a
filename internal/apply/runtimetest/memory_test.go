package runtimetest_test

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const (
	busybox = "busybox:stable"
	digest  = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
)

var scope = topology.Scope{Project: "shop", Environment: "default"}

func TestMemoryKeepsTheContract(t *testing.T) {
	runtimetest.Contract(t, func(*testing.T) (apply.Runtime, topology.Scope, string, string) {
		m := runtimetest.NewMemory()
		m.SetImage(busybox, runtimetest.Image{Digest: digest, Version: "1.36"})
		return m, scope, busybox, digest
	})
}
