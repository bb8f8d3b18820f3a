# A type of the catalog and a version. The type brings image, port, health
# check, user, password and what may be written.
resource "bayplan_service" "db" {
  name   = "db"
  type   = "postgresql:15"
  memory = "256m"

  configuration = {
    max_connections = "200"
  }
}

# Any other image, with what it listens on.
resource "bayplan_service" "search" {
  name  = "search"
  image = "registry.example/search:2.1"

  endpoints = {
    default = { port = 7700, scheme = "http" }
  }

  healthcheck = {
    tcp = ":7700"
  }
}
