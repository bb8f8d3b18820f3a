#!/bin/bash
# Entry point of the rabbitmq stand-in: the contract of the official image.
set -euo pipefail

if [[ "${1:-}" == rabbitmq* ]] && [ "$(id -u)" = 0 ]; then
	find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +
	exec gosu rabbitmq "$0" "$@"
fi
exec "$@"
