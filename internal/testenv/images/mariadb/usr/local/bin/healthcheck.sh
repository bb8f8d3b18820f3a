#!/bin/bash
# healthcheck.sh [--connect] [--innodb_initialized] exits 0 when every named
# condition holds. It connects as the account that the first start created.
set -eu

defaults=${MARIADB_HEALTHCHECK_CNF:-/var/lib/mysql/.my-healthcheck.cnf}

ask() {
	mariadb --defaults-file="$defaults" --protocol=tcp --host=127.0.0.1 --connect-timeout=5 \
		--skip-column-names --batch -e "$1"
}

# connect fails while the server of the first set-up runs: that one has no network.
connect() {
	ask 'SELECT 1' >/dev/null
}

innodb_initialized() {
	[ "$(ask "SELECT 1 FROM information_schema.ENGINES WHERE engine = 'innodb'
		AND support IN ('YES', 'DEFAULT', 'ENABLED')")" = 1 ]
}

if [ $# = 0 ]; then
	echo 'healthcheck.sh: name at least one condition' >&2
	exit 1
fi
for condition; do
	case $condition in
	--connect) connect ;;
	--innodb_initialized) innodb_initialized ;;
	*)
		echo "healthcheck.sh: unknown condition $condition" >&2
		exit 1
		;;
	esac
done
