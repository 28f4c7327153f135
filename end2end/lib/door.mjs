// A person's visit, from either door: the frame in a host's page, or the hosted page.
import { randomInt } from 'node:crypto';
import { openConnection } from './shop.mjs';
import { widget } from './widget.mjs';

/** A national id that nobody has used yet. Whom the sandbox does not know has accounts like anybody. */
export function somebody() {
  const digits = [...String(randomInt(10_000_000, 30_000_000))].map(Number);
  const sum = digits.reduce((before, digit, place) => {
    const weighed = digit * (1 + (place % 2));
    return before + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return `${digits.join('')}${(10 - (sum % 10)) % 10}`;
}

/**
 * A new connection, at its picker. In the frame (`door: 'frame'`) the widget stands inside the host's page, where its end can be
 * seen; `modal` puts it over the page. `prepare` may do something to the hosted page before it is loaded. What a host asks for
 * beside that goes into the connection.
 */
export async function enter(browser, gesher, language, { door = 'page', modal = false, scripts = true, prepare, ...asked } = {}) {
  const connection = await gesher.connect({ language, ...asked });
  const there = await visit({ browser, gesher, language, door, modal, scripts, prepare, connection });
  await there.person.reached('picker_title');
  return there;
}

/** Opens an invitation, whatever there is behind it. */
export async function visit({ browser, gesher, language, door, modal = false, scripts = true, prepare, connection }) {
  const there = { browser, gesher, language, door, scripts, connection };
  if (door === 'frame') {
    const opened = await openConnection(browser, gesher, connection, language, {}, { inline: !modal });
    return { ...there, ...opened, person: opened.widget };
  }
  const page = await browser.newPage();
  await prepare?.(page);
  await page.goto(connection.hosted_url);
  return { ...there, page, frame: page, person: widget(page, language, { scripts }) };
}

/** What the host's backend reads of a connection. */
export const read = async ({ gesher, connection }) => (await gesher.api('GET', `/connections/${connection.id}`)).body;
