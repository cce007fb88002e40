import { z } from "zod";
import { leaf, name, text, wholeNumber } from "./leaves";

const check = z.strictObject({
  path: text(/^\/\S*$/, "path that is asked for", "a path that begins with /", "/"),
  status: wholeNumber(100, 599, "status that must come back; 200 without it", 200).optional(),
  contains: leaf(z.string().min(1), "text that the answer must hold", "text", "Welcome").optional(),
});

const smoke = z
  .strictObject({
    checks: z.array(check).optional().meta({
      description: "requests to the real route; without it, both probes' paths and /",
    }),
    command: leaf(
      z.string().min(1),
      "tests that the application ships; SMOKE_URL tells them where it is",
      "a command line",
      "npm run smoke",
    ).optional(),
    directory: text(
      /^(?!\/).+$/,
      "folder that the command runs in, relative to Pulumi.yaml",
      "a relative path to a folder",
      "examples/blog",
    ).optional(),
  })
  .meta({ description: "what must hold of a deployment before its image is tagged" });

const signing = z
  .strictObject({
    key: text(
      /^\S+$/,
      "public key that an image must be signed for: a file, or an address such as hashivault://key",
      "a file or a key service's address",
      "cosign.pub",
    ).optional(),
    identity: text(
      /^\S+$/,
      "who must have signed, where no key is given",
      "an identity",
      "ci@example.com",
    ).optional(),
    issuer: text(
      /^https:\/\/\S+$/,
      "who vouches for the identity",
      "an address that begins with https://",
      "https://gitlab.example.com",
    ).optional(),
  })
  .meta({ description: "who must have signed an image: a key, or an identity and its issuer" });

/** A stack's part in the way of an image from stack to stack. */
export const release = z
  .strictObject({
    from: name("the stack that must have proved an image before this one takes it", "test").optional(),
    soakMinutes: wholeNumber(0, 10_080, "minutes that an image must have run there", 60).optional(),
    smoke: smoke.optional(),
    signing: signing.optional(),
    rollback: leaf(
      z.enum(["automatic", "manual"]),
      "whether a failed smoke test takes the last good image back by itself",
      "automatic or manual",
      "automatic",
    ).optional(),
  })
  .meta({ description: "how an image comes to this stack" });
