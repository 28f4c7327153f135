// Seven ways to make somebody else's consent one's own, or one's own somebody else's. A is the attacker, who asked the host
// for a connection; B is the victim, in a browser of their own. Shop, widget, bank and the evil page are four sites.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS, bankPages, consentStatus } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { BANK_APART } from '../lib/gesher.mjs';
import { assertNoData, assertUnseen, audited, captureReturns, launch, launchHere, openHosted, refusedLaunch, refusedReturn, toLeaving } from '../lib/leg.mjs';
import { openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { words } from '../lib/words.mjs';

const on = stage({ gesher: { urls: BANK_APART }, other: true });
const BANK = BANKS.redirect;
const VICTIM = '321547416';
const VICTIM_AT_HOST = { external_id: 'the-victim' };
const say = words('en');
const saying = (page, key) => page.getByRole('heading', { level: 1, name: say(key) }).waitFor();

/** A connection that A asked the host for, and the length of the log until then. */
async function asked() {
  const from = on.gesher.log().length;
  return { from, connection: await on.gesher.connect({ language: 'en', redirect_url: `${on.gesher.shop}/shop/return`, state: 'of A' }) };
}

/** A in the frame at the host, gone as far as the bank's login page. */
async function attackerAtBank() {
  const { from, connection } = await asked();
  const opened = await openConnection(on.browser, on.gesher, connection, 'en');
  await toLeaving(opened.widget, BANK, 'en');
  const bank = await launch(opened.page, opened.widget);
  const consent = await bank.arrived();
  await opened.widget.reached('at_bank_title');
  return { from, connection, opened, bank, consent, address: bank.page.url() };
}

/** B opens an address of the bank, logs in as themselves and approves. */
async function victimApproves(address) {
  const page = await on.other.newPage();
  await page.goto(address);
  const bank = bankPages(page);
  await bank.goThrough({ psu: VICTIM });
  return bank;
}

/** B goes through with A's hosted page, up to what the host's backend is sent. */
async function victimGoesThrough({ page, person }) {
  await toLeaving(person, BANK, 'en');
  const bank = await launchHere(page, person);
  const consent = await bank.goThrough({ psu: VICTIM });
  await person.reached('success_title');
  const back = new URL(await page.getByRole('link', { name: say('return_to') }).first().getAttribute('href'));
  return { bank, consent, back };
}

/** The host's backend gets B's public token from B's visit: it is not A's, so nothing is connected. */
async function hostRefuses(back) {
  const token = back.searchParams.get('public_token');
  assert.equal((await on.gesher.exchange(token, VICTIM_AT_HOST)).status, 409);
}

const revoked = (consent) =>
  until(async () => (await consentStatus(on.gesher, BANK, consent)) === 'terminatedByTpp', 'the consent is revoked at the bank');

/** What every attack has to end in. */
async function nothingGained({ connection, consent, numbers, documents = [] }) {
  await assertNoData(on.gesher, connection);
  if (consent) await revoked(consent);
  for (const document of documents) await assertUnseen(document, numbers);
}

const closeAll = async () => {
  for (const { context } of [on.browser, on.other]) {
    for (const page of context.pages().slice(1)) await page.close();
    await context.clearCookies();
    await context.unrouteAll({ behavior: 'ignoreErrors' });
  }
};

test('1: B opens A\'s hosted address and goes through with it', async () => {
  const { from, connection } = await asked();
  const victim = await openHosted(on.other, connection, 'en');
  const { bank, consent, back } = await victimGoesThrough(victim);
  assert.equal(back.searchParams.get('connection_id'), connection.id);
  // A looks meanwhile at what they sent.
  const attacker = await on.browser.newPage();
  await attacker.goto(connection.hosted_url);
  await saying(attacker, 'under_way_title');
  await hostRefuses(back);
  const again = await on.gesher.exchange(back.searchParams.get('public_token'), connection.customer);
  assert.ok(again.status >= 400, 'nor does it help A that B\'s token is known');
  await audited(on.gesher, 'public_token.customer_mismatch', from);
  await attacker.reload();
  await saying(attacker, 'failed_title');
  await nothingGained({ connection, consent, numbers: bank.numbers, documents: [attacker] });
  await closeAll();
});

test('2: B opens A\'s bank address and authorises', async () => {
  const { from, connection, opened, consent, address } = await attackerAtBank();
  on.other.expect(/status of 403/);
  const victim = await victimApproves(address);
  await saying(victim.page, 'return_elsewhere_title');
  await opened.widget.reached('other_browser');
  await refusedReturn(on.gesher, 'other_browser', from);
  await nothingGained({ connection, consent, numbers: victim.numbers, documents: [opened.frame] });
  assert.deepEqual(await opened.heard('success'), []);
  await closeAll();
});

test('3: B is sent A\'s return before A comes back', async () => {
  const { from, connection, opened, bank, consent } = await attackerAtBank();
  const returns = await captureReturns(on.browser.context);
  await bank.goThrough();
  const back = await returns.next();
  on.gesher.keepSecret(new URL(back).searchParams.get('state'));
  on.other.expect(/status of 403/);
  const victim = await on.other.newPage();
  await victim.goto(back);
  await saying(victim, 'return_elsewhere_title');
  await refusedReturn(on.gesher, 'other_browser', from);
  await opened.widget.reached('other_browser');
  await nothingGained({ connection, consent, numbers: bank.numbers, documents: [victim, opened.frame] });
  assert.deepEqual(await on.other.context.cookies(on.gesher.url), [], 'B has nothing of A\'s session');
  await closeAll();
});

test('3: B is sent A\'s return after A came back', async () => {
  const { from, connection, opened, bank, consent } = await attackerAtBank();
  const returns = await captureReturns(on.browser.context);
  await bank.goThrough();
  const back = await returns.next();
  await returns.deliver();
  await bank.page.goto(back);
  const success = await opened.told('success');
  on.other.expect(/status of 4\d\d/);
  const victim = await on.other.newPage();
  await victim.goto(back);
  await saying(victim, 'return_used_title');
  await refusedReturn(on.gesher, 'used_state', from);
  await assertUnseen(victim, bank.numbers);
  // What is A's stays A's.
  assert.equal((await on.gesher.exchange(success.public_token, connection.customer)).status, 200);
  await on.gesher.status(connection.id, 'active');
  assert.equal(await consentStatus(on.gesher, BANK, consent), 'valid');
  await closeAll();
});

test('4: A tries to complete after B authorised', async () => {
  const { from, connection, opened, bank, consent, address } = await attackerAtBank();
  const returns = await captureReturns(on.other.context);
  const victim = await victimApproves(address);
  const back = await returns.next();
  await returns.deliver();
  on.other.expect(/status of 403/);
  await victim.page.goto(back);
  await saying(victim.page, 'return_elsewhere_title');
  await refusedReturn(on.gesher, 'other_browser', from);
  // B's return, in the browser that launched; the bank once more; and A's own document.
  on.browser.expect(/status of 4\d\d/);
  const attacker = await on.browser.newPage();
  await attacker.goto(back);
  await saying(attacker, 'return_used_title');
  await refusedReturn(on.gesher, 'used_state', from);
  await revoked(consent);
  await bank.page.goto(address);
  assert.equal(await bank.page.locator('[name=password]').count(), 0, 'the bank has nothing to approve any more');
  await opened.widget.reached('other_browser');
  await opened.widget.press(opened.widget.say('other_browser_way_on'));
  await opened.widget.reached('picker_title');
  await nothingGained({ connection, consent, numbers: victim.numbers, documents: [attacker, bank.page, opened.frame] });
  assert.deepEqual(await opened.heard('success'), []);
  await closeAll();
});

/** A page of a site that has nothing to do with anybody here. */
async function evilPage(browser, body) {
  const page = await browser.newPage();
  const address = `http://evil.localhost:${on.gesher.ports[1]}/a-prize`;
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: `<!doctype html><title>A prize</title>${body}` }));
  await page.goto(address);
  return page;
}

test('5: B is sent A\'s launch address, as a link', async () => {
  const { from, connection } = await asked();
  const opened = await openConnection(on.browser, on.gesher, connection, 'en');
  await toLeaving(opened.widget, BANK, 'en');
  const ticket = await opened.frame.locator('#main [name=ticket]').inputValue();
  on.other.expect(/status of 405/);
  const victim = await evilPage(on.other, `<a href="${on.gesher.url}/go?ticket=${encodeURIComponent(ticket)}">Win</a>`);
  await victim.getByRole('link').click();
  await saying(victim, 'foreign_title');
  await refusedLaunch(on.gesher, 'link', from);
  assert.deepEqual(await on.other.context.cookies(on.gesher.url), []);
  await opened.widget.reached('other_browser');
  await nothingGained({ connection });
  await closeAll();
});

test('5: B is sent A\'s launch, as a form that sends itself', async () => {
  const { from, connection, opened, consent } = await attackerAtBank();
  const ticket = await opened.frame.locator('#main [name=ticket]').inputValue();
  on.gesher.keepSecret(ticket);
  on.other.expect(/status of 403/);
  const form = `<form method="post" action="${on.gesher.url}/go"><input name="ticket" value="${ticket}"></form><script>document.forms[0].submit()</script>`;
  const victim = await evilPage(on.other, form);
  await saying(victim, 'foreign_title');
  await refusedLaunch(on.gesher, 'cross_site', from);
  assert.deepEqual(await on.other.context.cookies(on.gesher.url), []);
  await opened.widget.reached('other_browser');
  await nothingGained({ connection, consent });
  assert.deepEqual(await opened.heard('success'), []);
  await closeAll();
});

test('6: B opens A\'s hosted address while A\'s frame is open', async () => {
  const { from, connection } = await asked();
  const opened = await openConnection(on.browser, on.gesher, connection, 'en');
  await opened.widget.reached('picker_title');
  await opened.widget.search('redirect');
  const victim = await openHosted(on.other, connection, 'en');
  const { bank, consent, back } = await victimGoesThrough(victim);
  await opened.widget.reached('taken_title');
  await audited(on.gesher, 'session.taken_over', from);
  await hostRefuses(back);
  await audited(on.gesher, 'public_token.customer_mismatch', from);
  await nothingGained({ connection, consent, numbers: bank.numbers, documents: [opened.frame] });
  assert.deepEqual(await opened.heard('success'), []);
  await closeAll();
});

test('7: A reopens the invitation after B has launched', async () => {
  const { from, connection } = await asked();
  const victim = await openHosted(on.other, connection, 'en');
  await toLeaving(victim.person, BANK, 'en');
  const bank = await launchHere(victim.page, victim.person);
  const consent = await bank.arrived();
  const opened = await openConnection(on.browser, on.gesher, connection, 'en');
  await opened.widget.reached('under_way_title');
  assert.equal((await opened.types()).includes('institution_selected'), false, 'not even which bank');
  await bank.logIn({ psu: VICTIM });
  await bank.approve();
  await opened.widget.press(opened.widget.say('start_over'));
  await opened.widget.reached('picker_title');
  await audited(on.gesher, 'session.started_over', from);
  await revoked(consent);
  on.other.expect(/status of 4\d\d/);
  await bank.code();
  await saying(victim.page, 'return_used_title');
  await refusedReturn(on.gesher, '(used|unknown)_state', from);
  await nothingGained({ connection, consent, numbers: bank.numbers, documents: [opened.frame] });
  assert.deepEqual(await opened.heard('success'), []);
  await closeAll();
});
