import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, createNodeFetch, type ManagedCertificateJson } from '../../../src/contract/index.ts'
import { HOUR } from '../../../src/core/domain/time.ts'
import type { RunningServer } from '../../../src/main/server.ts'
import { aServerWithCli, type cliFor } from './a-cli.ts'

let running: Awaited<ReturnType<typeof aServerWithCli>>
let cli: ReturnType<typeof cliFor>
let server: RunningServer
let dataDir: string
beforeAll(async () => {
  running = await aServerWithCli(
    { CHANCERY_PUBLIC_URL: 'http://pki.example.net', CHANCERY_APPROVAL_URL: 'https://ca.example.net' },
    'simulation',
  )
  ;({ server, dataDir, cli } = running)
})
afterAll(() => running.stop())

const at = (name: string): string => join(cli.directory, name)
const json = async (line: string) =>
  JSON.parse((await cli.run(`--json ${line}`)).out) as ManagedCertificateJson
const ZONE_LINE = /^(_[0-9a-f]{32}\.(\S+)\.) 300 IN CNAME (\S+\.)$/m
/** Sets the records of a zone in the simulated DNS, as they stand in what a command printed. */
async function setRecords(zone: string, printed: string): Promise<void> {
  for (const [, name = '', , value = ''] of printed.matchAll(new RegExp(ZONE_LINE, 'gm')))
    expect(await cli.run(`dns record put ${zone} ${name} CNAME ${value}`)).toMatchObject({ code: 0 })
}

describe('from a private authority', () => {
  test('is made at once; what it is, when it ends and what to do next is said', async () => {
    const made = await cli.run(
      'managed request www.internal.test internal.test --days 90 --tag team=web --keep-key',
    )
    expect(made.code).toBe(0)
    for (const words of [
      /Status +ISSUED/,
      /Names +www\.internal\.test internal\.test/,
      /Expires +\d{4}-\d\d-\d\d \(in 90 days\)/,
      /Renewal +not by itself: nothing uses it/,
      /Tag +team=web/,
    ])
      expect(made.out).toMatch(words)
    const { id } = await json('managed show www.internal.test')
    expect(made.err).toContain(`chancery managed export ${id}`)
    expect(made.err).toContain(`chancery managed associate ${id} ARN`)
    const shown = await cli.run(`managed show ${id}`)
    expect([shown.out, shown.err]).toEqual([made.out, made.err])
  })

  test('is printed, exported, and then renewed by itself', async () => {
    const { id, certificate, chain } = await json('managed request export.internal.test --days 90')
    expect((await cli.run('managed show export.internal.test --pem')).out).toBe(certificate)
    expect((await cli.run(`managed show ${id} --chain`)).out).toBe(`${certificate}${chain[0] ?? ''}`)
    const exported = await cli.run(`managed export ${id} --format pem --out server.pem`)
    expect(exported).toMatchObject({ code: 0 })
    expect(exported.err).toContain(at('server.pem'))
    expect(exported.err).toMatch(
      /renewed by itself from \d{4}-\d\d-\d\d \(in 6\d days\); export the successor/,
    )
    expect(statSync(at('server.pem')).mode & 0o777).toBe(0o600)
    const file = readFileSync(at('server.pem'), 'utf8')
    expect(new X509Certificate(file).checkPrivateKey(createPrivateKey(file))).toBe(true)
    const due = await cli.run('managed due --days 80')
    expect(due.out).toMatch(/renew +export\.internal\.test .*it ends at/)
    expect((await cli.run('managed due')).err).toContain('Nothing is due.')
    const renewed = await cli.run(`managed renew ${id} --wait`)
    expect(renewed).toMatchObject({ code: 0, out: expect.stringMatching(/Version +2/) as string })
    const versions = await cli.run(`managed show ${id} --versions`)
    expect(versions.out.trim().split('\n')).toHaveLength(3)
  })

  test('is used, and can’t be deleted meanwhile; tagged, revoked, deleted', async () => {
    const { id, account } = await json('managed request used.internal.test --not-exportable')
    const arn = `arn:aws:elasticloadbalancing:us-east-1:${account}:loadbalancer/app/shop/50dc6c495c0c9188`
    const used = await cli.run(`managed associate ${id} ${arn}`)
    expect(used.out).toMatch(/used by 1, .*renewed by itself from \d{4}-/)
    const refused = await cli.run(`managed delete ${id}`)
    expect([refused.code, refused.err]).toEqual([6, expect.stringContaining(arn)])
    expect((await cli.run('managed list --used')).out).toContain('used.internal.test')
    expect((await cli.run(`managed dissociate ${id} ${arn}`)).out).toContain('used by nothing')
    expect((await cli.run(`managed dissociate ${id} ${arn}`)).code).toBe(5)
    expect((await cli.run(`managed tag ${id} a=1 b=x=y`)).out).toContain('a=1 b=x=y')
    expect((await cli.run(`managed tag ${id} --none`)).out).toContain('no tags')
    expect((await cli.run(`managed tag ${id}`)).code).toBe(2)
    const kept = await cli.run(`managed export ${id} --format pem --out never.pem`)
    expect(kept.code).toBe(1)
    const revoked = await cli.run(`managed revoke ${id} --reason superseded`)
    expect(revoked.out).toContain('Revoked the certificate for used.internal.test')
    expect((await cli.run(`managed show ${id}`)).err).toContain('chancery managed request used.internal.test')
    expect((await cli.run(`managed revoke ${id} --reason affiliationChanged`)).code).toBe(6)
    expect(await cli.run(`managed delete ${id}`)).toMatchObject({ code: 0 })
    expect((await cli.run(`managed show ${id}`)).code).toBe(5)
  })
})

describe('after validation', () => {
  test('by DNS: prints the record for a zone file, waits with words on how it stands, and is issued', async () => {
    expect(await cli.run('dns zone create example.com')).toMatchObject({ code: 0 })
    const asked = cli.run("managed request example.com '*.example.com' --validate dns --wait")
    const pending = await pendingOf('example.com')
    const { out } = await cli.run(`managed show ${pending.id}`)
    const line = ZONE_LINE.exec(out)
    expect(line?.[2]).toBe('example.com')
    expect(line?.[0]).toBe(
      `${pending.validation[0]?.record?.name ?? ''} 300 IN CNAME ${pending.validation[0]?.record?.value ?? ''}`,
    )
    expect(out.match(new RegExp(ZONE_LINE, 'gm'))).toHaveLength(1)
    expect(out).toContain('; Set this in DNS')
    await setRecords('example.com', out)
    expect(await cli.run(`managed validate ${pending.id}`)).toMatchObject({ code: 0 })
    const waited = await asked
    expect(waited.code).toBe(0)
    expect(waited.err).toMatch(/[01] of 2 names proved; waiting for \S*example\.com: /)
    expect(waited.out).toMatch(/Status +PENDING_VALIDATION[^]*Status +ISSUED/)
    const evidence = await cli.run(`managed show ${pending.id} --evidence`)
    expect(evidence.out).toMatch(/^example\.com {2}dns {2}passed/m)
    expect(evidence.out).toMatch(/^\*\.example\.com {2}caa {2}passed/m)
  })

  test('by e-mail: says who is asked, and asks again', async () => {
    for (const who of ['admin', 'administrator', 'hostmaster', 'postmaster', 'webmaster'])
      expect(await cli.run(`mail create ${who}@mail.test`)).toMatchObject({ code: 0 })
    const asked = await cli.run(
      'managed request www.mail.test --validate email --validation-domain www.mail.test=mail.test',
    )
    expect(asked.code).toBe(0)
    expect(asked.out).toContain('for www.mail.test: admin@mail.test, administrator@mail.test')
    const { id } = await json('managed show www.mail.test')
    expect(asked.err).toContain(`chancery managed resend ${id} www.mail.test`)
    expect((await cli.run(`managed validate ${id}`)).code).toBe(0)
    expect((await cli.run(`managed resend ${id} www.mail.test`)).out).toContain('Links of before are void.')
    expect((await cli.run('mail messages admin@mail.test')).out.trim().split('\n').length).toBeGreaterThan(2)
  })

  test('by redirect: says from where to where', async () => {
    const asked = await cli.run('managed request web.test --validate http')
    expect(asked.out).toMatch(/^ {2}http:\/\/web\.test\/\.well-known\/pki-validation\/\S+\.txt\n {4}to http/m)
  })
})

describe('an imported one', () => {
  test('comes from files, whatever is in which, and is followed by its successor under the same ARN', async () => {
    await cli.run('certificate issue old.test --out-dir old')
    await cli.run('certificate issue new.test --out-dir new')
    const files = 'old/old.test.pem old/old.test-key.pem'
    const imported = await cli.run(`managed import ${files} --tag from=elsewhere`)
    expect(imported).toMatchObject({ code: 0, out: expect.stringMatching(/Kind +imported/) as string })
    expect(imported.err).toMatch(/nobody renews it\. .*\n {2}chancery managed reimport \S+ FILES/)
    const { id } = await json('managed show old.test')
    cli.file(
      'both.pem',
      readFileSync(at('new/new.test-key.pem'), 'utf8') + readFileSync(at('new/new.test.pem'), 'utf8'),
    )
    expect((await cli.run(`managed reimport ${id} both.pem`)).out).toMatch(/Names +new\.test[^]*Version +2/)
    expect((await cli.run('managed list --kind imported')).out).toContain('new.test')
  })

  test.each([
    ['old/old.test.pem', 'no private key is in'],
    ['old/old.test-key.pem', 'no certificate in PEM is in'],
    ['old/old.test.pem old/old.test-key.pem new/new.test-key.pem', 'more than one private key'],
    ['nowhere.pem', 'can’t read nowhere.pem'],
  ])('from %s is refused here', async (files, words) => {
    const { code, err } = await cli.run(`managed import ${files}`)
    expect([code, err]).toEqual([2, expect.stringContaining(words)])
  })
})

test('a name stands for the one certificate that has it; of several, each is named', async () => {
  const [one, other] = [await json('managed request twice.test'), await json('managed request twice.test')]
  const several = await cli.run('managed show twice.test')
  expect(several.code).toBe(6)
  for (const { id } of [one, other]) expect(several.err).toContain(id)
  expect((await cli.run('managed show nobody.test')).code).toBe(5)
})

// The last one: it moves the calendar.
test('what CAA forbids says so, and with --wait exits with 1 when it is over', async () => {
  expect(await cli.run('dns zone create forbidden.test')).toMatchObject({ code: 0 })
  await cli.run(`dns record put forbidden.test @ CAA '0 issue "another-ca.example"'`)
  const asked = cli.run('managed request forbidden.test --validate dns --wait')
  const { id } = await pendingOf('forbidden.test')
  await setRecords('forbidden.test', (await cli.run(`managed show ${id}`)).out)
  expect((await cli.run(`managed validate ${id}`)).out).toMatch(/Because +CAA_ERROR: .*another-ca\.example/)
  expect((await cli.run('managed due --days 1')).out).toMatch(
    /validate +forbidden\.test .*another-ca\.example/,
  )
  await moveCalendar(73 * HOUR)
  const over = await asked
  expect([over.code, over.err]).toEqual([1, expect.stringContaining('is FAILED: forbidden.test: CAA at')])
  expect((await cli.run(`managed show ${id}`)).err).toContain(
    'chancery managed request forbidden.test --validate dns',
  )
})

/** The one that is being validated. */
async function pendingOf(name: string): Promise<ManagedCertificateJson> {
  for (;;) {
    const shown = await cli.run(`--json managed show ${name}`)
    if (shown.code === 0) return JSON.parse(shown.out) as ManagedCertificateJson
  }
}

async function moveCalendar(milliseconds: number): Promise<void> {
  const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()
  const fetch = createNodeFetch({ ca: readFileSync(server.listenerCaFile ?? '', 'utf8') })
  const client = createClient({ url: server.apiUrl, token, fetch })
  const { now } = await client.readCalendar()
  await client.setCalendar({ body: { now: new Date(Date.parse(now) + milliseconds).toISOString() } })
  fetch.close()
}
