const islands = {
  /* ISLANDS */
};
try {
  await __wbg_init({ module_or_path: new URL("./WASM", import.meta.url) });
  hydrate();
  for (const element of document.querySelectorAll("leptos-island")) islands[element.dataset.component]?.(element);
} catch (error) {
  // The page goes on as one without scripts: its forms work by themselves, and it asks for the next screen as <noscript> says.
  document.documentElement.classList.add("scriptless");
  const { textContent = "" } = document.querySelector("head noscript") ?? {};
  document.head.append(...new DOMParser().parseFromString(textContent, "text/html").querySelectorAll("meta"));
  // A browser without WebAssembly, as in a lockdown, is no mistake.
  if (globalThis.WebAssembly) throw error;
}
