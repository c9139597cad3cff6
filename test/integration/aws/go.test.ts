import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anAwsWorld, type AwsWorld } from '../../support/aws.ts'
import { hasTool } from '../../support/tools.ts'
import { temporaryDirectory } from '../support/servers.ts'

const STORY = resolve('test/fixtures/go/story/main.go')
/** Where Debian has Go's packages, the SDK among them. */
const GOPATH = '/usr/share/gocode'

/** @throws Error in CI */
function hasGoSdk(): boolean {
  const there = hasTool('go') && existsSync(join(GOPATH, 'src/github.com/aws/aws-sdk-go-v2/service/acmpca'))
  if (!there && process.env['CHANCERY_CI'] === '1') throw new Error('Go or its AWS SDK is missing')
  if (!there) process.stderr.write('\n*** Go’s AWS SDK is missing: tests that need it are SKIPPED ***\n')
  return there
}

describe.runIf(hasGoSdk())('AWS’s SDK v2 for Go', () => {
  const directory = temporaryDirectory()
  let world: AwsWorld
  beforeAll(async () => {
    world = await anAwsWorld()
  })
  afterAll(async () => {
    await world.dispose()
    await rm(directory, { recursive: true })
  })

  async function run(command: string, args: readonly string[], more: Record<string, string>) {
    const child = spawn(command, args, { cwd: directory, env: { ...world.environment(), ...more } })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
    const [status] = (await once(child, 'close')) as [number]
    expect(status, stderr).toBe(0)
    return stdout
  }

  test('tells its story: makes an authority, issues, revokes, requests, shares, and knows an error', async () => {
    const story = join(directory, 'story')
    // Without modules, from what the distribution brings: nothing is fetched.
    const offline = { GO111MODULE: 'off', GOPATH, GOCACHE: join(directory, 'cache'), GOFLAGS: '' }
    await run('go', ['build', '-o', story, STORY], offline)
    const { arn, authority, serial } = JSON.parse(await run(story, [], {})) as Record<string, string>
    expect(arn).toBe(world.main.userArn)
    expect(authority).toMatch(/^arn:aws:acm-pca:eu-central-1:\d{12}:certificate-authority\//)
    const { items } = await world.server.admin.listAuditEvents({
      query: { name: 'RevokeCertificate', scope: 'installation' },
    })
    expect(items).toHaveLength(1)
    expect(JSON.stringify(items[0]?.record)).toContain(serial)
    expect(items[0]?.record['userAgent']).toMatch(/^aws-sdk-go-v2\//)
  }, 600_000)

  test('has the settings that docs/aws.md gives', () => {
    const page = readFileSync('docs/aws.md', 'utf8')
    const given = /```go\n(.*?)```/s.exec(page)?.[1] ?? 'nothing'
    expect(readFileSync(STORY, 'utf8')).toContain(given)
  })
})
