resource "bayplan_service" "db" {
  name = "db"
  type = "postgresql:15"
}

# Consumers reach db as database.internal, over a network that only they share.
# A version outside the constraint fails the plan.
resource "bayplan_relationship" "database" {
  name       = "database"
  target     = bayplan_service.db
  constraint = ">= 15, < 16"
}

resource "bayplan_app" "web" {
  name  = "web"
  image = "registry.example/web:1.4"

  relationships = {
    database = bayplan_relationship.database
  }
}
