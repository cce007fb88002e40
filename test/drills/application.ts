import { apply, namespace } from "../backup/bench";

/** An image with Perl, Mojolicious and DBD::Pg, for an application that keeps the contract; `undefined` where none is said. */
export const applicationImage = process.env["E2E_BASE_IMAGE"];

const PROGRAM = `use Mojolicious::Lite -signatures; use DBI;
sub secret ($key) { open my $file, '<', "/run/secrets/database/$key" or die; local $/; <$file> }
sub ask ($sql) {
  my ($host, $port, $name) = map { secret($_) } qw(host port dbname);
  my $dbh = DBI->connect("dbi:Pg:host=$host;port=$port;dbname=$name;sslmode=verify-full;sslrootcert=/run/secrets/database-ca/ca.crt",
    secret('user'), secret('password'), { RaiseError => 1 });
  return ($dbh->selectrow_array($sql))[0];
}
get '/healthz' => { text => 'alive' };
get '/readyz' => sub ($c) { $c->render(text => ask('select 1')) };
get '/' => sub ($c) { $c->render(text => 'rows ' . ask('select count(*) from canary') . ' of ' . secret('host')) };
app->start('daemon', '-l', 'http://*:8080');`;

const volume = (name: string, secretName: string) => ({ name, secret: { secretName } });
const mount = (name: string) => ({ name, mountPath: `/run/secrets/${name}`, readOnly: true });

/** Deploys an application that answers how many rows it sees, and where. */
export function deployApplication(cluster: string): void {
  const labels = {
    "app.kubernetes.io/managed-by": "stagewright",
    "app.kubernetes.io/name": "web",
    "app.kubernetes.io/component": "web",
  };
  apply({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: "web",
              image: applicationImage,
              command: ["perl", "-e", PROGRAM],
              ports: [{ name: "http", containerPort: 8080 }],
              readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 1 },
              volumeMounts: [mount("database"), mount("database-ca")],
              resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
            },
          ],
          volumes: [volume("database", `${cluster}-app`), volume("database-ca", `${cluster}-ca`)],
        },
      },
    },
  });
}
