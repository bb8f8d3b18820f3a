variable "port" {
  description = "Port on 127.0.0.1 where the shop is published."
  type        = number
  default     = 8080

  validation {
    condition     = var.port >= 1 && var.port <= 65535
    error_message = "A port is a number from 1 to 65535."
  }
}

variable "release" {
  description = "Tag of the shop's image, as built by build.sh."
  type        = string
  default     = "1.0"
}
