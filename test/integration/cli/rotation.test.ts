import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runTool } from '../../support/tools.ts'
import { aServerWithCli, type cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
beforeAll(async () => {
  running = await aServerWithCli({ CHANCERY_PUBLIC_URL: 'http://pki.example.com' })
  ;({ cli } = running)
})
afterAll(() => running.stop())

const at = (name: string): string => join(cli.directory, name)
async function ran(line: string): Promise<string> {
  const { code, out, err } = await cli.run(line)
  expect({ code, err: code === 0 ? '' : err }, line).toEqual({ code: 0, err: '' })
  return out
}
/** What openssl says about a way from a leaf to the one root it is given. */
function verified(root: string, chain: string, leaf: string): string {
  const files = ['-CAfile', at(root), '-untrusted', at(chain), at(leaf)]
  return runTool('openssl', ['verify', '-x509_strict', '-no-CApath', ...files]).stdout.trim()
}

describe('chancery authority rotate', () => {
  test('a root: leaves from before and after verify under the old and under the new root, over the bridge', async () => {
    writeFileSync(at('old.pem'), await ran('authority show root --pem'))
    await ran('certificate issue before.example.com')
    const told = await cli.run('authority rotate root --until cross-sign')
    expect(told.err).toMatch(/create +the successor is “root G2”\ncross-sign +each is certified/)
    expect(told.out).toMatch(/create +done\n *cross-sign +done\n *publish +next/)
    await ran('authority rotate root')
    await ran('certificate issue after.example.com')
    writeFileSync(at('new.pem'), await ran("authority show 'root G2' --pem"))
    writeFileSync(at('own.pem'), await ran('authority show issuing --chain'))
    writeFileSync(at('bridge.pem'), await ran('authority show issuing --chain --anchor root'))
    for (const leaf of ['before.example.com.pem', 'after.example.com.pem']) {
      expect(verified('new.pem', 'own.pem', leaf)).toMatch(/: OK$/)
      expect(verified('old.pem', 'bridge.pem', leaf)).toMatch(/: OK$/)
    }
    const status = JSON.parse(await ran('authority rotate root --status --json')) as {
      next: string
      moved: number
    }
    expect(status).toMatchObject({ next: 'retire', moved: 1 })
    expect((await cli.run('authority rotate root --until retire')).err).toContain(
      'the old authority issues nothing',
    )
    expect(await cli.run('authority rotate root --reverse')).toMatchObject({ code: 6 })
  })

  test('an issuing authority: undone with a word, and said what to do next', async () => {
    const went = await cli.run('authority rotate issuing --until switch --name web --common-name Web')
    expect(went.err).toContain('chancery authority rotate issuing --reverse')
    expect(await ran('certificate issue switched.example.com --json')).toContain('switched')
    const undone = await ran('authority rotate issuing --reverse')
    expect(undone).toMatch(/switch +undone/)
    expect(undone).toMatch(/Outcome +reversed/)
    expect(await ran('authority show web')).toMatch(/Status +DISABLED/)
  })

  test('renewed and cross-signed by hand', async () => {
    expect(await ran('authority renew issuing --days 900')).toMatch(/Expires .*in 2 years/)
    await ran('authority create root --name other')
    expect(await ran('authority cross-sign root --issuer other')).toContain('http://pki.example.com/ca/')
    expect(await ran('authority cross-certificates root')).toMatch(/ISSUER.*\n.* valid /)
    expect(await cli.run('authority cross-sign other --issuer other')).toMatchObject({ code: 2 })
  })
})
