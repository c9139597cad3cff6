import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import type { Mode } from '../../src/core/domain/installation.ts'
import { ConfigError, loadConfig } from '../../src/main/config.ts'

const directory = mkdtempSync(join(tmpdir(), 'chancery-mail-'))
afterAll(() => rmSync(directory, { recursive: true }))
const aFile = (content: string): string => {
  const path = join(directory, String(content.length))
  writeFileSync(path, content)
  return path
}

const FROM = { CHANCERY_SMTP_FROM: 'chancery@ca.example.com' }
const load = (environment: Record<string, string>, mode: Mode = 'normal') => loadConfig(environment, mode)
function problems(environment: Record<string, string>, mode?: Mode): readonly string[] {
  try {
    load(environment, mode)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('where mails are handed in', () => {
  test.each([
    ['smtp://mail.example.com', 'mail.example.com', 587, 'starttls', undefined],
    ['smtps://mail.example.com', 'mail.example.com', 465, 'tls', undefined],
    ['smtp+plain://127.0.0.1:2525', '127.0.0.1', 2525, 'none', undefined],
    ['smtp+plain://[::1]:2525', '::1', 2525, 'none', undefined],
    ['smtps://u%40x:p%3A%2F@h.example:4650', 'h.example', 4650, 'tls', { user: 'u@x', password: 'p:/' }],
  ])('%s', (url, host, port, security, credentials) => {
    for (const given of [{ CHANCERY_SMTP_URL: url }, { CHANCERY_SMTP_URL_FILE: aFile(`${url}\n`) }])
      expect(load({ ...FROM, ...given }).secrets.submission()).toEqual({ host, port, security, credentials })
  })

  test.each([
    ['mail.example.com', 'must be smtp://'],
    ['http://mail.example.com', 'must be smtp://'],
    ['smtp://', 'must be smtp://'],
    ['smtp://mail.example.com/path', 'nothing after'],
    ['smtp://mail.example.com?x=1', 'nothing after'],
    ['smtp://secret-user@mail.example.com', 'a user and a password, or neither'],
    ['smtp://u:secret%zz@mail.example.com', 'no escape'],
    ['smtp+plain://u:secret@mail.example.com', 'to this machine only'],
    ['smtp+plain://127.0.0.1.example.com', 'to this machine only'],
  ])('not %s; no problem quotes it', (url, message) => {
    const found = problems({ ...FROM, CHANCERY_SMTP_URL: url })
    expect(found[0]).toContain('CHANCERY_SMTP_URL')
    expect(found[0]).toContain(message)
    expect(found.join()).not.toContain('secret')
  })

  test('the password is in no configuration that is shown', () => {
    const loaded = load({ ...FROM, CHANCERY_SMTP_URL: 'smtp://u:very-secret@h.example' })
    expect(inspect(loaded, { depth: 9, showHidden: true })).not.toContain('very-secret')
    expect(JSON.stringify(loaded.config)).not.toContain('very-secret')
    expect(() => JSON.stringify(loaded)).toThrow()
  })
})

describe('what goes together', () => {
  test('a URL needs a sender, and a sender or a file of authorities a URL', () => {
    expect(problems({ CHANCERY_SMTP_URL: 'smtp://h.example' })[0]).toMatch(/CHANCERY_SMTP_FROM: is missing/)
    expect(problems(FROM)[0]).toMatch(/CHANCERY_SMTP_FROM: goes with CHANCERY_SMTP_URL/)
    expect(problems({ CHANCERY_SMTP_CA_FILE: aFile('x') })[0]).toMatch(/CHANCERY_SMTP_CA_FILE: goes with/)
    const both = { CHANCERY_SMTP_URL: 'smtp://h.example', CHANCERY_SMTP_URL_FILE: '/x' }
    expect(problems({ ...FROM, ...both })[0]).toMatch(/either the URL or its file/)
  })

  test('a file of authorities holds certificates', () => {
    const given = { ...FROM, CHANCERY_SMTP_URL: 'smtp://h.example' }
    expect(problems({ ...given, CHANCERY_SMTP_CA_FILE: aFile('nothing') })[0]).toMatch(/no PEM certificate/)
    expect(problems({ ...given, CHANCERY_SMTP_CA_FILE: '/nowhere' })[0]).toMatch(/can't be read/)
  })

  test('a sender is an address', () => {
    expect(problems({ CHANCERY_SMTP_FROM: 'Chancery' })[0]).toMatch(/CHANCERY_SMTP_FROM: must be an address/)
  })

  test('the mail server is the simulation’s', () => {
    expect(problems({ CHANCERY_SMTP_PORT: '2525' })[0]).toMatch(/for a simulation only/)
    expect(load({ CHANCERY_SMTP_PORT: '2525' }, 'simulation').config.mail.listenerPort).toBe(2525)
  })
})

describe('where links lead', () => {
  test.each([
    [{ CHANCERY_APPROVAL_URL: 'https://ca.example.com/pki/' }, 'normal', 'https://ca.example.com/pki'],
    [{ CHANCERY_APPROVAL_URL: 'http://127.0.0.1:8443' }, 'normal', 'http://127.0.0.1:8443'],
    [{}, 'normal', undefined],
    [{}, 'simulation', 'https://127.0.0.1:8443'],
    [{ CHANCERY_TLS: 'off', CHANCERY_API_PORT: '81' }, 'simulation', 'http://127.0.0.1:81'],
    [{ CHANCERY_BIND: '0.0.0.0' }, 'simulation', 'https://localhost:8443'],
    [{ CHANCERY_API_PORT: '0' }, 'simulation', undefined],
  ] as const)('%j in %s: %s', (given, mode, expected) => {
    expect(load(given, mode).config.mail.approvalUrl).toBe(expected)
  })

  test.each([
    'http://ca.example.com',
    'ca.example.com',
    'https://u:p@ca.example.com',
    'https://ca.example.com/?x',
  ])('not %s: what the link holds approves certificates', (url) => {
    expect(problems({ CHANCERY_APPROVAL_URL: url })[0]).toMatch(/CHANCERY_APPROVAL_URL: must be an https/)
  })
})
