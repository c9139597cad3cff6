import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createSubmissionMailer, type SubmissionOptions } from '../../../src/adapters/mail/submission.ts'
import { listenerCertificate } from '../../../src/core/operations/installation/listener-certificate.ts'
import type { OwnCertificate } from '../../../src/core/operations/installation/own-certificate.ts'
import { openSmtpListener } from '../../../src/faces/smtp/listener.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { aMailServer, type MailServer } from './a-mail-server.ts'
import { mailerContract, type MailWorld } from './mailer-contract.ts'
import { worldWith } from './simulated-world.ts'

const PASSWORD = 'correct-horse-battery-staple'
const CREDENTIALS = { user: 'chancery', password: PASSWORD }

let given: TestPorts
let certificate: OwnCertificate
let elsewhere: OwnCertificate
let misnamed: OwnCertificate
beforeAll(async () => {
  given = await testPorts({ now: Date.now() })
  certificate = await listenerCertificate(given.ports, { dns: ['localhost'], ip: ['127.0.0.1'] })
  await using other = await testPorts({ now: Date.now() })
  elsewhere = await listenerCertificate(other.ports, { dns: ['localhost'], ip: ['127.0.0.1'] })
  misnamed = await listenerCertificate(other.ports, { dns: ['mail.example.test'] })
})
afterAll(() => given[Symbol.asyncDispose]())

const tls = () => ({ cert: certificate.pem, key: certificate.pem })

const mailerTo = ({ port }: { port: number }, more: Partial<SubmissionOptions> = {}) => {
  const mailer = createSubmissionMailer({
    host: '127.0.0.1',
    port,
    security: 'starttls',
    credentials: undefined,
    from: 'ca@ca.example.test',
    ca: certificate.authorityPem,
    timeouts: { connect: 2000, idle: 2000 },
    ...more,
  })
  onTestFinished(() => mailer.close())
  return mailer
}

async function server(options: Parameters<typeof aMailServer>[0]): Promise<MailServer> {
  const opened = await aMailServer(options)
  onTestFinished(opened.close)
  return opened
}

const MAIL = { id: 'a-mail', to: 'admin@example.test', subject: 'A subject', text: 'A text' }

describe('submission with STARTTLS to a foreign server', () => {
  mailerContract(async (): Promise<MailWorld> => {
    const there = await aMailServer(tls())
    const mailer = mailerTo(there)
    return {
      mailer,
      received: async () => there.received,
      order: async (...fault) => there.order(...fault),
      close: async () => {
        mailer.close()
        await there.close()
      },
    }
  })
})

describe('submission through the simulation’s own listener', () => {
  mailerContract(() =>
    worldWith(async ({ ports }) => {
      const listener = await openSmtpListener(ports, { bind: '127.0.0.1', port: 0, tls: tls() })
      const mailer = mailerTo(listener)
      const close = async () => {
        mailer.close()
        await listener.close()
      }
      return { mailer, close }
    }),
  )
})

describe('submission', () => {
  test('is over TLS, signed in, and says that a program sent it (RFC 3834 §5)', async () => {
    const logins: unknown[] = []
    const there = await server({
      ...tls(),
      authOptional: false,
      onAuth: ({ username, password }, { secure }, done) => {
        logins.push({ username, password, secure })
        done(null, { user: username ?? '' })
      },
    })
    const delivery = await mailerTo(there, { credentials: CREDENTIALS }).send(MAIL)
    expect(delivery).toMatchObject({ outcome: 'accepted', via: '127.0.0.1' })
    expect(logins).toEqual([{ username: 'chancery', password: PASSWORD, secure: true }])
    expect(there.headers[0]?.get('auto-submitted')).toBe('auto-generated')
  })

  test('over TLS from the first octet', async () => {
    const there = await server({ ...tls(), secure: true })
    expect(await mailerTo(there, { security: 'tls' }).send(MAIL)).toMatchObject({ outcome: 'accepted' })
    expect(there.secured()).toBe(true)
  })

  test('without TLS only where it is asked for', async () => {
    const there = await server({ disabledCommands: ['STARTTLS'] })
    expect(await mailerTo(there, { security: 'none' }).send(MAIL)).toMatchObject({ outcome: 'accepted' })
    expect(there.secured()).toBe(false)
  })

  test('never without STARTTLS where the server offers none (RFC 8314 §3.3): deferred, no password sent', async () => {
    const logins: unknown[] = []
    const there = await server({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (auth, _session, done) => {
        logins.push(auth)
        done(null, { user: 'x' })
      },
    })
    const delivery = await mailerTo(there, { credentials: CREDENTIALS }).send(MAIL)
    expect(delivery.outcome).toBe('deferred')
    expect(there.received).toEqual([])
    expect(logins).toEqual([])
  })

  test('not to a server whose certificate nobody vouches for, or for another name', async () => {
    const there = await server(tls())
    const untrusted = await mailerTo(there, { ca: elsewhere.authorityPem }).send(MAIL)
    expect(untrusted).toMatchObject({
      outcome: 'deferred',
      response: expect.stringMatching(/certificate is not trusted/),
    })
    expect(await mailerTo(there, { ca: undefined }).send(MAIL)).toMatchObject({ outcome: 'deferred' })
    const named = await mailerTo(await server({ cert: misnamed.pem, key: misnamed.pem }), {
      ca: misnamed.authorityPem,
    }).send(MAIL)
    expect(named).toMatchObject({ outcome: 'deferred', response: expect.stringMatching(/another name/) })
    expect(there.received).toEqual([])
  })

  test('a password that isn’t taken defers, and is in no answer', async () => {
    const there = await server({
      ...tls(),
      authOptional: false,
      onAuth: ({ password }, _session, done) => done(new Error(`no such password: ${password}`)),
    })
    const delivery = await mailerTo(there, { credentials: CREDENTIALS }).send(MAIL)
    expect(delivery).toMatchObject({ outcome: 'deferred', response: expect.stringContaining('535') })
    expect(JSON.stringify(delivery)).not.toContain(PASSWORD)
    expect(JSON.stringify(delivery)).not.toContain(Buffer.from(PASSWORD).toString('base64').slice(0, 20))
  })

  test('a server that isn’t there, doesn’t greet, or hangs up defers', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket))
    const rude = createServer((socket) => socket.end('554 go away\r\n'))
    const ports = []
    for (const each of [silent, rude]) {
      await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve))
      ports.push((each.address() as AddressInfo).port)
    }
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
      rude.close()
    })
    for (const port of [...ports, 1]) {
      const delivery = await mailerTo({ port }, { timeouts: { connect: 200, idle: 200 } }).send(MAIL)
      expect(delivery.outcome).toBe('deferred')
      expect(delivery.response).not.toBe('')
    }
  })

  test('a subject of several lines adds no header and no recipient', async () => {
    const there = await server(tls())
    await mailerTo(there).send({ ...MAIL, subject: 'One\r\nBcc: admin@other.test\r\n\r\nbody' })
    expect(there.received).toHaveLength(1)
    expect(there.headers[0]?.has('bcc')).toBe(false)
  })

  test('a connection that the server ended is made again', async () => {
    const there = await server(tls())
    const mailer = mailerTo(there)
    expect((await mailer.send(MAIL)).outcome).toBe('accepted')
    there.hangUp()
    expect((await mailer.send(MAIL)).outcome).toBe('accepted')
  })
})
