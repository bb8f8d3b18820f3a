package provider_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// Another provider, which shows all that it is told, is told the password that
// the database has.
func TestAccCredentials(t *testing.T) {
	a := newAcceptance(t, "postgres:15")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"bayplan": providers["bayplan"], "echo": echoprovider.NewProviderServer(),
		},
		Steps: []resource.TestStep{{
			Config: a.config(`
resource "bayplan_service" "db" {
  name = "db"
  type = "postgresql:15"
}
ephemeral "bayplan_credentials" "db" {
  relationship = bayplan_service.db
}
provider "echo" {
  data = ephemeral.bayplan_credentials.db.password
}
resource "echo" "password" {}
`),
			Check: func(s *terraform.State) error {
				password := s.RootModule().Resources["echo.password"].Primary.Attributes["data"]
				if has := a.inspect("db-1-1").Config.Env; !slices.Contains(has, "POSTGRES_PASSWORD="+password) {
					t.Errorf("%q is not the password of the database", password)
				}
				return nil
			},
		}},
	})
}
