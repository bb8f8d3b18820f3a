package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func (c *command) versionCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Say the version",
		Long:    "Version says which version this is, and which version of the Terraform language it speaks.",
		Example: "  bayplan version\n  bayplan version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			platform := runtime.GOOS + "/" + runtime.GOARCH
			if json {
				return view.WriteVersionJSON(c.out(), c.Version, config.LanguageVersion, platform)
			}
			fmt.Fprintf(c.out(), "bayplan %s\nTerraform language %s, %s\n", c.Version, config.LanguageVersion, platform)
			return nil
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "write JSON")
	return cmd
}
