import assert from "node:assert/strict";
import * as fc from "fast-check";
import { listsPackages, packagesOf } from "../../release/packages";

const purls = (files: Readonly<Record<string, string>>) =>
  packagesOf(Object.entries(files).map(([path, content]) => ({ path, content }))).map(({ purl }) => purl);

const DEBIAN = { "etc/os-release": 'PRETTY_NAME="Debian"\nNAME="Debian"\nID=debian\n' };

describe("the packages of an image", () => {
  it("are dpkg's that are installed, with the distribution's name", () => {
    const status = [
      "Package: perl-base\nEssential: yes\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:5.36.0-7+deb12u2\n" +
        "Description: minimal\n Package: not this\n",
      "Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1.0\n",
      "Package: half\nStatus: install ok half-installed\nArchitecture: all\nVersion: 1.0\n",
      "Package: libstdc++6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 12.2.0-14\n",
    ].join("\n");
    assert.deepEqual(purls({ ...DEBIAN, "var/lib/dpkg/status": status }), [
      "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64",
      "pkg:deb/debian/perl-base@1%3A5.36.0-7%2Bdeb12u2?arch=amd64",
    ]);
  });

  it("are those of an image without dpkg itself, a file each", () => {
    const files = {
      "var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n",
      "var/lib/dpkg/status.d/base.md5sums": "Package: no\nVersion: 1\n",
    };
    assert.deepEqual(purls({ ...DEBIAN, ...files }), ["pkg:deb/debian/base-files@12.4?arch=amd64"]);
  });

  it("are apk's", () => {
    const installed = "C:Q1\nP:musl\nV:1.2.5-r9\nA:x86_64\n\nC:Q2\nP:busybox\nV:1.37.0-r12\nA:x86_64\n";
    assert.deepEqual(purls({ "etc/os-release": "ID=alpine\n", "lib/apk/db/installed": installed }), [
      "pkg:apk/alpine/busybox@1.37.0-r12?arch=x86_64",
      "pkg:apk/alpine/musl@1.2.5-r9?arch=x86_64",
    ]);
  });

  it("are npm's, links and the project itself left out", () => {
    const lock = JSON.stringify({
      packages: {
        "": { version: "0.1.0" },
        "node_modules/zod": { version: "4.6.7" },
        "node_modules/@pulumi/pulumi": { version: "3.248.0" },
        "node_modules/a/node_modules/zod": { version: "3.0.0" },
        "node_modules/own": { link: true },
        "packages/own": { version: "1.0.0" },
      },
    });
    const expected = ["pkg:npm/%40pulumi/pulumi@3.248.0", "pkg:npm/zod@3.0.0", "pkg:npm/zod@4.6.7"];
    assert.deepEqual(purls({ "app/node_modules/.package-lock.json": lock }), expected);
    assert.deepEqual(purls({ "app/package-lock.json": lock }), expected);
    assert.deepEqual(
      purls({ "app/package-lock.json": lock, "b/node_modules/.package-lock.json": lock }),
      expected,
    );
  });

  it("are Carton's and cpanminus's", () => {
    const snapshot =
      "# carton snapshot format: version 1.0\nDISTRIBUTIONS\n  Mojolicious-9.31\n    pathname: S/SR/SRI/Mojolicious-9.31.tar.gz\n" +
      "    provides:\n      Mojo undef\n  DBD-Pg-3.16.0\n    pathname: T/TU/TURNSTEP/DBD-Pg-3.16.0.tar.gz\n";
    assert.deepEqual(purls({ "app/cpanfile.snapshot": snapshot }), [
      "pkg:cpan/DBD-Pg@3.16.0",
      "pkg:cpan/Mojolicious@9.31",
    ]);
    const path = "app/local/lib/perl5/x86_64-linux/.meta/Mojo-Pg-4.27/install.json";
    assert.deepEqual(purls({ [path]: '{"dist":"Mojo-Pg-4.27"}' }), ["pkg:cpan/Mojo-Pg@4.27"]);
  });

  it("are none where there is nothing to read, or nothing that can be read", () => {
    assert.deepEqual(purls({}), []);
    for (const path of ["var/lib/dpkg/status", "lib/apk/db/installed", "app/package-lock.json"]) {
      for (const content of ["", "[]", "null", "{", '{"packages":{}}', "Package: x\n"]) {
        assert.deepEqual(purls({ [path]: content }), [], `${path}: ${content}`);
      }
    }
  });

  for (const [path, listed] of [
    ["etc/os-release", true],
    ["usr/lib/os-release", true],
    ["var/lib/dpkg/status", true],
    ["var/lib/dpkg/status-old", false],
    ["opt/var/lib/dpkg/status", false],
    ["usr/lib/apk/db/installed", true],
    ["app/node_modules/zod/package-lock.json", false],
    ["app/package-lock.json", true],
    ["app/not-a-package-lock.json.txt", false],
  ] as const) {
    it(`are ${listed ? "" : "not "}read from ${path}`, () => assert.equal(listsPackages(path), listed));
  }

  it("do not depend on the order of the files, and are each there once", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9+.-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), (names) => {
        const files = names.map((each, index) => ({
          path: `var/lib/dpkg/status.d/${index}`,
          content: `Package: ${each}\nVersion: 1\nArchitecture: all\n`,
        }));
        const found = packagesOf(files);
        assert.deepEqual(packagesOf(files.toReversed()), found);
        assert.equal(found.length, new Set(names).size);
      }),
    );
  });
});
