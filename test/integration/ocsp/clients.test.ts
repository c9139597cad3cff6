import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasTool } from '../../support/tools.ts'
import { run } from '../support/run.ts'
import { aServer, temporaryDirectory, type LocalServer } from '../support/servers.ts'

const KINDS = ['EC_prime256v1', 'EC_secp384r1', 'RSA_2048', 'ED25519'] as const
const NEVER = '0x1234'

let ca: LocalServer
let directory: string
const file = (name: string): string => join(directory, name)

beforeAll(async () => {
  ca = await aServer()
  directory = temporaryDirectory()
  for (const kind of KINDS) {
    const common = { keyAlgorithm: kind }
    await ca.admin.createAuthority({
      body: { ...common, kind: 'root', name: kind, subject: { commonName: `${kind} Root` } },
    })
    await ca.admin.createAuthority({
      body: {
        ...common,
        kind: 'subordinate',
        parent: kind,
        name: `${kind}-issuing`,
        subject: { commonName: `${kind} Issuing` },
      },
    })
    for (const which of ['good', 'revoked'] as const) {
      const { id, certificate, chain } = await ca.admin.issueCertificate({
        body: {
          authority: `${kind}-issuing`,
          key: { algorithm: 'EC_prime256v1' },
          names: { dns: [`${which}.example.com`] },
        },
      })
      writeFileSync(file(`${kind}-${which}.pem`), certificate)
      writeFileSync(file(`${kind}-issuer.pem`), chain[0] ?? '')
      writeFileSync(file(`${kind}-root.pem`), chain.at(-1) ?? '')
      if (which === 'revoked')
        await ca.admin.revokeCertificate({ params: { id }, body: { reason: 'keyCompromise' } })
    }
  }
}, 60_000)
afterAll(async () => {
  await ca.dispose()
  await rm(directory, { recursive: true })
})

describe.runIf(hasTool('openssl'))('openssl ocsp', () => {
  const ask = (kind: string, ...more: readonly string[]) =>
    run('openssl', [
      ...['ocsp', '-issuer', file(`${kind}-issuer.pem`), '-CAfile', file(`${kind}-root.pem`)],
      ...['-verify_other', file(`${kind}-issuer.pem`), ...more],
    ])
  const about = (kind: string): string[] => [
    ...['-cert', file(`${kind}-good.pem`), '-cert', file(`${kind}-revoked.pem`), '-serial', NEVER],
  ]
  const said = (stdout: string): (string | undefined)[] =>
    [...stdout.matchAll(/: (good|revoked|unknown)$/gm)].map(([, status]) => status)

  const hashes = [
    ['SHA-1', []],
    ['SHA-256', ['-sha256']],
  ] as const
  const nonces = [
    ['with a nonce', ['-nonce']],
    ['without', ['-no_nonce']],
  ] as const
  const table = KINDS.flatMap((kind) =>
    hashes.flatMap(([hash, by]) =>
      nonces.map(([how, nonce]) => [kind, hash, how, [...by, ...nonce]] as const),
    ),
  )
  test.each(table)(
    '%s, %s, %s: good, revoked and unknown in one answer, verified',
    async (kind, _, __, options) => {
      const { stdout, stderr, status } = await ask(
        kind,
        ...options,
        ...about(kind),
        ...['-url', `${ca.repositoryUrl}/ocsp`],
      )
      expect([status, stderr.trim()]).toEqual([0, 'Response verify OK'])
      expect(said(stdout)).toEqual(['good', 'revoked', 'unknown'])
      expect(stdout).toContain('Reason: keyCompromise')
    },
  )

  test('the address in the certificate is the responder’s, and there it answers', async () => {
    const { stdout } = await run('openssl', ['x509', '-in', file('RSA_2048-good.pem'), '-noout', '-ocsp_uri'])
    expect(stdout.trim()).toBe(`${ca.repositoryUrl}/ocsp`)
    const asked = await ask('RSA_2048', '-cert', file('RSA_2048-good.pem'), '-url', stdout.trim())
    expect(said(asked.stdout)).toEqual(['good'])
  })

  test('a leading zero in a serial is none of it', async () => {
    const { stdout } = await run('openssl', ['x509', '-in', file('ED25519-revoked.pem'), '-noout', '-serial'])
    const serial = `0x000${stdout.trim().replace('serial=', '')}`
    const asked = await ask('ED25519', '-serial', serial, '-url', `${ca.repositoryUrl}/ocsp`)
    expect(said(asked.stdout)).toEqual(['revoked'])
  })

  test.runIf(hasTool('curl', '--version'))(
    'RFC 9919 §6, §7: its request by GET through curl, once more with what curl knows, and verified by it',
    async () => {
      const kind = 'EC_prime256v1'
      const [request, answer, etag] = [file('request.der'), file('answer.der'), file('etag')]
      await ask(kind, '-sha256', '-no_nonce', '-cert', file(`${kind}-good.pem`), '-reqout', request)
      const path = encodeURIComponent(readFileSync(request).toString('base64'))
      const get = (...more: readonly string[]) =>
        run('curl', [
          ...['-s', '-o', answer, '-w', '%{http_code} %{header_json}', ...more],
          `${ca.repositoryUrl}/ocsp/${path}`,
        ])
      const first = await get('--etag-save', etag)
      expect(first.stdout).toMatch(/^200 /)
      expect(first.stdout).toMatch(/max-age=\d+, public, no-transform, must-revalidate/)
      expect((await get('--etag-compare', etag)).stdout).toMatch(/^304 /)
      const modified = /"last-modified":\["([^"]+)"/.exec(first.stdout)?.[1] ?? ''
      expect((await get('-z', modified)).stdout).toMatch(/^304 /)
      expect((await get()).stdout).toMatch(/^200 /)
      const { stdout, stderr } = await ask(
        kind,
        '-sha256',
        '-no_nonce',
        '-cert',
        file(`${kind}-good.pem`),
        '-respin',
        answer,
      )
      expect([said(stdout), stderr.trim()]).toEqual([['good'], 'Response verify OK'])
    },
  )

  test('a foreign issuer is unauthorized', async () => {
    const { stdout } = await ask(
      'RSA_2048',
      '-cert',
      file('RSA_2048-good.pem'),
      '-text',
      '-reqout',
      file('x.der'),
    )
    expect(stdout).toContain('Serial Number')
    const foreign = await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=Foreign',
      ],
      ...['-keyout', file('foreign.key'), '-out', file('foreign.pem')],
    ])
    expect(foreign.status).toBe(0)
    const asked = await run('openssl', [
      ...[
        'ocsp',
        '-issuer',
        file('foreign.pem'),
        '-serial',
        '1',
        '-url',
        `${ca.repositoryUrl}/ocsp`,
        '-noverify',
      ],
    ])
    expect(asked.stdout + asked.stderr).toContain('Responder Error: unauthorized (6)')
  })
})

describe.runIf(hasTool('ocsptool', '--version'))('GnuTLS ocsptool', () => {
  test.each(KINDS.flatMap((kind) => (['good', 'revoked'] as const).map((which) => [kind, which] as const)))(
    '%s: %s, verified',
    async (kind, which) => {
      const { stdout, stderr } = await run('ocsptool', [
        ...[`--ask=${ca.repositoryUrl}/ocsp`, '--load-cert', file(`${kind}-${which}.pem`)],
        ...['--load-issuer', file(`${kind}-issuer.pem`), '--load-trust', file(`${kind}-issuer.pem`)],
      ])
      expect(stdout + stderr).toContain(`Certificate Status: ${which}`)
      expect(stdout + stderr).toContain('Verifying OCSP Response: Success')
    },
  )
})
