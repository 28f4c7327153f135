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
      if (value === undefined) return '.*';
      const exact = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      // A name stands in its own direction, between invisible marks.
      return place % 2 ? `\\u2068?${exact}\\u2069?` : exact;
    });
    return new RegExp(parts.join('').replace(/\s+/g, '\\s+'));
  };
}
