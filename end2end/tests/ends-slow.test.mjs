// Banks that take their time, in a host's page and without scripts: no wait without words, and then what came of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser, until } from '../lib/browser.mjs';
import { enter, read, visit } from '../lib/door.mjs';
import { TROUBLE, atTheBank } from '../lib/ends.mjs';
import { FAILURES } from '../lib/failures.mjs';
import { stageFor } from '../lib/stage.mjs';
import { BANK, institution } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const CARDS = institution('sandbox-card');

/** The words come: what happens after a moment, on the screen of its own, and after ten seconds that it takes long. */
async function words({ person, frame, scripts }, language, late, bank = BANK) {
  const { say } = person;
  const name = { institution: bank[language] };
  await person.logIn({ psu: person.psu });
  if (scripts) await frame.getByRole('status').filter({ hasText: say('sending', name) }).waitFor();
  await person.heading(say('connecting', name)).waitFor();
  await frame.getByText(say('keep_open')).waitFor();
  if (scripts && late) await frame.getByRole('status').filter({ hasText: say('late', name) }).waitFor({ timeout: 12_000 });
}

async function goesOn(there, language) {
  there.person.psu = TROUBLE.slow;
  await there.person.choose();
  await words(there, language);
  await there.person.heading(there.person.say('challenge_title')).waitFor({ timeout: 30_000 });
  await there.person.confirm();
  await there.person.reached('success_title');
}

async function gives({ code, status = 'pending', leads = 'picker_title' }, there) {
  await there.person.heading(there.person.say(code)).waitFor({ timeout: 30_000 });
  const found = await read(there);
  assert.equal(found.status, status);
  assert.deepEqual(found.failure, FAILURES[code]);
  if (there.door === 'frame') {
    const errors = (await there.heard('event')).filter(({ type }) => type === 'error');
    assert.deepEqual(errors.map(({ payload }) => payload.failure), [FAILURES[code]]);
    const steps = (await there.heard('event')).filter(({ type }) => type === 'progress').map(({ payload }) => payload.stage);
    assert.ok(steps.includes('connecting'), String(steps));
  }
  await there.person.press(there.person.say(`${code}_way_on`));
  await there.person.reached(leads);
}

async function givesUp(there, language) {
  there.person.psu = TROUBLE.stuck;
  await there.person.choose();
  await words(there, language, true);
  await gives({ code: 'outcome_unknown' }, there);
}

async function givesUpAfterTheApproval(there) {
  const bank = await atTheBank(there);
  await bank.logIn({ psu: TROUBLE.stuck });
  await bank.approve();
  await bank.code();
  await there.page.bringToFront();
  await there.person.heading(there.person.say('connecting')).waitFor({ timeout: 15_000 });
  await gives({ code: 'timed_out', leads: 'leaving_title' }, there);
}

/** Meanwhile the page is loaded anew, and the invitation opened a second time. */
async function isDisturbed(there, language) {
  const { person, frame, heard } = there;
  there.person.psu = TROUBLE.stuck;
  // A login whose outcome nobody knows counts as a try, and one name has five of them at a bank.
  await person.choose(CARDS);
  await words(there, language, false, CARDS);
  await frame.evaluate(() => { setTimeout(() => location.reload()); });
  await until(async () => (await heard('event')).filter(({ type }) => type === 'ready').length === 2, 'the page hears the frame after its reload');
  await person.heading(person.say('connecting')).waitFor();
  const second = await visit(there);
  await second.person.reached('under_way_title');
  await second.page.close();
  await there.page.bringToFront();
  await person.heading(person.say('outcome_unknown')).waitFor({ timeout: 30_000 });
}

/** The person does not wait for it: what it brings is not kept. */
async function isLeft(there, language) {
  const { person, gesher, connection, told } = there;
  person.psu = TROUBLE.slow;
  await person.choose();
  await words(there, language);
  await person.press(person.say('close'));
  assert.deepEqual(await told('exit'), { reason: 'cancelled', query: null });
  await person.reached('cancelled_title');
  await gesher.status(connection.id, 'pending');
}

// All of it at once: it is nothing but waiting.
test('a slow bank, and one that holds the line', { concurrency: true, timeout: 120_000 }, async (t) => {
  const { gesher, browser } = await stageFor(t);
  const bare = await openBrowser({ javaScriptEnabled: false });
  const third = await openBrowser();
  // The bank knows a visit by its browser's cookie: two that come to it for the first time at once are two browsers.
  const atBank = await Promise.all(LANGUAGES.map(() => openBrowser({ javaScriptEnabled: false })));
  const all = [bare, third, ...atBank];
  t.after(() => Promise.all(all.map((each) => each.close())));
  const visits = LANGUAGES.flatMap((language, place) => [
    [goesOn, browser, language, { door: 'frame' }],
    [givesUp, browser, language, { door: 'frame' }],
    [isDisturbed, third, language, { door: 'frame' }],
    [isLeft, third, language, { door: 'frame' }],
    [givesUp, bare, language, { scripts: false }],
    [givesUpAfterTheApproval, atBank[place], language, { scripts: false }],
  ]);
  await Promise.all(visits.map(([visit, by, language, asked]) =>
    t.test(`${visit.name}, ${asked.door ?? 'without scripts'}: ${language}`, async () => {
      const there = await enter(by, gesher, language, asked);
      await visit(there, language);
      await there.page.close();
    })));
  for (const each of [browser, ...all]) each.assertQuiet();
});
