// The README's examples, run as they stand there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { frameOf } from '../lib/shop.mjs';
import { ROOT } from '../lib/sites.mjs';
import { stage } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';

// The addresses that a fresh start has but for their ports: they resolve outside a browser too.
const on = stage({ gesher: { urls: () => ({}) } });
const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
const [, part] = readme.split(/^## Use it$/m);
const examples = [...part.split(/^## /m)[0].matchAll(/^```(html|sh|js|python)\n([\s\S]*?)^```$/gm)].map(([, kind, code]) => ({ kind, code }));

test('there is one example of each kind', () => {
  assert.deepEqual(examples.map(({ kind }) => kind).sort(), ['html', 'js', 'python', 'sh']);
});

const programs = { sh: ['bash', 'sh'], js: ['node', 'mjs'], python: ['python3', 'py'] };
for (const [kind, [program, ending]] of Object.entries(programs)) {
  test(`the ${kind} example makes a connection and prints its id`, async () => {
    const file = join(on.gesher.data, `example.${ending}`);
    await writeFile(file, examples.find((each) => each.kind === kind).code);
    const { stdout } = await promisify(execFile)(program, [file], { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...on.gesher.demo } });
    const id = stdout.trim();
    assert.match(id, /^conn_\w+$/);
    const { status, body } = await on.gesher.api('GET', `/connections/${id}`);
    assert.deepEqual([status, body.status, body.customer.external_id], [200, 'pending', 'user-17']);
  });
}

test('the host page links an account', async () => {
  const { code } = examples.find(({ kind }) => kind === 'html');
  assert.ok(code.includes('http://localhost:3000/'));
  const page = await on.browser.newPage();
  const connection = await on.gesher.connect({ language: 'en' });
  let exchanged;
  await page.route(`${on.gesher.shop}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/host') await route.fulfill({ contentType: 'text/html', body: `<!doctype html><html lang="en">${code.replaceAll('http://localhost:3000', on.gesher.url)}` });
    else if (pathname === '/connect') await route.fulfill({ json: connection });
    else if (pathname === '/connected') {
      exchanged = await on.gesher.exchange(route.request().postData(), connection.customer);
      await route.fulfill({ status: 204 });
    } else await route.fulfill({ status: 204 });
  });
  await page.goto(`${on.gesher.shop}/host`);
  await page.locator('#connect').click();
  const person = widget(await frameOf(page, on.gesher), 'en');
  await person.choose();
  await person.logIn();
  await person.confirm();
  await person.reached('success_title');
  await on.gesher.status(connection.id, 'active');
  assert.equal(exchanged.status, 200);
  await page.close();
});
