import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, type LogLevel, type ServerLogger } from '../../../src/adapters/system/logger.ts'
import { REDACTED, REDACTED_NAMES, redacted, redactedText } from '../../../src/adapters/system/redaction.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'

function aLogger(level: LogLevel = 'info'): {
  logger: ServerLogger
  lines: () => Record<string, unknown>[]
  text: () => string
} {
  const written: string[] = []
  const logger = createLogger({ level, destination: { write: (line) => void written.push(line) } })
  return {
    logger,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(''),
  }
}

describe('redacted', () => {
  it('blanks each name of the list, in any spelling, at any depth', () => {
    for (const name of REDACTED_NAMES) {
      const spellings = [
        name,
        name.toUpperCase(),
        `${name.slice(0, 3)}-${name.slice(3)}`,
        `${name.slice(0, 2)}_${name.slice(2)}`,
      ]
      for (const spelling of spellings) {
        const shown = redacted({ [spelling]: 'hunter2', deep: { list: [{ [spelling]: { in: 'hunter2' } }] } })
        expect(JSON.stringify(shown), spelling).not.toContain('hunter2')
        expect(shown[spelling]).toBe(REDACTED)
      }
    }
  })

  // The list itself: taking a name off it must be noticed.
  it.each([
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'Set-Cookie',
    'token',
    'passphrase',
    'password',
    'secret',
    'clientSecret',
    'secretAccessKey',
    'apiKey',
    'privateKey',
    'private_key_pem',
    'dataKey',
    'pkcs8',
    'pkcs12',
  ])('blanks %s', (name) => {
    expect(redacted({ [name]: 'hunter2' })[name]).toBe(REDACTED)
  })

  it('leaves the rest', () => {
    const fields = {
      requestId: 'r',
      authority: 'a',
      count: 3,
      ok: true,
      none: null,
      list: [1, 'b'],
      tokenId: 't-1',
    }
    expect(redacted(fields)).toEqual(fields)
  })

  it('shows of octets their number only', () => {
    const shown = redacted({ der: Buffer.from('secret'), view: new Uint8Array(3), raw: new ArrayBuffer(4) })
    expect(shown).toEqual({ der: '[6 octets]', view: '[3 octets]', raw: '[4 octets]' })
  })

  it('spells out errors with their causes, and redacts in them', () => {
    const cause = new Error('header was Bearer abcdefghijklmnop')
    const error = new ChanceryError('kms_unavailable', 'KMS failed', { details: { retryable: true }, cause })
    const shown = redacted({ error })['error'] as Record<string, unknown>
    expect(shown).toMatchObject({
      type: 'ChanceryError',
      code: 'kms_unavailable',
      message: 'KMS failed',
      details: { retryable: true },
      cause: { message: `header was Bearer ${REDACTED}` },
    })
    expect(JSON.stringify(shown)).not.toContain('abcdefghijklmnop')
  })

  it('survives cycles, getters that throw, refusing toJSON, bigints and great size', () => {
    const cyclic: Record<string, unknown> = { big: 12n, date: new Date(0), map: new Map([['k', 'hunter2']]) }
    cyclic['self'] = cyclic
    Object.defineProperty(cyclic, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('hunter2')
      },
    })
    cyclic['vault'] = {
      toJSON: () => {
        throw new Error('no')
      },
      key: 'hunter2',
    }
    cyclic['long'] = Array.from({ length: 10_000 }, () => 'x')
    const json = JSON.stringify(redacted(cyclic))
    expect(json).not.toContain('hunter2')
    expect(json.length).toBeLessThan(20_000)
    expect(JSON.parse(json)).toMatchObject({
      big: '12',
      date: '1970-01-01T00:00:00.000Z',
      vault: REDACTED,
      trap: REDACTED,
    })
  })
})

describe('redactedText', () => {
  const body = 'MIGHAgEAMBMGByqGSM49'
  it.each([
    `before -----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY----- after`,
    `-----BEGIN EC PRIVATE KEY-----\n${body}`,
    `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${body}\n-----END ENCRYPTED PRIVATE KEY-----`,
    `Authorization: Bearer ${body}`,
    `authorization: basic ${body}==`,
    `GET https://ca.example.com/pki/approvals/${body} failed`,
  ])('takes the secret out of %j', (text) => {
    const shown = redactedText(text)
    expect(shown).not.toContain(body)
    expect(shown).toContain(REDACTED)
    if (text.startsWith('before')) expect(shown).toBe(`before ${REDACTED} after`)
  })

  it('takes out the shortest that there can be', () => {
    expect(redactedText('Bearer 12345678')).toBe(`Bearer ${REDACTED}`)
    expect(redactedText('Bearer 1234567')).toBe('Bearer 1234567')
  })

  it('leaves certificates and plain words', () => {
    const text =
      '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----, basic constraints, bearer of news'
    expect(redactedText(text)).toBe(text)
  })

  it('cuts what is too long', () => {
    expect(redactedText('a'.repeat(100_000)).length).toBeLessThan(9000)
  })
})

describe('createLogger', () => {
  it('writes JSON lines with time, level, fields and message', () => {
    const { logger, lines } = aLogger()
    logger.info({ authority: 'a' }, 'issued')
    logger.warn({}, 'soon')
    logger.error({ status: 500 }, 'broken')
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
        authority: 'a',
        msg: 'issued',
      },
      expect.objectContaining({ level: 'warn', msg: 'soon' }),
      expect.objectContaining({ level: 'error', status: 500, msg: 'broken' }),
    ])
  })

  it('writes nothing below its level', () => {
    const { logger, lines } = aLogger('error')
    logger.info({}, 'a')
    logger.warn({}, 'b')
    logger.error({}, 'c')
    expect(lines().map(({ msg }) => msg)).toEqual(['c'])
  })

  it('redacts fields, child fields and messages', () => {
    const { logger, text } = aLogger()
    const child = logger.child({ requestId: 'r-1', headers: { authorization: 'hunter2' } })
    child.info({ body: { passphrase: 'hunter2' } }, 'got Bearer hunter2hunter2')
    expect(text()).toContain('"requestId":"r-1"')
    expect(text()).not.toContain('hunter2')
  })

  it('keeps a line a line, whatever a caller writes', () => {
    const { logger, text } = aLogger()
    logger.info({ path: '/a\n{"level":"error"}' }, 'a\r\nb')
    expect(text().trimEnd().split('\n')).toHaveLength(1)
  })

  describe('to a file', () => {
    let directory: string
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'chancery-log-'))
    })
    afterAll(() => rm(directory, { recursive: true }))

    it('has written everything when flush resolves, readable for the owner only', async () => {
      const destination = join(directory, 'server.log')
      const logger = createLogger({ level: 'info', destination })
      for (let line = 0; line < 500; line++) logger.info({ line }, 'x'.repeat(100))
      await logger.flush()
      expect((await readFile(destination, 'utf8')).trimEnd().split('\n')).toHaveLength(500)
      expect((await stat(destination)).mode & 0o777).toBe(0o600)
    })

    it('says which file it cannot open', () => {
      const destination = join(directory, 'nowhere', 'server.log')
      expect(() => createLogger({ level: 'info', destination })).toThrow(
        `log file ${destination} can't be opened`,
      )
    })
  })
})
