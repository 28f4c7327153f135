// A vendor's session has one address. In a frame it is the widget, around which any page of an allowed origin may be and no other; as
// a page of its own it is the hosted page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS, bankPages } from '../lib/bank.mjs';
import { openBrowser, until } from '../lib/browser.mjs';
import { somebody } from '../lib/door.mjs';
import { launch, launchHere, toLeaving } from '../lib/leg.mjs';
import { stage } from '../lib/stage.mjs';
import { meld, openFinance } from '../lib/vendors.mjs';
import { institution, widget } from '../lib/widget.mjs';

const on = stage();
const BANK = institution('sandbox-bank');
const second = () => on.gesher.shop.replace('//shop.', '//second.');
const evil = () => on.gesher.shop.replace('//shop.', '//evil.');
const VENDORS = { 'Open Finance': openFinance, Meld: meld };

/** The tenant allows two origins. */
let allowed;
const allowTwo = () => (allowed ??= on.gesher.command(['tenant', 'set', on.gesher.tag, '--origin', on.gesher.shop, '--origin', second()]));

/** A new connection through a vendor's API. */
async function create(vendor, body) {
  await allowTwo();
  return (await vendor(on.gesher)).create(body);
}

/** Open Finance's sample: a full-screen frame that goes at the first word that it knows. */
function openFinanceHost(address) {
  window.called = [];
  const frame = document.createElement('iframe');
  frame.src = address;
  window.addEventListener('message', ({ data }) => {
    if (!['waiting', 'journey'].includes(data?.source) || !data.type) return;
    window.called.push(data);
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
    window.called.push(data);
    if (data.eventName === 'connect_complete') frame.remove();
  });
  document.body.append(frame);
}

/** A page that writes down whatever it hears. */
function anyHost(address) {
  window.called = [];
  window.addEventListener('message', ({ data }) => window.called.push(data));
  document.body.append(Object.assign(document.createElement('iframe'), { src: address }));
}

/** A host's page at this origin, with the widget in a frame. */
async function frameAt(origin, host, address) {
  const page = await on.browser.newPage();
  const around = `${origin}/a-vendors-host`;
  const body = '<!doctype html><html lang="en"><title>Host</title><body><style>iframe{border:0;width:100%;height:600px}</style></body>';
  await page.route(around, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  await page.goto(around);
  await page.evaluate(host, address);
  const frame = await until(() => page.frames().find((each) => each !== page.mainFrame() && each.url() !== 'about:blank'), 'the frame');
  return { page, frame, person: widget(frame, 'en'), called: () => page.evaluate(() => window.called) };
}

const cookies = () => on.browser.context.cookies(on.gesher.url);

for (const [name, vendor, host] of [['Open Finance', openFinance, openFinanceHost], ['Meld', meld, meldHost]]) {
  test(`a page for ${name} hears of the success in a frame at the second of two origins, and no cookie is set`, async () => {
    const made = await create(vendor);
    const address = name === 'Meld' ? made.address : `${made.address}?iframe=true`;
    const there = await frameAt(second(), host, address);
    await there.person.reached('picker_title');
    await there.person.choose(BANK);
    await there.person.logIn({ psu: somebody() });
    await there.person.confirm();
    await until(async () => (await there.page.locator('iframe').count()) === 0, 'the page has taken the frame away', 20_000);
    const heard = await there.called();
    const last = heard.at(-1);
    if (name === 'Meld') {
      assert.deepEqual(heard.map(({ eventName }) => eventName), ['init', 'connect_complete']);
      assert.ok(last.accountCount >= 1, JSON.stringify(last));
      assert.deepEqual([last.institutionId, last.institutionName, last.accounts], [BANK.id, BANK.en, null]);
    } else {
      assert.equal(heard.length, 1);
      assert.deepEqual([last.type, last.connectionId], ['success', made.id]);
    }
    assert.deepEqual(await cookies(), []);
    await on.gesher.status(made.id, 'active');
    await there.page.close();
  });

  test(`a page that is not on the list cannot frame ${name}'s address`, async () => {
    const made = await create(vendor);
    on.browser.expect(/frame-ancestors|Refused to frame|Framing/);
    const there = await frameAt(evil(), host, made.address);
    await until(() => there.frame.url().startsWith('chrome-error:'), 'the browser refuses the frame');
    assert.deepEqual(await there.called(), []);
    await there.page.close();
  });

  test(`${name}'s address leads from a frame to the bank's page and back, and again after a reload`, async () => {
    const made = await create(vendor);
    const there = await frameAt(on.gesher.shop, anyHost, name === 'Meld' ? made.address : `${made.address}?iframe=true`);
    await toLeaving(there.person, BANKS.redirect, 'en');
    await there.frame.evaluate(() => location.reload());
    await there.person.reached('leaving_title');
    assert.deepEqual(await cookies(), []);
    const bank = await launch(there.page, there.person);
    await bank.goThrough({ psu: somebody() });
    const says = ({ source, type, domain, eventName }) => (domain ? eventName : source !== 'gesher' && type);
    await until(async () => (await there.called()).some((said) => ['success', 'connect_complete'].includes(says(said))), 'the page hears', 20_000);
    const kept = (await cookies()).map((cookie) => cookie.name);
    assert.ok(kept.length === 1 && kept[0].startsWith('__Host-gesher-go-'), `the bank's window has the one cookie: ${kept}`);
    await on.browser.context.clearCookies();
    await bank.page.close();
    await there.page.close();
  });
}

test('without iframe nothing is said in Open Finance\'s dialect, and with it in the body it is', async () => {
  for (const iframe of [false, true]) {
    const made = await create(openFinance, { iframe });
    const there = await frameAt(on.gesher.shop, anyHost, made.address);
    await there.person.reached('picker_title');
    await there.person.press(there.person.say('close'));
    await until(async () => (await there.called()).some(({ type }) => type === 'exit'), 'the widget is done');
    const vendors = (await there.called()).filter(({ source }) => source !== 'gesher');
    assert.deepEqual(vendors, iframe ? [{ source: 'journey', type: 'close' }] : []);
    await there.page.close();
  }
});

for (const scripts of [true, false]) {
  test(`as a page it goes through the bank in one tab, ${scripts ? 'with scripts' : 'without scripts'}`, async () => {
    const browser = scripts ? on.browser : await openBrowser({ javaScriptEnabled: false });
    try {
      for (const vendor of Object.values(VENDORS)) {
        const made = await create(vendor);
        const page = await browser.newPage();
        await page.goto(made.address);
        const person = widget(page, 'en', { scripts });
        await person.reached('picker_title');
        await toLeaving(person, BANKS.redirect, 'en');
        assert.match(new URL(page.url()).pathname, /^\/c\//, 'the token has left the address');
        assert.equal(new URL(page.url()).search, '');
        const bank = await launchHere(page, person);
        await bank.goThrough({ psu: somebody() });
        await person.reached('success_title');
        assert.equal(await page.getByRole('link').count(), 0, 'the host named no address');
        await on.gesher.status(made.id, 'active');
        await page.close();
      }
      browser.assertQuiet();
    } finally {
      if (!scripts) await browser.close();
    }
  });
}
