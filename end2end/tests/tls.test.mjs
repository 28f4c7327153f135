// One run over TLS that Gesher serves itself, under names that no browser knows as local.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateFor } from '../lib/certificate.mjs';
import { link } from '../lib/shop.mjs';
import { stageFor } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';

test('over TLS, in the frame and on the hosted page', async (t) => {
  const { key, certificate } = await certificateFor(t, ['DNS:widget.test', 'DNS:localhost', 'IP:127.0.0.1']);
  const { gesher, browser } = await stageFor(t, {
    gesher: {
      env: { GESHER_TLS_CERT: certificate, GESHER_TLS_KEY: key },
      urls: ([port, shop]) => ({ GESHER_URL: `https://widget.test:${port}`, GESHER_SANDBOX_URL: `http://shop.localhost:${shop}` }),
    },
    browser: { args: ['--host-resolver-rules=MAP *.test 127.0.0.1'], ignoreHTTPSErrors: true },
  });

  const linked = await link(browser, gesher, { language: 'he' });
  assert.equal(linked.exchanged.status, 200);
  await gesher.status(linked.connection.id, 'active');

  const connection = await gesher.connect({ language: 'en' });
  const page = await browser.newPage();
  await page.goto(connection.hosted_url);
  await widget(page, 'en').choose();
  await page.waitForURL(/\/c\//);
  const [cookie] = await page.context().cookies(gesher.url);
  assert.match(cookie.name, /^__Host-gesher-/);
  browser.assertQuiet();
});
