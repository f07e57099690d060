// On what, and with what, something was measured. No name of a host or a user.
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, totalmem } from "node:os";

const json = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

const peers = () => Object.keys(json("package.json").dependencies);

export const versions = () => ({
  cardwright: json("../package.json").version,
  node: process.version,
  v8: process.versions.v8,
  openssl: process.versions.openssl,
  ...Object.fromEntries(peers().map((name) => [name, json(`node_modules/${name}/package.json`).version])),
});

export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  platform: `${platform()} ${arch()}`,
  load: Number(loadavg()[0].toFixed(2)),
});

/** `2026-11-22-amd-epyc-2-cores-node-20.20.2`: date and kind of machine. */
export function resultName(date, { cpu, cores }) {
  const kind = cpu
    .toLowerCase()
    .replaceAll(/\((r|tm)\)/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${date}-${kind}-${cores}-cores-node-${process.versions.node}`;
}
