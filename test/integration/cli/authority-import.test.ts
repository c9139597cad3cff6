import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { opensslCa, type OpensslCa } from '../../core/operations/openssl-ca.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import { fetchCrl } from '../support/revoked-in.ts'
import { aServer, ADMIN_TOKEN, type LocalServer } from '../support/servers.ts'
import { cliFor } from './a-cli.ts'

const PASSPHRASE = 'short'

/** A CA that openssl has kept for years moves in; relying parties with its old root see no difference. */
describe.skipIf(!hasTool('openssl'))('an openssl CA moves in', () => {
  let ca: OpensslCa
  let server: LocalServer
  let cli: ReturnType<typeof cliFor>
  const serials: Record<'kept' | 'revoked' | 'held' | 'lost', string> = {
    kept: '',
    revoked: '',
    held: '',
    lost: '',
  }
  const openssl = (...args: string[]) => runTool('openssl', args)

  beforeAll(async () => {
    ca = opensslCa()
    serials.kept = ca.issue('kept.example.com')
    serials.revoked = ca.issue('revoked.example.com')
    serials.held = ca.issue('held.example.com')
    serials.lost = ca.issue('lost.example.com')
    ca.revoke(serials.revoked, 'keyCompromise')
    ca.revoke(serials.held, 'certificateHold')
    ca.revoke(serials.lost, 'superseded')
    writeFileSync(ca.path('old.crl'), ca.crl())
    // Of this one nothing is left but its line in the database.
    ca.openssl(
      'pkcs8',
      '-topk8',
      '-v2',
      'aes-256-cbc',
      '-in',
      'ca.key',
      '-passout',
      `pass:${PASSPHRASE}`,
      '-out',
      'locked.key',
    )
    runTool('rm', [ca.path(`newcerts/${serials.lost}.pem`)])
    server = await aServer()
    cli = cliFor(server.dataDir, server.apiUrl, { environment: { CHANCERY_TOKEN: ADMIN_TOKEN } })
    cli.file('passphrase', `${PASSPHRASE}\n`)
  })
  afterAll(async () => {
    ca[Symbol.dispose]()
    await server.dispose()
  })

  const command = (...more: string[]): string =>
    [
      `authority import --name old --key ${ca.path('locked.key')} --certificate ${ca.path('ca.pem')}`,
      `--passphrase-file passphrase --issued ${ca.path('index.txt')} --crl ${ca.path('old.crl')} --crl-number 17`,
      ...more,
    ].join(' ')

  test('--dry-run says what would be done, and does nothing', async () => {
    const { code, out, err } = await cli.run(command('--dry-run'))
    expect(err).toContain('Nothing was changed.')
    expect(code).toBe(0)
    expect(out).toMatch(/Would import +a root, CN=Old Root,O=Old, RSA_2048/)
    expect(out).toMatch(/Certificates +3/)
    expect(out).toMatch(/Revocations +3 of a list, and those of the CRL/)
    expect((await server.admin.listAuthorities({})).items.map(({ name }) => name)).not.toContain('old')
  })

  test.each([
    [
      'a wrong passphrase',
      () => command().replace('passphrase-file passphrase', 'passphrase-file wrong'),
      /passphrase \(--passphrase-file\): doesn’t open/,
    ],
    ['a garbled index', () => command().replace('index.txt', 'garbled.txt'), /line 2: .*\n.*line 4: /],
    ['a CRL that isn’t there', () => command().replace('old.crl', 'no.crl'), /--crl: can’t read/],
    [
      'a file with nothing',
      () => command().replace('index.txt', 'openssl.cnf'),
      /holds no certificate in PEM, and is no index.txt/,
    ],
  ])('with %s nothing is imported', async (_, line, said) => {
    cli.file('wrong', 'another\n')
    const [first = '', ...rest] = ca.read('index.txt').split('\n')
    writeFileSync(ca.path('garbled.txt'), [first, 'hello', ...rest.slice(0, 1), 'X\tY\tZ', ''].join('\n'))
    const { code, err } = await cli.run(line())
    expect(code).toBe(2)
    expect(err).toMatch(said)
    expect((await server.admin.listAuthorities({})).items.map(({ name }) => name)).not.toContain('old')
  })

  test('it moves in, and the same command again changes nothing', async () => {
    const first = await cli.run(command('--default'))
    expect(first.err).not.toContain('error')
    expect(first.code).toBe(0)
    expect(first.out).toMatch(/Certificates +3 put on record, 0 were there/)
    expect(first.out).toMatch(/Revocations +3 put on record, 3 were there/)
    const second = await cli.run(command('--default'))
    expect(second.code).toBe(0)
    expect(second.err).toContain('is here already')
    expect(second.out).toMatch(/Certificates +0 put on record, 3 were there/)
    expect(second.out).toMatch(/Revocations +0 put on record, 6 were there/)
  })

  describe('afterwards', () => {
    let crlFile: string
    let leafFile: string
    beforeAll(async () => {
      const { directory } = cli
      // A root of another program may issue leaves itself: so it can here, when a template asks for it.
      const csr = (name: string): string => {
        const names = ['-subj', '/', '-addext', `subjectAltName=DNS:${name}`]
        const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
        return openssl('req', '-new', ...key, '-keyout', join(directory, `${name}.key`), ...names).stdout
      }
      const TEMPLATE = 'EndEntityServerAuthCertificate/V1'
      const issued = await server.admin.issueCertificate({
        body: { authority: 'old', csr: csr('new.example.com'), template: TEMPLATE },
      })
      leafFile = join(directory, 'new.pem')
      writeFileSync(leafFile, issued.certificate)
      // One more is revoked, so that the CRL is made now rather than within half a minute.
      const another = await server.admin.issueCertificate({
        body: { authority: 'old', csr: csr('gone.example.com'), template: TEMPLATE },
      })
      const { crl } = await server.admin.revokeCertificate({
        params: { id: another.id },
        body: { reason: 'superseded' },
      })
      crlFile = join(directory, 'new.crl')
      writeFileSync(crlFile, await fetchCrl(crl?.url ?? ''))
      openssl('crl', '-inform', 'DER', '-in', crlFile, '-out', crlFile)
    })

    test('openssl verifies the new leaf and the old one under the old root, with the new CRL', () => {
      const root = ca.path('ca.pem')
      for (const leaf of [leafFile, ca.path(`newcerts/${serials.kept}.pem`)]) {
        const checked = openssl(
          'verify',
          '-x509_strict',
          '-crl_check',
          '-CRLfile',
          crlFile,
          '-CAfile',
          root,
          leaf,
        )
        expect(checked.stderr).toBe('')
        expect(checked.status).toBe(0)
      }
    })

    test('openssl refuses what was revoked before the move, by the new CRL', () => {
      for (const serial of [serials.revoked, serials.held]) {
        const leaf = ca.path(`newcerts/${serial}.pem`)
        const checked = openssl(
          'verify',
          '-crl_check',
          '-CRLfile',
          crlFile,
          '-CAfile',
          ca.path('ca.pem'),
          leaf,
        )
        expect(checked.status).not.toBe(0)
        expect(checked.stderr).toContain('certificate revoked')
      }
    })

    test('the new CRL has the old entries with their dates and reasons, and a higher number (RFC 5280 §5.2.3)', () => {
      const text = openssl('crl', '-in', crlFile, '-noout', '-text').stdout
      const old = openssl('crl', '-in', ca.path('old.crl'), '-noout', '-text').stdout
      const numberOf = (file: string): number =>
        Number(openssl('crl', '-in', file, '-noout', '-crlnumber').stdout.replace(/^crlNumber=/, ''))
      expect(numberOf(ca.path('old.crl'))).toBe(0x2a)
      expect(numberOf(crlFile)).toBeGreaterThan(0x2a)
      const entriesOf = (crl: string): Map<string, string> =>
        new Map(
          [
            ...crl.matchAll(
              /Serial Number: ([0-9A-F]+)\n +Revocation Date: (.*)\n(?: +CRL entry extensions:\n +X509v3 CRL Reason Code: *\n +(.*)\n)?/g,
            ),
          ].map(([, serial = '', date = '', reason = '']) => [serial, `${date} ${reason}`]),
        )
      const [entries, before] = [entriesOf(text), entriesOf(old)]
      expect(before.size).toBe(3)
      for (const [serial, entry] of before) expect(entries.get(serial), serial).toBe(entry)
      expect(entries.get(serials.revoked)).toContain('Key Compromise')
      expect(entries.get(serials.held)).toContain('Certificate Hold')
    })

    test('what was imported is found by name, and can be revoked', async () => {
      const found = await server.admin.searchCertificates({ query: { name: 'kept.example.com' } })
      expect(found.items).toMatchObject([{ profile: 'imported', hasKey: false, status: 'valid' }])
      const { crl } = await server.admin.revokeCertificate({
        params: { id: found.items[0]?.id ?? '' },
        body: {},
      })
      const der = join(cli.directory, 'last.crl')
      writeFileSync(der, await fetchCrl(crl?.url ?? ''))
      expect(openssl('crl', '-inform', 'DER', '-in', der, '-noout', '-text').stdout).toContain(serials.kept)
    })

    test('no file of the installation has the key or its passphrase in the clear', () => {
      const key = ca.read('ca.key').split('\n').slice(1, 4).join('')
      for (const name of ['chancery.db', 'chancery.db-wal'])
        expect(readFileSync(join(server.dataDir, name)).includes(Buffer.from(key, 'base64')), name).toBe(
          false,
        )
    })
  })

  test('a directory of certificates, DER among them', async () => {
    using other = opensslCa(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], '/CN=Directory')
    other.issue('a.example.com')
    other.openssl(
      'x509',
      '-in',
      `newcerts/${other.issue('b.example.com')}.pem`,
      '-outform',
      'DER',
      '-out',
      'newcerts/b.cer',
    )
    runTool('rm', [other.path('newcerts/1001.pem')])
    const { code, out } = await cli.run(
      `authority import --name directory --key ${other.path('ca.key')} --certificate ${other.path('ca.pem')} --issued ${other.path('newcerts')}`,
    )
    expect(code).toBe(0)
    expect(out).toMatch(/Certificates +2 put on record/)
  })

  test('certificates of another authority are listed, the others are on record all the same', async () => {
    using other = opensslCa(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], '/CN=Other')
    const mine = other.issue('a.example.com')
    cli.file('bundle.pem', other.read(`newcerts/${mine}.pem`) + ca.read(`newcerts/${serials.kept}.pem`))
    const { code, err, out } = await cli.run(
      `authority import --name other --key ${other.path('ca.key')} --certificate ${other.path('ca.pem')} --issued bundle.pem`,
    )
    expect(code).toBe(1)
    expect(out).toMatch(/Certificates +1 put on record/)
    expect(err).toContain('bundle.pem no. 2: was issued by another authority')
    expect(await server.admin.describeAuthority({ params: { authority: 'other' } })).toMatchObject({
      status: 'ACTIVE',
      keyAlgorithm: 'EC_secp384r1',
    })
  })
})
