import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCsr } from '../../../src/core/x509/csr.ts'
import { anOutsider, certifiedFor, pemOf } from '../../core/operations/outside.ts'
import { aServerWithCli, type cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
beforeAll(async () => {
  running = await aServerWithCli()
  ;({ cli } = running)
})
afterAll(() => running.stop())

describe('an authority on the command line', () => {
  const now = Date.now()
  const root = anOutsider('Outside', { notBefore: now - 1e8, notAfter: now + 1e11 })

  test('waits for a certificate from outside, and says at each step what comes next', async () => {
    const made = await cli.run('authority create subordinate --name Outer --external')
    expect(made).toMatchObject({ code: 0 })
    expect(made.err).toContain('chancery authority csr Outer')
    const { out } = await cli.run('authority csr Outer')
    const written = await cli.run('authority csr Outer --out outer.csr')
    expect(written.err).toContain('import-certificate Outer')
    expect((await cli.run('authority csr Outer --out outer.csr')).code).toBe(2)
    const csr = parseCsr(out, 'csr')
    writeFileSync(
      join(cli.directory, 'outer.pem'),
      pemOf(certifiedFor({ csrDer: csr.der }, root, { notBefore: now - 1e8, notAfter: now + 1e10 })) +
        pemOf(root.der),
    )
    writeFileSync(join(cli.directory, 'wrong.pem'), pemOf(root.der))
    const wrong = await cli.run('authority import-certificate Outer --certificate wrong.pem')
    expect(wrong.code).toBe(2)
    expect(wrong.err).toContain('is not the key of this authority’s certification request')
    const active = await cli.run('authority import-certificate Outer --certificate outer.pem')
    expect(active).toMatchObject({ code: 0 })
    expect(active.err).toContain('chancery certificate issue --authority Outer')
  })

  test('counts CAA for as much as it is told to', async () => {
    const args = 'authority create subordinate --name Careful --parent root'
    expect((await cli.run(`${args} --caa log`)).out).toMatch(/CAA +log/)
    const strict = await cli.run('authority update Careful --caa enforce')
    expect(strict).toMatchObject({
      code: 0,
      out: expect.stringContaining('“Careful” issues no name') as string,
    })
    expect(JSON.parse((await cli.run('--json authority show Careful')).out)).toMatchObject({ caa: 'ENFORCE' })
    expect((await cli.run('authority update Careful --caa off')).out).toContain('does not look at CAA')
    expect((await cli.run('authority show Careful')).out).not.toMatch(/^CAA/m)
    const wrong = await cli.run('authority update Careful --caa on')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('off, log, enforce')])
    expect((await cli.run('authority update Careful')).code).toBe(2)
  })

  test('is disabled, deleted and restored, and says until when that can be done', async () => {
    const early = await cli.run('authority delete Outer')
    expect([early.code, early.err]).toEqual([6, expect.stringContaining('disable it first')])
    expect((await cli.run('authority disable Outer')).err).toContain('authority delete Outer')
    const deleted = await cli.run('authority delete Outer --restore-days 7')
    expect(deleted.out).toMatch(/Restorable until +\d{4}-/)
    const id = /restore (\S+)/.exec(deleted.err)?.[1] ?? ''
    expect((await cli.run('authority list')).out).not.toContain('Outer')
    expect((await cli.run('authority list --deleted --kind subordinate')).out).toContain('Outer')
    expect((await cli.run('authority show Outer')).out).toMatch(/Status +DELETED/)
    const restored = await cli.run(`authority restore ${id} --name 'Outer again'`)
    expect(restored.out).toBe('“Outer again” is restored; it is DISABLED.\n')
    expect(restored.err).toContain("authority enable 'Outer again'")
    expect((await cli.run("authority enable 'Outer again'")).out).toContain('is active')
    expect((await cli.run('authority delete issuing --restore-days 6')).code).toBe(2)
  })
})
