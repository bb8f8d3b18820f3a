# What is live of another environment of the same project.
data "bayplan_topology" "staging" {
  environment = "staging"
}

# Production gets what staging runs, and only while staging is well.
resource "bayplan_app" "web" {
  name  = "web"
  image = data.bayplan_topology.staging.resources["app.web"].image

  lifecycle {
    precondition {
      condition     = data.bayplan_topology.staging.healthy
      error_message = "Staging is not well."
    }
  }
}

# A picture of it, in Mermaid's words.
output "staging" {
  value = data.bayplan_topology.staging.graph
}
