// Puts target/site together: node assemble.mjs <work folder> <site folder> <esbuild>
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [work, site, esbuild] = process.argv.slice(2);
const fresh = `${site}.new`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "assets"), { recursive: true });

const sizes = [];
function write(path, bytes) {
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  const file = join(fresh, path);
  writeFileSync(file, bytes);
  writeFileSync(`${file}.br`, brotli);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  sizes.push([path, bytes.length, brotli.length]);
}
function hashed(name, extension, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const path = `assets/${name}.${hash}.${extension}`;
  write(path, bytes);
  return path;
}
function minify(input, options) {
  return execFileSync(esbuild, ["--minify", "--legal-comments=none", ...options], { input, maxBuffer: 1 << 26 });
}

const wasm = hashed("widget", "wasm", readFileSync(join(work, "frontend.wasm")));

const glue = readFileSync(join(work, "bindgen/frontend.js"), "utf8");
const names = [...glue.matchAll(/^export function (\w+)/gm)].map((match) => match[1]).filter((name) => /_\d+$/.test(name));
if (names.length === 0) throw new Error("no island in the glue");
const boot = readFileSync("scripts/widget/boot.js", "utf8").replace("/* ISLANDS */", names.join(", ")).replace("WASM", wasm.split("/").pop());
// A module that exports nothing lets the minifier rename everything.
const module = glue.replace(/^export function/gm, "function").replace(/^export \{[^}]*\};?$/gm, "") + boot;
const script = hashed("widget", "js", minify(module, ["--loader=js", "--format=esm", "--target=es2022"]));

const css = execFileSync(esbuild, ["style/main.css", "--bundle", "--minify", "--legal-comments=none"], { maxBuffer: 1 << 26 });
const style = hashed("widget", "css", css);

const publicFiles = existsSync("public") ? readdirSync("public", { withFileTypes: true }).filter((entry) => entry.isFile()) : [];
for (const { name } of publicFiles) {
  const bytes = readFileSync(join("public", name));
  write(name, name.endsWith(".js") ? minify(bytes, ["--loader=js", "--target=es2020"]) : bytes);
}

const manifest = { wasm, script, style, public: publicFiles.map((entry) => entry.name).sort() };
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

rmSync(`${site}.old`, { recursive: true, force: true });
if (existsSync(site)) renameSync(site, `${site}.old`);
renameSync(fresh, site);
rmSync(`${site}.old`, { recursive: true, force: true });
for (const [path, raw, brotli] of sizes) console.log(`${path.padEnd(40)} ${String(raw).padStart(8)} bytes, ${String(brotli).padStart(7)} brotli`);
