import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type DetailedPeerCertificate, type SecureContextOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestOf } from '../../../src/contract/index.ts'
import { hasTool } from '../../support/tools.ts'
import { run } from '../support/run.ts'
import { aServer, temporaryDirectory, type LocalServer } from '../support/servers.ts'

type Form = RequestOf<'exportCertificate'>['body']
const ASCII = 'correct horse battery'
const UNICODE = ['pässwörter und 密码 hier', 'emoji 😀 passphrase']
const STORES = ['pkcs12', 'pkcs12-legacy', 'jks'] as const
const openStore = join(import.meta.dirname, '../support/java/OpenStore.java')

let ca: LocalServer
let files: string
const at = (name: string): string => join(files, name)
const blocks = (text: string): string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
const digestOf = (certificate: Uint8Array | string): string =>
  createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')

beforeAll(async () => {
  ca = await aServer()
  files = temporaryDirectory()
  // One level more than usual, so that the order of a chain means something.
  const below = async (parent: string, name: string, pathLength: number): Promise<unknown> =>
    ca.admin.createAuthority({
      body: { kind: 'subordinate', parent, name, subject: { commonName: name }, pathLength },
    })
  await below('root', 'middle', 1)
  await below('middle', 'below', 0)
})
afterAll(async () => {
  await ca.dispose()
  await rm(files, { recursive: true })
})

describe.each(['EC_prime256v1', 'RSA_2048'] as const)('%s', (algorithm) => {
  // How a passphrase is encoded has nothing to do with what kind of key it protects.
  const unicode = algorithm === 'RSA_2048' ? [] : UNICODE
  const passphrases = [ASCII, ...unicode]
  let id: string
  /** Leaf first, the root left out. */
  let expected: string[]
  let root: string
  beforeAll(async () => {
    const issued = await ca.admin.issueCertificate({
      body: { authority: 'below', key: { algorithm }, names: { dns: ['www.example.com', 'localhost'] } },
    })
    id = issued.id
    root = issued.chain.at(-1) as string
    expected = [issued.certificate, ...issued.chain.slice(0, -1)].map(digestOf)
  })
  const exported = async (body: Form, name: string): Promise<string> => {
    const { bytes } = await ca.admin.exportCertificate({ params: { id }, body })
    writeFileSync(at(name), bytes)
    return at(name)
  }
  const digests = (pem: string): string[] => blocks(pem).map(digestOf)
  const isTheirs = (keyPem: string): boolean =>
    new X509Certificate(leafPem).checkPrivateKey(createPrivateKey(keyPem))
  let leafPem: string
  beforeAll(async () => {
    const file = await ca.admin.exportCertificate({
      params: { id },
      body: { format: 'pem', parts: ['certificate'] },
    })
    leafPem = Buffer.from(file.bytes).toString()
  })

  test('every form has the same chain: that which the download has, without the root (RFC 8446 §4.4.2)', async () => {
    expect(expected).toHaveLength(3)
    const { bytes } = await ca.admin.getCertificateChain({ params: { id } })
    expect(digests(Buffer.from(bytes).toString())).toEqual(expected)
    for (const format of ['pem', 'pkcs8-encrypted-pem'] as const) {
      const body = format === 'pem' ? { format } : { format, passphrase: ASCII }
      const file = await ca.admin.exportCertificate({ params: { id }, body })
      expect(digests(Buffer.from(file.bytes).toString())).toEqual(expected)
    }
  })

  describe.runIf(hasTool('openssl'))('openssl, without its legacy provider', () => {
    const openssl = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await run('openssl', args)
      expect([status, stderr.match(/error/i)], stderr).toEqual([0, null])
      return stdout
    }
    test('PEM: certificate, chain and key, together and each alone', async () => {
      const all = await exported({ format: 'pem' }, 'all.pem')
      expect(isTheirs(await openssl('pkey', '-in', all))).toBe(true)
      const fullchain = await exported({ format: 'pem', parts: ['chain', 'certificate'] }, 'fullchain.pem')
      expect(digests(await openssl('storeutl', '-certs', fullchain))).toEqual(expected)
      writeFileSync(at('root.pem'), root)
      expect(
        await openssl('verify', '-CAfile', at('root.pem'), '-untrusted', fullchain, fullchain),
      ).toContain('OK')
      const key = await exported({ format: 'pem', parts: ['key'] }, 'key.pem')
      expect(isTheirs(await openssl('pkey', '-in', key))).toBe(true)
      const chain = await exported({ format: 'pem', parts: ['chain'] }, 'chain.pem')
      expect(digests(await openssl('storeutl', '-certs', chain))).toEqual(expected.slice(1))
    })

    test.each(passphrases)('encrypted PKCS#8, in PEM and DER, passphrase %s', async (passphrase) => {
      const pass = ['-passin', `pass:${passphrase}`]
      const all = await exported({ format: 'pkcs8-encrypted-pem', passphrase }, 'encrypted.pem')
      expect(isTheirs(await openssl('pkey', '-in', all, ...pass))).toBe(true)
      const alone = await exported({ format: 'pkcs8-encrypted-pem', passphrase, parts: ['key'] }, 'key.p8')
      expect(isTheirs(await openssl('pkcs8', '-in', alone, ...pass))).toBe(true)
      const der = await exported({ format: 'pkcs8-encrypted-der', passphrase }, 'key.p8e')
      expect(isTheirs(await openssl('pkcs8', '-inform', 'DER', '-in', der, ...pass))).toBe(true)
      expect(await openssl('asn1parse', '-inform', 'DER', '-in', der)).toMatch(/aes-256-cbc/)
    })

    test('DER: the certificate, PKCS#7 with its chain (RFC 5652 §5), the key', async () => {
      const certificate = await exported({ format: 'der' }, 'leaf.cer')
      expect(digests(await openssl('x509', '-inform', 'DER', '-in', certificate))).toEqual(
        expected.slice(0, 1),
      )
      const p7b = await exported({ format: 'der', parts: ['certificate', 'chain'] }, 'chain.p7b')
      expect(digests(await openssl('pkcs7', '-inform', 'DER', '-print_certs', '-in', p7b))).toEqual(expected)
      const key = await exported({ format: 'der', parts: ['key'] }, 'key.der')
      expect(isTheirs(await openssl('pkey', '-inform', 'DER', '-in', key))).toBe(true)
    })

    test.each(passphrases)('PKCS#12, passphrase %s', async (passphrase) => {
      const file = await exported({ format: 'pkcs12', passphrase }, 'store.p12')
      const text = await openssl('pkcs12', '-in', file, '-passin', `pass:${passphrase}`, '-nodes')
      expect(digests(text)).toEqual(expected)
      expect(isTheirs(text.slice(text.indexOf('-----BEGIN PRIVATE KEY')))).toBe(true)
    })

    test.each(passphrases)('legacy PKCS#12 with -legacy, passphrase %s', async (passphrase) => {
      const file = await exported({ format: 'pkcs12-legacy', passphrase }, 'legacy.p12')
      const args = ['pkcs12', '-legacy', '-in', file, '-passin', `pass:${passphrase}`, '-nodes', '-info']
      const { status, stdout, stderr } = await run('openssl', args)
      expect(status).toBe(0)
      expect(stderr).toMatch(/MAC: sha1, Iteration 10000[^]*pbeWithSHA1And3-KeyTripleDES-CBC/)
      expect(digests(stdout)).toEqual(expected)
      expect(isTheirs(stdout.slice(stdout.indexOf('-----BEGIN PRIVATE KEY')))).toBe(true)
      const wrong = ['pkcs12', '-legacy', '-in', file, '-passin', 'pass:wrong', '-nodes']
      expect((await run('openssl', wrong)).status).not.toBe(0)
    })
  })

  describe.runIf(hasTool('java', '-version'))('Java', () => {
    const opened = async (type: string, file: string, passphrase: string): Promise<string> => {
      writeFileSync(at('pass'), passphrase)
      const { stdout, stderr } = await run('java', [openStore, type, file, at('pass')])
      expect(stderr).toBe('')
      return stdout
    }
    const whole = (alias: string): string =>
      [
        `alias ${Buffer.from(alias).toString('hex')}`,
        ...expected.map((digest) => `certificate ${digest}`),
        'key true',
        '',
      ].join('\n')

    test.each(STORES)('opens %s and signs with its key', async (format) => {
      const file = await exported({ format, passphrase: ASCII, friendlyName: 'Dienst Ä😀' }, `java.${format}`)
      const type = format === 'jks' ? 'JKS' : 'PKCS12'
      expect(await opened(type, file, ASCII)).toBe(whole('dienst ä😀'))
      expect(await opened(type, file, `${ASCII}!`)).toMatch(/^refused: .*(password|tampered)/)
    })

    test.each(unicode)('opens JKS with the passphrase %s: its char[] is UTF-16', async (passphrase) => {
      const file = await exported({ format: 'jks', passphrase, friendlyName: 'web' }, 'unicode.jks')
      expect(await opened('JKS', file, passphrase)).toBe(whole('web'))
    })

    // So docs/cli.md advises: a day when Java opens it is a day to change that.
    test.each(
      unicode.flatMap((passphrase) => [
        ['pkcs12', passphrase] as const,
        ['pkcs12-legacy', passphrase] as const,
      ]),
    )('refuses %s with the passphrase %s', async (format, passphrase) => {
      const file = await exported({ format, passphrase }, 'unicode.p12')
      expect(await opened('PKCS12', file, passphrase)).toBe('refused: keystore password was incorrect\n')
    })

    test.runIf(hasTool('keytool', '-help')).each(STORES)('keytool lists %s', async (format) => {
      const file = await exported({ format, passphrase: ASCII, friendlyName: 'web' }, `keytool.${format}`)
      const type = format === 'jks' ? 'JKS' : 'PKCS12'
      const args = [
        '-J-Duser.language=en',
        '-list',
        '-v',
        '-storetype',
        type,
        '-keystore',
        file,
        '-storepass',
        ASCII,
      ]
      const { stdout } = await run('keytool', args)
      expect(stdout).toContain('Your keystore contains 1 entry')
      expect(stdout).toMatch(/Alias name: web\n[^]*Entry type: PrivateKeyEntry\nCertificate chain length: 3/)
      expect(
        [...stdout.matchAll(/SHA256: ([0-9A-F:]+)/g)].map(([, hex = '']) =>
          hex.replaceAll(':', '').toLowerCase(),
        ),
      ).toEqual(expected)
    })

    test.runIf(hasTool('keytool', '-help'))('keytool turns JKS into PKCS#12, the key with it', async () => {
      const file = await exported({ format: 'jks', passphrase: ASCII, friendlyName: 'web' }, 'turn.jks')
      const to = at(`turned-${algorithm}.p12`)
      const args = [
        '-srckeystore',
        file,
        '-srcstorepass',
        ASCII,
        '-destkeystore',
        to,
        '-deststoretype',
        'PKCS12',
      ]
      expect(
        (await run('keytool', ['-importkeystore', '-noprompt', ...args, '-deststorepass', ASCII])).status,
      ).toBe(0)
      expect(await opened('PKCS12', to, ASCII)).toBe(whole('web'))
    })
  })

  describe.runIf(hasTool('certtool', '--version'))('GnuTLS', () => {
    test.each([
      ...['pkcs12', 'pkcs12-legacy'].flatMap((format) => passphrases.map((pass) => [format, pass] as const)),
    ])('%s, passphrase %s', async (format, passphrase) => {
      const file = await exported({ format: format as 'pkcs12', passphrase }, 'gnutls.p12')
      const { status, stdout } = await run('certtool', [
        '--p12-info',
        '--inder',
        '--infile',
        file,
        '--password',
        passphrase,
      ])
      expect(status).toBe(0)
      expect(digests(stdout).sort()).toEqual([...expected].sort())
      const key = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----[^-]+-----END (ENCRYPTED )?PRIVATE KEY-----/.exec(
        stdout,
      )?.[0]
      expect(
        new X509Certificate(leafPem).checkPrivateKey(createPrivateKey({ key: key ?? '', passphrase })),
      ).toBe(true)
    })

    test.each(passphrases)('encrypted PKCS#8, passphrase %s', async (passphrase) => {
      const file = await exported({ format: 'pkcs8-encrypted-pem', passphrase, parts: ['key'] }, 'gnutls.p8')
      const { status, stdout } = await run('certtool', [
        '--key-info',
        '--pkcs8',
        '--infile',
        file,
        '--password',
        passphrase,
      ])
      expect([status, stdout.includes('Public Key Info')]).toEqual([0, true])
    })

    test('PKCS#7', async () => {
      const file = await exported({ format: 'der', parts: ['certificate', 'chain'] }, 'gnutls.p7b')
      const { stdout } = await run('certtool', ['--p7-info', '--inder', '--infile', file])
      expect(stdout).toContain('Number of certificates: 3')
    })
  })

  describe.runIf(hasTool('pk12util', '-h') && hasTool('certutil', '-H'))('NSS', () => {
    test.each([
      ...['pkcs12', 'pkcs12-legacy'].flatMap((format) => passphrases.map((pass) => [format, pass] as const)),
    ])('takes %s into a database, passphrase %s', async (format, passphrase) => {
      const file = await exported({ format: format as 'pkcs12', passphrase, friendlyName: 'web' }, 'nss.p12')
      writeFileSync(at('pass'), `${passphrase}\n`)
      const directory = at(`nss-${algorithm}-${format}-${passphrase.length}`)
      mkdirSync(directory)
      const database = ['-d', `sql:${directory}`]
      expect((await run('certutil', ['-N', ...database, '--empty-password'])).status).toBe(0)
      const taken = await run('pk12util', ['-i', file, ...database, '-w', at('pass')])
      expect([taken.status, taken.stderr]).toEqual([0, ''])
      const certificates = await run('certutil', ['-L', ...database, '-n', 'web', '-a'])
      expect(digests(certificates.stdout)).toEqual(expected.slice(0, 1))
      expect((await run('certutil', ['-K', ...database])).stdout).toMatch(/web/)
    })
  })

  describe('node:tls serves from', () => {
    const text = async (body: Form): Promise<Buffer> =>
      Buffer.from((await ca.admin.exportCertificate({ params: { id }, body })).bytes)
    const sent = async (options: SecureContextOptions): Promise<string[]> => {
      const server = createServer(options, (socket) => socket.end())
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const socket = connect({ port, host: '127.0.0.1', servername: 'www.example.com', ca: root })
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
      const chain: string[] = []
      for (
        let each: DetailedPeerCertificate = socket.getPeerCertificate(true);
        ;
        each = each.issuerCertificate
      ) {
        chain.push(digestOf(each.raw))
        if (each.issuerCertificate === undefined || each.issuerCertificate === each) break
      }
      socket.destroy()
      server.close()
      return chain
    }
    test.each(passphrases)('PEM, PKCS#12 and legacy PKCS#12, passphrase %s', async (passphrase) => {
      const all = [...expected, digestOf(root)]
      const pem = await text({ format: 'pem' })
      expect(await sent({ cert: pem, key: pem })).toEqual(all)
      const sealed = await text({ format: 'pkcs8-encrypted-pem', passphrase })
      expect(await sent({ cert: sealed, key: sealed, passphrase })).toEqual(all)
      for (const format of ['pkcs12', 'pkcs12-legacy'] as const)
        expect(await sent({ pfx: await text({ format, passphrase }), passphrase })).toEqual(all)
    })
  })
})
