import { spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compose } from '../../../src/main/compose.ts'
import { createFirstAuthorities } from '../../../src/core/operations/installation/initialize.ts'
import { DEFAULT_GLOBAL_REGION } from '../../../src/core/domain/ids.ts'
import { temporaryDirectory } from '../../faces/cli/a-world.ts'
import { memoryLogger } from '../../support/memory-logger.ts'
import { runTool } from '../../support/tools.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PROGRAM = join(ROOT, 'src/main/cli.ts')

let directory: string
beforeAll(() => {
  directory = temporaryDirectory()
  copyFileSync(join(ROOT, 'examples/ceremony/plan.yaml'), at('plan.yaml'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const at = (...names: string[]): string => join(directory, ...names)
function ceremony(...args: string[]) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory }
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'ceremony', ...args], {
    cwd: directory,
    env,
  })
  return { code: status, out: stdout.toString(), err: stderr.toString() }
}
const hash = () =>
  createHash('sha256')
    .update(readFileSync(at('plan.yaml')))
    .digest('hex')
type Step = { made: string; name: string; certificate: string; publicKeySha256: string; serial: string }

describe('chancery ceremony', () => {
  test('a rehearsal shows what would be made, and leaves no trace', () => {
    const { code, out, err } = ceremony('plan.yaml')
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(hash()) as string })
    for (const words of ['root (root)', 'issuing (subordinate)', 'CN=Example Root R1', 'EC_secp384r1'])
      expect(out).toContain(words)
    expect(err).toContain(`chancery ceremony plan.yaml --execute ${hash().slice(0, 16)} --out ceremony`)
    expect(readdirSync(directory)).toEqual(['plan.yaml'])
  })

  test.each([
    ['too short a hash', ['--execute', 'abc'], /--execute: the plan’s SHA-256 is/],
    ['another plan’s hash', ['--execute', '0'.repeat(64)], /--execute: the plan’s SHA-256 is/],
    ['a directory that isn’t empty', ['--execute', '', '--out', '.'], /--out: .* must be empty/],
  ])('carries nothing out with %s', (_, args, words) => {
    const given = args.map((each) => (each === '' ? hash() : each))
    const { code, err } = ceremony('plan.yaml', ...given)
    expect(code).toBe(2)
    expect(err).toMatch(words)
    expect(existsSync(at('data'))).toBe(false)
  })

  test('golden: carried out, and its transcript checked by openssl with nothing but the root', () => {
    const { code, err } = ceremony('plan.yaml', '--execute', hash().slice(0, 16))
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
    expect(readdirSync(at('ceremony')).sort()).toEqual([
      'authority-1.pem',
      'authority-2.pem',
      'transcript-signer.pem',
      'transcript.json',
      'transcript.sig',
    ])
    const transcript = JSON.parse(readFileSync(at('ceremony/transcript.json'), 'utf8')) as {
      plan: string
      planSha256: string
      steps: Step[]
    }
    expect(transcript.planSha256).toBe(hash())
    expect(transcript.plan).toBe(readFileSync(at('plan.yaml'), 'utf8'))
    for (const [place, step] of transcript.steps.entries()) {
      const certificate = new X509Certificate(readFileSync(at(`ceremony/authority-${place + 1}.pem`)))
      expect(step.certificate).toBe(certificate.toString())
      const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
      expect(step.publicKeySha256).toBe(createHash('sha256').update(spki).digest('hex'))
    }
    const inside = (name: string) => at('ceremony', name)
    const signer = runTool('openssl', [
      'x509',
      '-in',
      inside('transcript-signer.pem'),
      '-noout',
      '-pubkey',
    ]).stdout
    writeFileSync(at('signer.pub'), signer)
    const check = ['dgst', '-sha256', '-verify', at('signer.pub'), '-signature', inside('transcript.sig')]
    expect(runTool('openssl', [...check, inside('transcript.json')]).stdout).toContain('Verified OK')
    writeFileSync(
      at('changed.json'),
      readFileSync(inside('transcript.json'), 'utf8').replace('Alice', 'Carol'),
    )
    expect(runTool('openssl', [...check, at('changed.json')]).status).not.toBe(0)
    const chain = [
      'verify',
      '-CAfile',
      inside('authority-1.pem'),
      '-untrusted',
      inside('transcript-signer.pem'),
    ]
    expect(runTool('openssl', [...chain, inside('transcript-signer.pem')]).stdout).toContain('OK')
  })

  test('again with the same plan: all is found, nothing made; other plans can’t take the names', () => {
    const { code, out } = ceremony('plan.yaml', '--execute', hash(), '--out', 'again', '--json')
    expect(code).toBe(0)
    expect((JSON.parse(out) as { steps: Step[] }).steps.map(({ made }) => made)).toEqual(['before', 'before'])
    writeFileSync(at('other.yaml'), readFileSync(at('plan.yaml'), 'utf8').replace('EC_secp384r1', 'RSA_3072'))
    const refused = ceremony('other.yaml')
    expect(refused.err).toContain('authorities[0].name')
    expect(refused.code).not.toBe(0)
    writeFileSync(
      at('device.yaml'),
      readFileSync(at('plan.yaml'), 'utf8').replace('# kms: pkcs11', 'kms: pkcs11'),
    )
    expect(ceremony('device.yaml').err).toContain('“pkcs11” is not configured; there is local')
  })

  test('a server makes no authorities of its own afterwards', async () => {
    const composition = await compose({
      dataDir: at('data'),
      mode: 'normal',
      logger: memoryLogger(),
      globalRegion: DEFAULT_GLOBAL_REGION,
    })
    try {
      await createFirstAuthorities(composition.ports, composition.installation.account)
      const all = await composition.ports.store.reads.authorities.all()
      expect(all.map(({ subject }) => subject)).toEqual([
        'CN=Example Root R1,O=Example GmbH,C=DE',
        'CN=Example Issuing A1,O=Example GmbH,C=DE',
      ])
    } finally {
      await composition.close()
    }
  })
})
