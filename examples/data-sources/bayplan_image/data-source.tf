data "bayplan_image" "web" {
  reference = "registry.example/web:1.4"
}

# The digest goes into the configuration, so the tag may move.
resource "bayplan_app" "web" {
  name  = "web"
  image = data.bayplan_image.web.pinned
}
