// A server's clock that a test moves, by Debian's libfaketime: the wall clock alone, so that timers and time limits run as ever.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = 'faketime/libfaketimeMT.so.1';

function library() {
  const folders = ['/usr/lib', ...readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu')).map((name) => `/usr/lib/${name}`)];
  return folders.map((folder) => join(folder, NAME)).find(existsSync);
}

/** A clock that is wrong by so many seconds; what it needs lies in this folder. Without the library only moving it fails. */
export async function openClock(folder, wrong = 0) {
  const file = join(folder, 'clock');
  let ahead = wrong;
  const set = async () => {
    // Read again with every look at the time, so never half written.
    await writeFile(`${file}.new`, `${ahead < 0 ? '' : '+'}${ahead}\n`);
    await rename(`${file}.new`, file);
  };
  await set();
  const preload = library();
  const moves = () => assert.ok(preload, 'a server\'s clock is moved with libfaketime, which is missing here: run scripts/setup-tests (on Debian: apt-get install faketime)');
  if (wrong) moves();
  return {
    env: preload && { LD_PRELOAD: preload, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' },
    async forward(seconds) {
      moves();
      ahead += seconds;
      await set();
    },
  };
}
