#!/bin/sh
# Entry point of the memcached stand-in: the contract of the official image.
set -eu

case "${1:-}" in
-*) set -- memcached "$@" ;;
esac
exec "$@"
