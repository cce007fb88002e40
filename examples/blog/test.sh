#!/bin/sh
# Runs the tests. Installs nothing; exits with 3 when something is missing.
set -eu
cd "$(dirname "$0")"

modules='' packages=''
lack() { modules="$modules $1" packages="$packages $2"; }

command -v prove >/dev/null || lack prove perl
perl -MMojolicious -e 'exit($Mojolicious::VERSION < 9.31)' 2>/dev/null || lack 'Mojolicious>=9.31' libmojolicious-perl
perl -MMojo::Pg -e 1 2>/dev/null || lack Mojo::Pg libmojo-pg-perl
perl -MDBD::Pg -e 1 2>/dev/null || lack DBD::Pg libdbd-pg-perl
if [ "${BLOG_TEST_NO_DATABASE:-}" != 1 ]; then
  command -v openssl >/dev/null || lack openssl openssl
  [ -x "${PG_BIN:-}/initdb" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
    lack 'PostgreSQL server (initdb)' postgresql
fi

if [ -n "$packages" ]; then
  echo "Missing:$modules" >&2
  echo "Debian:  apt-get install --no-install-recommends$packages" >&2
  exit 3
fi

exec prove -lr t
