terraform {
  required_providers {
    bayplan = { source = "bayplan/bayplan" }
  }
}

variable "token" {
  default   = "hunter2"
  sensitive = true
}

resource "bayplan_volume" "data" {
  name       = "data"
  on_destroy = "delete"
  labels     = { tier = "a" }
}

resource "bayplan_service" "db" {
  name = "db"
  type = "postgresql:15"
}

resource "bayplan_app" "web" {
  name          = "web"
  image         = "shop:1.0"
  env           = { COLOUR = "red", TOKEN = var.token }
  relationships = { database = bayplan_service.db }
  ports         = ["8080:8080"]
}

resource "bayplan_app" "worker" {
  name          = "worker"
  image         = "shop:1.0"
  memory        = "64m"
  relationships = { database = bayplan_service.db }
}
