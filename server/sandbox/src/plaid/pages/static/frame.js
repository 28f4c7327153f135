// Link inside a frame: tells the page around it, and nobody else, what this page has to say.
(() => {
  'use strict';
  const { origin, said } = document.body.dataset;
  if (!origin || window.parent === window) return;
  for (const message of JSON.parse(said)) window.parent.postMessage({ source: 'fake-plaid-link', ...message }, origin);
})();
