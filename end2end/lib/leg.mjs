// The way from the widget to the bank and back, as the tests go it and as they disturb it.
import assert from 'node:assert/strict';
import { bankPages, isBank } from './bank.mjs';
import { until } from './browser.mjs';
import { stays, widget } from './widget.mjs';

/** From the picker to the screen that leads to this bank. */
export async function toLeaving(person, bank, language) {
  await person.search(bank[language]);
  await person.pick(bank, language);
  await person.reached('leaving_title');
}

/** Does something that opens a window, and gives the window. */
export async function windowOf(page, act) {
  const [opened] = await Promise.all([page.context().waitForEvent('page'), act()]);
  return opened;
}

/**
 * Presses the way to the bank in a frame; gives the bank's pages in the new window. A press that meets the frame while it still grows
 * goes to no button, and nothing is sent: it is made again, as a person does. One that was sent and opened nothing is a failure.
 */
export async function launch(page, person, key = 'go_to_bank') {
  const sent = [];
  const note = (request) => { if (request.method() === 'POST' && /\/go$/.test(request.url())) sent.push(request.url()); };
  page.context().on('request', note);
  try {
    for (let left = 2; ; left -= 1) {
      await stays(person.scope.getByRole('button', { name: person.say(key) }));
      try {
        const opened = page.context().waitForEvent('page', { timeout: 4000 });
        const [window] = await Promise.all([opened, person.press(person.say(key))]);
        return bankPages(window);
      } catch (error) {
        if (sent.length || left === 0) throw error;
      }
    }
  } finally {
    page.context().off('request', note);
  }
}

/**
 * From now on, the addresses at which a bank's page wants its customer back in this browser are written down instead of
 * being loaded: the window stays where it is.
 */
export async function captureReturns(context) {
  const caught = [];
  const pattern = /\/callback\//;
  const handler = (route) => {
    caught.push(route.request().url());
    return route.fulfill({ status: 204 });
  };
  await context.route(pattern, handler);
  return {
    caught,
    next: (from = 0) => until(() => caught[from], 'the bank wants its customer back'),
    deliver: () => context.unroute(pattern, handler),
  };
}

/** Keeps requests for such addresses from arriving, as a network does; `release` lets later ones through. */
export async function unreachable(context, pattern) {
  const tried = [];
  const handler = (route) => {
    tried.push(route.request().url());
    // The window stays where it is.
    return route.fulfill({ status: 204 });
  };
  await context.route(pattern, handler);
  return { tried: () => until(() => tried.length, `a request for ${pattern}`), release: () => context.unroute(pattern, handler) };
}

/** Lets requests for such addresses wait. */
export const slow = (context, pattern, milliseconds) =>
  context.route(pattern, (route) => new Promise((resolve) => { setTimeout(resolve, milliseconds); }).then(() => route.continue()));

/** Waits until the log has such a line since `from`, an earlier length of it; gives the line. */
export const logged = (gesher, pattern, from = 0) =>
  until(() => gesher.log().slice(from).split('\n').find((line) => pattern.test(line)), `a line like ${pattern} in the log`);

/** The line of the log that tells of this act in the audit log. */
export const audited = (gesher, action, from) => logged(gesher, new RegExp(`WARN .*action="${action.replace('.', '\\.')}"`), from);

/** The line of the log that tells of a refused return, and why. */
export const refusedReturn = (gesher, why, from) => logged(gesher, new RegExp(`WARN .*a return from a bank was refused.* why=${why}\\b`), from);

/** The line of the log that tells of a refused launch, and why. */
export const refusedLaunch = (gesher, why, from) => logged(gesher, new RegExp(`WARN .*a launch was refused.* why=${why}\\b`), from);

/** Whether this window is at a bank. */
export const atBank = (page) => until(() => isBank(page.url()), 'the window is at the bank');

/** The host's backend asks for the data of a connection, and gets none. */
export async function assertNoData(gesher, connection) {
  const { status, body } = await gesher.api('GET', `/connections/${connection.id}/accounts`);
  if (status === 200) assert.deepEqual(body.data, []);
  else assert.equal(status, 409, JSON.stringify(body));
  const { body: found } = await gesher.api('GET', `/connections/${connection.id}`);
  assert.ok(!['connected', 'active', 'completed', 'partial'].includes(found.status), found.status);
}

/** None of these numbers, nor their last digits as the widget shows them, stands in this document. */
export async function assertUnseen(scope, numbers) {
  assert.ok(numbers.length > 0, 'there are numbers to look for');
  const html = await scope.content();
  for (const number of numbers) {
    const digits = number.replace(/\D/g, '').slice(-4);
    assert.ok(!html.includes(number) && !html.includes(`•••• ${digits}`), `the document shows ${number}`);
  }
}

/** The hosted page of this connection, at its picker. */
export async function openHosted(browser, connection, language, { scripts = true } = {}) {
  const page = await browser.newPage();
  await page.goto(connection.hosted_url);
  const person = widget(page, language, { scripts });
  await person.reached('picker_title');
  return { page, person };
}

/** Presses the way to the bank on the hosted page; gives the bank's pages in the same tab. */
export async function launchHere(page, person) {
  await person.press(person.say('go_to_bank'));
  return bankPages(page);
}
