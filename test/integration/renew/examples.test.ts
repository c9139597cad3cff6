import { X509Certificate } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, createNodeFetch } from '../../../src/contract/index.ts'
import { startChancery, type ListeningChancery } from '../../../src/testing/index.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import { run } from '../support/run.ts'

const checkout = join(import.meta.dirname, '../../..')
const example = (name: string): string => readFileSync(join(checkout, 'examples/cron', name), 'utf8')

let home: string
let ca: ListeningChancery
const here = (text: string): string =>
  text.replaceAll('/etc/chancery', home).replaceAll('/usr/local/bin', join(home, 'bin'))

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'chancery-cron-'))
  ca = await startChancery({ listen: 'https' })
  writeFileSync(join(home, 'token'), `${ca.token}\n`, { mode: 0o600 })
  writeFileSync(join(home, 'listener-ca.pem'), ca.listenerCa ?? '')
  mkdirSync(join(home, 'bin'))
  const main = join(checkout, 'src/main/bin.ts')
  // What is installed on a host is there under its own name; the servers that are reloaded say so.
  const programs = {
    chancery: `exec '${process.execPath}' '${main}' "$@"`,
    nginx: 'echo nginx',
    systemctl: 'echo systemctl',
  }
  for (const [name, line] of Object.entries(programs))
    writeFileSync(join(home, 'bin', name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  const yaml = here(example('renew.yaml')).replace('https://ca.example.com:8443', ca.url)
  writeFileSync(join(home, 'renew.yaml'), `${yaml}\nstate: ${home}/state\n`)
  const client = createClient({
    url: ca.url,
    token: ca.token,
    fetch: createNodeFetch({ ca: ca.listenerCa ?? '' }),
  })
  for (const domainName of ['www.example.com', 'api.example.com'])
    await client.requestManagedCertificate({ body: { domainName } })
})
afterAll(async () => {
  await ca.close()
  rmSync(home, { recursive: true })
})

const PATH = (): string => `${join(home, 'bin')}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
const shell = (line: string) => run('/usr/bin/env', [`PATH=${PATH()}`, '/bin/sh', '-c', line])

describe('examples/cron', () => {
  test('the service’s command deploys what renew.yaml says', async () => {
    const [, command = ''] = /^ExecStart=(.*)$/m.exec(example('chancery-renew.service')) ?? []
    const { status, stdout, stderr } = await shell(here(command))
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^deployed {2}www\.example\.com .*\ndeployed {2}api\.example\.com .*\n$/)
    const named = (file: string): string | undefined =>
      new X509Certificate(readFileSync(join(home, file))).subjectAltName
    expect([named('live/www/fullchain.pem'), named('haproxy/api.pem')]).toEqual([
      'DNS:www.example.com',
      'DNS:api.example.com',
    ])
    expect(readFileSync(join(home, 'haproxy/api.pem'), 'utf8')).toContain('PRIVATE KEY')
  })

  test('the crontab’s line is quiet when all is well, and speaks of what fails', async () => {
    const [, command = ''] = /^17 3 \* \* \* root (.*)$/m.exec(example('crontab')) ?? []
    expect(await shell(here(command))).toEqual({ status: 0, stdout: '', stderr: '' })
    const yaml = join(home, 'renew.yaml')
    const good = readFileSync(yaml, 'utf8')
    writeFileSync(yaml, good.replace('certificate: api.example.com', 'certificate: gone.example.com'))
    expect(await shell(here(command))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /1 of 2 certificates failed\n {2}gone\.example\.com: there is no/,
      ) as string,
    })
    writeFileSync(yaml, good)
  })

  test.runIf(hasTool('systemd-analyze', '--version'))('systemd takes the units', () => {
    for (const name of ['chancery-renew.service', 'chancery-renew.timer'])
      cpSync(join(checkout, 'examples/cron', name), join(home, name))
    writeFileSync(join(home, 'chancery-renew.service'), here(example('chancery-renew.service')))
    const { status, stderr } = runTool('systemd-analyze', [
      'verify',
      ...['service', 'timer'].map((kind) => join(home, `chancery-renew.${kind}`)),
    ])
    expect([status, stderr.split('\n').filter((line) => line.includes('chancery-renew'))]).toEqual([0, []])
  })
})
