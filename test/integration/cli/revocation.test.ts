import { createHash, createPrivateKey } from 'node:crypto'
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuthorityJson, RevokedJson } from '../../../src/contract/index.ts'
import type { RunningServer } from '../../../src/main/server.ts'
import { aServerWithCli, cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
let server: RunningServer
let dataDir: string
beforeAll(async () => {
  running = await aServerWithCli({ CHANCERY_PUBLIC_URL: 'http://pki.example.net' })
  ;({ server, dataDir, cli } = running)
})
afterAll(() => running.stop())

const at = (name: string): string => join(cli.directory, name)
const issue = async (name: string) => {
  expect((await cli.run(`certificate issue ${name}`)).code).toBe(0)
  const { out } = await cli.run(`--json certificate list --name ${name}`)
  const [only] = (JSON.parse(out) as { items: { id: string; serial: string; status: string }[] }).items
  return only as { id: string; serial: string; status: string }
}
const lineOf = (text: string, title: string) => text.split('\n').find((line) => line.startsWith(title))
const revokedJson = async (line: string) => JSON.parse((await cli.run(`--json ${line}`)).out) as RevokedJson

describe('revoking', () => {
  test('says where it stands, and how long copies may say otherwise', async () => {
    const { id } = await issue('one.example.net')
    const { out, err, code } = await cli.run(`certificate revoke ${id} --reason superseded`)
    expect(code).toBe(0)
    for (const words of [/Reason +superseded/, /CRL number +\d+/, /OCSP +http:\/\/pki\.example\.net\/ocsp/])
      expect(out).toMatch(words)
    expect(err).toMatch(/in force now.*\n.*until \d{4}-\d\d-\d\d/)
    const again = await cli.run(`certificate revoke ${id} --reason superseded`)
    expect(lineOf(again.out, 'When')).toBe(lineOf(out, 'When'))
  })

  test('needn’t wait for the CRL', async () => {
    const { id } = await issue('two.example.net')
    const { crl } = await revokedJson(`certificate revoke ${id} --no-wait`)
    expect(crl?.published).toBe(false)
  })

  test('a hold is lifted; what is final isn’t', async () => {
    const { id, serial } = await issue('hold.example.net')
    await cli.run(`certificate revoke ${serial} --reason certificateHold`)
    expect((await cli.run(`certificate lift-hold ${id}`)).out).toMatch(/Off hold +hold\.example\.net/)
    expect((await cli.run('certificate list --name hold.example.net')).out).toContain('valid')
    await cli.run(`certificate revoke ${serial}`)
    const { code, err } = await cli.run(`certificate lift-hold ${id}`)
    expect([code, err]).toEqual([6, expect.stringMatching(/final/)])
  })
})

describe('with the key in place of a token', () => {
  const name = 'key.example.net'
  const keyFile = `${name}-key.pem`

  test('by the command', async () => {
    const { id } = await issue(name)
    const tokenless = cliFor(join(dataDir, 'none'), server.apiUrl, { directory: cli.directory })
    const ca = `--ca ${join(dataDir, 'listener-ca.pem')}`
    const line = `${ca} certificate revoke-by-key --certificate ${name}.pem --key ${keyFile}`
    expect((await tokenless.run(`${ca} certificate list`)).code).toBe(4)
    const { out, code, err } = await tokenless.run(line)
    expect([code, err.includes('in force')]).toEqual([0, true])
    expect(out).toMatch(/Reason +keyCompromise/)
    expect((await revokedJson(`certificate revoke ${id} --reason keyCompromise`)).certificate.status).toBe(
      'revoked',
    )
  })

  test('by openssl and curl, as docs/revocation.md has it', async () => {
    await issue('curl.example.net')
    const pem = readFileSync(at('curl.example.net.pem'), 'utf8')
    const [leaf = ''] = /-----BEGIN[^]*?END CERTIFICATE-----\n/.exec(pem) ?? []
    const der = Buffer.from(leaf.replace(/-----.*-----|\s/g, ''), 'base64')
    const signedAt = new Date().toISOString().replace(/\.\d+Z/, 'Z')
    const digest = createHash('sha256').update(der).digest('hex')
    const statement = `chancery-revocation-v1\ncertificate-sha256: ${digest}\nreason: superseded\nsigned-at: ${signedAt}\n`
    writeFileSync(at('statement'), statement)
    const sign = ['dgst', '-sha256', '-sign', at('curl.example.net-key.pem'), at('statement')]
    const signature = execFileSync('openssl', sign).toString('base64')
    const body = JSON.stringify({ certificate: leaf, reason: 'superseded', signedAt, signature })
    writeFileSync(at('proof.json'), body)
    // The server is in this very process.
    const { stdout } = await promisify(execFile)('curl', [
      '-sS',
      '--cacert',
      join(dataDir, 'listener-ca.pem'),
      '-H',
      'content-type: application/json',
      '-d',
      `@${at('proof.json')}`,
      `${server.apiUrl}/v1/revocations/by-proof`,
    ])
    expect(JSON.parse(stdout)).toMatchObject({
      certificate: { status: 'revoked', revocation: { reason: 'superseded' } },
      crl: { published: true },
    })
  })

  test('another key is refused before anything is sent', async () => {
    await issue('other.example.net')
    const line = `certificate revoke-by-key --certificate ${name}.pem --key other.example.net-key.pem`
    expect(await cli.run(line)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/isn’t the key/) as string,
    })
    expect(createPrivateKey(readFileSync(at(keyFile))).type).toBe('private')
  })
})

describe('how an authority tells of revocations', () => {
  const shown = async () => JSON.parse((await cli.run('--json authority show issuing')).out) as AuthorityJson

  test('is changed by option, and shown', async () => {
    const change = await cli.run(
      'authority update issuing --crl-kind partitioned --crl-lifetime 36h --crl-delta 6h --crl-host crl.example.net --crl-bucket pki-crls --ocsp-lifetime 2d',
    )
    expect(change.out).toMatch(/CRLs +partitioned, good for 36 h, deltas for 6 h/)
    expect(change.err).toMatch(/issued before stay as they are/)
    expect((await shown()).revocation).toEqual({
      crl: {
        enabled: true,
        kind: 'PARTITIONED',
        hours: 36,
        deltaHours: 6,
        host: 'crl.example.net',
        omitExtension: false,
        bucket: 'pki-crls',
        objectAcl: 'PUBLIC_READ',
      },
      ocsp: { enabled: true, hours: 48 },
      caIssuers: true,
    })
    await cli.run(
      'authority update issuing --crl-kind complete --crl-delta off --crl-host usual --crl-bucket usual --ca-issuers off',
    )
    expect((await shown()).revocation).toMatchObject({
      crl: { kind: 'COMPLETE', hours: 36 },
      caIssuers: false,
    })
    expect((await shown()).revocation.crl).not.toHaveProperty('host')
    expect((await shown()).revocation.crl).not.toHaveProperty('bucket')
  })

  test.each(['--crl-lifetime 90m', '--crl-delta never', '--crl-kind some', ''])(
    'refuses %j',
    async (options) => {
      expect((await cli.run(`authority update issuing ${options}`)).code).toBe(2)
    },
  )
})
