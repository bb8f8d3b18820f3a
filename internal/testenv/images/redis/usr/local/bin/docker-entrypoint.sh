#!/bin/sh
# Entry point of the redis stand-in: the contract of the official image.
set -eu

case "${1:-}" in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
	find . \! -user redis -exec chown redis '{}' +
	exec gosu redis "$0" "$@"
fi

# The official image is built with protected mode off; Debian's is not. A
# configuration file comes first on the command line, and its own word counts.
if [ "${1:-}" = redis-server ]; then
	shift
	case "${1:-}" in
	'' | -*) set -- redis-server --protected-mode no "$@" ;;
	*)
		if grep -qsi '^[[:space:]]*protected-mode' "$1"; then
			set -- redis-server "$@"
		else
			file=$1
			shift
			set -- redis-server "$file" --protected-mode no "$@"
		fi
		;;
	esac
	if [ "$(umask)" = 0022 ]; then
		umask 0077
	fi
fi
exec "$@"
