import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOpensslIndex, opensslIndex } from '../../../src/core/domain/openssl-index.ts'

const VALID = 'V\t301231235959Z\t\t1000\tunknown\t/CN=a'
const REVOKED = 'R\t20601231235959Z\t260102030405Z,keyCompromise\t0A1B\tunknown\t/CN=b'

describe('index.txt of openssl ca', () => {
  test('valid, revoked and expired lines; blank lines and CRLF mean nothing', () => {
    const { entries, problems } = opensslIndex(`${VALID}\r\n\n${REVOKED}\n${VALID.replace('V', 'E')}\n`)
    expect(problems).toEqual([])
    expect(entries).toEqual([
      {
        line: 1,
        serial: '1000'.padStart(32, '0'),
        serialText: '1000',
        notAfter: Date.UTC(2030, 11, 31, 23, 59, 59),
        revocation: undefined,
      },
      {
        line: 3,
        serial: '0a1b'.padStart(32, '0'),
        serialText: '0A1B',
        notAfter: Date.UTC(2060, 11, 31, 23, 59, 59),
        revocation: { revokedAt: Date.UTC(2026, 0, 2, 3, 4, 5), reason: 'keyCompromise' },
      },
      expect.objectContaining({ line: 4, revocation: undefined }),
    ])
  })

  test.each([
    ['', 'unspecified'],
    [',unspecified', 'unspecified'],
    [',CACompromise', 'cACompromise'],
    [',superseded', 'superseded'],
    [',certificateHold', 'certificateHold'],
    [',holdInstruction,holdInstructionReject', 'certificateHold'],
    [',keyTime,20260101000000Z', 'keyCompromise'],
    [',CAkeyTime,20260101000000Z', 'cACompromise'],
  ])('the reason %j is %s', (written, reason) => {
    const { entries } = opensslIndex(REVOKED.replace(',keyCompromise', written))
    expect(entries[0]?.revocation?.reason).toBe(reason)
  })

  test.each([
    ['hello', /six fields/],
    [VALID.replace('V', 'X'), /status is V, R or E/],
    [VALID.replace('301231235959Z', '300231235959Z'), /is no time/],
    [VALID.replace('301231235959Z', 'soon'), /is no time/],
    [VALID.replace('1000', 'xyz'), /is no serial/],
    [VALID.replace('1000', '0'), /is no serial/],
    [REVOKED.replace('R', 'V'), /only R lines/],
    [REVOKED.replace('keyCompromise', 'boredom'), /is no reason/],
    [REVOKED.replace('260102030405Z,keyCompromise', ''), /is no time/],
  ])('%j is named by its line', (line, message) => {
    const { entries, problems } = opensslIndex(`${VALID}\n${line}\n${VALID}`)
    expect(entries).toHaveLength(2)
    expect(problems).toEqual([{ line: 2, message: expect.stringMatching(message) as string }])
  })

  test('anything else is a problem of some line, never an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(VALID, REVOKED))), (lines) => {
        const { entries, problems } = opensslIndex(lines.join('\n'))
        expect(entries.length).toBeGreaterThanOrEqual(
          lines.filter((line) => line === VALID || line === REVOKED).length,
        )
        for (const { line } of problems) expect(line).toBeGreaterThan(0)
      }),
    )
  })

  test('is told from a bundle of certificates', () => {
    expect(isOpensslIndex(`${VALID}\n`)).toBe(true)
    expect(isOpensslIndex('-----BEGIN CERTIFICATE-----\n')).toBe(false)
  })
})
