#!/bin/sh
# Entry point of the varnish stand-in: the contract of the official image. It
# compiles VCL with a small compiler, which the official one has gcc for.
set -eu

case "${1:--}" in
-*)
	set -- varnishd -F -f "${VARNISH_VCL_FILE:-/etc/varnish/default.vcl}" \
		-a "http=:${VARNISH_HTTP_PORT:-80},HTTP" -a "proxy=:${VARNISH_PROXY_PORT:-8443},PROXY" \
		-p feature=+http2 -p cc_command='exec tcc -shared -nostdlib -o %o %s' -s "malloc,$VARNISH_SIZE" "$@"
	;;
esac
exec "$@"
