import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CiIdentity, type CiIdentityArgs, type CiRole, CiSystem, ClaimMatching } from "../../components";
import { build, childrenOf, one, outputsOf } from "../support/program";

const ROLE: CiRole = { project: "team/blog", branch: "main", policies: ["blog-test"] };
const GITLAB: CiIdentityArgs = {
  system: CiSystem.GitLab,
  address: "https://gitlab.example.com",
  audience: "vault",
  roles: { deployer: ROLE },
};
const JENKINS = { ...GITLAB, system: CiSystem.Jenkins, address: "https://ci.example.com/jenkins" };
const identity = (args: Partial<CiIdentityArgs> = {}) =>
  build(() => void new CiIdentity("ci", { ...GITLAB, ...args }));
const role = async (more: Partial<CiRole> = {}, args: Partial<CiIdentityArgs> = {}) =>
  one(await identity({ ...args, roles: { deployer: { ...ROLE, ...more } } }), "AuthBackendRole").inputs;

const ends = ({ tokenTtl, tokenMaxTtl, tokenExplicitMaxTtl }: Readonly<Record<string, unknown>>) => [
  tokenTtl,
  tokenMaxTtl,
  tokenExplicitMaxTtl,
];

describe("CiIdentity", () => {
  it("makes one auth method, a role for each name, and nothing else", async () => {
    const registrations = await identity({ roles: { test: ROLE, prod: ROLE } });
    assert.deepEqual(childrenOf(registrations, one(registrations, "CiIdentity")), [
      "vault:jwt/authBackend:AuthBackend ci",
      "vault:jwt/authBackendRole:AuthBackendRole ci-prod",
      "vault:jwt/authBackendRole:AuthBackendRole ci-test",
    ]);
    const outputs = await outputsOf(() => ({
      path: new CiIdentity("ci", { ...GITLAB, path: "gitlab" }).path,
    }));
    assert.deepEqual(outputs, { path: "gitlab" });
  });

  it("believes the system alone: its issuer, with the keys that it publishes", async () => {
    const method = one(await identity(), "AuthBackend").inputs;
    assert.deepEqual(method, {
      path: "jwt",
      type: "jwt",
      description: "pipelines of https://gitlab.example.com",
      boundIssuer: "https://gitlab.example.com",
      oidcDiscoveryUrl: "https://gitlab.example.com",
    });
    const jenkins = one(await identity(JENKINS), "AuthBackend").inputs;
    assert.equal(jenkins["boundIssuer"], "https://ci.example.com/jenkins/oidc");
    assert.equal(jenkins["oidcDiscoveryUrl"], "https://ci.example.com/jenkins/oidc");
  });

  it("takes keys, another issuer, and its authority, as they are given", async () => {
    const withKeys = one(
      await identity({ publicKeys: ["PEM\n"], issuer: "https://ids.example.com" }),
      "AuthBackend",
    );
    const { boundIssuer, jwtValidationPubkeys, oidcDiscoveryUrl } = withKeys.inputs;
    assert.deepEqual(
      [boundIssuer, jwtValidationPubkeys, oidcDiscoveryUrl],
      ["https://ids.example.com", ["PEM"], undefined],
    );
    const withAuthority = one(await identity({ certificateAuthority: "CA" }), "AuthBackend").inputs;
    assert.equal(withAuthority["oidcDiscoveryCaPem"], "CA");
  });

  it("binds a role of GitLab's to project, branch, its protection, and the audience", async () => {
    const { boundClaims, boundClaimsType, boundAudiences, disableBoundClaimsParsing, roleType } =
      await role();
    assert.deepEqual(boundClaims, {
      project_path: "team/blog",
      ref: "main",
      ref_type: "branch",
      ref_protected: "true",
    });
    assert.deepEqual(
      [boundClaimsType, boundAudiences, disableBoundClaimsParsing, roleType],
      ["string", ["vault"], true, "jwt"],
    );
    const reviews = await role({ branch: "feature/*", protectedBranch: false, matching: ClaimMatching.Glob });
    assert.deepEqual(reviews["boundClaims"], {
      project_path: "team/blog",
      ref: "feature/*",
      ref_type: "branch",
    });
    assert.equal(reviews["boundClaimsType"], "glob");
    const prod = (await role({ environment: "prod" }))["boundClaims"] as Record<string, string>;
    assert.deepEqual([prod["environment"], prod["environment_protected"]], ["prod", "true"]);
  });

  const jobs: readonly (readonly [more: Partial<CiRole>, sub: string])[] = [
    [{}, "https://ci.example.com/jenkins/job/team/job/blog/job/main/"],
    [{ branch: "feature/x y" }, "https://ci.example.com/jenkins/job/team/job/blog/job/feature%252Fx%2520y/"],
    [{ project: "our team/blog" }, "https://ci.example.com/jenkins/job/our%20team/job/blog/job/main/"],
    [
      { branch: "release/*", matching: ClaimMatching.Glob },
      "https://ci.example.com/jenkins/job/team/job/blog/job/release%252F*/",
    ],
  ];
  for (const [more, sub] of jobs) {
    it(`binds a role of Jenkins' to the job ${sub}`, async () => {
      assert.deepEqual((await role(more, JENKINS))["boundClaims"], { sub });
    });
  }

  it("gives tokens that end after a quarter of an hour, or as said, and cannot outlast it", async () => {
    assert.deepEqual(ends(await role()), [900, 900, 900]);
    const hour = await role({ tokenTtlSeconds: 3600 });
    assert.deepEqual([ends(hour), hour["tokenPolicies"]], [[3600, 3600, 3600], ["blog-test"]]);
  });

  const refusedRoles: readonly (readonly [more: Partial<CiRole>, message: string])[] = [
    [
      { tokenTtlSeconds: 3601 },
      "roles.deployer.tokenTtlSeconds is 3601; it must be a whole number from 60 to 3600",
    ],
    [
      { tokenTtlSeconds: 0 },
      "roles.deployer.tokenTtlSeconds is 0; it must be a whole number from 60 to 3600",
    ],
    [
      { tokenTtlSeconds: 90.5 },
      "roles.deployer.tokenTtlSeconds is 90.5; it must be a whole number from 60 to 3600",
    ],
    [{ policies: [] }, "roles.deployer.policies must name each policy that its tokens get"],
    [{ policies: ["blog", " "] }, "roles.deployer.policies must name each policy that its tokens get"],
    [
      { policies: ["root"] },
      "roles.deployer.policies names root, which may do everything; name a policy of its own",
    ],
    [{ project: "" }, "roles.deployer.project is empty; name whose pipelines they are"],
    [
      { project: "/team/blog" },
      "roles.deployer.project is /team/blog; it must be a full path such as team/blog",
    ],
    [
      { project: "team//blog" },
      "roles.deployer.project is team//blog; it must be a full path such as team/blog",
    ],
    [{ branch: "" }, "roles.deployer.branch is empty; name the branch that its pipelines run for"],
    [
      { branch: "release/*" },
      'roles.deployer.branch is release/*, and * stands for itself; say matching: "glob" to mean any text by it',
    ],
    [
      { project: "team/*" },
      'roles.deployer.project is team/*, and * stands for itself; say matching: "glob" to mean any text by it',
    ],
    [
      { project: "*/blog", matching: ClaimMatching.Glob },
      "roles.deployer.project is */blog, which lets other groups' pipelines in; its first part must be named",
    ],
    [
      { project: "*", matching: ClaimMatching.Glob },
      "roles.deployer.project is *, which lets other groups' pipelines in; its first part must be named",
    ],
    [
      { project: "team*", matching: ClaimMatching.Glob },
      "roles.deployer.project is team*, which lets other groups' pipelines in; its first part must be named",
    ],
  ];
  const refused: readonly (readonly [args: Partial<CiIdentityArgs>, message: string])[] = [
    ...refusedRoles.map(
      ([more, message]) => [{ roles: { deployer: { ...ROLE, ...more } } }, message] as const,
    ),
    [{ roles: {} }, "roles is empty; name what pipelines may log in as"],
    [{ roles: { "a b": ROLE } }, 'a role is called "a b"; it must be letters, digits and dashes'],
    [
      { address: "http://gitlab.example.com" },
      "address is http://gitlab.example.com; it must begin with https:// and end without a slash",
    ],
    [
      { address: "https://gitlab.example.com/" },
      "address is https://gitlab.example.com/; it must begin with https:// and end without a slash",
    ],
    [
      { path: "auth/jwt" },
      "path is auth/jwt; it must be letters, digits, dashes and inner slashes, without auth/",
    ],
    [{ audience: "" }, "audience is empty; name whom the pipelines' tokens are meant for, such as vault"],
    [{ publicKeys: [] }, "publicKeys is empty; leave it out to take those that the issuer publishes"],
    [
      { publicKeys: ["PEM"], certificateAuthority: "CA" },
      "publicKeys and certificateAuthority exclude each other: with keys the issuer is not asked",
    ],
    [
      { ...JENKINS, roles: { deployer: { ...ROLE, environment: "prod" } } },
      "roles.deployer.environment is given, and Jenkins' tokens do not tell it; leave it out",
    ],
    [
      { ...JENKINS, roles: { deployer: { ...ROLE, protectedBranch: true } } },
      "roles.deployer.protectedBranch is given, and Jenkins' tokens do not tell it; leave it out",
    ],
  ];
  for (const [args, message] of refused) {
    it(`refuses: ${message}`, async () => {
      await assert.rejects(identity(args), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error));
        assert.equal(error.message, message);
        return true;
      });
    });
  }
});
