resource "bayplan_service" "db" {
  name = "db"
  type = "postgresql:15"
}

# A web application: reached by nobody but this machine, reaching nothing but db.
resource "bayplan_app" "web" {
  name     = "web"
  image    = "registry.example/web:1.4"
  replicas = 1
  memory   = "128m"

  # DATABASE_URL, DATABASE_HOST, DATABASE_PASSWORD, ... are set from this.
  relationships = {
    database = bayplan_service.db
  }

  env = {
    LOG_LEVEL = "info"
  }

  mounts = {
    "/tmp" = { tmpfs = "64m" }
  }

  ports = ["127.0.0.1:8080:8080"]

  healthcheck = {
    http = ":8080/healthz"
  }
}

# An app that is built from source. Its Dockerfile is in that directory, and so is a
# .dockerignore. Where nothing of it has changed, nothing is built.
resource "bayplan_app" "reports" {
  name = "reports"

  build = {
    context = "${path.module}/reports"
    args    = { RELEASE = "1.4" }
  }

  relationships = {
    database = bayplan_service.db
  }
}

# A job runs once, to success. Who depends on it starts when it is completed.
resource "bayplan_app" "migrate" {
  name    = "migrate"
  image   = "registry.example/web:1.4"
  command = ["migrate", "--to", "latest"]
  job     = true

  relationships = {
    database = bayplan_service.db
  }
}
