/**
 * Certificates a second where a PKCS #11 token signs, against what the token does alone and against keys in memory, all
 * in one run: with P-256, where HTTP is the limit, and with RSA-4096, where the token is, as most devices are.
 */
import { join } from 'node:path'
import type { KeyAlgorithm } from '../../src/core/domain/key-algorithms.ts'
import { createSoftHsm, hasSoftHsm } from '../support/softhsm.ts'
import { benchArguments } from './support/arguments.ts'
import { compareIssuance } from './support/compare.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { checkInvariants, marksOf, settled } from './support/invariants.ts'
import { measureIssuance } from './support/issuance.ts'
import { madeCsrs, type MadeCsr } from './support/csrs.ts'
import { DISTINCT_CSRS } from './support/installation.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { startServerProcess, type ServerProcess } from './support/server-process.ts'
import { tokenAlone } from './support/token-alone.ts'

const SESSIONS = 2
/** What issuance keeps of the token's own pace. */
const SHARE = 0.75

if (!hasSoftHsm()) throw new Error('issue-pkcs11 needs softhsm2, opensc and pkcs11js')
const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const hsm = createSoftHsm()
process.once('exit', () => hsm.remove())
const csrs = madeCsrs(DISTINCT_CSRS)
const inToken = {
  SOFTHSM2_CONF: hsm.environment()['SOFTHSM2_CONF'] ?? '',
  CHANCERY_KMS: 'pkcs11',
  CHANCERY_KMS_PKCS11_MODULE: hsm.module,
  CHANCERY_KMS_PKCS11_TOKEN: hsm.label,
  CHANCERY_KMS_PKCS11_PIN_FILE: hsm.pinFile,
  CHANCERY_KMS_PKCS11_SESSIONS: String(SESSIONS),
}
const seconds = given.smoke ? 1 : given.seconds
/** Before and after what it is compared with, since one machine differs from minute to minute. */
const alone = (algorithm: KeyAlgorithm): Promise<number> => tokenAlone(hsm, SESSIONS, algorithm, seconds)

const p256Before = await alone('EC_prime256v1')
const pkcs11 = await startServerProcess({
  dataDir: join(bench.folder, 'pkcs11'),
  ...given,
  environment: inToken,
})
const local = await startServerProcess({ dataDir: join(bench.folder, 'local'), ...given })
const bodies = await bench.bodies('csrs', csrBodies(csrs))
const { of, against, ratio } = await compareIssuance(pkcs11, local, bodies, given)
const p256Alone = median([p256Before, await alone('EC_prime256v1')])

const rsaBefore = await alone('RSA_4096')
const rsa = await issuanceFromRsa(csrs)
const rsaAlone = median([rsaBefore, await alone('RSA_4096')])

printResult(
  {
    name: 'issue-pkcs11',
    value: of.rate,
    unit: 'certificates/s',
    tokenAlone: Math.round(p256Alone),
    shareOfToken: rounded(of.rate / p256Alone, 3),
    shareOfTokenReached: of.rate >= SHARE * p256Alone,
    againstLocal: rounded(ratio, 2),
    rsa4096: {
      value: rsa.rate,
      tokenAlone: rounded(rsaAlone),
      shareOfToken: rounded(rsa.rate / rsaAlone, 3),
      shareOfTokenReached: rsa.rate >= SHARE * rsaAlone,
      ...rsa,
    },
    pkcs11: of,
    local: against,
    sessions: SESSIONS,
    machine,
  },
  'more',
  given.smoke,
)

/** From a subordinate whose key in the token takes milliseconds a signature. */
async function issuanceFromRsa(
  requests: readonly MadeCsr[],
): Promise<Record<string, unknown> & { rate: number }> {
  const server = await startServerProcess({
    dataDir: join(bench.folder, 'rsa'),
    ...given,
    environment: inToken,
  })
  const file = await bench.bodies('rsa', csrBodies(requests, await rsaAuthority(server)))
  const marks = marksOf(server.database)
  const { rate, p99, windows, memoryMiB, answers, unread } = await measureIssuance(server, file, given)
  await settled(server.database)
  await server.stop()
  const checked = await checkInvariants(server.database, marks, answers, unread)
  return { rate, p99, windows, memoryMiB, checked }
}

/** @throws Error with the server's answer */
async function rsaAuthority(server: ServerProcess): Promise<string> {
  const { status, text } = await server.request('/v1/authorities', {
    kind: 'subordinate',
    parent: 'root',
    name: 'rsa',
    subject: { commonName: 'Bench RSA in a token' },
    keyAlgorithm: 'RSA_4096',
  })
  if (status !== 201) throw new Error(text)
  return (JSON.parse(text) as { id: string }).id
}
