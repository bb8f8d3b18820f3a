#!/bin/bash
# Entry point of the postgres stand-in. It honours the environment variables,
# paths and users of the official image, so that what works here works there.
set -euo pipefail

die() {
	echo "postgres: $*" >&2
	exit 1
}

# setting NAME DEFAULT exports NAME from itself, from the file that NAME_FILE
# names, or from the default, in this order.
setting() {
	local name=$1 file="${1}_FILE" value=$2
	if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
		die "$name and $file are both set"
	fi
	if [ -n "${!name:-}" ]; then
		value=${!name}
	elif [ -n "${!file:-}" ]; then
		value=$(<"${!file}")
	fi
	export "$name=$value"
	unset "$file"
}

as_root() {
	mkdir -p "$PGDATA" /var/run/postgresql
	chmod 700 "$PGDATA"
	find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres:postgres '{}' +
	chmod 3777 /var/run/postgresql || :
	exec gosu postgres "$0" "$@"
}

check_password() {
	if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
		die "the database is empty and POSTGRES_PASSWORD is not set" \
			"(or allow every connection with POSTGRES_HOST_AUTH_METHOD=trust)"
	fi
}

make_cluster() {
	local extra=() password=()
	if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
		password+=(--waldir "$POSTGRES_INITDB_WALDIR")
	fi
	# Word splitting with quotes inside the variable is part of the contract.
	eval "extra=($POSTGRES_INITDB_ARGS)"
	if [ -n "$POSTGRES_PASSWORD" ]; then
		password+=(--pwfile=/dev/stdin)
	fi
	printf '%s\n' "$POSTGRES_PASSWORD" |
		initdb --username="$POSTGRES_USER" "${password[@]}" "${extra[@]}"
	printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

sql() {
	psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"
}

# docker_process_sql is the name that init scripts of the official image may call.
docker_process_sql() {
	sql --dbname "$POSTGRES_DB" "$@"
}

run_init_scripts() {
	local f
	for f in /docker-entrypoint-initdb.d/*; do
		case $f in
		*.sh) if [ -x "$f" ]; then "$f"; else . "$f"; fi ;;
		*.sql) docker_process_sql -f "$f" ;;
		*.sql.gz) gunzip -c "$f" | docker_process_sql ;;
		*.sql.xz) xzcat "$f" | docker_process_sql ;;
		esac
	done
}

# fill starts a server that only this container's socket can reach, creates the
# database, runs the init scripts and stops it again.
fill() {
	shift
	local options
	options=$(printf '%q ' "$@" -c listen_addresses='' -p "${PGPORT:-5432}")
	PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "$options" -w start
	export PGPASSWORD=$POSTGRES_PASSWORD
	if [ "$POSTGRES_DB" != postgres ]; then
		sql --dbname postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
	fi
	run_init_scripts
	unset PGPASSWORD
	PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
}

initialise() {
	setting POSTGRES_PASSWORD ''
	setting POSTGRES_USER postgres
	setting POSTGRES_DB "$POSTGRES_USER"
	setting POSTGRES_INITDB_ARGS ''
	: "${POSTGRES_HOST_AUTH_METHOD:=}"
	mkdir -p "$PGDATA"
	chmod 700 "$PGDATA" || :
	if [ -s "$PGDATA/PG_VERSION" ]; then
		return
	fi
	check_password
	make_cluster
	fill "$@"
	echo 'PostgreSQL init process complete; ready for start up.'
}

shopt -s nullglob
case "${1:-}" in
-*) set -- postgres "$@" ;;
esac
if [ "${1:-}" = postgres ]; then
	case " $* " in
	*' --help '* | *' -? '* | *' --version '* | *' -V '* | *' --describe-config '*) exec "$@" ;;
	esac
	if [ "$(id -u)" = 0 ]; then
		as_root "$@"
	fi
	initialise "$@"
fi
exec "$@"
