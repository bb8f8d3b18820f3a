# A small shop: one app of our own, a database that keeps its orders and a cache
# that counts page views.
#
#     browser ──▶ 127.0.0.1:8080 ──▶ web ──▶ database.internal ──▶ db ──▶ data
#                                     └────▶ cache.internal ─────▶ cache
#
# Read it from the bottom: what the app needs is above it.

terraform {
  required_providers {
    bayplan = {
      source = "bayplan/bayplan"
    }
  }
}

provider "bayplan" {
  project = "shop"
}

# Where the database keeps its files. A volume is declared apart from its service
# because it outlives it: replacing the service, even destroying the whole
# project, keeps the volume, and the next apply finds it again.
resource "bayplan_volume" "data" {
  name = "data"
}

# A backing service is a type and a version. The type brings what everybody would
# otherwise write by hand: the image, the port, the health check, the user and
# password, and which paths may be written.
resource "bayplan_service" "db" {
  name   = "db"
  type   = "postgresql:15"
  memory = "256m"

  mounts = {
    "/var/lib/postgresql/data" = { volume = bayplan_volume.data.id }
  }
}

resource "bayplan_service" "cache" {
  name = "cache"
  type = "redis:7"
}

# A relationship is the right to reach a service, and it is a network of its own:
# whoever is not on it cannot reach the database at all. It also holds what its
# consumers rely on. Were db to become "postgresql:16", the plan would fail here,
# before anything is touched.
resource "bayplan_relationship" "database" {
  name       = "database"
  target     = bayplan_service.db
  constraint = ">= 15, < 16"
}

# The app names what it needs and what it calls it. Each key becomes variables of
# the app (DATABASE_URL, DATABASE_HOST, ..., CACHE_URL, ...), so it holds no address
# and no password, and neither does this file. It is started once both are healthy.
#
# The database is reached through the relationship declared above; for the cache,
# which has nothing to say beyond its name, the service itself is enough.
resource "bayplan_app" "web" {
  name   = "web"
  image  = "bayplan-example/shop:${var.release}"
  memory = "64m"

  relationships = {
    database = bayplan_relationship.database
    cache    = bayplan_service.cache
  }

  # The only way in from outside, and only from this machine. One host port can
  # have one holder, so this app has one replica and a new version replaces the old
  # one after it; the plan says so. Behind a gateway service it would need no port.
  ports = ["127.0.0.1:${var.port}:8080"]

  # The image has no shell. Bayplan brings its own probe for http and tcp checks.
  healthcheck = {
    http     = ":8080/healthz"
    interval = "5s"
  }
}
