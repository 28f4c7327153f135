// The fake's Plaid.create, with the shape that Plaid documents for the web
// (https://plaid.com/docs/link/web/): a handler that opens Link in a frame over the page.
(() => {
  'use strict';
  const base = new URL('.', document.currentScript.src);
  const nothing = () => {};

  const create = (config) => {
    if (!config || typeof config.token !== 'string') throw new Error('Plaid.create needs a token');
    const onSuccess = config.onSuccess || nothing;
    const onExit = config.onExit || nothing;
    const onEvent = config.onEvent || nothing;
    const onLoad = config.onLoad || nothing;
    let frame = null;
    let gone = false;

    const address = () => {
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

    const hear = (event) => {
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
      if (!force) onExit(null, { institution: null, status: null, link_session_id: null, request_id: null });
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
