const islands = {
  /* ISLANDS */
};
try {
  await __wbg_init({ module_or_path: new URL("./WASM", import.meta.url) });
  hydrate();
  for (const element of document.querySelectorAll("leptos-island")) islands[element.dataset.component]?.(element);
} catch (error) {
  // The page goes on as one without scripts: its forms work by themselves.
  document.documentElement.classList.add("scriptless");
  throw error;
}
