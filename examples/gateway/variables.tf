variable "port" {
  description = "Port on 127.0.0.1 where the gateway is published."
  type        = number
  default     = 8080
}

variable "release" {
  description = "Tag of the app's image, as built by build.sh."
  type        = string
  default     = "1.0"
}

variable "replicas" {
  description = "How many instances of the app there are."
  type        = number
  default     = 3
}

variable "greeting" {
  description = "What the app says first."
  type        = string
  default     = "hello"
}
