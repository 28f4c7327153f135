// A headless Chromium as a careful person has it: third-party cookies blocked. Whatever a page or frame complains of
// (an uncaught error, a console error, a blocked policy) is collected, and closing asserts that there was nothing.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // A page that a test writes itself has no address space, and would need leave to reach loopback.
  '--disable-features=LocalNetworkAccessChecks',
];

export async function openBrowser({ args = [], ...options } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'gesher-browser-'));
  await mkdir(join(profile, 'Default'));
  const preferences = { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } };
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [...FLAGS, ...args],
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    ...options,
  });
  context.setDefaultTimeout(10_000);

  const troubles = [];
  const expected = [];
  const trouble = (text) => {
    if (!expected.some((pattern) => pattern.test(text))) troubles.push(text);
  };
  const watch = (page) => {
    page.on('console', (message) => message.type() === 'error' && trouble(`console: ${message.text()} (${message.location().url})`));
    page.on('pageerror', (error) => trouble(`uncaught: ${error.stack ?? error}`));
    page.on('crash', () => trouble('the page crashed'));
  };
  context.pages().forEach(watch);
  context.on('page', watch);
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`blocked by policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });

  return {
    context,
    newPage: () => context.newPage(),
    /** From now on, complaints like this one are part of the test. */
    expect: (pattern) => expected.push(pattern),
    /** Fails if anything complained since the last look, and forgets what was expected. */
    assertQuiet() {
      expected.length = 0;
      assert.deepEqual(troubles.splice(0), []);
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Waits until `look` gives something truthy, and gives it back. */
export async function until(look, what, within = 10_000) {
  const end = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) assert.fail(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
