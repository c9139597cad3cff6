import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createNodeFetch,
  type ManagedCertificateJson,
  type StackJson,
} from '../../../../src/contract/index.ts'
import { aServerWithCli, type cliFor } from '../a-cli.ts'
import { text } from './templates.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
beforeAll(async () => {
  running = await aServerWithCli(
    { CHANCERY_PUBLIC_URL: 'http://pki.example.net', CHANCERY_APPROVAL_URL: 'https://ca.example.net' },
    'simulation',
  )
  cli = running.cli
})
afterAll(() => running.stop())

const web = (properties: object) => ({
  Resources: { Web: { Type: 'AWS::CertificateManager::Certificate', Properties: properties } },
  Outputs: { Web: { Value: { Ref: 'Web' } } },
})
const json = async <T>(line: string): Promise<T> => JSON.parse((await cli.run(`--json ${line}`)).out) as T
const managedOf = async (stack: string): Promise<ManagedCertificateJson> =>
  json(
    `managed show ${(await json<StackJson>(`stack show ${stack}`)).resources['Web']?.physicalId ?? 'none'}`,
  )

test('where a hosted zone is named, its records are set there and the certificate is issued', async () => {
  expect(await cli.run('dns zone create hosted.test')).toMatchObject({ code: 0 })
  const names = ['www.hosted.test', '*.www.hosted.test', 'hosted.test']
  const properties = {
    DomainName: names[0],
    SubjectAlternativeNames: names.slice(1),
    DomainValidationOptions: names.map((DomainName) => ({ DomainName, HostedZoneId: 'hosted.test' })),
  }
  cli.file('hosted.json', text(web(properties)))
  const applied = await cli.run('apply hosted.json --yes')
  expect([applied.code, applied.err]).toEqual([0, expect.any(String)])
  const made = await managedOf('hosted')
  expect(made).toMatchObject({ status: 'ISSUED', names, keyAlgorithm: 'RSA_2048' })
  expect(made.validation.map(({ method }) => method)).toEqual(['DNS', 'DNS', 'DNS'])
})

test('a zone that isn’t there is told before anything is requested', async () => {
  const properties = {
    DomainName: 'www.lost.test',
    DomainValidationOptions: [{ DomainName: 'www.lost.test', HostedZoneId: 'lost.test' }],
  }
  cli.file('lost.json', text(web(properties)))
  const failed = await cli.run('apply lost.json --yes')
  expect([failed.code, failed.err]).toEqual([
    1,
    expect.stringContaining('there is no simulated zone lost.test'),
  ])
  expect((await cli.run('managed list')).out).not.toContain('lost.test')
})

test('e-mail is the default; who waits too long goes on later, and one approval is enough', async () => {
  expect(await cli.run('mail create admin@mail.test')).toMatchObject({ code: 0 })
  cli.file(
    'mail.json',
    text(
      web({
        DomainName: 'www.mail.test',
        DomainValidationOptions: [{ DomainName: 'www.mail.test', ValidationDomain: 'mail.test' }],
      }),
    ),
  )
  const first = await cli.run('apply mail.json --yes --wait 1h', { now: clock(3_600_000) })
  expect([first.code, first.err]).toEqual([1, expect.stringContaining('must approve www.mail.test')])
  expect(first.err).toContain('it goes on where this one stopped')
  const asked = await managedOf('mail')
  expect(asked.validation[0]).toMatchObject({ method: 'EMAIL', status: 'PENDING_VALIDATION' })
  expect((await json<StackJson>('stack show mail')).status).toBe('APPLYING')
  // Sends the mail that is due, if nobody else has yet.
  expect(await cli.run(`managed validate ${asked.id}`)).toMatchObject({ code: 0 })
  const second = cli.run('apply mail.json --yes')
  await approve('admin@mail.test')
  expect(await second).toMatchObject({ code: 0 })
  expect(await managedOf('mail')).toMatchObject({ id: asked.id, status: 'ISSUED' })
  await cli.run(`managed delete ${asked.id}`)
  const third = await cli.run('apply mail.json --plan')
  expect(third.out).toContain('it was deleted outside the stack')
})

/** As somebody who reads the mail does it: the page behind the link, and its button. */
async function approve(address: string): Promise<void> {
  const { items } = await json<{ items: { text: string }[] }>(`mail messages ${address}`)
  const path = /\/approvals\/\S+$/m.exec(items[0]?.text ?? '')?.[0] ?? ''
  const link = `${running.server.apiUrl}${path}`
  const ca = readFileSync(join(running.dataDir, 'listener-ca.pem'), 'utf8')
  const send = createNodeFetch({ ca })
  const opened = await send(link, { method: 'GET', headers: {} })
  const html = Buffer.from(await opened.arrayBuffer()).toString('utf8')
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const body = new URLSearchParams({ csrf, decision: 'approve' }).toString()
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
  const decided = await send(link, { method: 'POST', headers, body })
  send.close()
  expect(decided.status).toBe(303)
}

/** A clock by which so much is over each time that somebody looks. */
const clock = (step: number) => {
  let now = Date.now()
  return () => (now += step)
}
