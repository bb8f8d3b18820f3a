# An app in three replicas, and a gateway in front of it that holds the one
# published port. Whatever changes about the app, the gateway goes on answering.
#
#     browser ──▶ 127.0.0.1:8080 ──▶ gateway ──▶ app.internal ──▶ app, three times

terraform {
  required_providers {
    bayplan = {
      source = "bayplan/bayplan"
    }
  }
}

provider "bayplan" {
  project = "gateway"
}

# The app publishes no port, so an old and a new instance can run at once: a new
# one is started and healthy before an old one is asked to stop.
resource "bayplan_app" "app" {
  name     = "app"
  image    = "bayplan-example/gateway-app:${var.release}"
  replicas = var.replicas
  memory   = "64m"
  egress   = false

  env = {
    GREETING = var.greeting
  }

  healthcheck = {
    http     = ":8080/healthz"
    interval = "2s"
  }
}

# The relationship is the whole of the routing. It gives the gateway APP_HOST and
# APP_PORT, which its Caddyfile reads, and a network that leads to the replicas
# and to nothing else. No change of the app replaces the gateway.
resource "bayplan_service" "gateway" {
  name   = "gateway"
  type   = "caddy:2"
  image  = "bayplan-example/gateway:1.0"
  memory = "128m"
  ports  = ["127.0.0.1:${var.port}:80"]

  relationships = {
    app = bayplan_app.app
  }
}
