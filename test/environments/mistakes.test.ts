import assert from "node:assert/strict";
import { mock } from "node:test";
import * as fc from "fast-check";
import { RecordingMonitor } from "../../embedded/monitor";
import { runStack } from "../../embedded/run";
import { describeMistakes } from "../../environments/mistakes";
import { resolveStack } from "../../environments/resolve";

const repository = "registry.example.com/blog";
const digest = `sha256:${"a".repeat(64)}`;
const CANARY = "canary-7f3a";

/** The least that is right in test, int and prod. */
const built = { image: { repository } };
const promoted = {
  image: { repository, digest },
  application: { host: "blog.example.com" },
  gateway: { name: "public", namespace: "gateway" },
};
const production = { ...promoted, kubernetes: { context: "production" } };

interface Case {
  readonly title: string;
  readonly stack: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Paths of secrets that stand in plain text. */
  readonly plain?: readonly (readonly string[])[];
  /** What the person sees, from the first letter to the last. */
  readonly text: string;
}

const TABLE: Readonly<Record<string, readonly Case[]>> = {
  missing: [
    {
      title: "an empty configuration",
      stack: "test",
      raw: {},
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image
    found     nothing
    expected  a mapping with repository, digest, context, dockerfile, builder
    mend      pulumi config set --stack test --path image.repository registry.example.com/blog`,
    },
    {
      title: "no repository",
      stack: "test",
      raw: { image: {} },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image.repository
    found     nothing
    expected  registry/name in lower case, without scheme, tag and digest
    mend      pulumi config set --stack test --path image.repository registry.example.com/blog`,
    },
    {
      title: "no digest in int",
      stack: "int",
      raw: { ...promoted, image: { repository } },
      text: `Pulumi.int.yaml: 1 mistake in the configuration of stack int

  image.digest
    found     nothing
    expected  the digest that an earlier stage proved, as environment int builds no image
    mend      pulumi config set --stack int --path image.digest sha256:DIGEST`,
    },
    {
      title: "no digest in prod",
      stack: "prod",
      raw: { ...production, image: { repository } },
      text: `Pulumi.prod.yaml: 1 mistake in the configuration of stack prod

  image.digest
    found     nothing
    expected  the digest that an earlier stage proved, as environment prod builds no image
    mend      pulumi config set --stack prod --path image.digest sha256:DIGEST`,
    },
    {
      title: "no context in prod",
      stack: "prod",
      raw: promoted,
      text: `Pulumi.prod.yaml: 1 mistake in the configuration of stack prod

  kubernetes.context
    found     nothing
    expected  the kubeconfig context of the cluster, as environment prod must not be deployed by accident
    mend      pulumi config set --stack prod --path kubernetes.context CONTEXT`,
    },
    {
      title: "no host with a gateway",
      stack: "test",
      raw: { ...built, gateway: { name: "public", namespace: "gateway" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.host
    found     nothing
    expected  a host name, as there is a gateway or an ingress
    mend      pulumi config set --stack test --path application.host blog.test.example.com`,
    },
    {
      title: "no host with an ingress",
      stack: "test",
      raw: { ...built, ingress: { class: "traefik" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.host
    found     nothing
    expected  a host name, as there is a gateway or an ingress
    mend      pulumi config set --stack test --path application.host blog.test.example.com`,
    },
    {
      title: "no route in int",
      stack: "int",
      raw: { image: promoted.image },
      text: `Pulumi.int.yaml: 1 mistake in the configuration of stack int

  gateway
    found     nothing
    expected  a gateway or an ingress, as environment int must be reachable
    mend      pulumi config set --stack int --path gateway.name public && pulumi config set --stack int --path gateway.namespace gateway`,
    },
    {
      title: "no route in prod",
      stack: "prod",
      raw: { image: promoted.image, kubernetes: production.kubernetes },
      text: `Pulumi.prod.yaml: 1 mistake in the configuration of stack prod

  gateway
    found     nothing
    expected  a gateway or an ingress, as environment prod must be reachable
    mend      pulumi config set --stack prod --path gateway.name public && pulumi config set --stack prod --path gateway.namespace gateway`,
    },
    {
      title: "half a gateway",
      stack: "test",
      raw: { ...built, application: promoted.application, gateway: { name: "public" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  gateway.namespace
    found     nothing
    expected  lower-case letters, digits and dashes, 63 at most
    mend      pulumi config set --stack test --path gateway.namespace gateway`,
    },
    {
      title: "an empty secret",
      stack: "test",
      raw: { ...built, secrets: { application: { "signing-secret": "" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application.signing-secret
    found     no value yet
    expected  an encrypted value
    mend      pulumi config set --stack test --secret --path secrets.application.signing-secret`,
    },
    {
      title: "an empty secret whose name has a dot",
      stack: "test",
      raw: { ...built, secrets: { application: { "signing.key": "" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application["signing.key"]
    found     no value yet
    expected  an encrypted value
    mend      pulumi config set --stack test --secret --path 'secrets.application["signing.key"]'`,
    },
  ],
  "unknown keys": [
    {
      title: "a misspelt key at the top",
      stack: "test",
      raw: { ...built, databse: { instances: 1 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  databse
    found     a key that is not known
    expected  database (did you mean that?), or one of environment, image, database, application, gateway, ingress, secrets, vault, kubernetes, release
    mend      pulumi config rm --stack test --path databse`,
    },
    {
      title: "a key from far away at the top",
      stack: "test",
      raw: { ...built, monitoring: true },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  monitoring
    found     a key that is not known
    expected  one of environment, image, database, application, gateway, ingress, secrets, vault, kubernetes, release
    mend      pulumi config rm --stack test --path monitoring`,
    },
    {
      title: "a misspelt nested key",
      stack: "test",
      raw: { ...built, database: { instance: 1 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.instance
    found     a key that is not known
    expected  instances (did you mean that?), or one of instances, version, image, storage, walStorage, storageClass, spread, deletion, resources, backup, drill, recovery, replica, grants
    mend      pulumi config rm --stack test --path database.instance`,
    },
    {
      title: "a key in the wrong case, two levels down",
      stack: "test",
      raw: { ...built, application: { resources: { cpulimit: "1" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.resources.cpulimit
    found     a key that is not known
    expected  cpuLimit (did you mean that?), or one of cpu, cpuLimit, memory
    mend      pulumi config rm --stack test --path application.resources.cpulimit`,
    },
    {
      title: "a nested key from far away",
      stack: "test",
      raw: { ...built, image: { repository, tag: "1.2.3" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image.tag
    found     a key that is not known
    expected  one of repository, digest, context, dockerfile, builder
    mend      pulumi config rm --stack test --path image.tag`,
    },
    {
      title: "a key that the shell must not read",
      stack: "test",
      raw: { ...built, application: { "pod.labels": {} } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application["pod.labels"]
    found     a key that is not known
    expected  one of replicas, resources, host, port, env, probes, imagePullSecrets
    mend      pulumi config rm --stack test --path 'application["pod.labels"]'`,
    },
  ],
  "wrong types": [
    {
      title: "text for a number",
      stack: "test",
      raw: { ...built, database: { instances: "3" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.instances
    found     "3"
    expected  a whole number
    mend      pulumi config set --stack test --path database.instances 3`,
    },
    {
      title: "a fraction for a whole number",
      stack: "test",
      raw: { ...built, database: { instances: 1.5 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.instances
    found     1.5
    expected  a whole number
    mend      pulumi config set --stack test --path database.instances 3`,
    },
    {
      title: "a number for a size",
      stack: "test",
      raw: { ...built, database: { storage: 10 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.storage
    found     10
    expected  a size such as 512Mi or 10Gi
    mend      pulumi config set --stack test --path database.storage 10Gi`,
    },
    {
      title: "a version without quotes",
      stack: "test",
      raw: { ...built, database: { version: 17.6 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.version
    found     17.6
    expected  a PostgreSQL version such as 17.6, in quotes
    mend      pulumi config set --stack test --path database.version 17.6`,
    },
    {
      title: "CPU without quotes",
      stack: "test",
      raw: { ...built, application: { resources: { cpu: 1 } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.resources.cpu
    found     1
    expected  a CPU quantity such as 250m or 1.5, in quotes
    mend      pulumi config set --stack test --path application.resources.cpu 1 --type string`,
    },
    {
      title: "a variable's number without quotes",
      stack: "test",
      raw: { ...built, application: { env: { LOG_LEVEL: 4 } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.env.LOG_LEVEL
    found     4
    expected  text, in quotes
    mend      pulumi config set --stack test --path application.env.LOG_LEVEL 4 --type string`,
    },
    {
      title: "a variable's boolean without quotes",
      stack: "test",
      raw: { ...built, application: { env: { DEBUG: true } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.env.DEBUG
    found     true
    expected  text, in quotes
    mend      pulumi config set --stack test --path application.env.DEBUG true --type string`,
    },
    {
      title: "a list for a mapping",
      stack: "test",
      raw: { ...built, database: ["instances", "storage"] },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database
    found     a list of 2
    expected  a mapping with instances, version, image, storage, walStorage, storageClass, spread, deletion, resources, backup, drill, recovery, replica, grants
    mend      pulumi config rm --stack test --path database`,
    },
    {
      title: "text for a mapping",
      stack: "test",
      raw: { ...built, application: { probes: "/healthz" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.probes
    found     "/healthz"
    expected  a mapping with liveness, readiness, startupSeconds
    mend      pulumi config rm --stack test --path application.probes`,
    },
    {
      title: "text for the image",
      stack: "test",
      raw: { image: "registry.example.com/blog" },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image
    found     "registry.example.com/blog"
    expected  a mapping with repository, digest, context, dockerfile, builder
    mend      pulumi config rm --stack test --path image && pulumi config set --stack test --path image.repository registry.example.com/blog`,
    },
    {
      title: "a list for the image",
      stack: "test",
      raw: { image: [repository] },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image
    found     a list of 1
    expected  a mapping with repository, digest, context, dockerfile, builder
    mend      pulumi config rm --stack test --path image && pulumi config set --stack test --path image.repository registry.example.com/blog`,
    },
    {
      title: "null for a mapping",
      stack: "test",
      raw: { ...built, database: null },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database
    found     nothing
    expected  a mapping with instances, version, image, storage, walStorage, storageClass, spread, deletion, resources, backup, drill, recovery, replica, grants
    mend      pulumi config rm --stack test --path database`,
    },
    {
      title: "null for a value",
      stack: "test",
      raw: { ...built, database: { storage: null } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.storage
    found     nothing
    expected  a size such as 512Mi or 10Gi
    mend      pulumi config set --stack test --path database.storage 10Gi`,
    },
    {
      title: "a boolean for a name",
      stack: "test",
      raw: { ...built, kubernetes: { namespace: [true] } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  kubernetes.namespace
    found     a list of 1
    expected  lower-case letters, digits and dashes, 63 at most
    mend      pulumi config set --stack test --path kubernetes.namespace blog-test`,
    },
    {
      title: "text for a list",
      stack: "test",
      raw: { ...built, application: { imagePullSecrets: "registry" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.imagePullSecrets
    found     "registry"
    expected  a list
    mend      pulumi config rm --stack test --path application.imagePullSecrets`,
    },
    {
      title: "a list for variables",
      stack: "test",
      raw: { ...built, application: { env: ["LOG_LEVEL=4"] } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.env
    found     a list of 1
    expected  a mapping
    mend      pulumi config rm --stack test --path application.env`,
    },
  ],
  "malformed values": [
    {
      title: "a repository with a tag",
      stack: "test",
      raw: { image: { repository: "registry.example.com/blog:1.2.3" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image.repository
    found     "registry.example.com/blog:1.2.3"
    expected  registry/name in lower case, without scheme, tag and digest
    mend      pulumi config set --stack test --path image.repository registry.example.com/blog`,
    },
    {
      title: "a repository with a scheme",
      stack: "test",
      raw: { image: { repository: "https://registry.example.com/blog" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image.repository
    found     "https://registry.example.com/blog"
    expected  registry/name in lower case, without scheme, tag and digest
    mend      pulumi config set --stack test --path image.repository registry.example.com/blog`,
    },
    {
      title: "a repository in upper case",
      stack: "test",
      raw: { image: { repository: "registry.example.com/Blog" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image.repository
    found     "registry.example.com/Blog"
    expected  registry/name in lower case, without scheme, tag and digest
    mend      pulumi config set --stack test --path image.repository registry.example.com/blog`,
    },
    {
      title: "a digest that is too short",
      stack: "int",
      raw: { ...promoted, image: { repository, digest: "sha256:abc" } },
      text: `Pulumi.int.yaml: 1 mistake in the configuration of stack int

  image.digest
    found     "sha256:abc"
    expected  sha256: and 64 hexadecimal digits
    mend      pulumi config set --stack int --path image.digest sha256:DIGEST`,
    },
    {
      title: "a host with a scheme",
      stack: "test",
      raw: { ...built, application: { host: "https://blog.example.com" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.host
    found     "https://blog.example.com"
    expected  a host name in lower case, without scheme and port
    mend      pulumi config set --stack test --path application.host blog.example.com`,
    },
    {
      title: "a host with a port",
      stack: "test",
      raw: { ...built, application: { host: "blog.example.com:8080" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.host
    found     "blog.example.com:8080"
    expected  a host name in lower case, without scheme and port
    mend      pulumi config set --stack test --path application.host blog.example.com`,
    },
    {
      title: "a size with an unknown unit",
      stack: "test",
      raw: { ...built, database: { storage: "10GB" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.storage
    found     "10GB"
    expected  a size such as 512Mi or 10Gi
    mend      pulumi config set --stack test --path database.storage 10Gi`,
    },
    {
      title: "memory in thousandths of a byte",
      stack: "test",
      raw: { ...built, application: { resources: { memory: "512m" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.resources.memory
    found     "512m"
    expected  a size such as 512Mi or 10Gi
    mend      pulumi config set --stack test --path application.resources.memory 512Mi`,
    },
    {
      title: "memory without a unit",
      stack: "test",
      raw: { ...built, database: { resources: { memory: "512" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.resources.memory
    found     "512"
    expected  a size such as 512Mi or 10Gi
    mend      pulumi config set --stack test --path database.resources.memory 512Mi`,
    },
    {
      title: "CPU in words",
      stack: "test",
      raw: { ...built, application: { resources: { cpu: "half" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.resources.cpu
    found     "half"
    expected  a CPU quantity such as 250m or 1.5
    mend      pulumi config set --stack test --path application.resources.cpu 250m`,
    },
    {
      title: "a port that only root may use",
      stack: "test",
      raw: { ...built, application: { port: 80 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.port
    found     80
    expected  a whole number from 1024 to 65535
    mend      pulumi config set --stack test --path application.port 8080`,
    },
    {
      title: "a variable in lower case",
      stack: "test",
      raw: { ...built, application: { env: { log_level: "info" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.env.log_level
    found     the name "log_level"
    expected  a name of capital letters, digits and underscores, such as LOG_LEVEL
    mend      pulumi config rm --stack test --path application.env.log_level`,
    },
    {
      title: "a database image without a version",
      stack: "test",
      raw: { ...built, database: { image: "ghcr.io/cloudnative-pg/postgresql" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.image
    found     "ghcr.io/cloudnative-pg/postgresql"
    expected  an image whose tag begins with the PostgreSQL version, as CloudNativePG demands
    mend      pulumi config set --stack test --path database.image ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie`,
    },
    {
      title: "a database image called latest",
      stack: "test",
      raw: { ...built, database: { image: "registry:5000/postgresql:latest" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.image
    found     "registry:5000/postgresql:latest"
    expected  an image whose tag begins with the PostgreSQL version, as CloudNativePG demands
    mend      pulumi config set --stack test --path database.image ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie`,
    },
    {
      title: "a major version alone",
      stack: "test",
      raw: { ...built, database: { version: "17" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.version
    found     "17"
    expected  a PostgreSQL version such as 17.6
    mend      pulumi config set --stack test --path database.version 17.6`,
    },
    {
      title: "a platform without a system",
      stack: "test",
      raw: { image: { repository, builder: { platforms: ["linux/amd64", "arm64"] } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image.builder.platforms[1]
    found     "arm64"
    expected  a platform such as linux/arm64
    mend      pulumi config set --stack test --path 'image.builder.platforms[1]' linux/amd64`,
    },
    {
      title: "an absolute path",
      stack: "test",
      raw: { image: { repository, context: "/srv/blog" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  image.context
    found     "/srv/blog"
    expected  a relative path to a folder
    mend      pulumi config set --stack test --path image.context examples/blog`,
    },
    {
      title: "a probe that is no path",
      stack: "test",
      raw: { ...built, application: { probes: { readiness: "readyz" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.probes.readiness
    found     "readyz"
    expected  a path that begins with /
    mend      pulumi config set --stack test --path application.probes.readiness /readyz`,
    },
    {
      title: "a secret's folder in upper case",
      stack: "test",
      raw: { ...built, secrets: { Application: { key: "v" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.Application
    found     the name "Application"
    expected  a name of lower-case letters, digits and dashes, such as application
    mend      pulumi config rm --stack test --path secrets.Application`,
    },
    {
      title: "a secret's file with a space",
      stack: "test",
      raw: { ...built, secrets: { application: { "signing secret": "v" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application["signing secret"]
    found     the name "signing secret"
    expected  a name of letters, digits, dots, dashes and underscores, such as signing-secret
    mend      pulumi config rm --stack test --path 'secrets.application["signing secret"]'`,
    },
  ],
  "values out of the environment's bounds": [
    {
      title: "too many instances for test",
      stack: "test",
      raw: { ...built, database: { instances: 4 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.instances
    found     4
    expected  a whole number from 1 to 3 in environment test
    mend      pulumi config set --stack test --path database.instances 1`,
    },
    {
      title: "more instances than any environment takes",
      stack: "test",
      raw: { ...built, database: { instances: 10 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.instances
    found     10
    expected  a whole number from 1 to 3 in environment test
    mend      pulumi config set --stack test --path database.instances 1`,
    },
    {
      title: "no instance at all",
      stack: "test",
      raw: { ...built, database: { instances: 0 } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.instances
    found     0
    expected  a whole number from 1 to 3 in environment test
    mend      pulumi config set --stack test --path database.instances 1`,
    },
    {
      title: "too few instances for prod",
      stack: "prod",
      raw: { ...production, database: { instances: 1 } },
      text: `Pulumi.prod.yaml: 1 mistake in the configuration of stack prod

  database.instances
    found     1
    expected  a whole number from 3 to 9 in environment prod
    mend      pulumi config set --stack prod --path database.instances 3`,
    },
    {
      title: "too few replicas for prod",
      stack: "prod",
      raw: { ...production, application: { host: "blog.example.com", replicas: 1 } },
      text: `Pulumi.prod.yaml: 1 mistake in the configuration of stack prod

  application.replicas
    found     1
    expected  a whole number from 2 to 50 in environment prod
    mend      pulumi config set --stack prod --path application.replicas 3`,
    },
    {
      title: "too many replicas for int",
      stack: "int",
      raw: { ...promoted, application: { host: "blog.example.com", replicas: 11 } },
      text: `Pulumi.int.yaml: 1 mistake in the configuration of stack int

  application.replicas
    found     11
    expected  a whole number from 1 to 10 in environment int
    mend      pulumi config set --stack int --path application.replicas 2`,
    },
    {
      title: "less storage than int's least",
      stack: "int",
      raw: { ...promoted, database: { storage: "512Mi" } },
      text: `Pulumi.int.yaml: 1 mistake in the configuration of stack int

  database.storage
    found     "512Mi"
    expected  1Gi or more in environment int
    mend      pulumi config set --stack int --path database.storage 1Gi`,
    },
    {
      title: "less room for the log than test's least",
      stack: "test",
      raw: { ...built, database: { walStorage: "100Mi" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.walStorage
    found     "100Mi"
    expected  256Mi or more in environment test
    mend      pulumi config set --stack test --path database.walStorage 256Mi`,
    },
  ],
  "combinations that cannot work": [
    {
      title: "a digest together with everything that builds",
      stack: "test",
      raw: {
        image: {
          repository,
          digest,
          context: "examples/blog",
          dockerfile: "Dockerfile",
          builder: { name: "default" },
        },
      },
      text: `Pulumi.test.yaml: 3 mistakes in the configuration of stack test

  image.context
    found     "examples/blog"
    expected  nothing, as image.digest is given: an image is either built or used
    mend      pulumi config rm --stack test --path image.context

  image.dockerfile
    found     "Dockerfile"
    expected  nothing, as image.digest is given: an image is either built or used
    mend      pulumi config rm --stack test --path image.dockerfile

  image.builder
    found     a mapping with name
    expected  nothing, as image.digest is given: an image is either built or used
    mend      pulumi config rm --stack test --path image.builder`,
    },
    {
      title: "a folder to build in int",
      stack: "int",
      raw: { ...promoted, image: { repository, digest, context: "examples/blog" } },
      text: `Pulumi.int.yaml: 1 mistake in the configuration of stack int

  image.context
    found     "examples/blog"
    expected  nothing: environment int builds no image, it takes image.digest
    mend      pulumi config rm --stack int --path image.context`,
    },
    {
      title: "a folder to build instead of a digest in prod",
      stack: "prod",
      raw: { ...production, image: { repository, context: "examples/blog" } },
      text: `Pulumi.prod.yaml: 2 mistakes in the configuration of stack prod

  image.context
    found     "examples/blog"
    expected  nothing: environment prod builds no image, it takes image.digest
    mend      pulumi config rm --stack prod --path image.context

  image.digest
    found     nothing
    expected  the digest that an earlier stage proved, as environment prod builds no image
    mend      pulumi config set --stack prod --path image.digest sha256:DIGEST`,
    },
    {
      title: "a version beside the database's image",
      stack: "test",
      raw: { ...built, database: { version: "17.6", image: "postgresql:17.6" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.version
    found     "17.6"
    expected  nothing, as database.image is given: its tag carries the version
    mend      pulumi config rm --stack test --path database.version`,
    },
    {
      title: "CPU above its own limit",
      stack: "test",
      raw: { ...built, application: { resources: { cpu: "2", cpuLimit: "500m" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.resources.cpuLimit
    found     "500m"
    expected  at least what is reserved, which is 2 (application.resources.cpu)
    mend      pulumi config set --stack test --path application.resources.cpuLimit 2 --type string`,
    },
    {
      title: "CPU above the environment's limit",
      stack: "test",
      raw: { ...built, database: { resources: { cpu: "1500m" } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  database.resources.cpuLimit
    found     "1", the environment's own
    expected  at least what is reserved, which is 1500m (database.resources.cpu)
    mend      pulumi config set --stack test --path database.resources.cpuLimit 1500m`,
    },
    {
      title: "a limit below the environment's CPU",
      stack: "prod",
      raw: { ...production, database: { resources: { cpuLimit: "500m" } } },
      text: `Pulumi.prod.yaml: 1 mistake in the configuration of stack prod

  database.resources.cpuLimit
    found     "500m"
    expected  at least what is reserved, which is 1 (database.resources.cpu)
    mend      pulumi config set --stack prod --path database.resources.cpuLimit 1 --type string`,
    },
  ],
  "what is forbidden": [
    {
      title: "deleting the data of prod",
      stack: "prod",
      raw: { ...production, database: { deletion: "delete" } },
      text: `Pulumi.prod.yaml: 1 mistake in the configuration of stack prod

  database.deletion
    found     "delete"
    expected  retain in environment prod
    mend      pulumi config set --stack prod --path database.deletion retain`,
    },
    {
      title: "a variable named like a secret",
      stack: "test",
      raw: { ...built, application: { env: { DB_PASSWORD: CANARY } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.env.DB_PASSWORD
    found     a variable that is named like a secret
    expected  no secret among the variables: secrets are files, see secrets
    mend      pulumi config rm --stack test --path application.env.DB_PASSWORD`,
    },
    {
      title: "a variable named like a secret that is no text",
      stack: "test",
      raw: { ...built, application: { env: { API_TOKEN: 7310 } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.env.API_TOKEN
    found     a variable that is named like a secret
    expected  no secret among the variables: secrets are files, see secrets
    mend      pulumi config rm --stack test --path application.env.API_TOKEN`,
    },
    {
      title: "the namespace default",
      stack: "test",
      raw: { ...built, kubernetes: { namespace: "default" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  kubernetes.namespace
    found     "default"
    expected  a namespace of its own, as it is created with the stack and removed with it
    mend      pulumi config rm --stack test --path kubernetes.namespace`,
    },
    {
      title: "a namespace of the system",
      stack: "test",
      raw: { ...built, kubernetes: { namespace: "kube-system" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  kubernetes.namespace
    found     "kube-system"
    expected  a namespace of its own, as it is created with the stack and removed with it
    mend      pulumi config rm --stack test --path kubernetes.namespace`,
    },
    {
      title: "the namespace of CloudNativePG's operator",
      stack: "test",
      raw: { ...built, kubernetes: { namespace: "cnpg-system" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  kubernetes.namespace
    found     "cnpg-system"
    expected  a namespace of its own, as it is created with the stack and removed with it
    mend      pulumi config rm --stack test --path kubernetes.namespace`,
    },
    {
      title: "the namespace of Vault",
      stack: "test",
      raw: { ...built, vault: { address: "https://vault.example.com" }, kubernetes: { namespace: "vault" } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  kubernetes.namespace
    found     "vault"
    expected  a namespace of its own, as it is created with the stack and removed with it
    mend      pulumi config rm --stack test --path kubernetes.namespace`,
    },
    {
      title: "the namespace of the platform's Gateway, with which it would be removed",
      stack: "test",
      raw: {
        ...built,
        application: { host: "blog.example.com" },
        gateway: { name: "public", namespace: "edge" },
        kubernetes: { namespace: "edge" },
      },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  kubernetes.namespace
    found     "edge"
    expected  a namespace of its own, as it is created with the stack and removed with it
    mend      pulumi config rm --stack test --path kubernetes.namespace`,
    },
    {
      title: "the name of a Secret that the database has",
      stack: "test",
      raw: { ...built, secrets: { "db-app": { password: CANARY } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.db-app
    found     a name that is taken
    expected  another name: the database has a Secret of its own that is called so
    mend      pulumi config rm --stack test --path secrets.db-app`,
    },
    {
      title: "the name of the database's own credentials",
      stack: "test",
      raw: { ...built, secrets: { database: { password: CANARY } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.database
    found     a name that is taken
    expected  another name: the database's own credentials are mounted there
    mend      pulumi config rm --stack test --path secrets.database`,
    },
  ],
  "secrets in plain text or of a wrong kind": [
    {
      title: "a secret in plain text",
      stack: "test",
      raw: { ...built, secrets: { application: { "signing-secret": CANARY } } },
      plain: [["secrets", "application", "signing-secret"]],
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application.signing-secret
    found     a value in plain text
    expected  an encrypted value (secure: …); change the old one where it came from, it has been written down
    mend      pulumi config set --stack test --secret --path secrets.application.signing-secret`,
    },
    {
      title: "a number in plain text",
      stack: "test",
      raw: { ...built, secrets: { application: { pin: 7310 } } },
      plain: [["secrets", "application", "pin"]],
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application.pin
    found     a value in plain text
    expected  an encrypted value (secure: …); change the old one where it came from, it has been written down
    mend      pulumi config set --stack test --secret --path secrets.application.pin`,
    },
    {
      title: "plain text in place of a folder",
      stack: "test",
      raw: { ...built, secrets: { application: CANARY } },
      plain: [["secrets", "application"]],
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application
    found     a value in plain text
    expected  a mapping of files with their encrypted values (secure: …); change the old one where it came from, it has been written down
    mend      pulumi config rm --stack test --path secrets.application`,
    },
    {
      title: "plain text in place of all secrets",
      stack: "test",
      raw: { ...built, secrets: CANARY },
      plain: [["secrets"]],
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets
    found     a value in plain text
    expected  a mapping of folders, each a mapping of files with their encrypted values (secure: …); change the old one where it came from, it has been written down
    mend      pulumi config rm --stack test --path secrets`,
    },
    {
      title: "a mapping in plain text",
      stack: "test",
      raw: { ...built, secrets: { application: { key: { old: CANARY } } } },
      plain: [["secrets", "application", "key", "old"]],
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application.key
    found     a value in plain text
    expected  an encrypted value (secure: …); change the old one where it came from, it has been written down
    mend      pulumi config set --stack test --secret --path secrets.application.key`,
    },
    {
      title: "an encrypted number",
      stack: "test",
      raw: { ...built, secrets: { application: { pin: 7310 } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application.pin
    found     a number
    expected  an encrypted value
    mend      pulumi config set --stack test --secret --path secrets.application.pin`,
    },
    {
      title: "an encrypted mapping",
      stack: "test",
      raw: { ...built, secrets: { application: { key: { old: CANARY } } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application.key
    found     a mapping
    expected  an encrypted value
    mend      pulumi config set --stack test --secret --path secrets.application.key`,
    },
    {
      title: "an encrypted list",
      stack: "test",
      raw: { ...built, secrets: { application: { key: [CANARY] } } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application.key
    found     a list
    expected  an encrypted value
    mend      pulumi config set --stack test --secret --path secrets.application.key`,
    },
    {
      title: "encrypted text in place of a folder",
      stack: "test",
      raw: { ...built, secrets: { application: CANARY } },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets.application
    found     text
    expected  a mapping of files with their encrypted values
    mend      pulumi config rm --stack test --path secrets.application`,
    },
    {
      title: "encrypted text in place of all secrets",
      stack: "test",
      raw: { ...built, secrets: CANARY },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  secrets
    found     text
    expected  a mapping of folders, each a mapping of files with their encrypted values
    mend      pulumi config rm --stack test --path secrets`,
    },
  ],
  "environments that are none": [
    {
      title: "a stack of another name that names no environment",
      stack: "review-12",
      raw: built,
      text: `Pulumi.review-12.yaml: 1 mistake in the configuration of stack review-12

  environment
    found     nothing
    expected  test, int or prod, as the stack's own name, review-12, is none of them
    mend      pulumi config set --stack review-12 --path environment test`,
    },
    {
      title: "an unknown environment",
      stack: "review-12",
      raw: { ...built, environment: "staging" },
      text: `Pulumi.review-12.yaml: 1 mistake in the configuration of stack review-12

  environment
    found     "staging"
    expected  test, int or prod
    mend      pulumi config set --stack review-12 --path environment test`,
    },
    {
      title: "a number for the environment",
      stack: "review-12",
      raw: { ...built, environment: 3 },
      text: `Pulumi.review-12.yaml: 1 mistake in the configuration of stack review-12

  environment
    found     3
    expected  test, int or prod
    mend      pulumi config set --stack review-12 --path environment test`,
    },
    {
      title: "an environment that only JavaScript knows",
      stack: "test",
      raw: { ...built, environment: "constructor" },
      text: `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  environment
    found     "constructor"
    expected  test, int or prod
    mend      pulumi config set --stack test --path environment test`,
    },
    {
      title: "a stack with a name that only JavaScript knows",
      stack: "constructor",
      raw: built,
      text: `Pulumi.constructor.yaml: 1 mistake in the configuration of stack constructor

  environment
    found     nothing
    expected  test, int or prod, as the stack's own name, constructor, is none of them
    mend      pulumi config set --stack constructor --path environment test`,
    },
  ],
  "several at once": [
    {
      title: "a new stack file for prod, all of it still to be filled",
      stack: "prod",
      raw: {
        image: { repository },
        secrets: { application: { "signing-secret": "", "author-password": "" } },
      },
      text: `Pulumi.prod.yaml: 5 mistakes in the configuration of stack prod

  secrets.application.signing-secret
    found     no value yet
    expected  an encrypted value
    mend      pulumi config set --stack prod --secret --path secrets.application.signing-secret

  secrets.application.author-password
    found     no value yet
    expected  an encrypted value
    mend      pulumi config set --stack prod --secret --path secrets.application.author-password

  image.digest
    found     nothing
    expected  the digest that an earlier stage proved, as environment prod builds no image
    mend      pulumi config set --stack prod --path image.digest sha256:DIGEST

  gateway
    found     nothing
    expected  a gateway or an ingress, as environment prod must be reachable
    mend      pulumi config set --stack prod --path gateway.name public && pulumi config set --stack prod --path gateway.namespace gateway

  kubernetes.context
    found     nothing
    expected  the kubeconfig context of the cluster, as environment prod must not be deployed by accident
    mend      pulumi config set --stack prod --path kubernetes.context CONTEXT`,
    },
    {
      title: "what was copied from test to prod",
      stack: "prod",
      raw: {
        image: { repository, context: "examples/blog" },
        database: { instances: 1, storage: "512Mi", deletion: "delete" },
        application: { host: "blog.example.com", replicas: 1 },
        gateway: promoted.gateway,
      },
      text: `Pulumi.prod.yaml: 7 mistakes in the configuration of stack prod

  image.context
    found     "examples/blog"
    expected  nothing: environment prod builds no image, it takes image.digest
    mend      pulumi config rm --stack prod --path image.context

  image.digest
    found     nothing
    expected  the digest that an earlier stage proved, as environment prod builds no image
    mend      pulumi config set --stack prod --path image.digest sha256:DIGEST

  database.instances
    found     1
    expected  a whole number from 3 to 9 in environment prod
    mend      pulumi config set --stack prod --path database.instances 3

  database.storage
    found     "512Mi"
    expected  1Gi or more in environment prod
    mend      pulumi config set --stack prod --path database.storage 1Gi

  database.deletion
    found     "delete"
    expected  retain in environment prod
    mend      pulumi config set --stack prod --path database.deletion retain

  application.replicas
    found     1
    expected  a whole number from 2 to 50 in environment prod
    mend      pulumi config set --stack prod --path application.replicas 3

  kubernetes.context
    found     nothing
    expected  the kubeconfig context of the cluster, as environment prod must not be deployed by accident
    mend      pulumi config set --stack prod --path kubernetes.context CONTEXT`,
    },
    {
      title: "one of every kind",
      stack: "test",
      raw: {
        image: { repository: "https://registry.example.com/Blog:1", digst: digest },
        database: { instances: "3", version: "17.6", image: "postgresql:17.6", storage: "1Mi" },
        application: { port: 80, env: { DB_PASSWORD: CANARY, log_level: "info" } },
        ingress: {},
        secrets: { database: { password: CANARY }, application: { key: CANARY } },
        kubernetes: { namespace: "kube-public" },
      },
      plain: [["secrets", "application", "key"]],
      text: `Pulumi.test.yaml: 13 mistakes in the configuration of stack test

  image.repository
    found     "https://registry.example.com/Blog:1"
    expected  registry/name in lower case, without scheme, tag and digest
    mend      pulumi config set --stack test --path image.repository registry.example.com/blog

  image.digst
    found     a key that is not known
    expected  digest (did you mean that?), or one of repository, digest, context, dockerfile, builder
    mend      pulumi config rm --stack test --path image.digst

  database.instances
    found     "3"
    expected  a whole number
    mend      pulumi config set --stack test --path database.instances 3

  application.port
    found     80
    expected  a whole number from 1024 to 65535
    mend      pulumi config set --stack test --path application.port 8080

  application.env.log_level
    found     the name "log_level"
    expected  a name of capital letters, digits and underscores, such as LOG_LEVEL
    mend      pulumi config rm --stack test --path application.env.log_level

  ingress.class
    found     nothing
    expected  lower-case letters, digits and dashes, 63 at most
    mend      pulumi config set --stack test --path ingress.class traefik

  database.storage
    found     "1Mi"
    expected  256Mi or more in environment test
    mend      pulumi config set --stack test --path database.storage 256Mi

  database.version
    found     "17.6"
    expected  nothing, as database.image is given: its tag carries the version
    mend      pulumi config rm --stack test --path database.version

  application.env.DB_PASSWORD
    found     a variable that is named like a secret
    expected  no secret among the variables: secrets are files, see secrets
    mend      pulumi config rm --stack test --path application.env.DB_PASSWORD

  application.host
    found     nothing
    expected  a host name, as there is a gateway or an ingress
    mend      pulumi config set --stack test --path application.host blog.test.example.com

  secrets.database
    found     a name that is taken
    expected  another name: the database's own credentials are mounted there
    mend      pulumi config rm --stack test --path secrets.database

  secrets.application.key
    found     a value in plain text
    expected  an encrypted value (secure: …); change the old one where it came from, it has been written down
    mend      pulumi config set --stack test --secret --path secrets.application.key

  kubernetes.namespace
    found     "kube-public"
    expected  a namespace of its own, as it is created with the stack and removed with it
    mend      pulumi config rm --stack test --path kubernetes.namespace`,
    },
    {
      title: "a review stack without an environment, and what is wrong in any",
      stack: "review-12",
      raw: {
        image: { repository, tag: "1" },
        application: { env: { API_TOKEN: CANARY } },
        gateway: promoted.gateway,
        secrets: { application: { key: CANARY } },
      },
      plain: [["secrets", "application", "key"]],
      text: `Pulumi.review-12.yaml: 5 mistakes in the configuration of stack review-12

  environment
    found     nothing
    expected  test, int or prod, as the stack's own name, review-12, is none of them
    mend      pulumi config set --stack review-12 --path environment test

  image.tag
    found     a key that is not known
    expected  one of repository, digest, context, dockerfile, builder
    mend      pulumi config rm --stack review-12 --path image.tag

  application.env.API_TOKEN
    found     a variable that is named like a secret
    expected  no secret among the variables: secrets are files, see secrets
    mend      pulumi config rm --stack review-12 --path application.env.API_TOKEN

  application.host
    found     nothing
    expected  a host name, as there is a gateway or an ingress
    mend      pulumi config set --stack review-12 --path application.host blog.test.example.com

  secrets.application.key
    found     a value in plain text
    expected  an encrypted value (secure: …); change the old one where it came from, it has been written down
    mend      pulumi config set --stack review-12 --secret --path secrets.application.key`,
    },
    {
      title: "mistakes inside one value do not hide those of its neighbours",
      stack: "int",
      raw: {
        ...promoted,
        database: { instances: 9, storage: true, resources: { cpu: "4", memory: 2048 } },
      },
      text: `Pulumi.int.yaml: 4 mistakes in the configuration of stack int

  database.storage
    found     true
    expected  a size such as 512Mi or 10Gi
    mend      pulumi config set --stack int --path database.storage 10Gi

  database.resources.memory
    found     2048
    expected  a size such as 512Mi or 10Gi
    mend      pulumi config set --stack int --path database.resources.memory 512Mi

  database.instances
    found     9
    expected  a whole number from 1 to 5 in environment int
    mend      pulumi config set --stack int --path database.instances 3

  database.resources.cpuLimit
    found     "1", the environment's own
    expected  at least what is reserved, which is 4 (database.resources.cpu)
    mend      pulumi config set --stack int --path database.resources.cpuLimit 4 --type string`,
    },
    {
      title: "a badly named secret in plain text is told once, and removed",
      stack: "test",
      raw: {
        ...built,
        secrets: { Application: { key: CANARY }, application: { "a b": CANARY } },
      },
      plain: [
        ["secrets", "Application", "key"],
        ["secrets", "application", "a b"],
      ],
      text: `Pulumi.test.yaml: 2 mistakes in the configuration of stack test

  secrets.Application
    found     the name "Application"
    expected  a name of lower-case letters, digits and dashes, such as application
    mend      pulumi config rm --stack test --path secrets.Application

  secrets.application["a b"]
    found     the name "a b"
    expected  a name of letters, digits, dots, dashes and underscores, such as signing-secret
    mend      pulumi config rm --stack test --path 'secrets.application["a b"]'`,
    },
  ],
};

function textOf(stack: string, raw: Readonly<Record<string, unknown>>, plain: Case["plain"] = []): string {
  const resolution = resolveStack(stack, raw, plain);
  return "mistakes" in resolution ? describeMistakes(stack, resolution.mistakes) : "no mistake";
}

describe("the mistakes in a stack's configuration", () => {
  for (const [kind, cases] of Object.entries(TABLE)) {
    describe(kind, () => {
      for (const { title, stack, raw, plain, text } of cases) {
        it(`tells ${title}, in ${stack}`, () => assert.equal(textOf(stack, raw, plain), text));
      }
    });
  }

  it("are none where everything is right", () => {
    assert.equal(textOf("test", built), "no mistake");
    assert.equal(textOf("int", promoted), "no mistake");
    assert.equal(textOf("prod", production), "no mistake");
    assert.equal(textOf("review-12", { ...built, environment: "test" }), "no mistake");
  });

  it("never show a value that was handed over as a secret or named like one", () => {
    const texts = Object.values(TABLE)
      .flat()
      .filter(({ raw }) => JSON.stringify(raw).includes(CANARY) || JSON.stringify(raw).includes("7310"));
    assert.ok(texts.length >= 10);
    for (const { stack, raw, plain } of texts) assert.doesNotMatch(textOf(stack, raw, plain), /canary|7310/);
  });
});

const anything = fc.anything({ withNullPrototype: true, maxDepth: 3 });
const names = fc.constantFrom("test", "int", "prod", "review-12", "constructor", "__proto__", "toString");
const part = (...keys: string[]) =>
  fc.oneof(anything, fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), anything));
const plausible = fc.record(
  {
    environment: fc.oneof(names, anything),
    image: part("repository", "digest", "context", "builder"),
    database: part("instances", "storage", "walStorage", "deletion", "version", "image", "resources"),
    application: part("replicas", "resources", "host", "port", "env", "probes", "imagePullSecrets"),
    gateway: part("name", "namespace"),
    ingress: part("class", "tls"),
    secrets: part("application", "database"),
    kubernetes: part("context", "namespace"),
  },
  { requiredKeys: [] },
);

describe("any configuration at all", () => {
  it("is either settled or told as mistakes, and nothing is thrown", () => {
    fc.assert(
      fc.property(names, fc.oneof(fc.object(), plausible), (stack, raw) => {
        const resolution = resolveStack(stack, raw);
        if (!("mistakes" in resolution)) return assert.equal(resolution.stack.stack, stack);
        assert.ok(resolution.mistakes.length > 0);
        return assert.match(
          describeMistakes(stack, resolution.mistakes),
          /^Pulumi\..+\.yaml: \d+ mistakes? in/,
        );
      }),
      { numRuns: 400 },
    );
  });

  it("names no path twice", () => {
    fc.assert(
      fc.property(plausible, (raw) => {
        const resolution = resolveStack("prod", raw);
        const paths = "mistakes" in resolution ? resolution.mistakes.map(({ path }) => path) : [];
        assert.deepEqual(paths, [...new Set(paths)]);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps every value under secrets to itself, whatever its shape", () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constant(CANARY),
        fc.array(tie("tree"), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom("application", "database", "key", "A b", ""), tie("tree")),
      ),
    }));
    fc.assert(
      fc.property(tree, (secrets) => {
        assert.ok(!textOf("test", { ...built, secrets }).includes(CANARY));
      }),
    );
  });
});

/** Runs the whole program with a configuration, and gives the error and how much was registered. */
async function run(values: Readonly<Record<string, unknown>>): Promise<{ error: unknown; types: string[] }> {
  const spy = mock.method(RecordingMonitor.prototype, "registerResource");
  const types = () => spy.mock.calls.map(({ arguments: [request] }) => request.getType());
  const texts = Object.entries(values).map(([key, value]) => [`stagewright:${key}`, JSON.stringify(value)]);
  const configuration = {
    values: Object.fromEntries(texts) as Record<string, string>,
    secretKeys: [],
    open: [],
  };
  try {
    await runStack({ directory: process.cwd(), stack: "test", configuration });
    return { error: undefined, types: types() };
  } catch (error) {
    return { error, types: types() };
  } finally {
    spy.mock.restore();
  }
}

describe("the whole program with a wrong configuration", () => {
  it("ends with every mistake and without a stack trace, before anything is registered", async () => {
    const { error, types } = await run({ database: { instances: 7, storage: "1Mi" } });
    assert.ok(error instanceof Error && "__pulumiRunError" in error);
    assert.equal(
      error.message,
      `Pulumi.test.yaml: 3 mistakes in the configuration of stack test

  image
    found     nothing
    expected  a mapping with repository, digest, context, dockerfile, builder
    mend      pulumi config set --stack test --path image.repository registry.example.com/blog

  database.instances
    found     7
    expected  a whole number from 1 to 3 in environment test
    mend      pulumi config set --stack test --path database.instances 1

  database.storage
    found     "1Mi"
    expected  256Mi or more in environment test
    mend      pulumi config set --stack test --path database.storage 256Mi`,
    );
    assert.deepEqual(
      types.filter((type) => type !== "pulumi:pulumi:Stack"),
      [],
    );
  });

  it("registers resources as soon as the configuration is right", async () => {
    const { error, types } = await run(built);
    assert.equal(error, undefined);
    assert.ok(types.includes("kubernetes:core/v1:Namespace"));
  });
});
