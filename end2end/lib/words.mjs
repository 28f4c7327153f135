// The widget's words, from the files that the widget takes them from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sites.mjs';

export const LANGUAGES = ['he', 'en'];

const files = {};

/** `words('he')('search_label')`; `{name}` in a text is filled from the second argument, or stands for anything. */
export function words(language) {
  files[language] ??= JSON.parse(readFileSync(join(ROOT, 'app/locales', `${language}.json`), 'utf8'));
  const all = Object.assign({}, ...Object.values(files[language]));
  return (key, filled) => {
    const text = all[key];
    if (text === undefined) throw new Error(`no word ${key} in ${language}`);
    if (!text.includes('{')) return text;
    const parts = text.split(/\{(\w+)\}/).map((part, place) => {
      const value = place % 2 ? filled?.[part] : part;
      return value === undefined ? '.*' : value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    });
    return new RegExp(parts.join('').replace(/\s+/g, '\\s+'));
  };
}
