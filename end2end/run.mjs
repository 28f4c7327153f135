// Runs the browser tests: all of them, or those whose file name holds one of the arguments.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('tests/', import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.mjs') && (!wanted.length || wanted.some((part) => name.includes(part))))
  .map((name) => join(folder, name));
if (!files.length) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(2);
}
run({ files, concurrency: Number(process.env.E2E_CONCURRENCY ?? 2), timeout: 600_000 })
  .on('test:fail', () => { process.exitCode = 1; })
  .compose(new spec())
  .pipe(process.stdout);
