import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runTool } from '../../support/tools.ts'
import { aServerWithCli, type cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
let dataDir: string
beforeAll(async () => {
  running = await aServerWithCli()
  ;({ dataDir, cli } = running)
})
afterAll(() => running.stop())

const at = (name: string): string => join(cli.directory, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')
const certificateIn = (name: string): X509Certificate => new X509Certificate(readFileSync(at(name)))
const mode = (name: string): string => (statSync(at(name)).mode & 0o777).toString(8)
const issued = async (line: string) =>
  JSON.parse((await cli.run(`certificate issue ${line} --json`)).out) as {
    id: string
    arn: string
    serial: string
    certificate: string
    chain: string[]
    exported?: { content: string }
  }

describe('issuing', () => {
  test('two files that fit each other and the authority, and words on what they are', async () => {
    const { code, err, out } = await cli.run(
      'certificate issue www.example.com 10.0.0.1 --days 30 --key-algorithm RSA_2048',
    )
    expect({ code, out }).toEqual({ code: 0, out: '' })
    const certificate = certificateIn('www.example.com.pem')
    expect(certificate.subjectAltName).toBe('DNS:www.example.com, IP Address:10.0.0.1')
    expect(certificate.checkPrivateKey(createPrivateKey(read('www.example.com-key.pem')))).toBe(true)
    expect([mode('www.example.com-key.pem'), mode('www.example.com.pem')]).toEqual(['600', '644'])
    for (const words of [at('www.example.com-key.pem'), 'in 30 days', 'revoke']) expect(err).toContain(words)
    writeFileSync(at('root.pem'), (await cli.run('authority show root --pem')).out)
    const verified = runTool('openssl', [
      'verify',
      '-x509_strict',
      '-CAfile',
      at('root.pem'),
      '-untrusted',
      at('www.example.com.pem'),
      at('www.example.com.pem'),
    ])
    expect(verified).toMatchObject({ status: 0 })
  })

  test('again: refused before anything is issued, done with --force', async () => {
    const count = async () =>
      (await cli.run('certificate list --name again.test --all --json')).out.split('\n').length - 1
    await cli.run('certificate issue again.test')
    const first = read('again.test.pem')
    const refused = await cli.run('certificate issue again.test')
    expect([refused.code, await count()]).toEqual([2, 1])
    expect((await cli.run('certificate issue again.test --force')).code).toBe(0)
    expect(read('again.test.pem')).not.toBe(first)
    expect(await count()).toBe(2)
  })

  test('each file by name; the key stays with the service when no place is named for it', async () => {
    expect(
      (await cli.run('certificate issue a.test --cert o/a.crt --chain o/a.pem --key o/a.key')).code,
    ).toBe(0)
    expect(read('o/a.crt').match(/BEGIN CERT/g)).toHaveLength(1)
    expect(read('o/a.pem').match(/BEGIN CERT/g)).toHaveLength(2)
    expect(read('o/a.pem')).toContain(read('o/a.crt').trim())
    expect(certificateIn('o/a.crt').checkPrivateKey(createPrivateKey(read('o/a.key')))).toBe(true)
    const { err } = await cli.run('certificate issue b.test --chain o/b.pem')
    expect(err).toContain('kept by the service')
    expect(readdirSync(at('o')).sort()).toEqual(['a.crt', 'a.key', 'a.pem', 'b.pem'])
  })

  test('--json is the API’s answer, with the key only where there is no file for it', async () => {
    const answer = await issued('json.test')
    expect(Buffer.from(answer.exported?.content ?? '', 'base64').toString()).toContain('BEGIN PRIVATE KEY')
    const withFiles = await cli.run('certificate issue json2.test --out-dir j --json')
    expect(JSON.parse(withFiles.out)).not.toHaveProperty('exported')
    expect(withFiles.out).not.toContain(Buffer.from('PRIVATE KEY').toString('base64').slice(0, 12))
    expect(withFiles.err).toBe('')
    expect(readdirSync(at('j')).sort()).toEqual(['json2.test-key.pem', 'json2.test.pem'])
  })

  test('a CSR, PEM or DER, file or standard input: the chain to the standard output', async () => {
    const { stdout } = runTool('openssl', [
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      at('csr.key'),
      '-subj',
      '/CN=csr.test',
      '-addext',
      'subjectAltName=DNS:csr.test',
    ])
    cli.file('req.csr', stdout)
    cli.file('req.der', Buffer.from(stdout.replace(/-----[^-]+-----/g, ''), 'base64'))
    for (const [line, input] of [
      ['certificate issue --csr req.csr', ''],
      ['certificate issue --csr req.der', ''],
      ['certificate issue --csr -', stdout],
    ] as const) {
      const { code, out } = await cli.run(line, { input })
      expect(code).toBe(0)
      expect(out.match(/BEGIN CERT/g)).toHaveLength(2)
      expect(new X509Certificate(out).checkPrivateKey(createPrivateKey(read('csr.key')))).toBe(true)
    }
    const bytes = readFileSync(at('req.der'))
    // The end of the signature.
    bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
    cli.file('bad.csr', bytes)
    const bad = await cli.run('certificate issue --csr bad.csr')
    expect([bad.code, bad.out]).toEqual([2, ''])
    expect(bad.err).toMatch(/csr_invalid[^]*Request id: \S+/)
  })

  test('what the server refuses is named with field, option and request id', async () => {
    const { code, err } = await cli.run('certificate issue late.test --days 20000')
    expect(code).toBe(2)
    expect(err).toMatch(/validity\.days|validity/)
    expect(err).toContain('Request id:')
    expect((await cli.run('certificate issue x.test --authority nobody')).code).toBe(5)
  })
})

describe('issuing many', () => {
  test('one a line, with a summary; the failures by line; again does only what is left', async () => {
    const names = [
      '# hosts',
      ...Array.from({ length: 40 }, (_, n) => `h${n}.bulk.test x${n}.bulk.test`),
      'bad_name.bulk.test',
      'H3.bulk.test y.test',
    ]
    cli.file('names.txt', names.join('\n'))
    const first = await cli.run('certificate issue --names-file names.txt --out-dir many')
    expect(first.code).toBe(1)
    expect(first.err).toMatch(/line 42: [^]*names\.dns\[0\][^]*line 43: [^]*line 5/)
    expect(first.err).toMatch(/40 issued in [0-9.]+ s, 2 failed/)
    expect(readdirSync(at('many'))).toHaveLength(80)
    const serials = new Set(
      Array.from({ length: 40 }, (_, n) => certificateIn(`many/h${n}.bulk.test.pem`).serialNumber),
    )
    expect(serials.size).toBe(40)
    for (const n of [0, 17, 39]) {
      const key = createPrivateKey(read(`many/h${n}.bulk.test-key.pem`))
      expect(certificateIn(`many/h${n}.bulk.test.pem`).checkPrivateKey(key)).toBe(true)
      expect(mode(`many/h${n}.bulk.test-key.pem`)).toBe('600')
    }
    rmSync(at('many/h7.bulk.test.pem'))
    rmSync(at('many/h7.bulk.test-key.pem'))
    rmSync(at('many/h8.bulk.test.pem'))
    const again = await cli.run('certificate issue --names-file names.txt --out-dir many')
    expect(again.err).toContain('1 issued')
    expect(again.err).toContain('38 skipped')
    // Half of a pair is left alone: nobody knows whose it is.
    expect(again.err).toMatch(/line 10: .*h8\.bulk\.test-key\.pem exists, but not/)
  })

  test('JSON lines without keys, the names from the standard input', async () => {
    const { code, out } = await cli.run('certificate issue --names-file - --out-dir lines --json', {
      input: 'l1.test\nl2.test\n',
    })
    expect(code).toBe(0)
    const documents = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(documents.map((it) => Object.keys(it).includes('exported'))).toEqual([false, false])
    expect(documents.map((it) => JSON.stringify(it['names'])).sort()).toEqual([
      '{"dns":["l1.test"]}',
      '{"dns":["l2.test"]}',
    ])
  })

  test('a bad token ends it all; a signal too, and the rest isn’t tried', async () => {
    cli.file('few.txt', Array.from({ length: 50 }, (_, n) => `f${n}.test`).join('\n'))
    const refused = await cli.run('certificate issue --names-file few.txt --out-dir few', {
      environment: { CHANCERY_TOKEN: 'chy_wrong' },
    })
    expect(refused.code).toBe(4)
    expect(refused.err).toMatch(/0 issued in .* not tried/)
    const stopped = await cli.run('certificate issue --names-file few.txt --out-dir few', {
      untilAsked: () => Promise.resolve('SIGINT'),
    })
    expect(stopped.code).toBe(1)
    expect(stopped.err).toContain('stopped by SIGINT')
    expect(stopped.err).toContain('not tried')
    expect((await cli.run('certificate issue --names-file few.txt --out-dir few')).code).toBe(0)
    expect(readdirSync(at('few'))).toHaveLength(100)
  })
})

describe('finding, showing, revoking, exporting', () => {
  test('by id, ARN and serial in any spelling', async () => {
    const { id, arn, serial, certificate } = await issued('find.test')
    const colons = (serial.toUpperCase().match(/../g) ?? []).join(':')
    for (const reference of [id, arn, serial, colons, `0x${serial}`]) {
      const { code, out } = await cli.run(`certificate show ${reference} --pem`)
      expect({ code, out }).toEqual({ code: 0, out: certificate })
    }
    const text = (await cli.run(`certificate show ${serial} --text`)).out
    expect(text).toMatch(/Names +DNS:find\.test/)
    expect(text).toContain('serverAuth')
    expect((await cli.run(`certificate show ${serial}`)).out).toContain('find.test')
    expect(JSON.parse((await cli.run(`certificate show ${id} --json`)).out)).toMatchObject({ id, serial })
    expect((await cli.run(`certificate show ${'ab'.repeat(16)}`)).code).toBe(5)
    expect((await cli.run('certificate show www.example.com')).code).toBe(2)
  })

  test('lists, by page, whole, and as JSON', async () => {
    const page = await cli.run('certificate list --limit 2')
    expect(page.out.trimEnd().split('\n')).toHaveLength(3)
    expect(page.err).toContain('--all')
    expect(JSON.parse((await cli.run('certificate list --limit 2 --json')).out)).toHaveProperty('next')
    await issued('one.list.test')
    const found = await cli.run('certificate list --name .list.test --status valid --expires-within 1y')
    expect(found.out).toContain('one.list.test')
    expect(found.out.trimEnd().split('\n')).toHaveLength(2)
    expect((await cli.run('certificate list --name .list.test --expires-within 1d')).err).toContain(
      'No certificate',
    )
    const lines = (await cli.run('certificate list --all --json')).out.trimEnd().split('\n')
    expect(lines.every((line) => (JSON.parse(line) as { id: string }).id.length === 69)).toBe(true)
  })

  test('revoking for good: twice for another reason is a conflict', async () => {
    const { serial } = await issued('gone.test')
    const { code, out } = await cli.run(`certificate revoke ${serial} --reason superseded`)
    expect(code).toBe(0)
    expect(out).toMatch(/superseded[^]*CRL number +[0-9]+/)
    expect((await cli.run(`certificate revoke ${serial} --reason affiliationChanged`)).code).toBe(6)
    expect((await cli.run(`certificate list --serial ${serial}`)).out).toContain('revoked')
  })

  test('exports in each format, the passphrase from file or keyboard', async () => {
    const { id } = await issued('export.test')
    cli.file('pass', 'correct horse battery\n')
    expect(
      (await cli.run(`certificate export ${id} --format pkcs12 --passphrase-file pass --out e.p12`)).code,
    ).toBe(0)
    const opened = runTool('openssl', [
      'pkcs12',
      '-in',
      at('e.p12'),
      '-passin',
      `file:${at('pass')}`,
      '-nodes',
    ])
    expect(opened.stdout).toContain('BEGIN PRIVATE KEY')
    expect(opened.stdout.match(/BEGIN CERT/g)?.length).toBeGreaterThan(1)
    const typed = ['correct horse battery', 'correct horse battery']
    const { code, err } = await cli.run(`certificate export ${id} --format pkcs8-encrypted-pem --out e.pem`, {
      typed,
    })
    expect([code, err.includes('horse')]).toEqual([0, false])
    expect(
      createPrivateKey({
        key: read('e.pem').slice(read('e.pem').indexOf('-----BEGIN ENCRYPTED')),
        passphrase: 'correct horse battery',
      }).type,
    ).toBe('private')
    expect((await cli.run(`certificate export ${id} --format pem --out clear.pem`)).code).toBe(0)
    expect([mode('e.p12'), mode('e.pem'), mode('clear.pem')]).toEqual(['600', '600', '600'])
    const json = JSON.parse((await cli.run(`certificate export ${id} --format pem --json`)).out) as {
      mediaType: string
    }
    expect(json.mediaType).toBe('application/x-pem-file')
    expect((await cli.run(`certificate export ${id} --format pem --out clear.pem`)).code).toBe(2)
  })
})

describe('authorities, tokens, accounts, status', () => {
  test('a subordinate with limits, made, listed, shown, used', async () => {
    const made = await cli.run(
      "authority create subordinate --name 'Team CA' --parent root --permit-dns team.test --permit-dns other.test --exclude-ip 0.0.0.0/0 --exclude-directory 'O=Example GmbH,C=DE' --days 800 --path-length 0",
    )
    expect(made.code).toBe(0)
    expect(made.out).toContain('dns:team.test dns:other.test')
    expect(made.out).toContain('ip:0.0.0.0/0 directory:O=Example GmbH,C=DE')
    expect(made.err).toContain("--authority 'Team CA'")
    expect((await cli.run("certificate issue a.team.test --authority 'Team CA' --out-dir team")).code).toBe(0)
    const outside = await cli.run("certificate issue a.example.com --authority 'Team CA' --out-dir team")
    expect(outside.code).toBe(1)
    expect((await cli.run("authority create subordinate --name 'Team CA' --parent root")).code).toBe(6)
    expect((await cli.run('authority list')).out).toContain('Team CA')
    expect((await cli.run("authority show 'Team CA' --chain")).out.match(/BEGIN CERT/g)).toHaveLength(2)
    expect(JSON.parse((await cli.run('authority list --json')).out)).toHaveProperty('items')
    expect(
      (await cli.run('authority create root --name R2 --common-name Second --key-algorithm EC_secp384r1'))
        .out,
    ).toContain('CN=Second')
  })

  test('authorities that sign with PSS and ML-DSA, and leaves with an ML-DSA key', async () => {
    const pss = await cli.run(
      'authority create root --name P --key-algorithm RSA_2048 --signature-algorithm SHA384WITHRSA_PSS',
    )
    expect(pss.out).toContain('RSA_2048, signs with SHA384WITHRSA_PSS')
    await cli.run('authority create root --name Q --key-algorithm ML_DSA_65')
    const made = await cli.run('authority create subordinate --name QI --parent Q --key-algorithm ML_DSA_44')
    expect(made.out).toContain('ML_DSA_44, signs with ML_DSA_44')
    await cli.run('certificate issue q.test --authority QI --key-algorithm ML_DSA_87 --out-dir pq')
    const leaf = certificateIn('pq/q.test.pem')
    expect(leaf.publicKey.asymmetricKeyType).toBe('ml-dsa-87')
    expect(leaf.checkPrivateKey(createPrivateKey(read('pq/q.test-key.pem')))).toBe(true)
    const issuing = new X509Certificate((await cli.run('authority show QI --pem')).out)
    expect(leaf.verify(issuing.publicKey)).toBe(true)
    const wrong = await cli.run(
      'authority create root --name W --key-algorithm ML_DSA_44 --signature-algorithm ED25519',
    )
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('signs with ML_DSA_44') as string })
  })

  test('a token’s secret: shown once, or only in a file; its role bounds it; revoked it is nothing', async () => {
    const shown = JSON.parse((await cli.run('token create --name shown --json')).out) as {
      id: string
      secret: string
    }
    const asIssuer = { environment: { CHANCERY_TOKEN: shown.secret } }
    expect((await cli.run('certificate list', asIssuer)).code).toBe(0)
    expect((await cli.run('account create --name x', asIssuer)).code).toBe(4)
    const filed = await cli.run('token create --name filed --role administrator --days 7 --out t')
    expect(mode('t')).toBe('600')
    expect(filed.out + filed.err).not.toContain(read('t').trim())
    expect((await cli.run('status --token-file t')).code).toBe(0)
    expect((await cli.run(`token revoke ${shown.id}`)).code).toBe(0)
    const after = await cli.run('certificate list', asIssuer)
    expect([after.code, after.err.includes('CHANCERY_TOKEN')]).toEqual([4, true])
    const list = (await cli.run('token list')).out
    expect(list).toMatch(/shown +issuer +revoked/)
    expect(list).toMatch(/filed +administrator +active/)
    expect((await cli.run('token revoke none-such')).code).toBe(5)
  })

  test('accounts', async () => {
    expect((await cli.run('account create --name payments --id 111122223333')).out).toContain('111122223333')
    expect((await cli.run('account create --name again --id 111122223333')).code).toBe(6)
    expect((await cli.run('account list')).out).toContain('payments')
    expect((await cli.run('token create --name p --account 111122223333 --role administrator')).code).toBe(0)
    expect((await cli.run('token list --account 111122223333')).out).toContain('administrator')
  })

  test('status', async () => {
    const { code, out } = await cli.run('status')
    expect(code).toBe(0)
    for (const words of [
      'answers',
      'normal',
      'root',
      'issuing (default)',
      'in 10 years',
      'warning:',
      'CHANCERY_PUBLIC_URL',
    ])
      expect(out).toContain(words)
    const json = JSON.parse((await cli.run('status --json')).out) as {
      installation: object
      authorities: object[]
    }
    expect(json.installation).toHaveProperty('mode', 'normal')
    expect(json.authorities.length).toBeGreaterThan(1)
    expect((await cli.run('status --region eu-central-1')).out).toContain('eu-central-1')
  })

  test('a server whose authority isn’t trusted: exit code 3, and the file to name', async () => {
    const other = cli.file('other-ca.pem', (await cli.run('authority show root --pem')).out)
    const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()
    for (const environment of [
      { CHANCERY_CA: other },
      { CHANCERY_DATA_DIR: cli.directory, CHANCERY_TOKEN: token },
    ]) {
      const { code, err } = await cli.run('status', { environment })
      expect(code).toBe(3)
      expect(err).toContain('listener-ca.pem')
    }
    const ca = join(dataDir, 'listener-ca.pem')
    expect(
      (
        await cli.run(`status --ca ${ca}`, {
          environment: { CHANCERY_DATA_DIR: cli.directory, CHANCERY_TOKEN: token },
        })
      ).code,
    ).toBe(0)
  })
})
