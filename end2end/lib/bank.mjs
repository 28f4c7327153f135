// What a person does at a bank of the sandbox that speaks PSD2: its pages, its app, and what the bank itself says of a consent.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from './http.mjs';
import { CODE, institution, PSU } from './widget.mjs';

/** Each way to a bank: the institution as the widget lists it, with the bank's id in the sandbox's addresses. */
const at = (id, bank) => ({ ...institution(id), bank });
export const BANKS = {
  redirect: at('sandbox-redirect', 'redirect-bank'),
  twoStep: at('sandbox-two-step', 'explicit-bank'),
  oauth: at('sandbox-oauth', 'oauth-bank'),
  app: at('sandbox-app', 'decoupled-bank'),
};

/** Whether an address is a page of a bank. */
export const isBank = (url) => /^\/psd2\/[^/]+\/(authorise|authorize|visit)\b/.test(new URL(url).pathname);

/** The consent that an address of a bank's login page is about. */
export function consentOf(url) {
  const { pathname, searchParams } = new URL(url);
  const [, , , page, consent] = pathname.split('/');
  const id = page === 'authorise' ? consent : searchParams.get('scope')?.match(/(?:^| )AIS:(\S+)/)?.[1];
  assert.ok(id, `no consent in ${pathname}`);
  return id;
}

/** What the bank says of a consent: received, rejected, valid, terminatedByTpp… */
export async function consentStatus(gesher, bank, id) {
  const answer = await request(`${gesher.GESHER_SHOP_URL}/psd2/${bank.bank}/v1/consents/${id}/status`, { headers: { 'x-request-id': randomUUID() } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json().consentStatus;
}

/** The bank's pages in this window. The account numbers that they show are remembered: nobody else may see them. */
export function bankPages(page) {
  const press = (action) => page.locator(`main button[value="${action}"]`).click();
  return {
    page,
    numbers: [],
    /** Waits for the login page; gives the consent's id. */
    async arrived() {
      await page.waitForURL((url) => isBank(url.href));
      await page.locator('[name=password]').waitFor();
      return consentOf(page.url());
    },
    language: () => page.locator('html').getAttribute('lang'),
    /** Shows the pages in this language, by the bank's own switch. */
    async speak(language) {
      if ((await this.language()) !== language) await page.locator(`header a[lang=${language}]`).click();
      await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
      assert.equal(await page.locator('html').getAttribute('dir'), language === 'he' ? 'rtl' : 'ltr');
    },
    async logIn({ psu = PSU, username = 'user', password = 'pass' } = {}) {
      const id = page.locator('[name=psu_id]');
      if (await id.isEditable()) await id.fill(psu);
      await page.locator('[name=username]').fill(username);
      await page.locator('[name=password]').fill(password);
      await press('login');
    },
    /** On the page that asks for the consent; `choose` says which of the accounts are given, by their places. */
    async approve(choose) {
      await page.locator('main button[value=approve]').waitFor();
      this.numbers.push(...(await page.locator('main form bdi[dir=ltr]').allTextContents()).filter((text) => text.length > 12));
      if (choose) {
        const boxes = await page.locator('[name=account]').all();
        for (const [place, box] of boxes.entries()) await box.setChecked(choose.includes(place));
      }
      await press('approve');
    },
    async code(code = CODE) {
      await page.locator('[name=code]').fill(code);
      await press('approve');
    },
    /** On the login page: back, with nothing decided. */
    cancel: () => press('cancel'),
    /** Once logged in: the consent is refused. */
    decline: () => press('decline'),
    alert: () => page.getByRole('alert'),
    /** From the login page to the last press; the bank's page then goes back by itself. */
    async goThrough({ psu, choose } = {}) {
      const consent = await this.arrived();
      await this.logIn({ psu });
      await this.approve(choose);
      await this.code();
      return consent;
    },
  };
}

/** The tester's page of the bank's app: answers the request that waits for this person. */
export async function inApp(browser, gesher, action, psu = PSU) {
  const page = await browser.newPage();
  await page.goto(`${gesher.GESHER_SHOP_URL}/psd2/${BANKS.app.bank}/app?psu=${psu}`);
  const form = page.locator(`form:has(button[value="${action}"])`).last();
  const consent = await form.locator('[name=consent]').getAttribute('value');
  await form.locator(`button[value="${action}"]`).click();
  await page.locator(`form:has([value="${consent}"]) button[value="${action}"]`).waitFor({ state: 'detached' });
  await page.close();
  return consent;
}
