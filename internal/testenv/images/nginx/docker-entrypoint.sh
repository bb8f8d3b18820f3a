#!/bin/sh
# Entry point of the nginx stand-in: renders /etc/nginx/templates/*.template and
# runs /docker-entrypoint.d/*.sh before the server, as the official image does.
set -eu

out=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}

render() {
	names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
	for template in /etc/nginx/templates/*.template; do
		if [ -f "$template" ]; then
			envsubst "$names" <"$template" >"$out/$(basename "$template" .template)"
		fi
	done
}

if [ "${1:-}" = nginx ]; then
	render
	for script in /docker-entrypoint.d/*.sh; do
		if [ -x "$script" ]; then
			"$script"
		fi
	done
fi
exec "$@"
