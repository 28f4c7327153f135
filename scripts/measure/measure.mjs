// Measures a release build and prints docs/performance.md's figures. `scripts/bench` builds what is needed and runs this.
//
// For each engine: Gesher itself, a bare handler and the store's writer take turns, so that whatever else the machine does
// falls on all of them; the median of the turns counts. Every command line is printed as it runs.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const [GESHER, PEERS] = process.argv.slice(2);
const quick = process.env.BENCH_QUICK === '1';
const TURNS = quick ? 1 : 3;
const SECONDS = quick ? 3 : 10;
const WARM_UP = quick ? 1 : 3;
const STARTS = 5;
const CONNECTIONS = 64;
const PORTS = { public: 3910, sandbox: 3911, ops: 3912, bare: 3913, guarded: 3914 };
const origin = (name) => `http://127.0.0.1:${PORTS[name]}`;
const folder = mkdtempSync(join(tmpdir(), 'gesher-bench-'));
const children = new Set();

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const shown = (path) => (path.startsWith(ROOT) ? relative(ROOT, path) : path.replace(folder, '$TMP'));
const say = (text) => process.stderr.write(`${text}\n`);
const announce = (env, command, args) => {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${shown(name === 'BENCH_KEY' ? 'gk_test_…' : value)} `);
  const line = `${variables.join('')}${shown(command)} ${args.map(shown).join(' ')}`;
  say(`load ${loadavg().map((load) => load.toFixed(2)).join(' ')} $ ${line}`);
  return line;
};

function start(command, args, env = {}, announced = true) {
  if (announced) announce(env, command, args);
  const child = spawn(command, args, { cwd: ROOT, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  children.add(child);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const exit = new Promise((resolve) => child.on('exit', (code, signal) => { children.delete(child); resolve(code ?? signal); }));
  return {
    pid: child.pid,
    log: () => log,
    gone: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

const answers = (address) =>
  new Promise((resolve) => {
    http.get(address, { agent: false, timeout: 1000 }, (response) => { response.resume(); resolve(response.statusCode); }).on('error', () => resolve(0));
  });

async function until(address, wanted, process_, every) {
  for (;;) {
    if ((await answers(address)) === wanted) return;
    if (process_.gone()) throw new Error(`${address} will not answer:\n${process_.log()}`);
    await sleep(every);
  }
}

/** Starts Gesher; gives it with the milliseconds until it was ready. */
async function gesher(data, database, announced) {
  const env = {
    GESHER_DEMO: '1', GESHER_ADDR: `127.0.0.1:${PORTS.public}`, GESHER_SANDBOX_ADDR: `127.0.0.1:${PORTS.sandbox}`,
    GESHER_OPS_ADDR: `127.0.0.1:${PORTS.ops}`, GESHER_SANDBOX_URL: 'http://127.0.0.1:3001', GESHER_DATA_DIR: data, GESHER_LOG: 'warn',
    GESHER_TRUSTED_PROXIES: '127.0.0.1', GESHER_SANDBOX_TLS_ADDR: `127.0.0.1:${PORTS.guarded}`,
    ...(database && { GESHER_DATABASE_URL: database }),
  };
  const begin = performance.now();
  const server = start(GESHER, [], env, announced);
  await until(`${origin('ops')}/health/ready`, 200, server, 1);
  return { ...server, took: performance.now() - begin };
}

/** Runs wrk; gives requests per second and the latency's percentiles. */
async function wrk(address, script, { key, seconds = SECONDS, headers = [], quiet = false, env: more = {} } = {}) {
  const args = [
    `-t2`, `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', ...headers.flatMap((header) => ['-H', `'${header}'`]),
    ...(script ? ['-s', `scripts/measure/${script}.lua`] : []), address,
  ];
  const env = { ...(key && { BENCH_KEY: key }), ...more };
  const line = quiet ? '' : announce(env, 'wrk', args);
  const child = spawn('wrk', args.map((arg) => arg.replace(/^'|'$/g, '')), {
    cwd: ROOT, env: { ...process.env, ...env, BENCH_RUN: `${process.pid}-${performance.now()}` }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => { text += part; });
  await new Promise((resolve) => child.on('close', resolve));
  const rate = Number(text.match(/Requests\/sec:\s+([\d.]+)/)?.[1]);
  const wrong = text.match(/Non-2xx or 3xx responses: (\d+)/)?.[1] ?? text.match(/Socket errors: .*/)?.[0];
  if (!rate || wrong) throw new Error(`wrk ${address}: ${wrong ?? 'no figures'}\n${text}`);
  const percentile = (wanted) => text.match(new RegExp(`${wanted}%\\s+([\\d.]+\\w+)`))?.[1];
  if (!quiet) say(`    ${Math.round(rate)}/s, p50 ${percentile(50)}, p99 ${percentile(99)}`);
  return { rate, p50: percentile(50), p99: percentile(99), line };
}

function writer(database, units) {
  const args = ['writer', database, String(units)];
  const line = announce({}, PEERS, args);
  const rate = Number(execFileSync(PEERS, args, { cwd: ROOT, encoding: 'utf8' }));
  say(`    ${rate}/s`);
  return { rate, line };
}

const memory = (pid) => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name) => Math.round(Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024);
  return { now: mebibytes('VmRSS'), most: mebibytes('VmHWM') };
};

/** The median of several turns of the same thing. */
const middle = (turns) => turns.find((turn) => turn.rate === median(turns.map(({ rate }) => rate)));

async function engine(name, database, share) {
  say(`\n== ${name}`);
  const data = join(folder, name);
  const first = await gesher(data, database, true);
  // Written when the listeners have answered, a moment after they do.
  while (!existsSync(join(data, 'demo.env'))) await sleep(10);
  const key = readEnv(join(data, 'demo.env')).GESHER_API_KEY;
  const created = await post(`${origin('public')}/v1/connections`, key);
  const answer = join(folder, 'answer.json');
  writeFileSync(answer, created);
  const bare = start(PEERS, ['bare', `127.0.0.1:${PORTS.bare}`, answer]);
  const connections = (door, key_, options) => wrk(`${origin(door)}/v1/connections`, 'connections', { key: key_, ...options });
  await until(`${origin('bare')}/v1/connections`, 405, bare, 10);
  await connections('bare', undefined, { seconds: WARM_UP, quiet: true });
  await connections('public', key, { seconds: WARM_UP, quiet: true });

  const beside = { bare: [], gesher: [], writer: [] };
  const at = database ?? `sqlite://${join(folder, 'writer.db')}`;
  for (let turn = 0; turn < TURNS; turn += 1) {
    beside.bare.push(await connections('bare'));
    beside.gesher.push(await connections('public', key));
    beside.writer.push(writer(at, Math.max(1000, Math.round(beside.gesher.at(-1).rate * SECONDS))));
  }
  await bare.stop();
  const [bareRate, made, written] = [beside.bare, beside.gesher, beside.writer].map(middle);

  const { widget_url: widget } = JSON.parse(created);
  const page = `${origin('public')}${new URL(widget).pathname}`;
  const shows = await wrk(page, 'page', { headers: ['Sec-Fetch-Dest: iframe', 'Accept-Language: he'] });
  // The bare handler answers with as many bytes as the searches come to on the average.
  const found = join(folder, 'found.json');
  writeFileSync(found, await usual(key));
  const lists = start(PEERS, ['bare', `127.0.0.1:${PORTS.bare}`, found]);
  await until(`${origin('bare')}/v1/institutions`, 200, lists, 10);
  const searches = { bare: [], again: [], anew: [] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    searches.bare.push(await wrk(origin('bare'), 'institutions'));
    searches.again.push(await wrk(origin('public'), 'institutions', { key }));
    searches.anew.push(await wrk(origin('public'), 'institutions', { key, env: { BENCH_NEW: '1' } }));
  }
  await lists.stop();
  const [bareList, finds, findsAnew] = [searches.bare, searches.again, searches.anew].map(middle);
  const rss = memory(first.pid);
  await first.stop();
  const starts = [];
  for (let turn = 0; turn < STARTS; turn += 1) {
    const again = await gesher(data, database, false);
    starts.push(again.took);
    await again.stop();
  }

  const percent = (part, whole) => `${(100 * part / whole).toFixed(1)} %`;
  const rate = ({ rate: value }) => `${Math.round(value).toLocaleString('en')}/s`;
  const verdict = (part, whole, bar) => `${percent(part.rate, whole.rate)} (bar ${bar} %${part.rate * 100 >= whole.rate * bar ? '' : ', MISSED'})`;
  return `### ${name}

| what | figure | p50 | p99 | beside it |
|---|---:|---:|---:|---|
| bare handler, the same bytes | ${rate(bareRate)} | ${bareRate.p50} | ${bareRate.p99} | |
| \`POST /v1/connections\` | ${rate(made)} | ${made.p50} | ${made.p99} | ${verdict(made, bareRate, share)} of the bare handler |
| the same statements, no HTTP | ${rate(written)} | | | \`POST /v1/connections\` is ${verdict(made, written, 50)} of it |
| widget page | ${rate(shows)} | ${shows.p50} | ${shows.p99} | ${percent(shows.rate, bareRate.rate)} of the bare handler |
| bare handler, a list of institutions | ${rate(bareList)} | ${bareList.p50} | ${bareList.p99} | |
| institution search, as people type | ${rate(finds)} | ${finds.p50} | ${finds.p99} | ${verdict(finds, bareList, 60)} of it |
| institution search, none asked before | ${rate(findsAnew)} | ${findsAnew.p50} | ${findsAnew.p99} | ${percent(findsAnew.rate, bareList.rate)} of it |
| memory after all of it | ${rss.now} MiB | | | at most ${rss.most} MiB |
| first start, database made | ${Math.round(first.took)} ms | | | |
| later starts | ${Math.round(median(starts))} ms | | | median of ${STARTS} |

\`\`\`sh
${[bareRate, made, written, shows, bareList, finds, findsAnew].map(({ line }) => line.replaceAll(database ?? '\0', 'postgres://…').replaceAll(new URL(page).pathname, '/w/ct_…')).join('\n')}
\`\`\`
`;
}

/** Of the answers to what institutions.lua asks, the one of middling length. */
async function usual(key) {
  const queries = readFileSync(join(ROOT, 'scripts/measure/institutions.lua'), 'utf8').match(/local queries = \{([^}]+)\}/)[1].match(/[^",\s]+/g);
  const answers_ = [];
  for (const query of queries) {
    const response = await fetch(`${origin('public')}/v1/institutions?limit=24&q=${query}`, { headers: { authorization: `Bearer ${key}` } });
    if (response.status !== 200) throw new Error(`${query}: ${response.status}`);
    answers_.push(await response.text());
  }
  const mean = answers_.reduce((sum, { length }) => sum + length, 0) / answers_.length;
  return answers_.toSorted((one, other) => Math.abs(one.length - mean) - Math.abs(other.length - mean))[0];
}

function readEnv(path) {
  const pairs = readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return Object.fromEntries(pairs);
}

async function post(address, key) {
  const response = await fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ customer: { external_id: 'bench' }, include_sandbox: true, parent_origin: 'http://127.0.0.1:3001' }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${address}: ${response.status} ${text}`);
  return text;
}

function machine(before) {
  const fileSystem = execFileSync('df', ['--output=fstype', folder], { encoding: 'utf8' }).trim().split('\n').pop();
  const version = (command, pattern) => execFileSync(command, ['--version'], { encoding: 'utf8' }).match(pattern)?.[0];
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB,`,
    `Linux ${release()}, ${fileSystem}, ${version('rustc', /rustc [\d.]+/)}; wrk with 2 threads and ${CONNECTIONS} connections on the same machine.`,
    `Load average before: ${before.map((load) => load.toFixed(2)).join(' ')}, after: ${loadavg().map((load) => load.toFixed(2)).join(' ')}.`,
    `Each of the first three: median of ${TURNS} turns of ${SECONDS} s, taken in turns.`,
  ].join('\n');
}

const leave = () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
};
process.on('SIGINT', () => { leave(); process.exit(130); });
process.on('SIGTERM', () => { leave(); process.exit(143); });
try {
  const before = loadavg();
  if (before[0] > 1) say(`the machine is busy (load ${before[0].toFixed(2)}): figures will be lower than it can do`);
  const sqlite = await engine('SQLite', undefined, 5);
  const postgres = process.env.GESHER_TEST_POSTGRES;
  const tables = postgres ? [sqlite, await engine('PostgreSQL', postgres, 2)] : [sqlite];
  process.stdout.write(`${machine(before)}\n\n${tables.join('\n')}`);
} finally {
  leave();
}
