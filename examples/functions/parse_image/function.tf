terraform {
  required_providers {
    bayplan = {
      source = "bayplan/bayplan"
    }
  }
}

variable "image" {
  type    = string
  default = "registry.example/shop/web:1.4"

  validation {
    condition     = provider::bayplan::parse_image(var.image).registry == "registry.example"
    error_message = "Images come from our own registry."
  }
}

output "version" {
  value = provider::bayplan::parse_image(var.image).tag # "1.4"
}
