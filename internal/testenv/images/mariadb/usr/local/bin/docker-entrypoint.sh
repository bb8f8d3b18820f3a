#!/bin/bash
# Entry point of the mariadb stand-in. It honours the environment variables,
# paths and users of the official image, so that what works here works there.
set -euo pipefail

socket=/run/mysqld/mysqld.sock

die() {
	echo "mariadb: $*" >&2
	exit 1
}

# setting NAME sets MARIADB_NAME from itself, its MYSQL_ alias, or the file that
# either one's _FILE names, in this order.
setting() {
	local prefix name file value=''
	for prefix in MARIADB MYSQL; do
		name=${prefix}_$1 file=${prefix}_${1}_FILE
		if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
			die "$name and $file are both set"
		fi
		if [ -z "$value" ] && [ -n "${!name:-}" ]; then
			value=${!name}
		elif [ -z "$value" ] && [ -n "${!file:-}" ]; then
			value=$(<"${!file}")
		fi
	done
	export "MARIADB_$1=$value"
}

# quote TEXT prints it as an SQL string.
quote() {
	local text=${1//\\/\\\\}
	printf "'%s'" "${text//\'/\\\'}"
}

# option NAME ARGS... prints the value the server would use for an option.
option() {
	local name=$1
	shift
	"$@" --verbose --help 2>/dev/null | awk -v name="$name" '$1 == name && !seen++ { print $2 }'
}

as_root() {
	mkdir -p "$datadir" /run/mysqld
	find "$datadir" /run/mysqld \! -user mysql -exec chown mysql:mysql '{}' +
	exec gosu mysql "$0" "$@"
}

check_password() {
	if [ -n "$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
		MARIADB_ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64)
		echo "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
	elif [ -z "$MARIADB_ROOT_PASSWORD$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD" ]; then
		die "the database is empty and none of MARIADB_ROOT_PASSWORD," \
			"MARIADB_RANDOM_ROOT_PASSWORD and MARIADB_ALLOW_EMPTY_ROOT_PASSWORD is set"
	fi
}

make_tables() {
	mariadb-install-db --datadir="$datadir" --rpm --skip-test-db --skip-log-bin \
		--auth-root-authentication-method=normal --cross-bootstrap >/dev/null
}

accounts() {
	local password database
	password=$(quote "$MARIADB_ROOT_PASSWORD")
	echo "SET @@SESSION.SQL_LOG_BIN=0;"
	echo "DELETE FROM mysql.global_priv WHERE user = '';"
	echo "FLUSH PRIVILEGES;"
	echo "ALTER USER root@localhost IDENTIFIED BY $password;"
	if [ "${MARIADB_ROOT_HOST:=%}" != localhost ]; then
		echo "CREATE OR REPLACE USER root@$(quote "$MARIADB_ROOT_HOST") IDENTIFIED BY $password;"
		echo "GRANT ALL ON *.* TO root@$(quote "$MARIADB_ROOT_HOST") WITH GRANT OPTION;"
	fi
	for host in localhost 127.0.0.1 ::1; do
		echo "CREATE OR REPLACE USER healthcheck@'$host' IDENTIFIED BY '$probe';"
	done
	if [ -n "$MARIADB_DATABASE" ]; then
		database="\`${MARIADB_DATABASE//\`/\`\`}\`"
		echo "CREATE DATABASE IF NOT EXISTS $database;"
	fi
	if [ -n "$MARIADB_USER" ]; then
		echo "CREATE USER $(quote "$MARIADB_USER")@'%' IDENTIFIED BY $(quote "$MARIADB_PASSWORD");"
		if [ -n "$MARIADB_DATABASE" ]; then
			echo "GRANT ALL ON ${database//_/\\_}.* TO $(quote "$MARIADB_USER")@'%';"
		fi
	fi
}

sql() {
	MYSQL_PWD=$password mariadb --no-defaults --protocol=socket --socket="$socket" -uroot "$@"
}

# docker_process_sql is the name that init scripts of the official image may call.
docker_process_sql() {
	sql ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} "$@"
}

run_init_scripts() {
	local f
	for f in /docker-entrypoint-initdb.d/*; do
		case $f in
		*.sh) if [ -x "$f" ]; then "$f"; else . "$f"; fi ;;
		*.sql) docker_process_sql <"$f" ;;
		*.sql.gz) gunzip -c "$f" | docker_process_sql ;;
		*.sql.xz) xzcat "$f" | docker_process_sql ;;
		esac
	done
}

# fill starts a server that only this container's socket can reach, creates
# accounts and the database, runs the init scripts and stops it again.
fill() {
	local password='' probe server tries=0
	probe=$(head -c 18 /dev/urandom | base64)
	"$@" --skip-networking --skip-log-bin --skip-slave-start --socket="$socket" &
	server=$!
	until mariadb-admin --no-defaults --protocol=socket --socket="$socket" -uroot ping >/dev/null 2>&1; do
		if ! kill -0 "$server" 2>/dev/null || [ $((tries += 1)) -gt 600 ]; then
			die "the server for the first set-up did not start"
		fi
		usleep 100000
	done
	accounts | sql
	password=$MARIADB_ROOT_PASSWORD
	(umask 077 && printf '[mariadb-client]\nport=3306\nsocket=%s\nuser=healthcheck\npassword=%s\nprotocol=tcp\n' \
		"$socket" "$probe" >"$datadir/.my-healthcheck.cnf")
	run_init_scripts
	kill "$server"
	wait "$server"
}

initialise() {
	if [ -d "$datadir/mysql" ]; then
		return
	fi
	for name in ROOT_PASSWORD RANDOM_ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD ROOT_HOST DATABASE USER PASSWORD; do
		setting "$name"
	done
	check_password
	mkdir -p "$datadir"
	make_tables
	fill "$@"
	echo 'MariaDB init process done. Ready for start up.'
}

shopt -s nullglob
case "${1:-}" in
-*) set -- mariadbd "$@" ;;
esac
if [ "${1:-}" = mariadbd ] || [ "${1:-}" = mysqld ]; then
	case " $* " in
	*' --help '* | *' -? '* | *' --version '* | *' -V '* | *' --print-defaults '*) exec "$@" ;;
	esac
	datadir=$(option datadir "$@")
	datadir=${datadir:-/var/lib/mysql}
	if [ "$(id -u)" = 0 ]; then
		as_root "$@"
	fi
	initialise "$@"
fi
exec "$@"
