output "url" {
  description = "Where the gateway answers."
  value       = "http://127.0.0.1:${var.port}"
}
