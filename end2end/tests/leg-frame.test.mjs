// The leg at the bank from a frame, in surroundings that make it hard. It ends in a screen that knows what happened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS, bankPages, consentStatus } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { assertNoData, audited, captureReturns, launch, refusedReturn, slow, toLeaving, unreachable, windowOf } from '../lib/leg.mjs';
import { openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';

const on = stage();
const BANK = BANKS.redirect;
const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox';

/** A frame at the screen that leads to the bank. */
async function leaving({ options, host, bank = BANK, ...over } = {}) {
  const connection = await on.gesher.connect({ language: 'en', ...over });
  const opened = await openConnection(on.browser, on.gesher, connection, 'en', options, host);
  await toLeaving(opened.widget, bank, 'en');
  return { connection, ...opened };
}

/** The page in the bank's window says that the person is done there. */
const done = (bank) => widget(bank.page, 'en').reached('back_from_bank_title');

/** The frame hears of the success, the host exchanges, and the connection is there. */
async function linked({ connection, widget: person, told }) {
  await person.reached('success_title');
  const success = await told('success');
  assert.equal((await on.gesher.exchange(success.public_token, connection.customer)).status, 200);
  await on.gesher.status(connection.id, 'active');
}

test('a host page that lets no window near it', async () => {
  const at = await leaving({ host: { headers: { 'cross-origin-opener-policy': 'same-origin' } } });
  const bank = await launch(at.page, at.widget);
  await bank.goThrough();
  await done(bank);
  await linked(at);
  await at.page.close();
});

test('a host page that is itself in a sandboxed frame', async () => {
  const at = await leaving({ host: { sandbox: SANDBOX } });
  const bank = await launch(at.page, at.widget);
  await bank.goThrough();
  await done(bank);
  await linked(at);
  await at.page.close();
});

test('no cookie is set in the frame, and one for the way back in the window', async () => {
  const at = await leaving();
  const [{ session }] = await at.heard('event');
  const mine = async () => (await on.browser.context.cookies(on.gesher.url)).filter(({ name }) => name.endsWith(session));
  assert.deepEqual(await mine(), []);
  const bank = await launch(at.page, at.widget);
  await bank.arrived();
  const cookies = await mine();
  assert.deepEqual(cookies.map(({ name }) => name), [`__Host-gesher-go-${session}`]);
  assert.deepEqual([cookies[0].httpOnly, cookies[0].secure, cookies[0].sameSite, cookies[0].path], [true, true, 'Lax', '/']);
  await bank.page.close();
  await at.page.close();
});

test('where the host leaves the language open, every page speaks the browser\'s', async () => {
  const at = await leaving({ language: undefined });
  const away = await unreachable(on.browser.context, /\/psd2\/redirect-bank\/authorise\//);
  const bank = await launch(at.page, at.widget);
  await away.tried();
  await widget(bank.page, 'en').reached('departure_title');
  await away.release();
  await bank.page.getByRole('link', { name: at.widget.say('go_to_bank') }).click();
  await bank.goThrough();
  await done(bank);
  await at.page.close();
});

test('a host that keeps windows shut: the frame says so within seconds, and offers the way again', async () => {
  on.browser.expect(/Blocked opening .* sandboxed/);
  const at = await leaving({ host: { sandbox: SANDBOX.replace(/allow-popups\S*/g, '') } });
  await at.widget.press(at.widget.say('go_to_bank'));
  await at.frame.getByText(at.widget.say('blocked')).waitFor({ timeout: 6000 });
  assert.equal((await at.types()).includes('redirect_opened'), false);
  await at.frame.getByRole('button', { name: at.widget.say('go_to_bank') }).waitFor();
  await at.page.close();
});

test('on this page instead: the bank takes the host\'s place, and the hosted page brings the person home', async () => {
  const at = await leaving({ redirect_url: `${on.gesher.shop}/shop/return`, state: 's' });
  await at.widget.press(at.widget.say('go_here'));
  const bank = bankPages(at.page);
  await bank.goThrough();
  await widget(at.page, 'en').reached('success_title');
  assert.match(new URL(at.page.url()).pathname, /^\/c\//);
  on.browser.expect(/status of 4\d\d/);
  await at.page.waitForURL((url) => url.origin === on.gesher.shop, { timeout: 15_000 });
  await at.page.close();
});

test('asked for by the host, the institution itself opens the bank', async () => {
  const connection = await on.gesher.connect({ language: 'en', auto_redirect: true });
  const at = { connection, ...(await openConnection(on.browser, on.gesher, connection, 'en')) };
  await at.widget.search(BANK.en);
  const bank = bankPages(await windowOf(at.page, () => at.widget.tile(BANK.en).first().click()));
  await bank.arrived();
  await at.widget.reached('at_bank_title');
  const types = await at.types();
  assert.ok(types.includes('institution_selected') && types.includes('redirect_opened'), String(types));
  await bank.goThrough();
  await done(bank);
  await linked(at);
  await at.page.close();
});

test('the window is closed half-way, and opened again', async () => {
  const at = await leaving();
  const first = await launch(at.page, at.widget);
  const consent = await first.arrived();
  await first.logIn();
  await first.page.close();
  await at.widget.reached('at_bank_title');
  const second = await launch(at.page, at.widget, 'go_again');
  await second.goThrough();
  await done(second);
  await linked(at);
  assert.equal(await consentStatus(on.gesher, BANK, consent), 'terminatedByTpp');
  await at.page.close();
});

test('the window is closed half-way, and the widget with it', async () => {
  const at = await leaving();
  const bank = await launch(at.page, at.widget);
  const consent = await bank.arrived();
  await bank.page.close();
  await at.widget.press(at.widget.say('close'));
  assert.deepEqual(await at.told('exit'), { reason: 'cancelled', query: null });
  await until(async () => (await consentStatus(on.gesher, BANK, consent)) === 'terminatedByTpp', 'nobody can approve it any more');
  await at.page.close();
});

test('two launches: the older window is told that a newer one counts', async () => {
  const from = on.gesher.log().length;
  const at = await leaving({ bank: BANKS.oauth });
  const first = await launch(at.page, at.widget);
  await first.arrived();
  const older = first.page.url();
  const second = await launch(at.page, at.widget, 'go_again');
  const consent = await second.arrived();
  assert.notEqual(second.page.url(), older);
  // One consent, two requests for it: only the newer one's answer is taken.
  const returns = await captureReturns(on.browser.context);
  await first.goThrough();
  const back = await returns.next();
  await returns.deliver();
  on.browser.expect(/status of 4\d\d/);
  await first.page.goto(back);
  await widget(first.page, 'en').reached('return_void_title');
  await refusedReturn(on.gesher, 'unknown_state', from);
  await assertNoData(on.gesher, at.connection);
  assert.equal(await consentStatus(on.gesher, BANKS.oauth, consent), 'valid');
  await at.page.close();
});

test('two launches at a bank that makes a consent for each: the newer window goes on', async () => {
  const at = await leaving();
  const first = await launch(at.page, at.widget);
  const old = await first.arrived();
  const second = await launch(at.page, at.widget, 'go_again');
  await second.arrived();
  assert.equal(await consentStatus(on.gesher, BANK, old), 'terminatedByTpp');
  on.browser.expect(/status of 4\d\d/);
  await first.logIn();
  assert.equal(await first.page.locator('button[value=approve]').count(), 0, 'the older request is over at the bank');
  await second.goThrough();
  await done(second);
  await linked(at);
  await at.page.close();
});

test('the way back is gone twice', async () => {
  const from = on.gesher.log().length;
  const at = await leaving();
  const bank = await launch(at.page, at.widget);
  const returns = await captureReturns(on.browser.context);
  await bank.goThrough();
  const back = await returns.next();
  await returns.deliver();
  await bank.page.goto(back);
  await done(bank);
  on.browser.expect(/status of 4\d\d/);
  await bank.page.goto(back);
  await widget(bank.page, 'en').reached('return_used_title');
  await refusedReturn(on.gesher, 'used_state', from);
  await linked(at);
  await at.page.close();
});

test('declined at the bank', async () => {
  const at = await leaving();
  const bank = await launch(at.page, at.widget);
  await bank.arrived();
  await bank.logIn();
  await bank.decline();
  await done(bank);
  await at.widget.reached('consent_rejected');
  const errors = (await at.heard('event')).filter(({ type }) => type === 'error');
  assert.deepEqual(errors.map(({ payload }) => payload.failure.code), ['consent_rejected']);
  await on.gesher.status(at.connection.id, 'rejected');
  await at.page.close();
});

test('a bank that does not answer the window: it shows where it goes and has a link, and the frame waits', async () => {
  const at = await leaving();
  const away = await unreachable(on.browser.context, /\/psd2\/redirect-bank\/authorise\//);
  const bank = await launch(at.page, at.widget);
  await away.tried();
  const way = widget(bank.page, 'en');
  await way.reached('departure_title');
  await at.widget.reached('at_bank_title');
  await away.release();
  await bank.page.getByRole('link', { name: way.say('go_to_bank') }).click();
  await bank.goThrough();
  await done(bank);
  await linked(at);
  await at.page.close();
});

test('a slow bank', async () => {
  const at = await leaving();
  await slow(on.browser.context, /\/psd2\/redirect-bank\/(authorise|visit)\//, 4000);
  const bank = await launch(at.page, at.widget);
  await at.widget.reached('at_bank_title');
  await bank.arrived();
  // The page that the frame would call unopened has been opened.
  assert.equal(await at.frame.getByText(at.widget.say('blocked')).count(), 0);
  await on.browser.context.unrouteAll();
  await bank.goThrough();
  await done(bank);
  await linked(at);
  await at.page.close();
});

test('a window that was taken over sends nobody to the bank', async () => {
  const from = on.gesher.log().length;
  const at = await leaving();
  // The older window has not heard of it yet.
  on.browser.expect(/ERR_FAILED/);
  await on.browser.context.route(/\/w\/(events|fn\/look)/, (route) => route.abort());
  const newer = await openConnection(on.browser, on.gesher, at.connection, 'en');
  await newer.widget.reached('leaving_title');
  await audited(on.gesher, 'session.taken_over', from);
  on.browser.expect(/status of 403/);
  const bank = await launch(at.page, at.widget);
  await widget(bank.page, 'en').reached('launch_elsewhere_title');
  await on.browser.context.unrouteAll();
  await at.page.bringToFront();
  await at.widget.reached('taken_title');
  await at.page.close();
  await newer.page.close();
});
