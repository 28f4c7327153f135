// Host pages that were written for a vendor: they know nothing of ours, listen as that vendor's documents show, and find their way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { frameOf } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { institution, widget } from '../lib/widget.mjs';

const on = stage();
const BANK = institution('sandbox-bank');

/** Open Finance's sample: a full-screen frame that goes at the first word that it knows. */
function openFinanceHost(address) {
  window.called = [];
  const frame = document.createElement('iframe');
  frame.src = address;
  window.addEventListener('message', ({ data }) => {
    if (!['waiting', 'journey'].includes(data?.source) || !data.type) return;
    const calls = { close: () => ['abort'], success: () => ['approve', data], fail: () => ['failed', data] };
    window.called.push((calls[data.type] ?? calls.fail)());
    frame.remove();
  });
  document.body.append(frame);
}

/** Meld's: events by name, and the frame goes when the connection is complete. */
function meldHost(address) {
  window.called = [];
  const frame = document.createElement('iframe');
  frame.src = address;
  window.addEventListener('message', ({ data }) => {
    if (data?.domain !== 'meld-connect' || data.eventName === 'debug') return;
    window.called.push([data.eventName, data]);
    if (data.eventName === 'connect_complete') frame.remove();
  });
  document.body.append(frame);
}

async function open(host, dialect, { prepare, scripts = true, ...asked } = {}) {
  const connection = await on.gesher.connect({ language: 'en', dialect, institution_ids: ['open-finance-sandbox'], ...asked });
  const page = await on.browser.newPage();
  await prepare?.(page);
  const address = `${on.gesher.shop}/a-vendors-host`;
  const body = '<!doctype html><html lang="en"><title>Host</title><body><style>iframe{border:0;width:100%;height:600px}</style></body>';
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  await page.goto(address);
  await page.evaluate(host, connection.widget_url);
  const person = widget(await frameOf(page, on.gesher), 'en', { scripts });
  const called = () => page.evaluate(() => window.called);
  const gone = () => until(async () => (await page.locator('iframe').count()) === 0, 'the page has taken the frame away', 20_000);
  return { connection, page, person, called, gone };
}

async function toSuccess({ person, gone }) {
  await person.heading(person.say('form_title')).waitFor();
  // What can be mended is no end.
  await person.logIn({ password: 'wrong' });
  await person.alert().filter({ hasText: person.say('wrong_credentials') }).first().waitFor({ timeout: 20_000 });
  await person.logIn();
  await person.confirm();
  await gone();
}

test('a page for Open Finance hears of the success once, and takes the frame away', async () => {
  const there = await open(openFinanceHost, 'open_finance');
  await toSuccess(there);
  const source = (await there.called())[0][1].source;
  assert.deepEqual(await there.called(), [['approve', { source, type: 'success', connectionId: there.connection.id }]]);
  await there.page.close();
});

test('it hears that the person left', async () => {
  const there = await open(openFinanceHost, 'open_finance', { institution_ids: undefined });
  await there.person.reached('picker_title');
  await there.person.press(there.person.say('close'));
  await there.gone();
  assert.deepEqual(await there.called(), [['abort']]);
  await there.page.close();
});

test('a page for Meld hears of the beginning, of an error, and of the connection', async () => {
  const there = await open(meldHost, 'meld');
  await toSuccess(there);
  const [init, error, complete, ...others] = await there.called();
  assert.deepEqual(others, []);
  assert.deepEqual(init, ['init', { domain: 'meld-connect', eventName: 'init' }]);
  assert.deepEqual([error[0], error[1].reason], ['error', 'wrong_credentials']);
  const { accountCount, ...rest } = complete[1];
  assert.ok(accountCount >= 1);
  assert.deepEqual(rest, { domain: 'meld-connect', eventName: 'connect_complete', institutionId: BANK.id, institutionName: BANK.en, accounts: null });
  await there.page.close();
});

test('without a dialect nothing is said in one, and with one our own messages come too', async () => {
  for (const dialect of [undefined, 'meld']) {
    const there = await open((address) => {
      window.called = [];
      window.addEventListener('message', ({ data }) => window.called.push(data.domain ?? data.source));
      document.body.append(Object.assign(document.createElement('iframe'), { src: address }));
    }, dialect);
    await there.person.heading(there.person.say('form_title')).waitFor();
    const said = await until(async () => (await there.called()).length >= 3 && (await there.called()), 'the frame speaks');
    assert.deepEqual([...new Set(said)].sort(), dialect ? ['gesher', 'meld-connect'] : ['gesher']);
    await there.page.close();
  }
});

test('a frame that refuses WebAssembly speaks it too', async () => {
  const prepare = (page) => page.addInitScript(() => { delete globalThis.WebAssembly; });
  const there = await open(openFinanceHost, 'open_finance', { prepare, scripts: false });
  // Without WebAssembly the person asks for what takes its time.
  const passes = (done) => until(async () => {
    if (await done()) return true;
    const again = there.person.scope.getByRole('button', { name: there.person.say('check_again') });
    if (await again.isVisible().catch(() => false)) await again.click().catch(() => {});
    return false;
  }, 'the next screen', 20_000);
  await there.person.choose(BANK);
  await there.person.logIn();
  await passes(() => there.person.heading(there.person.say('challenge_title')).isVisible());
  await there.person.confirm();
  await passes(async () => (await there.called()).length > 0);
  await there.gone();
  assert.deepEqual((await there.called()).map(([kind]) => kind), ['approve']);
  await there.page.close();
});
