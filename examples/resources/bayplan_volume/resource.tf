# Destroying a volume that is retained, as is the default, keeps its data; one
# of the same name finds it again.
resource "bayplan_volume" "uploads" {
  name       = "uploads"
  on_destroy = "retain"
}

# A directory of another machine.
resource "bayplan_volume" "media" {
  name        = "media"
  shared      = true
  driver_opts = { type = "nfs", o = "addr=files.example,rw", device = ":/media" }
}

resource "bayplan_app" "web" {
  name  = "web"
  image = "registry.example/web:1.4"

  mounts = {
    "/srv/uploads" = { volume = bayplan_volume.uploads.id }
    "/srv/media"   = { volume = bayplan_volume.media.id, read_only = true }
  }
}
