import { createPrivateKey, X509Certificate } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasTool } from '../../support/tools.ts'
import { run as runProgram } from '../support/run.ts'
import { aServer, type LocalServer } from '../support/servers.ts'
import { aHost } from './a-host.ts'

let ca: LocalServer
let host: ReturnType<typeof aHost>
let count = 0
beforeAll(async () => void (ca = await aServer()))
afterAll(() => ca.dispose())
beforeEach(() => {
  host = aHost(ca.apiUrl)
  return () => rm(host.directory, { recursive: true })
})

/** A private managed certificate, valid for 90 days: its window opens with 30 left. */
const managed = async (more: object = {}): Promise<{ id: string; name: string; arn: string }> => {
  const name = `host${count++}.example.com`
  const { id, arn } = await ca.admin.requestManagedCertificate({
    body: { domainName: name, days: 90, ...more },
  })
  return { id, name, arn }
}
const read = (name: string): string => readFileSync(host.at(name), 'utf8')
const serial = (name: string): string => new X509Certificate(read(name)).serialNumber
const mode = (name: string): string => (statSync(host.at(name)).mode & 0o7777).toString(8)
const isPair = (cert: string, key: string): boolean =>
  new X509Certificate(read(cert)).checkPrivateKey(createPrivateKey(read(key)))
const blocks = (name: string): string[] => read(name).match(/BEGIN [A-Z ]+/g) ?? []

const pair = (more: object = {}) => ({
  files: [
    { path: host.at('cert.pem'), content: 'fullchain' },
    { path: host.at('key.pem'), content: 'key' },
  ],
  reload: ['/bin/sh', '-c', `echo reloaded; echo reload >>'${host.at('reloads')}'`],
  ...more,
})
const reloads = (): number => (existsSync(host.at('reloads')) ? read('reloads').split('\n').length - 1 : 0)

describe('deploying', () => {
  test('what is not there yet; and then leaves all alone', async () => {
    const { name } = await managed()
    host.configure([{ certificate: name, ...pair() }])
    const first = await host.run()
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toMatch(
      /^deployed {2}host\d+\.example\.com \(version 1, until \d{4}-\d\d-\d\d\): it was not deployed here before; 2 files written, reloaded\n$/,
    )
    expect([mode('cert.pem'), mode('key.pem'), isPair('cert.pem', 'key.pem')]).toEqual(['644', '600', true])
    expect(blocks('cert.pem')).toEqual(['BEGIN CERTIFICATE', 'BEGIN CERTIFICATE'])
    const again = await host.run()
    expect(again).toMatchObject({ code: 0, err: '' })
    expect(again.out).toMatch(/^ok .*: nothing is due\n$/)
    expect(reloads()).toBe(1)
    expect(readdirSync(host.directory).sort()).toEqual([
      'cert.pem',
      'key.pem',
      'reloads',
      'renew.yaml',
      'state',
      'token',
    ])
  })

  test('every kind of content, of one version, by id and by ARN', async () => {
    const { id, arn } = await managed()
    writeFileSync(host.at('pass'), 'correct horse battery\n')
    const passphraseFile = host.at('pass')
    const files = (['fullchain', 'cert', 'chain', 'key', 'combined'] as const).map((content) => ({
      path: content,
      content,
    }))
    const stores = (['pkcs12', 'jks'] as const).map((content) => ({
      path: content,
      content,
      passphraseFile,
      alias: 'web',
    }))
    host.configure([
      { certificate: id, directory: host.at('live'), files: [...files, ...stores] },
      {
        certificate: arn,
        files: [{ path: host.at('more/combined.pem'), content: 'combined', mode: '0640' }],
      },
    ])
    const ended = await host.run()
    expect(ended).toMatchObject({ code: 0, err: '' })
    expect(blocks('live/combined')).toEqual(['BEGIN CERTIFICATE', 'BEGIN CERTIFICATE', 'BEGIN PRIVATE KEY'])
    expect([
      blocks('live/cert').length,
      blocks('live/chain').length,
      blocks('live/fullchain').length,
    ]).toEqual([1, 1, 2])
    expect(['fullchain', 'key', 'combined', 'pkcs12', 'jks'].map((each) => mode(`live/${each}`))).toEqual([
      '644',
      '600',
      '600',
      '600',
      '600',
    ])
    const pfx = readFileSync(host.at('live/pkcs12'))
    expect(() => createSecureContext({ pfx, passphrase: 'correct horse battery' })).not.toThrow()
    expect([mode('more/combined.pem'), isPair('more/combined.pem', 'live/key')]).toEqual(['640', true])
    if (!hasTool('keytool', '-help')) return
    const args = [
      '-list',
      '-storetype',
      'JKS',
      '-keystore',
      host.at('live/jks'),
      '-storepass',
      'correct horse battery',
    ]
    expect((await runProgram('keytool', args)).stdout).toContain('web')
  })

  test('by a link to a directory of the version: the pair changes in one step, the one before stays', async () => {
    const { id, name } = await managed()
    const files = [
      { path: 'cert.pem', content: 'cert' },
      { path: 'key.pem', content: 'key' },
    ]
    host.configure([{ certificate: name, directory: host.at('live'), files }])
    const first = (await host.run(), serial('live/cert.pem'))
    expect(lstatSync(host.at('live')).isSymbolicLink()).toBe(true)
    await ca.admin.renewManagedCertificate({ params: { id } })
    expect((await host.run()).out).toMatch(/version 2.*the server has another version/)
    expect([serial('live/cert.pem') === first, isPair('live/cert.pem', 'live/key.pem')]).toEqual([
      false,
      true,
    ])
    expect([
      serial('live.previous/cert.pem'),
      isPair('live.previous/cert.pem', 'live.previous/key.pem'),
    ]).toEqual([first, true])
    await ca.admin.renewManagedCertificate({ params: { id } })
    await host.run()
    expect(readdirSync(host.at('live.versions'))).toHaveLength(2)
    expect(readlinkSync(host.at('live'))).toMatch(/^live\.versions\/3-/)
  })

  test.each<[string, (name: string) => unknown, RegExp]>([
    ['a file that was changed', () => writeFileSync(host.at('key.pem'), 'x'), /key\.pem was changed/],
    ['a file that is missing', () => rm(host.at('cert.pem')), /cert\.pem is missing/],
    [
      'a mode that was changed',
      () => runProgram('chmod', ['644', host.at('key.pem')]),
      /key\.pem has another mode/,
    ],
    [
      'a link in a file’s place',
      () => runProgram('ln', ['-sf', '/dev/null', host.at('cert.pem')]),
      /cert\.pem is no file/,
    ],
    [
      'another file in the configuration',
      (name) =>
        host.configure([
          {
            certificate: name,
            ...pair({ files: [...pair().files, { path: host.at('c'), content: 'chain' }] }),
          },
        ]),
      /the configuration names other files/,
    ],
  ])('again after %s', async (_, change, why) => {
    const { name } = await managed()
    host.configure([{ certificate: name, ...pair() }])
    await host.run()
    await change(name)
    const ended = await host.run()
    expect(ended.code).toBe(0)
    expect(ended.out).toMatch(why)
    expect([isPair('cert.pem', 'key.pem'), mode('key.pem'), reloads()]).toEqual([true, '600', 2])
    expect((await host.run()).out).toMatch(/^ok /)
  })

  test('--force writes what is there already', async () => {
    const { name } = await managed()
    host.configure([{ certificate: name, ...pair() }])
    await host.run()
    expect((await host.run('--force')).out).toMatch(/^deployed .*--force/)
  })
})

describe('renewing (RFC 9773 §4.2)', () => {
  test('once the window is open and the service hasn’t by itself; and takes the previous files along', async () => {
    const { id, name } = await managed()
    host.configure([{ certificate: name, ...pair() }])
    await host.run()
    const first = serial('cert.pem')
    expect((await host.run('', 59)).out).toMatch(/^ok .*nothing is due/)
    const dry = await host.run('--dry-run', 61)
    expect(dry.out).toMatch(/^would renew {2}.*its renewal window is open since .*cert\.pem, .*key\.pem\n$/)
    expect((await ca.admin.describeManagedCertificate({ params: { id } })).version).toBe(1)
    const due = await host.run('--json', 61)
    expect(due.outcomes).toMatchObject([
      { action: 'deployed', renewed: true, version: 2, reload: { ok: true, output: 'reloaded' } },
    ])
    expect([serial('cert.pem') === first, isPair('cert.pem', 'key.pem')]).toEqual([false, true])
    expect([serial('cert.pem.previous'), isPair('cert.pem.previous', 'key.pem.previous')]).toEqual([
      first,
      true,
    ])
    expect([mode('key.pem.previous'), reloads()]).toEqual(['600', 2])
  })

  test('--dry-run says why, and changes nothing', async () => {
    const { name } = await managed()
    host.configure([{ certificate: name, ...pair() }])
    const { code, out } = await host.run('--dry-run')
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^would deploy {2}.*it was not deployed here before/),
    ])
    expect(readdirSync(host.directory).sort()).toEqual(['renew.yaml', 'token'])
  })

  test('an imported certificate is deployed, and complained of only once its window is over', async () => {
    // The service has the key of what was imported, but never gives it away: the chain alone can be deployed.
    const { name } = await managed()
    host.configure([{ certificate: name, ...pair() }])
    await host.run()
    const imported = await ca.admin.importManagedCertificate({
      body: {
        certificate: blocksOf('cert.pem')[0] ?? '',
        chain: blocksOf('cert.pem')[1] ?? '',
        key: read('key.pem'),
      },
    })
    host.configure([
      { certificate: imported.id, files: [{ path: host.at('chain.pem'), content: 'fullchain' }] },
    ])
    expect((await host.run('', 61)).out).toMatch(/^deployed /)
    expect(await host.run('', 89)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^FAILED .*import its successor/) as string,
    })
  })
})
const blocksOf = (name: string): string[] =>
  read(name).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? []

describe('a reload that fails', () => {
  test('has the previous files put back, and runs again', async () => {
    const { id, name } = await managed()
    // Content with the first version only, as a server that can't read the new one.
    const first = `cmp -s '${host.at('cert.pem')}' '${host.at('first')}' || { echo 'no good' >&2; exit 7; }`
    const reload = `echo reload >>'${host.at('reloads')}'; [ -e '${host.at('first')}' ] || cp '${host.at('cert.pem')}' '${host.at('first')}'; ${first}`
    host.configure([{ certificate: name, ...pair({ reload }) }])
    expect((await host.run()).code).toBe(0)
    const before = [read('cert.pem'), read('key.pem')]
    await ca.admin.renewManagedCertificate({ params: { id } })
    const failed = await host.run()
    expect(failed).toMatchObject({
      code: 1,
      err: expect.stringContaining('1 of 1 certificates failed') as string,
    })
    expect(failed.out).toMatch(
      /^FAILED .*the reload command ended with 7; the previous files were put back and reloaded; it printed: no good\n$/,
    )
    expect([read('cert.pem'), read('key.pem')]).toEqual(before)
    expect(reloads()).toBe(3)
    expect(readdirSync(host.directory).filter((each) => /\.(new|old)$/.test(each))).toEqual([])
    expect((await host.run('--dry-run')).out).toMatch(/^would deploy/)
  })

  test('on the first deployment leaves no file; with a directory, no link', async () => {
    const { name } = await managed()
    const files = [{ path: 'key.pem', content: 'key' }]
    host.configure([
      { certificate: name, ...pair({ reload: 'exit 1' }) },
      { certificate: name, directory: host.at('live'), files, reload: ['/nowhere/reload'] },
    ])
    const failed = await host.run()
    expect(failed.code).toBe(1)
    expect(failed.out).toMatch(/put back but the reload command then ended with 1 too[^]*can’t be started/)
    expect(readdirSync(host.directory).sort()).toEqual(['live.versions', 'renew.yaml', 'state', 'token'])
    expect(readdirSync(host.at('live.versions'))).toEqual([])
  })

  test('or takes too long is ended with all that it started', async () => {
    const { name } = await managed()
    const reload = `sleep 600 & echo $! >'${host.at('pid')}'; wait`
    host.configure([{ certificate: name, ...pair({ reload, reloadSeconds: 3 }) }])
    const failed = await host.run()
    expect(failed.out).toMatch(/the reload command took longer than 3 s/)
    const pid = Number(read('pid'))
    await expect.poll(() => existsSync(`/proc/${pid}/exe`)).toBe(false)
  })
})

describe('what can’t be done', () => {
  test('for one holds up no other', async () => {
    const good = await managed()
    host.configure([
      { certificate: 'nobody.example.com', files: [{ path: host.at('a'), content: 'key' }] },
      {
        certificate: good.name,
        names: ['other.example.com'],
        files: [{ path: host.at('b'), content: 'key' }],
      },
      { certificate: good.name, ...pair() },
    ])
    const ended = await host.run()
    expect(ended.code).toBe(1)
    expect(ended.out.split('\n')).toEqual([
      expect.stringMatching(
        /^FAILED {4}nobody\.example\.com: there is no managed certificate with the first name/,
      ),
      expect.stringMatching(/^FAILED .*not deployed: it lacks other\.example\.com/),
      expect.stringMatching(/^deployed /),
      '',
    ])
    expect(readdirSync(host.directory).sort()).not.toContain('b')
  })

  test('an ambiguous name is refused with the ARNs', async () => {
    const one = await managed()
    const { arn } = await ca.admin.requestManagedCertificate({ body: { domainName: one.name } })
    host.configure([{ certificate: one.name, ...pair() }])
    expect((await host.run()).out).toContain(arn)
  })

  test('a revoked certificate is not deployed, and what is there stays', async () => {
    const { id, name } = await managed()
    host.configure([{ certificate: name, ...pair() }])
    await host.run()
    await ca.admin.revokeManagedCertificate({ params: { id }, body: {} })
    expect(await host.run()).toMatchObject({
      code: 1,
      out: expect.stringMatching(/its status is REVOKED/) as string,
    })
    expect(isPair('cert.pem', 'key.pem')).toBe(true)
  })

  test('no server: each failed, nothing is touched', async () => {
    host.configure([{ certificate: 'a.example.com', ...pair() }], {
      server: { url: 'http://127.0.0.1:9', tokenFile: host.at('token') },
    })
    expect(await host.run()).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^FAILED .*nothing listens there/) as string,
    })
  })

  test('a place that can’t be written to', async () => {
    const { name } = await managed()
    mkdirSync(host.at('cert.pem'))
    host.configure([{ certificate: name, ...pair() }])
    expect((await host.run()).out).toMatch(/^FAILED .*cert\.pem is a directory; move it away/)
    expect(readdirSync(host.directory).sort()).toEqual(['cert.pem', 'renew.yaml', 'state', 'token'])
  })

  test('the token stands in no output, and in no environment of the reload command', async () => {
    const { name } = await managed()
    host.configure([{ certificate: name, ...pair({ reload: 'env' }) }])
    process.env['CHANCERY_TOKEN'] = 'a-secret-of-the-environment'
    try {
      const { out, err } = await host.run('--json')
      expect(out).toContain('PATH=')
      expect(out + err).not.toMatch(/secret-of-the-environment|integration-test-administrator|PRIVATE KEY/)
    } finally {
      delete process.env['CHANCERY_TOKEN']
    }
  })
})
