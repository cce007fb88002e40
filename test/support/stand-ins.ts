// Shell scripts that stand in for programs which a machine of tests lacks.

/**
 * What an engine does, as far as a release asks; `$STATE` has a stack's `repository.STACK` and `deployed.STACK`, and the
 * digest that a build gives, `built`, and what happens `meanwhile`. `up` has the engine's lock, tells what it does, and dies by SIGPIPE
 * when nobody listens any more, with its lock left behind: as the real one does.
 */
export const ENGINE = `stack= last=
for word; do [ "$last" = --stack ] && stack=$word; last=$word; done
lock=$STATE/lock.$stack deployed=$STATE/deployed.$stack
case "$*" in
  version*) echo v3.260.0 ;;
  "stack ls"*) echo '[{"name":"test"},{"name":"int"}]' ;;
  "stack export"*) echo '{"deployment":{"resources":[]}}' ;;
  "stack output"*) echo '{"image":"'$(cat "$deployed")'","commit":"0","version":"0","url":"http://'$stack'.example.com"}' ;;
  cancel*) rm -f "$lock" ;;
  preview*) echo '{"summaryEvent":{"resourceChanges":{"update":1},"durationSeconds":1}}' ;;
  up*)
    (set -C; : > "$lock") 2>/dev/null || {
      echo "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \\\`pulumi cancel\\\`." >&2
      exit 255
    }
    echo '{"resourcePreEvent":{"metadata":{"op":"update","type":"kubernetes:apps/v1:Deployment","urn":"urn:pulumi:x::blog::kubernetes:apps/v1:Deployment::blog"}}}'
    [ ! -e "$STATE/meanwhile" ] || . "$STATE/meanwhile"
    [ -n "$STAGEWRIGHT_DIGEST" ] ||
      echo '{"resOutputsEvent":{"metadata":{"op":"update","type":"docker-build:index:Image","urn":"urn:pulumi:x::blog::docker-build:index:Image::blog","new":{"outputs":{"digest":"'$(cat "$STATE/built")'"}}}}}'
    echo "$(cat "$STATE/repository.$stack")@\${STAGEWRIGHT_DIGEST:-$(cat "$STATE/built")}" > "$deployed"
    echo '{"summaryEvent":{"resourceChanges":{"update":1},"durationSeconds":1}}'
    rm "$lock" ;;
  *) echo "error: unknown command: $*" >&2; exit 1 ;;
esac
`;

/** A cluster that has all that is looked for, and runs nothing. */
export const CLUSTER = `case "$*" in
  *"version --output"*) echo '{"serverVersion":{"gitVersion":"v1.36.3"}}' ;;
  *"get deployment"*) echo '{"items":[{"metadata":{"name":"cnpg"},"spec":{"template":{"spec":{"containers":[{"image":"cloudnative-pg:1.30.0"}]}}},"status":{"readyReplicas":1}}]}' ;;
  *"get storageclass"*) echo '{"items":[{"metadata":{"name":"fast","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}]}' ;;
  *"get gateway"*) echo '{"items":[{"metadata":{"name":"public"}}]}' ;;
  *) echo '{"items":[]}' ;;
esac
`;

/** A builder that runs. */
export const BUILDER = `case "$*" in
  *inspect*) printf 'Driver: docker-container\\nBuildKit version: v0.16.0\\n' ;;
  *) echo 28.0.0 ;;
esac
`;

/** A registry that has every digest, and the tags that were given; oras finds nothing that refers to an image. */
export const REGISTRY = `name() { echo "$STATE/tag.$(echo "$1" | tr '/:' '__')"; }
case "$1 $2" in
  "digest "*@*) echo "\${2#*@}" ;;
  "digest "*) cat "$(name "$2")" 2>/dev/null || { echo "Error: MANIFEST_UNKNOWN: $2" >&2; exit 1; } ;;
  "tag "*) echo "\${2#*@}" > "$(name "\${2%@*}:$3")" ;;
  manifest*) echo '{}' ;;
  discover*) echo '{"referrers":[]}' ;;
  cp*|ls*) ;;
  *) exit 1 ;;
esac
`;
