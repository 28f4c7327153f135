// How the frame hears that the session has moved: by a stream of events; by asking, where streams do not get through; and
// through a server that goes away and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { startGesher } from '../lib/gesher.mjs';
import { captureReturns, launch, toLeaving } from '../lib/leg.mjs';
import { openProxy } from '../lib/proxy.mjs';
import { openConnection } from '../lib/shop.mjs';
import { stage, stageFor } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';

const on = stage();
const BANK = BANKS.redirect;
const EVENTS = /\/w\/events\//;
const LOOK = /\/w\/fn\/look/;

async function atBank(on) {
  const connection = await on.gesher.connect({ language: 'en' });
  const opened = await openConnection(on.browser, on.gesher, connection, 'en');
  await toLeaving(opened.widget, BANK, 'en');
  const bank = await launch(opened.page, opened.widget);
  await bank.arrived();
  await opened.widget.reached('at_bank_title');
  return { connection, ...opened, bank };
}

const done = (bank) => widget(bank.page, 'en').reached('back_from_bank_title');

test('the stream brings the news, and little is asked', async () => {
  const streams = [];
  const looks = [];
  const note = (request) => {
    if (EVENTS.test(request.url())) streams.push(request.url());
    if (LOOK.test(request.url())) looks.push(Date.now());
  };
  on.browser.context.on('request', note);
  const at = await atBank(on);
  await until(() => streams.length > 0, 'a stream');
  await at.bank.logIn();
  await at.bank.approve();
  const asked = looks.length;
  const since = Date.now();
  await at.page.waitForTimeout(4000);
  assert.ok(looks.length - asked <= 2, `${looks.length - asked} questions in ${Date.now() - since} ms beside an open stream`);
  await at.bank.code();
  await done(at.bank);
  await at.widget.reached('success_title');
  on.browser.context.off('request', note);
  // The address of a stream is a secret of the document's.
  on.gesher.keepSecret(...streams.map((url) => new URL(url).pathname.split('/').at(-1)));
  await at.page.close();
});

test('where no stream gets through, the frame asks and hears it all the same', async () => {
  on.browser.expect(/ERR_FAILED|net::ERR/);
  await on.browser.context.route(EVENTS, (route) => route.abort());
  const at = await atBank(on);
  await at.bank.goThrough();
  await done(at.bank);
  await at.widget.reached('success_title');
  await at.told('success');
  await on.browser.context.unroute(EVENTS);
  await at.page.close();
});

test('a server that crashes while the person is at the bank, and a bank that is down', async (t) => {
  // The banks are another process: they stay.
  const banks = await startGesher();
  t.after(() => banks.stop());
  const proxy = await openProxy();
  t.after(() => proxy.close());
  const { gesher, browser } = await stageFor(t, {
    gesher: { urls: () => ({ GESHER_URL: `http://widget.localhost:${proxy.port}`, GESHER_SANDBOX_URL: banks.GESHER_SHOP_URL }), proxy },
  });
  browser.expect(/ERR_|Failed to fetch|NetworkError/);
  const at = await atBank({ gesher, browser });
  const returns = await captureReturns(browser.context);
  await at.bank.goThrough();
  const back = await returns.next();
  await returns.deliver();
  const before = proxy.seen.length;
  await gesher.restart();
  const again = () => proxy.seen.slice(before).find(({ path, headers }) => EVENTS.test(path) && /^-?\d+$/.test(headers['last-event-id']));
  await until(again, 'the stream goes on where it broke off');
  await at.bank.page.goto(back);
  await done(at.bank);
  await at.widget.reached('success_title');
  const success = await at.told('success');
  assert.equal((await gesher.exchange(success.public_token, at.connection.customer)).status, 200);
  await gesher.status(at.connection.id, 'active');

  await banks.stop();
  const connection = await gesher.connect({ language: 'en' });
  const opened = await openConnection(browser, gesher, connection, 'en');
  await toLeaving(opened.widget, BANK, 'en');
  const window = await launch(opened.page, opened.widget);
  await widget(window.page, 'en').reached('not_sent_title');
  await opened.widget.reached('institution_unavailable');
});
