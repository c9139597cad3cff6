import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REFUSALS, type BrokenKind } from '../../src/testing/broken-kinds.ts'
import { startChancery, type BrokenCertificate, type Chancery } from '../../src/testing/index.ts'
import { hasTool, runTool } from '../support/tools.ts'
import { handshake } from './handshake.ts'

const KINDS = Object.keys(REFUSALS) as BrokenKind[]
let ca: Chancery
let directory: string
beforeAll(async () => {
  ca = await startChancery()
  directory = mkdtempSync(join(tmpdir(), 'chancery-broken-'))
})
afterAll(async () => {
  await ca.close()
  rmSync(directory, { recursive: true })
})

const tried = (made: BrokenCertificate) =>
  handshake(
    { cert: made.cert, key: made.key, ...(made.ciphers === undefined ? {} : { ciphers: made.ciphers }) },
    { ca: made.ca, ...(made.crls === undefined ? {} : { crl: made.crls }) },
  )

/** `openssl verify` as a TLS client would have it, with every check that any kind is about. */
function verified(made: BrokenCertificate): { status: number | null; said: string } {
  const file = (name: string, content: string): string => {
    const path = join(directory, name)
    writeFileSync(path, content)
    return path
  }
  const besides = made.intermediates === '' ? [] : ['-untrusted', file('besides.pem', made.intermediates)]
  const crls =
    made.crls === undefined ? [] : ['-crl_check_all', '-CRLfile', file('crls.pem', made.crls.join(''))]
  const checks = [
    '-x509_strict',
    '-auth_level',
    '2',
    '-purpose',
    'sslserver',
    '-verify_hostname',
    'localhost',
  ]
  const trust = ['-no-CApath', '-CAfile', file('ca.pem', made.ca)]
  const run = runTool('openssl', [
    'verify',
    ...checks,
    ...trust,
    ...besides,
    ...crls,
    file('leaf.pem', made.leaf),
  ])
  return { status: run.status, said: run.stdout + run.stderr }
}

describe('a good certificate of the same forge', () => {
  it('is taken by Node.js', async () => {
    expect((await tried(await ca.broken.good())).refused).toBeUndefined()
  })

  it.skipIf(!hasTool('openssl'))('is taken by OpenSSL', async () => {
    const { status, said } = verified(await ca.broken.good())
    expect(said).toMatch(/: OK\n$/)
    expect(status).toBe(0)
  })
})

describe.each(KINDS)('%s', (kind) => {
  it('is refused by Node.js for that reason', async () => {
    const made = await ca.broken[kind]({ dns: 'localhost' })
    expect(made.refusedWith).toBe(REFUSALS[kind])
    const { refused } = await tried(made)
    expect(refused?.code).toBe(REFUSALS[kind].node)
    // Without a code the text decides, and it is OpenSSL's.
    if (refused?.code === 'UNSPECIFIED') expect(REFUSALS[kind].openssl).toContain(refused.message)
  })

  it.skipIf(!hasTool('openssl'))('is refused by OpenSSL for that reason', async () => {
    const { status, said } = verified(await ca.broken[kind]({ dns: 'localhost' }))
    expect(said).toContain(REFUSALS[kind].openssl)
    expect(status).not.toBe(0)
  })
})

it('has a method for each kind, and the good one', () => {
  expect(Object.keys(ca.broken).sort()).toEqual([...KINDS, 'good'].sort())
})

it('hangs nothing that is forged under the real root', async () => {
  const root = new X509Certificate(ca.root)
  for (const kind of KINDS) {
    const made = await ca.broken[kind]()
    expect(new X509Certificate(made.ca).fingerprint256 === root.fingerprint256, kind).toBe(kind === 'revoked')
  }
})

it('breaks one thing only: the certificate names what was asked for', async () => {
  const made = await ca.broken.expired({ dns: ['a.example.com', '*.b.example.com'], ip: '::1' })
  expect(new X509Certificate(made.leaf).subjectAltName).toBe(
    'DNS:a.example.com, DNS:*.b.example.com, IP Address:0:0:0:0:0:0:0:1',
  )
})

it('follows the calendar', async () => {
  await using other = await startChancery({ now: '2040-06-01T00:00:00Z' })
  const { validToDate } = new X509Certificate((await other.broken.expired()).leaf)
  expect(validToDate.toISOString()).toBe('2040-05-31T00:00:00.000Z')
})

it('refuses names that are none', async () => {
  await expect(ca.broken.expired({ dns: 'no spaces please' })).rejects.toMatchObject({
    code: 'request_invalid',
    violations: [{ field: 'names.dns[0]' }],
  })
})
