terraform {
  required_providers {
    bayplan = {
      source = "bayplan/bayplan"
    }
  }
}

# Everything is optional: on a machine with Docker, this names the project and
# makes each workspace an environment of its own.
provider "bayplan" {
  project     = "shop"
  environment = terraform.workspace
}
