output "url" {
  description = "Where to look at the shop."
  value       = "http://127.0.0.1:${var.port}"
}
