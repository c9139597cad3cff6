import { createPrivateKey } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { opensslCa } from '../core/operations/openssl-ca.ts'
import { createClient } from '../../src/contract/client.ts'
import { ADMIN_TOKEN, settingsFor, temporaryDirectory } from './support/servers.ts'

const PASSPHRASE = 'a passphrase that must not be seen 4711'

/** The ways in which octets could have got into a text or a file. */
const spellings = (name: string, octets: Buffer): (readonly [string, Buffer])[] => {
  const base64 = octets.toString('base64').replace(/=+$/, '')
  return [
    [`${name}, as it is`, octets],
    [`${name}, in hex`, Buffer.from(octets.toString('hex'))],
    [`${name}, in HEX`, Buffer.from(octets.toString('hex').toUpperCase())],
    // Its middle, wherever it begins in a text that is base64 as a whole.
    ...[0, 1, 2].map(
      (shift) =>
        [
          `${name}, in base64`,
          Buffer.from(
            Buffer.concat([Buffer.alloc(shift), octets])
              .toString('base64')
              .slice(4, base64.length - 4),
          ),
        ] as const,
    ),
  ]
}

/** The secret number of a key, without what is public about it. */
function secretOf(pem: string): Buffer {
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' })
  return Buffer.from(d, 'base64url')
}

test('nothing that a full run wrote contains one', async () => {
  const dataDir = temporaryDirectory()
  const script = join(import.meta.dirname, 'support/server-process.ts')
  const child = spawn(process.execPath, [script], {
    env: { ...settingsFor(dataDir, { CHANCERY_LOG_LEVEL: 'debug', CHANCERY_ACCESS_LOG: 'true' }) },
  })
  const written: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => written.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => written.push(chunk))
  const ended = once(child, 'close')
  const apiUrl = await new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const said = JSON.parse(line) as { apiUrl?: string }
      if (said.apiUrl !== undefined) resolve(said.apiUrl)
    })
  })

  const admin = createClient({ url: apiUrl, token: ADMIN_TOKEN })
  const token = await admin.createToken({ body: { name: 'issuer', role: 'issuer' } })
  const issuer = createClient({ url: apiUrl, token: token.secret })
  const keys: (readonly [string, Buffer])[] = []
  for (const algorithm of ['EC_prime256v1', 'EC_secp384r1', 'ED25519', 'RSA_2048'] as const) {
    const { id, exported } = await issuer.issueCertificate({
      body: { key: { algorithm }, names: { dns: ['a.example'] }, export: { format: 'pem' } },
    })
    const pem = Buffer.from(exported?.content ?? '', 'base64').toString()
    keys.push([
      algorithm,
      secretOf(/-----BEGIN PRIVATE KEY-----[^]*-----END PRIVATE KEY-----/.exec(pem)?.[0] ?? ''),
    ])
    const params = { id }
    await issuer.exportCertificate({ params, body: { format: 'pkcs12', passphrase: PASSPHRASE } })
    await issuer.exportCertificate({
      params,
      body: { format: 'pkcs8-encrypted-pem', passphrase: PASSPHRASE },
    })
    await issuer.revokeCertificate({ params })
  }
  // An authority that moves in brings a key and its passphrase along in a request.
  using moving = opensslCa(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'])
  const locked = ['-passout', `pass:${PASSPHRASE}`, '-in', 'ca.key', '-out', 'locked.key']
  moving.openssl('pkcs8', '-topk8', '-v2', 'aes-256-cbc', ...locked)
  const movingIn = {
    name: 'moving',
    key: moving.read('locked.key'),
    passphrase: PASSPHRASE,
    certificate: moving.read('ca.pem'),
  }
  keys.push(['imported', secretOf(moving.read('ca.key'))])
  await admin.importAuthority({ body: { ...movingIn, activate: true } })
  await admin.createAuthority({
    body: { kind: 'subordinate', parent: 'moving', name: 'below', subject: { commonName: 'Below' } },
  })
  // What is refused is spoken of, too.
  const refusals = await Promise.all([
    admin.importAuthority({ body: movingIn }).catch(String),
    admin.importAuthority({ body: { ...movingIn, key: moving.read('ca.key') } }).catch(String),
    admin
      .importAuthority({ body: { ...movingIn, passphrase: `${PASSPHRASE}x`, certificate: 'none' } })
      .catch(String),
    issuer
      .exportCertificate({ params: { id: 'x.y' }, body: { format: 'pkcs12', passphrase: PASSPHRASE } })
      .catch(String),
    issuer.createToken({ body: { name: 'no', role: 'administrator' } }).catch(String),
    fetch(`${apiUrl}/v1/tokens?token=${token.secret}`, {
      headers: { authorization: `Bearer ${token.secret}x` },
    }).then((response) => response.text()),
  ])
  const metrics = await fetch(`${apiUrl}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
  expect(metrics.status).toBe(200)
  const lists = JSON.stringify([await admin.listTokens(), await admin.listAuthorities()])
  written.push(Buffer.from(`${await metrics.text()}\n${lists}\n${JSON.stringify(refusals)}`))
  child.kill('SIGTERM')
  await ended

  // The key-encryption key's own file is what it is; everything else is looked through.
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name !== 'kms.key',
  )
  expect(files).toContain('chancery.db')
  const places = new Map([
    ['output, metrics and answers', Buffer.concat(written)],
    ...files.map((name) => [name, readFileSync(join(dataDir, name))] as const),
  ])
  // That it looks in the right places, and in the right way.
  expect(places.get('output, metrics and answers')?.includes('/v1/certificates')).toBe(true)
  expect(places.get('chancery.db')?.includes('ExportCertificate')).toBe(true)

  const kek = readFileSync(join(dataDir, 'kms.key'), 'utf8')
  const kekKeys = [...kek.matchAll(/"([A-Za-z0-9+/_-]{43}=?)"/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64'),
  )
  expect(kekKeys.length).toBeGreaterThan(0)
  const secrets = [
    ...spellings('passphrase', Buffer.from(PASSPHRASE)),
    ...spellings('administrator’s token', Buffer.from(ADMIN_TOKEN)),
    ...spellings('issuer’s token', Buffer.from(token.secret)),
    ...keys.flatMap(([algorithm, d]) => spellings(`${algorithm} key`, d)),
    ...kekKeys.flatMap((key) => spellings('key-encryption key', key)),
  ]
  const seen = [...places].flatMap(([place, octets]) =>
    secrets.filter(([, needle]) => octets.includes(needle)).map(([name]) => `${name} in ${place}`),
  )
  expect(seen).toEqual([])
  await rm(dataDir, { recursive: true })
})
