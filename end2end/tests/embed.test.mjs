// Pages that may not show the widget, and a widget that does not come: what the page around it hears.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { stage } from '../lib/stage.mjs';

const on = stage();

/** A page of this origin that opens the widget; gives what it hears. */
async function host(origin, token, { connect = true, prepare } = {}) {
  const page = await on.browser.newPage();
  const policy = `default-src 'none'; script-src ${on.gesher.url}; frame-src ${on.gesher.url}; connect-src ${connect ? on.gesher.url : "'none'"}`;
  const body = `<!doctype html><html lang="en"><title>Host</title><script src="${on.gesher.url}/gesher.js"></script>`;
  await page.route(`${origin}/a-host-page`, (route) => route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': policy }, body }));
  await prepare?.(page);
  await page.goto(`${origin}/a-host-page`);
  await page.evaluate((given) => {
    window.heard = [];
    Gesher.open({ token: given, onEvent: (message) => window.heard.push(message) });
  }, token);
  return { page, heard: () => page.evaluate(() => window.heard) };
}

const silence = async ({ heard }) => (await until(async () => (await heard())[0], 'the silence is reported', 14_000)).payload;

test('a page that is not on the session\'s invitation hears frame_refused', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  on.browser.expect(/frame-ancestors/);
  const there = await host('http://other.localhost', connection.connect_token);
  const { failure } = await silence(there);
  assert.deepEqual(failure, { code: 'frame_refused', blame: 'host', retryable: false, next_action: 'ask_host' });
  await there.page.getByRole('alert').filter({ hasText: 'not set up' }).waitFor();
  await there.page.close();
});

test('a page that is on it, but whose frame does not come, hears load_failed', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const there = await host(on.gesher.shop, connection.connect_token, {
    prepare: (page) => page.route(`${on.gesher.url}/w/*`, (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '' })),
  });
  assert.deepEqual((await silence(there)).failure, { code: 'load_failed', blame: 'gesher', retryable: true, next_action: 'try_again' });
  await there.page.close();
});

test('a page whose policy lets nothing be asked hears load_failed', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  on.browser.expect(/frame-ancestors|connect-src|Content Security Policy/);
  const there = await host('http://other.localhost', connection.connect_token, { connect: false });
  assert.equal((await silence(there)).failure.code, 'load_failed');
  await there.page.close();
});
