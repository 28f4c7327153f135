// Certificates that nobody but the test knows.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The files of a key and its certificate for these names, signed by itself; they go away with the test. */
export async function certificateFor(t, names) {
  const folder = await mkdtemp(join(tmpdir(), 'gesher-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${names[0].split(':')[1]}`,
    '-addext', `subjectAltName=${names.join()}`, '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', key, '-out', certificate,
  ]);
  return { key, certificate };
}
