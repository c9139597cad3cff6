import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSubmissionMailer } from '../../../src/adapters/mail/submission.ts'
import { loadConfig } from '../../../src/main/config.ts'
import { startServer, type RunningServer } from '../../../src/main/server.ts'
import { cliFor } from './a-cli.ts'

let server: RunningServer
let dataDir: string
let cli: ReturnType<typeof cliFor>

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'chancery-cli-mail-'))
  const settings = {
    CHANCERY_DATA_DIR: dataDir,
    CHANCERY_API_PORT: '0',
    CHANCERY_PUBLIC_PORT: '0',
    CHANCERY_SMTP_PORT: '0',
    CHANCERY_LOG_LEVEL: 'silent',
    CHANCERY_ACCESS_LOG: 'false',
  }
  server = await startServer(loadConfig(settings, 'simulation'))
  cli = cliFor(dataDir, server.apiUrl)
})
afterAll(async () => {
  await server?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

test('a mailbox is opened, takes another program’s mail over SMTP, is read, has faults, is deleted', async () => {
  const address = 'admin@cli.test'
  expect(await cli.run(`mail create ${address}`)).toMatchObject({ code: 0, out: `${address}\n` })
  expect((await cli.run(`mail create ${address}`)).code).toBe(6)
  expect((await cli.run('mail list')).out).toContain(address)
  expect(await cli.run(`mail read ${address}`)).toMatchObject({ code: 5 })

  const mailer = createSubmissionMailer({
    host: '127.0.0.1',
    port: server.smtpPort ?? 0,
    security: 'none',
    credentials: undefined,
    from: 'somebody@else.test',
  })
  const send = (id: string) =>
    mailer.send({ id, to: address, subject: 'Grüße', text: 'one\n\u001b[31mtwo\n' })
  expect((await send('1')).outcome).toBe('accepted')
  const read = await cli.run(`mail read ${address}`)
  for (const text of ['somebody@else.test', 'Grüße', 'one\n']) expect(read.out).toContain(text)
  // What a mail says moves no cursor.
  expect(read.out).not.toContain('\u001b')
  const [message] = (
    JSON.parse((await cli.run(`mail messages ${address} --json`)).out) as { items: { id: string }[] }
  ).items
  expect((await cli.run(`mail messages ${address}`)).out).toContain(message?.id)
  expect(JSON.parse((await cli.run(`mail read ${address} ${message?.id} --json`)).out)).toMatchObject({
    subject: 'Grüße',
  })

  const fault = (await cli.run('mail fault order cli.test --kind defer --times 2')).out.trim()
  expect((await send('2')).outcome).toBe('deferred')
  expect((await cli.run('mail fault list')).out).toMatch(/cli\.test +defer +1 /)
  expect((await cli.run(`mail fault withdraw ${fault}`)).code).toBe(0)
  expect((await send('3')).outcome).toBe('accepted')
  expect((await cli.run('mail fault order cli.test --kind explode')).code).toBe(2)
  mailer.close()

  expect((await cli.run(`mail delete ${address}`)).code).toBe(0)
  expect((await cli.run(`mail messages ${address}`)).code).toBe(5)
})
