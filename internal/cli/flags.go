package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// common are the arguments that every command has.
type common struct {
	dir     string
	noColor bool
	inputs  []config.Input
}

func (f *common) register(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&f.dir, "chdir", "", "go to the directory `DIR` first")
	flags.Var(&variable{into: &f.inputs}, "var", "give a variable a value, as `NAME=VALUE`; may be repeated")
	flags.Var(&variableFile{into: &f.inputs}, "var-file", "read values of variables from a `FILE`; may be repeated")
	flags.BoolVar(&f.noColor, "no-color", false, "write plain text, as with the environment variable NO_COLOR")
}

// variable adds a variable's value to the inputs, which keep the order in which
// they were given.
type variable struct{ into *[]config.Input }

func (v *variable) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want NAME=VALUE")
	}
	*v.into = append(*v.into, config.Input{Name: name, Value: value})
	return nil
}

func (*variable) Type() string   { return "NAME=VALUE" }
func (*variable) String() string { return "" }

type variableFile struct{ into *[]config.Input }

func (v *variableFile) Set(name string) error {
	if name == "" {
		return errors.New("want the name of a file")
	}
	*v.into = append(*v.into, config.Input{File: name})
	return nil
}

func (*variableFile) Type() string   { return "FILE" }
func (*variableFile) String() string { return "" }

// prepare does what the common arguments say.
func (c *command) prepare(*cobra.Command, []string) error {
	if c.flags.dir == "" {
		return nil
	}
	for i, input := range c.flags.inputs { // named from where the command was started
		if input.File == "" {
			continue
		}
		name, err := filepath.Abs(input.File)
		if err != nil {
			return fmt.Errorf("--var-file %s: %w", input.File, err)
		}
		c.flags.inputs[i].File = name
	}
	if err := os.Chdir(c.flags.dir); err != nil {
		return fmt.Errorf("--chdir: %w", err)
	}
	return nil
}

// style is that of what goes to a file.
func (c *command) style(to *os.File) view.Style {
	return view.Style{Colour: !c.flags.noColor && os.Getenv("NO_COLOR") == "" && isTerminal(to)}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" }

const (
	widthUnknown  = 80
	heightUnknown = 24
)

// sizeOf returns what tells the size of a terminal, nil where there is none.
func sizeOf(f *os.File) func() (width, height int) {
	if !isTerminal(f) {
		return nil
	}
	return func() (int, int) {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return widthUnknown, heightUnknown
		}
		return width, height
	}
}
