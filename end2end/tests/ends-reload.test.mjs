// The page is loaded anew at every stage of a visit, in the frame and on the hosted page: the same screen is there, without what
// must not stay, and the way goes on.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { enter, read } from '../lib/door.mjs';
import { stage } from '../lib/stage.mjs';
import { JOURNEYS } from '../lib/stages.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage({ gesher: { clock: true } });

afterEach(async () => {
  for (const page of on.browser.context.pages().slice(1)) await page.close();
});

async function reload({ door, page, frame }) {
  if (door === 'page') return page.reload();
  await frame.evaluate(() => { window.old = true; setTimeout(() => location.reload()); });
  return until(() => frame.evaluate(() => window.old === undefined && document.readyState === 'complete').catch(() => false), 'the reload');
}

/** The success is told until it is exchanged, and the connection stands. */
async function exchanged(there) {
  const { gesher, connection, person, page, door } = there;
  const success = door === 'frame'
    ? (await there.told('success')).public_token
    : new URL(await page.getByRole('link', { name: person.say('return_to') }).getAttribute('href')).searchParams.get('public_token');
  assert.equal((await gesher.exchange(success, connection.customer)).status, 200);
  await gesher.status(connection.id, 'active');
}

const after = {
  form: async ({ person }) => {
    assert.equal(await person.field('password').inputValue(), '', 'no password comes back');
  },
  code: async ({ person }) => assert.equal(await person.code().inputValue(), ''),
  success: exchanged,
  refused: async (there) => {
    assert.equal((await read(there)).failure.code, 'consent_rejected');
    if (there.door === 'page') return;
    // The page hears of a failure again, since it may have been loaded anew too; it is the same one.
    const errors = (await there.heard('event')).filter(({ type }) => type === 'error').map(({ payload }) => payload);
    assert.ok(errors.length >= 1);
    for (const each of errors) assert.deepEqual(each, errors[0]);
    await there.person.press(there.person.say('done'));
    assert.deepEqual(await there.told('exit'), { reason: 'failed', query: null });
  },
};

for (const door of ['frame', 'page']) {
  for (const [journey, stages] of Object.entries(JOURNEYS)) {
    for (const language of LANGUAGES) {
      test(`${journey}, ${door}: ${language}`, async () => {
        const hosted = door === 'page' && { parent_origin: undefined, redirect_url: `${on.gesher.shop}/shop/return` };
        const there = await enter(on.browser, on.gesher, language, { door, ...hosted });
        // The hosted page would go home by itself.
        if (hosted) await there.page.route(`${on.gesher.shop}/shop/return*`, (route) => route.fulfill({ status: 204 }));
        for (const { name, title, go } of stages) {
          await go(there);
          await there.person.reached(title);
          await reload(there);
          await there.person.reached(title);
          await after[name]?.(there);
        }
      });
    }
  }
}
