// Every failure and every end that a host can hear of has a picture in the gallery, which axe-core judges too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENDS } from '../lib/ends.mjs';
import { EXITS, FAILURES, FRAME_FAILURES, SDK_FAILURES } from '../lib/failures.mjs';
import { SCREENS } from '../lib/screens.mjs';
import { SHOWN } from '../lib/screens-ends.mjs';
import { stage } from '../lib/stage.mjs';
import { words } from '../lib/words.mjs';

const on = stage({ gesher: { clock: true } });

/** What no visit can come to in the sandbox, and why. Their words are held in both languages by the tests of the locale. */
const NOT_SHOWN = {
  lock_not_taken: 'a host that fixes an id of a kind that the institution does not take is refused when it asks for the connection',
  no_account_fits: 'a host has to ask for accounts of a kind that nobody has there; the API\'s tests do',
  login_not_supported: 'one bank of the sandbox does so with one person; the tests of its provider go there, and on from there',
  access_suspended: 'the sandbox\'s banks suspend an access once it stands, and then nobody has the widget open',
};

test('every code and every end has an entry, or a reason why it has none', () => {
  const promised = [...Object.keys(FAILURES), ...Object.keys(FRAME_FAILURES), ...Object.keys(SDK_FAILURES), ...EXITS];
  const without = promised.filter((name) => !(SHOWN[name] in SCREENS) && !NOT_SHOWN[name]);
  assert.deepEqual(without, []);
  assert.deepEqual(Object.keys(NOT_SHOWN).filter((name) => SHOWN[name] || !promised.includes(name)), [], 'no longer so');
  assert.deepEqual(Object.keys(SHOWN).filter((name) => !promised.includes(name)), [], 'no failure and no end');
});

// Those of the table of ends are seen where that is tested; what stands beside a screen is waited for by its entry.
const pictured = Object.values(ENDS).map(({ picture }) => picture);
for (const [name, picture] of Object.entries(SHOWN).filter(([name, each]) => name in FAILURES && each.startsWith('failed-') && !pictured.includes(each))) {
  test(`${picture} shows ${name}`, async () => {
    on.browser.expect(/status of 4\d\d/);
    const { page, frame = page } = await SCREENS[picture](on.browser, on.gesher, 'en');
    await frame.getByRole('heading', { level: 1, name: words('en')(name) }).waitFor();
  });
}
