// What docs/failures.md promises a host, which a Rust test holds to the code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sites.mjs';

const page = readFileSync(join(ROOT, 'docs/failures.md'), 'utf8');

/** The rows of a section's table, cell by cell. */
function table(heading) {
  const section = page.split(`\n## ${heading}\n`)[1].split('\n## ')[0];
  const rows = section.split('\n').filter((line) => line.startsWith('| `')).slice(1);
  return rows.map((row) => row.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim().replace(/^`|`$/g, '')));
}

const failures = (rows) =>
  Object.fromEntries(rows.map(([code, blame, retryable, action]) => [code, { code, blame, retryable: retryable === 'yes', next_action: action }]));

/** Every failure by its code, as a host is told of it. */
export const FAILURES = failures(table('Failures'));
/** Those that the frame tells of by itself. */
export const FRAME_FAILURES = failures(table('From the frame alone'));
/** Those that the SDK makes. */
export const SDK_FAILURES = failures(table('From the SDK alone'));
/** Why a widget ends. */
export const EXITS = table('Ends').map(([reason]) => reason);
