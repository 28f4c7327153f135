// Opening: arguments, idempotence, where the widget's origin comes from, size, types.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { join } from 'node:path';
import { openBrowser, until } from '../lib/browser.mjs';
import { calls, openShop, openWidget, ready, widgetFrame } from '../lib/sdk.mjs';
import { openSites, ROOT } from '../lib/sites.mjs';

let browser, sites;
before(async () => { [browser, sites] = await Promise.all([openBrowser(), openSites()]); });
after(async () => { await browser?.close(); await sites?.close(); });
afterEach(() => browser.assertQuiet());

test('a wrong argument throws a TypeError that names it and changes nothing', async () => {
  const page = await openShop(browser, sites);
  const wrong = {
    options: ['undefined', 'null', '"ct_one"', '7'],
    token: ['{}', '{ token: 5 }', '{ token: "" }', '{ token: "gk_test_secret" }', '{ token: "ct_a/../x" }', '{ token: "ct_a?b" }'],
    mode: ['{ token: "ct_a", mode: "popup" }', '{ token: "ct_a", mode: null }'],
    container: [
      '{ token: "ct_a", mode: "inline" }', '{ token: "ct_a", mode: "inline", container: "#place" }',
      '{ token: "ct_a", mode: "inline", container: document.createElement("div") }',
    ],
    onSuccess: ['{ token: "ct_a", onSuccess: "f" }'],
    onExit: ['{ token: "ct_a", onExit: {} }'],
    onEvent: ['{ token: "ct_a", onEvent: null }'],
    onsuccess: ['{ token: "ct_a", onsuccess() {} }'],
  };
  for (const [name, expressions] of Object.entries(wrong)) {
    for (const expression of expressions) {
      // The debugger's evaluation is not bound by the page's policy.
      const thrown = await page.evaluate(`(() => { try { Gesher.open(${expression}); } catch (error) { return [error.name, error.message]; } })()`);
      assert.equal(thrown?.[0], 'TypeError', expression);
      assert.match(thrown[1], new RegExp(`^Gesher\\.open: ${name} `), expression);
    }
  }
  assert.equal(await page.locator('iframe').count(), 0);
  assert.equal(await page.evaluate(() => document.documentElement.style.length), 0);
  await page.close();
});

test('loading twice is harmless, and an open token gives the same handle', async () => {
  const page = await openShop(browser, sites);
  const same = await page.evaluate(async () => {
    const first = window.Gesher;
    const handle = window.openWidget();
    await window.loadSdk();
    return [window.Gesher === first, Gesher.open({ token: 'ct_one' }) === handle, Object.isFrozen(Gesher)];
  });
  assert.deepEqual(same, [true, true, true]);
  assert.equal(await page.locator('iframe').count(), 1);
  await ready(await widgetFrame(page));
  await until(async () => (await calls(page)).length === 1, 'one call for one message');
  await page.evaluate(() => window.handle.destroy());
  assert.equal(await page.evaluate(() => { const old = window.handle; return window.openWidget() !== old && !window.handle.closed; }), true);
  assert.equal(await page.locator('iframe').count(), 1);
  await page.close();
});

test('a frame that the page removed with its container does not block the token', async () => {
  const page = await openShop(browser, sites);
  await openWidget(page, { inline: true });
  await page.evaluate(() => document.getElementById('place').replaceChildren());
  await openWidget(page, { inline: true });
  assert.equal(await page.locator('#place iframe').count(), 1);
  await page.close();
});

test('a page element called currentScript does not choose the widget\'s origin', async () => {
  const page = await browser.newPage();
  await page.goto(`${sites.shop}/shop.html`);
  await page.evaluate(async (evil) => {
    const image = document.createElement('img');
    image.setAttribute('name', 'currentScript');
    Object.defineProperty(image, 'src', { value: `${evil}/gesher.js` });
    document.body.append(image);
    await window.loadSdk();
    window.openWidget();
  }, sites.evil);
  assert.equal(await page.locator('iframe').getAttribute('src'), `${sites.widget}/w/ct_one`);
  await page.close();
});

test('deferred and asynchronous script elements work', async () => {
  for (const attribute of ['defer', 'async']) {
    const page = await browser.newPage();
    await page.goto(`${sites.shop}/plain-${attribute}`);
    await page.waitForFunction(() => window.Gesher);
    await page.evaluate(() => { Gesher.open({ token: 'ct_one' }); });
    assert.equal(await page.locator('iframe').getAttribute('src'), `${sites.widget}/w/ct_one`);
    await page.close();
  }
});

test('the script is small and carries the workspace\'s version', async () => {
  const source = await readFile(join(ROOT, 'public/gesher.js'));
  const small = brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  assert.ok(small.length <= 5 * 1024, `${small.length} bytes`);
  const [, version] = (await readFile(join(ROOT, 'Cargo.toml'), 'utf8')).match(/^version = "(.+)"$/m);
  const page = await openShop(browser, sites);
  assert.equal(await page.evaluate(() => Gesher.version), version);
  await page.close();
});

test('the types accept a good page and refuse mistakes', async () => {
  const folder = join(ROOT, 'end2end');
  const args = ['--noEmit', '--strict', '--target', 'es2020', '--lib', 'es2020,dom', '--types', '', join(folder, 'sites/types.ts'), join(ROOT, 'public/gesher.d.ts'), join(ROOT, 'public/gesher-events.d.ts')];
  await promisify(execFile)(join(folder, 'node_modules/.bin/tsc'), args).catch((error) => assert.fail(error.stdout));
});

test('the types name every message, field and failure of the contract', async () => {
  const contract = (name) => readFile(join(ROOT, 'app/contract/src', name), 'utf8');
  const types = await readFile(join(ROOT, 'public/gesher.d.ts'), 'utf8');
  const snake = (name) => name.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase();
  const body = (text, head) => text.slice(text.indexOf(head)).match(/\{\n([\s\S]*?)\n\}/)[1].replace(/^\s*\/\/\/.*\n/gm, '');
  const variants = (text, head) => [...body(text, head).matchAll(/^ {4}([A-Z]\w+)/gm)].map(([, name]) => snake(name));

  const messages = await contract('host_message.rs');
  const named = [...types.matchAll(/Envelope<'(\w+)'/g)].map(([, name]) => name);
  assert.deepEqual(named, variants(messages, 'enum HostPayload'));
  for (const [, field] of body(messages, 'enum HostPayload').matchAll(/^ {8}(\w+):/gm)) assert.match(types, new RegExp(`\\b${field}: `), field);
  for (const [, field] of body(messages, 'struct HostMessage').matchAll(/^ {4}pub (\w+):/gm)) assert.match(types, new RegExp(`\\b${field}: `), field);

  for (const step of variants(messages, 'enum StepName')) assert.match(types, new RegExp(`type StepName =[^;]*'${step}'`), step);
  for (const stage of variants(messages, 'enum ProgressStage')) assert.ok(types.includes(`'${stage}'`), stage);

  const failures = await contract('failure.rs');
  for (const head of ['enum FailureCode', 'enum Blame', 'enum NextAction']) {
    for (const code of variants(failures, head)) assert.ok(types.includes(`'${code}'`), code);
  }
  for (const reason of variants(await contract('screen.rs'), 'enum ExitReason')) assert.ok(types.includes(`'${reason}'`), reason);
});
