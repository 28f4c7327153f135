// A Gesher of a test's own: demo mode, free ports, a database in a folder that goes away with it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './browser.mjs';
import { openClock } from './clock.mjs';
import { request } from './http.mjs';
import { ROOT } from './sites.mjs';

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const parseEnv = (text) =>
  Object.fromEntries(text.split('\n').filter((line) => /^\w+=/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

/** The usual public addresses: the widget and the shop, with its banks, are two sites. */
const SITES = ([port, shop]) => ({ GESHER_URL: `http://widget.localhost:${port}`, GESHER_SANDBOX_URL: `http://shop.localhost:${shop}` });

/** The banks on a site of their own; the shop can be opened at shop.localhost all the same. */
export const BANK_APART = ([port, shop]) => ({ ...SITES([port]), GESHER_SANDBOX_URL: `http://bank.localhost:${shop}` });

/**
 * Starts the binary; `urls` names the public addresses where the usual ones do not fit; a `proxy` is led to it. With a `clock` the
 * server's time can be moved: `true`, or by how many seconds it is wrong to begin with.
 */
export async function startGesher({ env = {}, urls = SITES, proxy, clock: wanted } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'gesher-data-'));
  const clock = wanted === undefined ? null : await openClock(data, Number(wanted === true ? 0 : wanted));
  const ports = await freePorts(4);
  const [public_, sandbox, ops, guarded] = ports.map((port) => `127.0.0.1:${port}`);
  proxy?.lead(ports[0]);
  let child;
  let log = '';
  let gone = null;
  const start = () => {
    gone = null;
    const started = spawn(process.env.GESHER_BIN ?? join(ROOT, 'target/debug/gesher'), {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH, GESHER_DEMO: '1', GESHER_ADDR: public_, GESHER_SANDBOX_ADDR: sandbox, GESHER_OPS_ADDR: ops, GESHER_DATA_DIR: data,
        GESHER_SANDBOX_TLS_ADDR: guarded,
        ...clock?.env, ...urls(ports), ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.on('error', (error) => { gone = error.message; });
    started.on('exit', (code, signal) => { gone = `exit ${code ?? signal}`; });
    for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (text) => { log += text; });
    child = started;
  };
  const halt = async (signal) => {
    if (gone !== null) return;
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(hard);
  };
  const stop = async () => {
    await halt('SIGTERM');
    await rm(data, { recursive: true, force: true });
  };
  const alive = () => assert.equal(gone, null, `the server is gone: ${gone}\n${log}`);

  let demo;
  try {
    start();
    demo = await until(async () => {
      alive();
      return readFile(join(data, 'demo.env'), 'utf8').then(parseEnv, () => null);
    }, 'demo.env', 60_000);
  } catch (error) {
    await stop();
    error.message += `\n${log}`;
    throw error;
  }

  const api = async (method, path, body, headers = {}) => {
    const answer = await request(`${demo.GESHER_URL}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${demo.GESHER_API_KEY}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: answer.text ? answer.json() : null };
  };

  const secrets = [];
  // Also where the banks stand apart.
  const shop = demo.GESHER_SHOP_URL.replace('//bank.', '//shop.');
  return {
    ...demo,
    demo,
    data,
    ports,
    url: demo.GESHER_URL,
    shop,
    api,
    /** A new connection; the answer to `POST /v1/connections`. */
    async connect(over = {}) {
      const customer = { external_id: `customer-${randomUUID()}` };
      const answer = await api('POST', '/connections', { customer, include_sandbox: true, parent_origin: shop, ...over });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      secrets.push(answer.body.connect_token);
      return { customer, ...answer.body };
    },
    async exchange(publicToken, customer) {
      secrets.push(publicToken);
      return api('POST', '/public_tokens/exchange', { public_token: publicToken, customer });
    },
    /** Waits until the connection has this status, and gives the connection. */
    status: (id, status) =>
      until(async () => {
        const { body } = await api('GET', `/connections/${id}`);
        return body.status === status && body;
      }, `${id} is ${status}`, 20_000),
    /** Everything behind a list address, page by page. */
    async list(path) {
      const all = [];
      for (let cursor = ''; ;) {
        const { status, body } = await api('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        assert.equal(status, 200, JSON.stringify(body));
        all.push(...body.data);
        if (!body.next_cursor) return all;
        cursor = body.next_cursor;
      }
    },
    /** A command of the operator's beside the running server; gives what it says. */
    command: (args, input = '') =>
      new Promise((resolve, reject) => {
        const env = { PATH: process.env.PATH, GESHER_DEMO: '1', GESHER_SANDBOX_ADDR: sandbox, GESHER_DATA_DIR: data, ...urls(ports) };
        const told = (error, stdout, stderr) => (error ? reject(new Error(`${stdout}${stderr}`)) : resolve(stdout));
        execFile(process.env.GESHER_BIN ?? join(ROOT, 'target/debug/gesher'), args, { env, cwd: data }, told).stdin.end(input);
      }),
    /** The demo tenant's tag. */
    tag: demo.GESHER_API_KEY.slice('gk_test_'.length).slice(0, 6),
    log: () => log,
    /** Moves the server's clock on. Only where it was started with one that can be moved. */
    later: ({ minutes = 0, seconds = 0 }) => {
      assert.ok(clock, 'this server was started without a clock that can be moved');
      return clock.forward(minutes * 60 + seconds);
    },
    /** The log must not name this either. */
    keepSecret: (...texts) => secrets.push(...texts),
    /** Ends the server as a crash would, and starts it again on the same data and ports. */
    async restart(between = async () => {}) {
      await halt('SIGKILL');
      await between();
      start();
      await until(async () => {
        alive();
        const answer = await request(`http://${ops}/health/ready`).catch(() => null);
        return answer?.status === 200;
      }, 'the server is back', 60_000);
    },
    /** Stops the server, and looks whether its log kept secret what it must. */
    async stop() {
      await stop();
      for (const secret of secrets) assert.ok(!log.includes(secret), `the log names ${secret.slice(0, 12)}…`);
      assert.doesNotMatch(log, /panicked at/);
    },
  };
}
