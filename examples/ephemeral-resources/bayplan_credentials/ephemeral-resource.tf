resource "bayplan_service" "db" {
  name  = "db"
  type  = "postgresql:15"
  ports = ["127.0.0.1:5432:5432"]
}

ephemeral "bayplan_credentials" "db" {
  relationship = bayplan_service.db
}

# For a provider that manages what is in the database, on this machine.
provider "postgresql" {
  host     = "127.0.0.1"
  port     = 5432
  username = ephemeral.bayplan_credentials.db.username
  password = ephemeral.bayplan_credentials.db.password
  sslmode  = "disable"
}
