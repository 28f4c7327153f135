// What the widget weighs, as a browser that asks for brotli gets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import { until } from '../lib/browser.mjs';
import { openConnection } from '../lib/shop.mjs';
import { stageFor } from '../lib/stage.mjs';

const small = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

test('the first picker and the whole widget keep to their sizes', async (t) => {
  const { gesher, browser } = await stageFor(t);

  const answers = [];
  browser.context.on('response', (response) => {
    if (response.url().startsWith(gesher.url) && !response.url().endsWith('/gesher.js')) answers.push(response);
  });
  const opened = await openConnection(browser, gesher, await gesher.connect({ language: 'he' }), 'he');
  await opened.widget.reached('picker_title');
  await until(async () => (await opened.types()).includes('ready'), 'ready');

  const sizes = [];
  for (const response of answers) {
    // The event stream is no file: it has no end while the widget is open.
    if (response.request().method() !== 'GET' || /favicon|\/w\/events\//.test(response.url())) continue;
    const name = new URL(response.url()).pathname.replace(/^\/w\/.*/, '/w/…');
    sizes.push({ name, type: response.headers()['content-type'].split(';')[0], headers: response.headers(), bytes: small(await response.body()) });
  }
  for (const { name, bytes } of sizes) t.diagnostic(`${name}: ${bytes}`);
  const sum = (wanted) => sizes.filter(wanted).reduce((total, { bytes }) => total + bytes, 0);
  const first = sum(({ type }) => type === 'text/html' || type === 'text/css');
  assert.ok(sizes.some(({ type }) => type === 'application/wasm'));
  assert.ok(sizes.some(({ type }) => type === 'text/css'));
  assert.ok(first <= 25 * 1024, `HTML and CSS: ${first}`);
  assert.ok(sum(() => true) <= 100 * 1024, `all: ${sum(() => true)}`);
  for (const { name, headers } of sizes.filter(({ name }) => name.startsWith('/assets/'))) {
    assert.match(headers['cache-control'], /immutable/, name);
    assert.equal(headers['content-encoding'], 'br', name);
  }
  browser.assertQuiet();
});
