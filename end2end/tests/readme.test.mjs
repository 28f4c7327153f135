// The README's examples, run as they stand there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { openBrowser, until } from '../lib/browser.mjs';
import { startGesher } from '../lib/gesher.mjs';
import { frameOf } from '../lib/shop.mjs';
import { ROOT } from '../lib/sites.mjs';
import { widget } from '../lib/widget.mjs';

const run = promisify(execFile);
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const example = (language) => {
  const found = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))];
  assert.equal(found.length, 1, `examples in ${language}`);
  return found[0][1];
};

let gesher;
// At the addresses that an operator has: names below .localhost are for browsers alone.
before(async () => { gesher = await startGesher({ urls: () => ({}) }); });
after(() => gesher?.stop());

for (const [language, command, flags] of [['sh', 'sh', '-c'], ['js', 'node', '-e'], ['python', 'python3', '-c']]) {
  test(`the backend's call in ${language} makes a connection and prints its id`, async () => {
    const { GESHER_URL, GESHER_API_KEY, GESHER_SHOP_URL } = gesher;
    const env = { PATH: process.env.PATH, GESHER_URL, GESHER_API_KEY, GESHER_SHOP_URL };
    const { stdout } = await run(command, [flags, example(language)], { env });
    const { status, body } = await gesher.api('GET', `/connections/${stdout.trim()}`);
    assert.deepEqual([status, body?.customer.external_id], [200, 'user-17'], stdout);
  });
}

test('the page opens the widget and hands the public token back', async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const connection = await gesher.connect({ language: 'en' });
  const html = example('html').replaceAll('http://localhost:3000', gesher.url);
  const told = [];
  await page.route(`${gesher.shop}/**`, (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname;
    if (path === '/connected') told.push(request.postData());
    return route.fulfill(path === '/connect' ? { json: { connect_token: connection.connect_token } } : { contentType: 'text/html', body: html });
  });
  await page.goto(`${gesher.shop}/readme`);
  await page.getByRole('button').click();
  const person = widget(await frameOf(page, gesher), 'en');
  await person.choose();
  await person.logIn();
  await person.confirm();
  const token = await until(() => told[0], 'the public token');
  assert.equal((await gesher.exchange(token, connection.customer)).status, 200);
  browser.assertQuiet();
});
