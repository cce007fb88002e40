import { Agent, request } from "node:http";
import { target } from "../e2e/support/target";

const [host = "", path = "/", perSecond = "1"] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const open = new Set<Promise<void>>();
const kinds: Record<string, number> = {};
const began = Date.now();
let [sent, failed, first, last] = [0, 0, 0, 0];

function statusOf(): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, target.address),
      { agent, timeout: 15_000, headers: { host } },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
        response.on("error", reject);
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("no answer within 15 s")));
    asked.on("error", reject);
    asked.end();
  });
}

function send(): void {
  sent += 1;
  const at = Date.now();
  const answered = statusOf()
    .then((status) => (status === 200 ? undefined : `status ${status}`))
    .catch((error: NodeJS.ErrnoException) => error.code ?? error.message)
    .then((problem) => {
      if (problem === undefined) return;
      failed += 1;
      kinds[problem] = (kinds[problem] ?? 0) + 1;
      if (first === 0) first = at;
      last = Date.now();
    })
    .finally(() => open.delete(answered));
  open.add(answered);
}

/** Sends what is due by now, whether or not earlier requests were answered: a timer that is late loses none. */
const timer = setInterval(() => {
  const due = ((Date.now() - began) / 1000) * Number(perSecond);
  while (sent < due) send();
}, 5);
const telling = setInterval(() => process.send?.(sent), 500);

process.on("disconnect", () => process.exit());
process.on("message", () => {
  for (const running of [timer, telling]) clearInterval(running);
  void Promise.all(open).then(() => {
    process.send?.({ sent, failed, kinds, outageSeconds: (last - first) / 1000 });
    agent.destroy();
    process.disconnect();
  });
});
