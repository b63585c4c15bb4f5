// Builds the page into ../assets: three files, gzipped, and the sum of the
// sources that they were built from (console/assets_test.go compares it).
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "..", "assets");

/** sources lists what the page is made of, in order of its paths. */
function sources(dir = here) {
  const found = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...sources(path));
    else found.push(relative(here, path).split("\\").join("/"));
  }
  return found.sort();
}

/** sum is one hash over all sources and their names. */
function sum() {
  const all = createHash("sha256");
  for (const name of sources()) {
    const one = createHash("sha256").update(readFileSync(join(here, name))).digest("hex");
    all.update(`${one}  ${name}\n`);
  }
  return all.digest("hex");
}

const result = await build({
  absWorkingDir: here,
  entryPoints: { console: "src/main.tsx" },
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  target: "es2022",
  outdir: "out",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  loader: { ".svg": "text" },
});

const files = new Map(result.outputFiles.map((f) => [f.path.split(/[\\/]/).pop(), Buffer.from(f.contents)]));
files.set("index.html", readFileSync(join(here, "src", "index.html")));
files.set("icon.svg", readFileSync(join(here, "src", "icon.svg")));

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
let total = 0;
for (const [name, contents] of files) {
  const zipped = gzipSync(contents, { level: 9 });
  zipped[9] = 255; // the same on every machine
  total += zipped.length;
  writeFileSync(join(out, `${name}.gz`), zipped);
}
writeFileSync(join(out, "sources"), sum() + "\n");
console.log(`console: ${files.size} files, ${(total / 1024).toFixed(0)} KiB gzipped`);
