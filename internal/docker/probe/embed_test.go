package probe

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"
	"testing/fstest"
)

func TestBinaryIsForItsArchitecture(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		program, err := Binary(arch)
		if err != nil {
			t.Fatal(err)
		}
		file, err := elf.NewFile(bytes.NewReader(program))
		if err != nil {
			t.Fatal(err)
		}
		if file.Machine != machine {
			t.Errorf("Binary(%q) is for %v; want %v", arch, file.Machine, machine)
		}
	}
}

func TestBinaryThatIsNotThere(t *testing.T) {
	if _, err := Binary("s390x"); err == nil || !strings.Contains(err.Error(), `"s390x"`) {
		t.Errorf("error %v; want one that names the architecture", err)
	}
	if _, err := binary(fstest.MapFS{}, "amd64"); err == nil || !strings.Contains(err.Error(), "make install") {
		t.Errorf("error %v; want one that says how to build it", err)
	}
}
