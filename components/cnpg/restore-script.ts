/*
 * What the pod of a RestoreDrill does, in the operand's own image: it has psql, and openssl to ask the API server with
 * the pod's token. Files beside it: the SQL of restore-proof.ts, and cluster.json with TARGET_TIME in it.
 */
export const RESTORE_SCRIPT = `set -u
tmp=\${TMP:-/tmp} here=\${FILES:-/etc/drill} account=\${ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}
secrets=\${SECRETS:-/run/secrets}
clusters=/apis/postgresql.cnpg.io/v1/namespaces/$NAMESPACE/clusters
core=/api/v1/namespaces/$NAMESPACE
deadline=$(( $(date +%s) + TIMEOUT_SECONDS ))
target= backup_rpo= restored= proved= tables= rows=

say() { echo "[$(date -u +%T)] $*" >&2; }

# api METHOD PATH [FILE [TYPE]]: asks the API server, prints what it answers; fails unless that is a success
api() {
  body=\${3:-/dev/null}
  {
    printf '%s %s HTTP/1.0\\r\\nHost: kubernetes.default.svc\\r\\nAuthorization: Bearer %s\\r\\n' "$1" "$2" "$(cat "$account/token")"
    printf 'Accept: application/json\\r\\nContent-Type: %s\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n' \\
      "\${4:-application/json}" "$(wc -c <"$body")"
    cat "$body"
  } | timeout 30 openssl s_client -quiet -connect kubernetes.default.svc:443 -servername kubernetes.default.svc \\
    -verify_hostname kubernetes.default.svc -verify_return_error -CAfile "$account/ca.crt" >"$tmp/answer" 2>"$tmp/tls"
  status=$(sed -n '1s/^HTTP[^ ]* \\([0-9]*\\).*/\\1/p' "$tmp/answer")
  sed '1,/^\\r*$/d' "$tmp/answer"
  case $status in 2*) ;; *) return 1 ;; esac
}

# sql HOST FILE [PSQL-OPTION...]: runs a script as the application's role, TLS verified in full
sql() {
  host=$1 file=$2
  shift 2
  PGPASSWORD=$(cat "$secrets/database/password") PGCONNECT_TIMEOUT=5 psql -XAtq -v ON_ERROR_STOP=1 -v schema="$SCHEMA" "$@" -f "$here/$file" \\
    "host=$host dbname=$(cat "$secrets/database/dbname") user=$(cat "$secrets/database/username") sslmode=\${SSLMODE:-verify-full} sslrootcert=$secrets/database-ca/ca.crt" 2>"$tmp/sql"
}

words() { tr -d '"\\\\\\000-\\037' | cut -c1-600; }
fail() { printf '%s' "$*" | words >"$tmp/reason"; say "failed: $(cat "$tmp/reason")"; exit 1; }
failed_sql() { fail "$1: $(head -n 1 "$tmp/sql" | sed 's/^psql:[^ ]* //')"; }

# message ENTRIES: the last of some log entries' own words
message() { tail -n 1 | sed 's/.*"message":"\\(\\([^"\\\\]\\|\\\\.\\)*\\)".*/\\1/'; }

# explain LOG: why a recovery failed
explain() {
  fatal=$(grep -E '"error_severity":"(FATAL|PANIC)"' "$1" | message)
  last=$(grep -o 'restored log file [^A-F0-9]*[A-F0-9]*' "$1" | tail -n 1 | grep -o '[A-F0-9]*$')
  plugin=$(grep '"level":"error"' "$1" | grep -v '"record":' | tail -n 1 | sed 's/.*"msg":"\\(\\([^"\\\\]\\|\\\\.\\)*\\)".*/\\1/')
  case $fatal in
    *"ended before configured recovery target"*) echo "the log cannot be replayed up to the target: the file after \${last:-the base backup} is missing or damaged" ;;
    *) echo "the restore failed: \${fatal:-\${plugin:-its log does not say why}}" ;;
  esac
}

# failed_pod: prints the log of a pod that failed to restore; fails while there is none
failed_pod() {
  api GET "$core/pods?labelSelector=cnpg.io%2Fcluster%3D$RESTORED&fieldSelector=status.phase%3DFailed" >"$tmp/pods" || return 1
  pod=$(grep -o '"items":\\[{"metadata":{"name":"[^"]*"' "$tmp/pods" | sed 's/.*"name":"//;s/"$//')
  [ -n "$pod" ] || return 1
  for container in full-recovery plugin-barman-cloud; do
    api GET "$core/pods/$pod/log?container=$container&tailLines=1000" || true
    echo
  done
}

remove() {
  printf '{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground"}' >"$tmp/delete"
  api DELETE "$clusters/$RESTORED" "$tmp/delete" >/dev/null
  tries=0
  while api GET "$clusters/$RESTORED" >/dev/null || [ "$status" != 404 ]; do
    tries=$((tries + 1))
    [ $tries -lt 45 ] || { say "cluster $RESTORED is still there"; return 1; }
    sleep 2
  done
}

# number NAME VALUE: a field of the result, where there is a value
number() { [ -z "$2" ] || printf ',"%s":%s' "$1" "$2"; }
text() { [ -z "$2" ] || printf ',"%s":"%s"' "$1" "$2"; }

record() {
  reason=$(cat "$tmp/reason" 2>/dev/null)
  result="{\\"kind\\":\\"restore\\",\\"ended\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\",\\"result\\":\\"$1\\"$(text reason "$reason")$(text target "$target")$(number rpoSeconds "$backup_rpo")$(number restoreSeconds "$restored")$(number rtoSeconds "$proved")$(number tables "$tables")$(number rows "$rows")}"
  echo "$result"
  escaped=$(printf '%s' "$result" | sed 's/"/\\\\"/g')
  printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","labels":%s},"data":{"result.json":"%s"}}' "$RECORD" "$LABELS" "$escaped" >"$tmp/record"
  api PATCH "$core/configmaps/$RECORD?fieldManager=restore-drill&force=true" "$tmp/record" application/apply-patch+yaml >/dev/null || say "the result is not recorded: HTTP $status"
}

finish() {
  code=$?
  trap - EXIT INT TERM
  say "removing what was restored"
  sql "$LIVE_HOST" unmark.sql || true
  remove
  if [ "$code" = 0 ]; then record passed; else [ -s "$tmp/reason" ] || echo "interrupted" >"$tmp/reason"; record failed; fi
  exit "$code"
}

# after FILE LAST: whether the last archived file is that one, or a later one
after() { [ "$(printf '%s\\n%s\\n' "$1" "$2" | LC_ALL=C sort | head -n 1)" = "$1" ]; }

drill() {
  rm -f "$tmp/reason"
  trap finish EXIT
  trap 'exit 1' INT TERM
  say "removing what an earlier drill has left"
  remove
  sql "$LIVE_HOST" before.sql >/dev/null || failed_sql "the mark cannot be written"
  sql "$LIVE_HOST" checkpoint.sql >"$tmp/checkpoint" || failed_sql "the tables cannot be read"
  target=$(sed -n 's/^checkpoint|\\([^|]*\\)|.*/\\1/p' "$tmp/checkpoint")
  snapshot=$(sed -n 's/^checkpoint|[^|]*|//p' "$tmp/checkpoint")
  grep -v '^checkpoint|' "$tmp/checkpoint" >"$tmp/live"
  file=$(sql "$LIVE_HOST" after.sql) || failed_sql "the mark cannot be written"
  tables=$(wc -l <"$tmp/live")
  rows=$(awk -F'|' '{ sum += $(NF - 1) } END { printf "%.0f", sum }' "$tmp/live")

  say "waiting until $file is archived, at most $RPO_SECONDS s"
  began=$(date +%s)
  while :; do
    answer=$(sql "$LIVE_HOST" archived.sql) || failed_sql "the database does not answer"
    if after "$file" "\${answer%|*}"; then break; fi
    [ $(( $(date +%s) - began )) -le "$RPO_SECONDS" ] || fail "what was written is not in the archive after $RPO_SECONDS s, all that may be lost (rpoSeconds): waited for $file, the last one archived is \${answer%|*}"
    sleep 1
  done
  backup_rpo=\${answer#*|}

  say "restoring to $target"
  began=$(date +%s)
  sed "s/TARGET_TIME/$target/" "$here/cluster.json" >"$tmp/cluster"
  api POST "$clusters" "$tmp/cluster" >"$tmp/made" || fail "the cluster cannot be made: $(sed -n 's/.*"message":"\\([^"]*\\)".*/\\1/p' "$tmp/made")"
  until sql "$RESTORED-rw" ready.sql >/dev/null; do
    if failed_pod >"$tmp/log"; then fail "$(explain "$tmp/log")"; fi
    [ "$(date +%s)" -lt "$deadline" ] || fail "not restored within $TIMEOUT_SECONDS s"
    sleep 2
  done
  restored=$(( $(date +%s) - began ))

  say "restored after $restored s, proving $tables tables"
  sql "$RESTORED-rw" prove.sql -v snapshot="$snapshot" >"$tmp/proof" || failed_sql "what was restored cannot be read"
  grep -v '^marker|\\|^between|' "$tmp/proof" >"$tmp/proved"
  case $(sed -n 's/^marker|//p' "$tmp/proof") in
    1) ;;
    *1*) fail "the first row after the target is there: the recovery went too far" ;;
    *) fail "the last row before the target is not there: the recovery stopped short" ;;
  esac
  if ! cmp -s "$tmp/live" "$tmp/proved"; then
    differing=$(cat "$tmp/live" "$tmp/proved" | sort | uniq -u | cut -d'|' -f1 | sort -u | head -n 5 | tr '\\n' ' ')
    fail "these tables differ: $differing($(sed -n 's/^between|//p' "$tmp/proof") transactions committed at the very moment of the checkpoint)"
  fi
  proved=$(( $(date +%s) - began ))
  say "proved after $proved s"
}
`;
