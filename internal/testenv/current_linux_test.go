package testenv_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

func TestCurrent(t *testing.T) {
	m := testenv.NewCurrent(t, []string{"busybox:stable"})
	has, err := m.Docker.ServerVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	major, _, _ := strings.Cut(has.Version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < 26 {
		t.Errorf("it is of version %q", has.Version)
	}
	made, err := m.Docker.ContainerCreate(t.Context(), &container.Config{Image: "busybox:stable", Cmd: []string{"sleep", "3600"}}, nil, nil, nil, "busy")
	if err == nil {
		err = m.Docker.ContainerStart(t.Context(), made.ID, container.StartOptions{})
	}
	if err != nil {
		t.Error(err)
	}
}
