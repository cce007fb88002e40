import type { types } from "@pulumi/kubernetes";
import { type Input, output } from "@pulumi/pulumi";
import { containerSecurityContext, podSecurityContext } from "../manifests/pod-security";
import { resourceRequirements } from "../manifests/resources";

/** Parameter that carries the fingerprint of the declared settings into every instance. */
export const FINGERPRINT_PARAMETER = "stagewright.fingerprint";
/** User and group of CloudNativePG's operand images. */
export const POSTGRES_USER = 26;

/** What the instances must show before `up` may end. */
export interface Expectation {
  /** Service that resolves to every instance, ready or not. */
  readonly instancesService: string;
  /** Name that the instances' certificate is valid for. */
  readonly tlsHost: string;
  readonly instances: number;
  readonly fingerprint: Input<string>;
  /** The declared PostgreSQL parameters. */
  readonly parameters: Input<Record<string, string>>;
  readonly image: Input<string>;
  readonly imagePullSecrets?: Input<string>[];
  /** Secret that says how to ask: the application's credentials, or a certificate of `streaming_replica`. */
  readonly secretName: string;
  readonly certificateAuthoritySecretName: string;
  readonly timeoutSeconds: number;
}

/*
 * Which declared parameters an instance does not run. PostgreSQL loads the rest of a file in which one value is
 * wrong, and shows values in units of its own; settings that only a superuser may see are not judged.
 */
const DIFFERING = `
with declared as (
  select lower(key) as name, value from json_each_text(:'parameters'::json) where position('.' in key) = 0
)
select coalesce(string_agg(name, ', '), '') from declared join pg_settings using (name) where not case
  when setting = value then true
  when vartype = 'bool' then setting::bool = value::bool
  when unit like '%B' then setting::numeric * pg_size_bytes(regexp_replace(unit, '^(\\D)', '1\\1')) = pg_size_bytes(value)
  when unit is not null then (setting || unit)::interval = value::interval
  when vartype in ('integer', 'real') then setting::numeric = value::numeric
  else regexp_replace(lower(setting), '\\s', '', 'g') = regexp_replace(lower(value), '\\s', '', 'g')
end`;

/*
 * A Cluster has no observedGeneration and stays Ready=True for a moment after an update, so its own status
 * cannot tell an old answer from a new one. The instances can: each must have loaded the fingerprint, run the
 * declared parameters, need no restart and be of the version that the image names, all of them for ten seconds on
 * end (while a rolling update goes on, one of them is always away).
 */
const SCRIPT = `set -u
export PGCONNECT_TIMEOUT=3
cd /run/secrets/database
if [ -e tls.key ]; then
  login="dbname=postgres user=streaming_replica sslcert=$PWD/tls.crt sslkey=$PWD/tls.key"
else
  export PGPASSWORD="$(cat password)"
  login="dbname=$(cat dbname) user=$(cat username)"
fi
facts="select current_setting('${FINGERPRINT_PARAMETER}', true), current_setting('server_version'),
  (select count(*) from pg_settings where pending_restart)"
deadline=$(( $(date +%s) + TIMEOUT_SECONDS ))
calm=0
said=
say() { [ "$1" = "$said" ] || echo "$1"; said=$1; }
ask() {
  psql -XAtq -v ON_ERROR_STOP=1 -v parameters="$PARAMETERS" "host=$TLS_HOST hostaddr=$1 $login \
sslmode=verify-full sslrootcert=/run/secrets/database-ca/ca.crt" 2>&1
}
check() {
  addresses=$(getent ahosts "$SERVICE" | awk '{print $1}' | sort -u)
  count=$(echo "$addresses" | grep -c .)
  [ "$count" -eq "$INSTANCES" ] || { say "waiting: $count of $INSTANCES instances have an address"; return 1; }
  for address in $addresses; do
    row=$(printf "%s\\n" "$facts" | ask "$address") || { say "waiting: an instance does not answer: $(echo "$row" | tail -n 1)"; return 1; }
    version=$(echo "$row" | cut -d'|' -f2); version=\${version%% *}
    [ "$(echo "$row" | cut -d'|' -f1)" = "$FINGERPRINT" ] || { say "waiting: an instance has not loaded the declared parameters"; return 1; }
    [ "$(echo "$row" | cut -d'|' -f3)" = 0 ] || { say "waiting: an instance must restart for its parameters"; return 1; }
    [ -z "$VERSION" ] || case "$version." in "$VERSION".*) ;; *) say "waiting: an instance runs $version instead of $VERSION"; return 1 ;; esac
    differing=$(printf "%s\\n" "$DIFFERING" | ask "$address") || { say "waiting: a parameter has a value that PostgreSQL does not take: $(echo "$differing" | head -n 1)"; return 1; }
    [ -z "$differing" ] || { say "waiting: an instance does not run these parameters as declared: $differing"; return 1; }
    for name in $NAMES; do
      row=$(echo "show $name" | ask "$address") && continue
      case "$row" in *"unrecognized configuration parameter"*) say "waiting: PostgreSQL knows no parameter $name"; return 1 ;; esac
    done
  done
}
while [ "$(date +%s)" -lt "$deadline" ]; do
  if check; then
    calm=$((calm + 1))
    [ $calm -lt 6 ] || { echo "settled: $INSTANCES instance(s) run $VERSION with the declared parameters"; exit 0; }
  else
    calm=0
  fi
  sleep 2
done
echo "not settled after $TIMEOUT_SECONDS s; last: $said"
exit 1
`;

/** Version that a tag begins with (`17.6-standard-trixie` → `17.6`); CloudNativePG demands such tags. */
export function versionOfImage(image: string): string {
  const tag = /:([^:/]+)$/.exec(image.replace(/@.*$/, ""))?.[1] ?? "";
  return /^\d+(?:\.\d+)?/.exec(tag)?.[0] ?? "";
}

/** The Job that proves, on each instance itself, that it runs what was declared. */
export function settledJobSpec(
  expected: Expectation,
  version: Input<string>,
  labels: Readonly<Record<string, string>>,
): types.input.batch.v1.JobSpec {
  return {
    backoffLimit: 0,
    activeDeadlineSeconds: expected.timeoutSeconds + 60,
    template: {
      metadata: { labels: { ...labels } },
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: podSecurityContext(POSTGRES_USER),
        ...(expected.imagePullSecrets
          ? { imagePullSecrets: expected.imagePullSecrets.map((name) => ({ name })) }
          : {}),
        containers: [
          {
            name: "settled",
            image: expected.image,
            command: ["sh", "-c", SCRIPT],
            env: environment(expected, version),
            resources: resourceRequirements({ cpu: "50m", cpuLimit: "500m", memory: "64Mi" }),
            securityContext: containerSecurityContext(POSTGRES_USER),
            volumeMounts: [
              { name: "database", mountPath: "/run/secrets/database", readOnly: true },
              { name: "database-ca", mountPath: "/run/secrets/database-ca", readOnly: true },
            ],
          },
        ],
        volumes: [
          { name: "database", secret: { secretName: expected.secretName, defaultMode: 0o440 } },
          {
            name: "database-ca",
            secret: {
              secretName: expected.certificateAuthoritySecretName,
              defaultMode: 0o440,
              items: [{ key: "ca.crt", path: "ca.crt" }],
            },
          },
        ],
      },
    },
  };
}

function environment(expected: Expectation, version: Input<string>): types.input.core.v1.EnvVar[] {
  return [
    { name: "SERVICE", value: expected.instancesService },
    { name: "TLS_HOST", value: expected.tlsHost },
    { name: "INSTANCES", value: String(expected.instances) },
    { name: "FINGERPRINT", value: expected.fingerprint },
    {
      name: "PARAMETERS",
      value: output(expected.parameters).apply((parameters) => JSON.stringify(parameters)),
    },
    {
      name: "NAMES",
      value: output(expected.parameters).apply((parameters) => Object.keys(parameters).join(" ")),
    },
    { name: "DIFFERING", value: DIFFERING },
    { name: "VERSION", value: version },
    { name: "TIMEOUT_SECONDS", value: String(expected.timeoutSeconds) },
  ];
}
