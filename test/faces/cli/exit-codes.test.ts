import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ChanceryApiError } from '../../../src/contract/index.ts'
import { ERROR_CODES, type ErrorCode } from '../../../src/core/domain/errors.ts'
import { EXIT_CODE_OF, EXIT_CODES, exitCodesText } from '../../../src/faces/cli/exit-codes.ts'
import { CliFailure } from '../../../src/faces/cli/failure.ts'
import { failureOf, printFailure } from '../../../src/faces/cli/report-failure.ts'
import { aWorld } from './a-world.ts'

const apiError = (code: ErrorCode, more: object = {}): ChanceryApiError =>
  new ChanceryApiError(
    {
      type: `/problems/${code}`,
      title: 'Title',
      status: 400,
      code,
      detail: 'What happened',
      requestId: 'r1',
      ...more,
    },
    undefined,
  )
const systemError = (code: string, message = code): Error => Object.assign(new Error(message), { code })
const URL_ = 'https://ca.test:8443'

describe('exit codes', () => {
  test.each(ERROR_CODES)('%s has one, and a failure carries it', (code) => {
    const failure = failureOf(apiError(code), URL_)
    expect(failure?.exitCode).toBe(EXIT_CODE_OF[code])
    expect(Object.keys(EXIT_CODES)).toContain(String(failure?.exitCode))
    expect(failure?.exitCode).not.toBe(0)
  })

  test('those that scripts tell apart', () => {
    const codes = (
      ['request_invalid', 'unavailable', 'unauthenticated', 'forbidden', 'not_found'] as const
    ).map((code) => EXIT_CODE_OF[code])
    expect(codes).toEqual([2, 3, 4, 4, 5])
    expect(EXIT_CODE_OF.already_revoked).toBe(6)
    expect(EXIT_CODE_OF.lint_failed).toBe(1)
  })

  test('docs/cli.md has the same table as --help', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
    for (const [code, meaning] of Object.entries(EXIT_CODES))
      expect(page).toContain(`| ${code} | ${meaning} |`)
    expect(exitCodesText().split('\n')).toHaveLength(1 + Object.keys(EXIT_CODES).length)
  })
})

describe('failures', () => {
  test.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'listener-ca.pem'],
    ['SELF_SIGNED_CERT_IN_CHAIN', '--ca FILE'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CHANCERY_CA'],
    ['CERT_HAS_EXPIRED', 'clocks'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'CHANCERY_LISTENER_NAMES'],
    ['EPROTO', 'port'],
    ['ECONNREFUSED', 'chancery serve'],
    ['ENOTFOUND', '--url'],
  ])('%s ends with 3 and says what to do', (code, advice) => {
    const failure = failureOf(systemError(code), URL_)
    expect(failure?.exitCode).toBe(3)
    expect(failure?.message).toContain(URL_)
    expect(failure?.advice.join('\n')).toContain(advice)
  })

  test('no advice ever is to stop checking certificates', () => {
    const all = ['SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'EPROTO'].map((code) =>
      failureOf(systemError(code), URL_),
    )
    expect(JSON.stringify(all.map((it) => it?.advice))).not.toMatch(
      /insecure|-k\b|rejectUnauthorized|NODE_TLS/,
    )
  })

  test('every violation is named with its field and the option it came from', () => {
    const violations = [
      { code: 'a', field: 'validity.days', message: 'too many' },
      { code: 'b', field: 'names.dns[2]', message: 'too long' },
    ]
    const failure = failureOf(apiError('request_invalid', { violations }), URL_)
    expect(failure?.advice).toEqual([
      'validity.days (--days): too many',
      'names.dns[2]: too long',
      'Request id: r1',
    ])
  })

  test('what a server says can’t drive the terminal', () => {
    const world = aWorld()
    const failure = failureOf(apiError('internal', { detail: 'a\u001b[2Jb\rc\u202ed' }), URL_)
    printFailure(world, failure as CliFailure)
    expect(world.stderr.text()).toBe('error: a\ufffd[2Jb\ufffdc\ufffdd (internal)\n  Request id: r1\n')
    expect(world.stdout.text()).toBe('')
  })

  test('colours are for terminals without NO_COLOR only', () => {
    const printed = (terminal: boolean, environment: Record<string, string>): string => {
      const world = aWorld({ terminal, environment })
      printFailure(world, new CliFailure(1, 'broken'))
      return world.stderr.text()
    }
    expect(printed(true, {})).toBe('\u001b[31merror:\u001b[0m broken\n')
    for (const plain of [
      printed(false, {}),
      printed(true, { NO_COLOR: '1' }),
      printed(true, { TERM: 'dumb' }),
    ])
      expect(plain).toBe('error: broken\n')
    expect(printed(true, { NO_COLOR: '' })).toContain('\u001b[31m')
  })
})
