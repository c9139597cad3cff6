import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import Database from 'better-sqlite3'
import { systemClock } from '../../../src/adapters/system/clock.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { openStore } from '../../../src/adapters/prisma/store.ts'
import { issuance } from '../../../src/contract/schemas/certificates.ts'
import { arns } from '../../../src/core/domain/arns.ts'
import { auditEvent } from '../../../src/core/domain/audit.ts'
import type { Certificate } from '../../../src/core/domain/certificates.ts'
import { serialOf, type AccountId, type AuthorityId, type Region } from '../../../src/core/domain/ids.ts'
import { newUuid } from '../../../src/core/operations/new-ids.ts'
import {
  assembleCertificate,
  encodeTbs,
  parseCertificate,
  parseTbs,
} from '../../../src/core/x509/certificate.ts'
import { parseCsr } from '../../../src/core/x509/csr.ts'
import { issuerFactsOf, lint } from '../../../src/core/x509/lint.ts'
import { confirm } from '../../../src/core/x509/prepare.ts'
import { parseStrictJson } from '../../../src/faces/http/strict-json.ts'
import { validated } from '../../../src/faces/http/violations.ts'
import { certificateJson } from '../../../src/faces/rest/json/certificate-json.ts'
import { median } from './load.ts'
import { rounded } from './machine.ts'

/** CPU of one certificate's stages, in microseconds, each measured alone on one thread. */
export type Stages = Readonly<Record<string, number>>

type Issued = {
  readonly der: Buffer
  readonly authorityId: AuthorityId
  readonly accountId: AccountId
  readonly region: Region
}
const SAMPLE = 1000
const MEMBERS = 16
const WARM_UP_ROUNDS = 12

/**
 * Measures each stage of an issuance on what a run has left in its database and on the bodies that it was sent.
 * @param database of a server that has stopped
 * @param scratch a file for a database that the two commits are measured on
 */
export async function measureStages(
  database: string,
  bodies: readonly string[],
  scratch: string,
): Promise<Stages> {
  const { issued, chain } = read(database)
  const sample = issued.map(({ der }) => parseCertificate(der))
  const octets = bodies.slice(0, SAMPLE).map((body) => Buffer.from(body))
  const csrs = bodies
    .slice(0, SAMPLE)
    .map((body) => parseCsr((JSON.parse(body) as { csr: string }).csr, 'csr'))
  const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const drafts = sample.map((each) => ({
    serial: sixteen(each.serialOctets),
    signatureAlgorithm: 'SHA256WITHECDSA' as const,
    issuer: each.issuer,
    notBefore: each.notBefore.time,
    notAfter: each.notAfter.time,
    subject: each.subject,
    spki: each.publicKey.spki,
    extensions: each.extensions,
  }))
  const context = {
    kind: 'leaf' as const,
    issuer: issuerFactsOf(chain.map((der) => parseCertificate(der))),
    now: systemClock.now(),
    requireSubjectAltName: true,
  }
  const issuerKey = createPublicKey(createPrivateKey(key.export({ format: 'pem', type: 'pkcs8' })))
  const tbsSignature = sign('sha256', sample[0]?.tbs as Uint8Array, key)
  const first = csrs[0] as (typeof csrs)[number]
  const stored = issued.map(certificateFrom)
  return {
    'json and schema': each(octets, (body) => validated(issuance, parseStrictJson(body), 'body')),
    'parse csr': each(bodies.slice(0, SAMPLE), (body) =>
      parseCsr((JSON.parse(body) as { csr: string }).csr, 'csr'),
    ),
    'verify csr': each(csrs, ({ publicKey, signedBytes, signature }) => {
      const spki = Buffer.from(publicKey.spki)
      return verify(
        'sha256',
        signedBytes,
        createPublicKey({ key: spki, format: 'der', type: 'spki' }),
        signature,
      )
    }),
    encode: each(drafts, encodeTbs),
    lint: each(sample, ({ tbs }) => lint(parseTbs(tbs), context)),
    sign: each(sample, ({ tbs }) => sign('sha256', tbs, key)),
    'assemble and compare': each(sample, ({ tbs, signature }) =>
      confirm(tbs, assembleCertificate(tbs, 'SHA256WITHECDSA', signature)),
    ),
    'verify certificate': each(sample, () => verify('sha256', first.signedBytes, issuerKey, tbsSignature)),
    'audit record': each(stored, auditRecord),
    answer: each(stored, (certificate) => JSON.stringify(certificateJson(certificate, chain, context.now))),
    ...(await commits(stored, scratch)),
  }
}

/** The last certificates of a run, and their issuers. */
function read(database: string): { issued: readonly Issued[]; chain: readonly Uint8Array[] } {
  const db = new Database(database, { readonly: true })
  const issued = db
    .prepare(
      'SELECT der, authorityId, accountId, region FROM Certificate WHERE state = 1 ORDER BY id DESC LIMIT ?',
    )
    .all(SAMPLE) as Issued[]
  const authority = db.prepare('SELECT certificateDer AS der, parentId FROM Authority WHERE id = ?')
  const chain: Uint8Array[] = []
  for (let id: string | null = issued[0]?.authorityId ?? null; id !== null;) {
    const row = authority.get(id) as { der: Buffer; parentId: string | null }
    chain.push(row.der)
    id = row.parentId
  }
  db.close()
  return { issued, chain }
}

function certificateFrom({ der, authorityId, accountId, region }: Issued): Certificate {
  const { serialOctets, notBefore, notAfter, tbs } = parseCertificate(der)
  return {
    authority: authorityId,
    serial: serialOf(sixteen(serialOctets)),
    account: accountId,
    region,
    tbs,
    state: 'issued',
    der,
    notBefore: notBefore.time,
    notAfter: notAfter.time,
    issuedAt: notBefore.time,
    key: undefined,
    profile: 'tls-server',
    warnings: [],
    revocation: undefined,
  } as unknown as Certificate
}

/** A serial as drawn: DER leaves out leading zeros and puts one before a high bit. */
const sixteen = (octets: Uint8Array): Uint8Array => {
  const drawn = new Uint8Array(16)
  const significant = octets.slice(-16)
  drawn.set(significant, 16 - significant.length)
  return drawn
}

const random = createSystemRandom()

function auditRecord({ account, region, authority, serial, notAfter }: Certificate) {
  const place = { account, region }
  const arn = arns.certificate(place, authority, serial)
  const principal = {
    ...place,
    id: 'token/bench',
    kind: 'token',
  } as const
  return auditEvent('IssueCertificate', principal, {
    eventId: newUuid(random, systemClock.now()),
    time: systemClock.now(),
    resources: [arns.authority(place, authority), arn],
    request: {
      profile: 'tls-server',
      names: ['dns:host-000000.bench.example.com'],
      notAfter: String(notAfter),
    },
    response: { certificateArn: arn },
  })
}

/** Both commits of a certificate, sixteen at a time, as all threads of the process take part in them. */
async function commits(certificates: readonly Certificate[], scratch: string): Promise<Stages> {
  const store = await openStore({ file: scratch, serverId: 'bench', clock: systemClock })
  const fresh = certificates.map((each) => ({ ...each, serial: serialOf(randomBytes(16)) }))
  const inGroups = async (work: (certificate: Certificate) => Promise<void>): Promise<number> => {
    const before = process.cpuUsage()
    for (let from = 0; from < fresh.length; from += MEMBERS)
      await Promise.all(fresh.slice(from, from + MEMBERS).map(work))
    const { user, system } = process.cpuUsage(before)
    return rounded((user + system) / fresh.length)
  }
  try {
    const record = await inGroups((certificate) =>
      store.transact((writes) => [
        writes.certificates.reserve({
          ...certificate,
          tbs: certificate.der.slice(0, -75),
          spkiSha256: new Uint8Array(randomBytes(32)),
        }),
      ]),
    )
    const publish = await inGroups((certificate) =>
      store.transact((writes) => [
        writes.certificates.publish(certificate.authority, certificate.serial, certificate.der, [
          'com.example.bench.host',
        ]),
        writes.audit.append(auditRecord(certificate)),
      ]),
    )
    return { record, publish }
  } finally {
    await store.close()
  }
}

/** Microseconds of this thread's CPU a call: the median of rounds that begin when V8 has compiled it. */
function each<T>(inputs: readonly T[], work: (input: T) => unknown): number {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const input of inputs) work(input)
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.threadCpuUsage()
    for (const input of inputs) work(input)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / inputs.length
  })
  return rounded(median(rounds))
}
