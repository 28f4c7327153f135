// The fake's Plaid.create, with the shape that Plaid documents for the web
// (https://plaid.com/docs/link/web/): a handler that opens Link in a frame over the page.
(() => {
  'use strict';
  const base = new URL('.', document.currentScript.src);
  // Where Gesher is. Its own link tokens are UUIDs of version 8, and open its own widget in the frame.
  const gesher = new URL("{gesher}");
  const GESHERS = /^link-sandbox-[0-9a-f]{8}-[0-9a-f]{4}-8/;
  const nothing = () => {};

  const create = (config) => {
    if (!config || typeof config.token !== 'string') throw new Error('Plaid.create needs a token');
    const onSuccess = config.onSuccess || nothing;
    const onExit = config.onExit || nothing;
    const onEvent = config.onEvent || nothing;
    const onLoad = config.onLoad || nothing;
    let frame = null;
    let gone = false;

    const atGesher = GESHERS.test(config.token);
    const visit = { session: null, institution: null, failure: null };

    const address = () => {
      if (atGesher) return `${gesher.href.replace(/\/$/, '')}/w/${config.token}`;
      const url = new URL('link.html', base);
      url.searchParams.set('token', config.token);
      url.searchParams.set('origin', window.location.origin);
      if (config.receivedRedirectUri) {
        const state = new URL(config.receivedRedirectUri).searchParams.get('oauth_state_id');
        if (state) url.searchParams.set('oauth_state_id', state);
      }
      return url.href;
    };

    const close = () => {
      if (frame) frame.remove();
      frame = null;
    };

    // Gesher's messages, as Plaid would say it.
    const translate = ({ type, payload, session }) => {
      visit.session = session;
      const metadata = (more) => ({
        institution_id: visit.institution?.institution_id ?? null, institution_name: visit.institution?.name ?? null,
        link_session_id: session, request_id: null, timestamp: new Date().toISOString(), ...more,
      });
      if (type === 'ready') onEvent('OPEN', metadata());
      if (type === 'institution_selected') {
        visit.institution = { name: payload.name, institution_id: payload.institution_id };
        onEvent('SELECT_INSTITUTION', metadata());
      }
      if (type === 'redirect_opened') onEvent('OPEN_OAUTH', metadata());
      if (type === 'error') {
        visit.failure = {
          error_type: 'ITEM_ERROR', error_code: payload.failure.code.toUpperCase(), error_message: payload.failure.code, display_message: null,
        };
        onEvent('ERROR', metadata({ error_type: visit.failure.error_type, error_code: visit.failure.error_code }));
      }
      if (type === 'success') {
        const institution = { name: payload.institution_name, institution_id: payload.institution_id };
        close();
        onEvent('HANDOFF', metadata());
        onSuccess(payload.public_token, { institution, accounts: [], link_session_id: session, transfer_status: null });
      }
      if (type === 'exit') {
        const error = payload.reason === 'cancelled' || payload.reason === 'not_listed' ? null : visit.failure;
        close();
        onEvent('EXIT', metadata());
        onExit(error, { institution: visit.institution, status: null, link_session_id: session, request_id: null });
      }
    };

    const hear = (event) => {
      if (atGesher) {
        const said = event.data;
        const theirs = frame && event.source === frame.contentWindow && event.origin === gesher.origin;
        if (theirs && said && said.source === 'gesher' && said.version === 1) translate(said);
        return;
      }
      // Only the frame that was opened here, and only while the fake's own page is in it.
      if (!frame || event.source !== frame.contentWindow || event.origin !== base.origin) return;
      const said = event.data;
      if (!said || said.source !== 'fake-plaid-link') return;
      if (said.name) onEvent(said.name, said.metadata);
      if (said.end) close();
      if (said.end === 'success') onSuccess(said.public_token, said.metadata);
      if (said.end === 'exit') onExit(said.error, said.metadata);
    };
    window.addEventListener('message', hear);

    const open = () => {
      if (frame || gone) return;
      frame = document.createElement('iframe');
      frame.title = 'Plaid Link';
      frame.src = address();
      Object.assign(frame.style, {
        position: 'fixed', inset: '0', width: '100%', height: '100%', border: '0', zIndex: '2147483647', background: 'Canvas',
      });
      document.body.append(frame);
    };

    const exit = (options, callback) => {
      const force = Boolean(options && options.force);
      close();
      if (!force) onExit(null, { institution: visit.institution, status: null, link_session_id: visit.session, request_id: null });
      if (callback) callback();
    };

    const destroy = () => {
      gone = true;
      close();
      window.removeEventListener('message', hear);
    };

    queueMicrotask(onLoad);
    return { open, exit, submit: nothing, destroy };
  };

  window.Plaid = { create };
})();
