// The built package, bundled for browsers, in a real one: encodes, signs and validates a card with the noble backend.
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { assert, HERE, program, sampleRecord, scratch, start, tail } from "../lib.mjs";

export const needs = [program("chromium", "chromium")];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
const HTML =
  '<!doctype html><meta charset="utf-8"><title>cardwright</title><script type="module" src="/page.js"></script>';

/** Serves the page from this machine and waits for what it posts. */
async function outcomeOf(script, seconds) {
  let posted;
  const outcome = new Promise((resolve) => (posted = resolve));
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      let body = "";
      request.on("data", (data) => (body += data));
      request.on("end", () => {
        response.end();
        posted(JSON.parse(body));
      });
      return;
    }
    const served = {
      "/": ["text/html", HTML],
      "/page.js": ["text/javascript", script],
      "/record.json": ["application/json", JSON.stringify(sampleRecord())],
    }[request.url];
    if (served === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": served[0] }).end(served[1]);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const browser = start("chromium", [...FLAGS, `--user-data-dir=${scratch("chromium")}`, url]);
  let timer;
  try {
    return await Promise.race([
      outcome,
      browser.ended.then(({ code }) => Promise.reject(new Error(`chromium ended with ${code}\n${tail(browser.text)}`))),
      new Promise((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`no word from the page in ${seconds} s\n${tail(browser.text)}`)),
          seconds * 1000,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
    browser.kill();
    await browser.ended;
    server.closeAllConnections();
    server.close();
  }
}

export default async function browser({ check }) {
  const { judge } = await import("../browser/line.mjs"); // imports the built package, which the first step builds
  let script;
  const bundled = await check("esbuild bundles the package for browsers, without node:", async () => {
    const result = await build({
      entryPoints: [join(HERE, "browser/page.mjs")],
      bundle: true,
      write: false,
      minify: true,
      metafile: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      logLevel: "silent",
      tsconfigRaw: {}, // the paths of tsconfig.json are for the sources; here dist is meant
    });
    script = result.outputFiles[0].text;
    const inputs = Object.keys(result.metafile.inputs);
    assert(
      inputs.some((name) => name.endsWith("primitives-noble.js")),
      "the noble backend is not in the bundle",
    );
    assert(!inputs.some((name) => name.endsWith("primitives-node.js")), "the Node backend is in the bundle");
    assert(!/["'`]node:/.test(script), "the bundle names a node: module");
    return `${(script.length / 1024).toFixed(0)} KiB minified`;
  });
  if (!bundled) return;
  await check("chromium: BACKEND=noble and the card validates", async () => {
    const outcome = await outcomeOf(script, 90);
    assert(outcome.error === undefined, outcome.error);
    return `${judge(outcome, "noble")}, ${/Chrome\/\d+/.exec(outcome.userAgent)?.[0]}`;
  });
}
