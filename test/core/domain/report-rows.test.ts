import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  REPORT_COLUMNS,
  reportText,
  REASON_WORDS,
  type ReportRow,
} from '../../../src/core/domain/report-rows.ts'
import type { ReportFormat } from '../../../src/core/domain/audit-reports.ts'
import { REVOCATION_REASON_NAMES } from '../../../src/core/domain/revocation.ts'
import { LAST_MOMENT } from '../../../src/core/domain/time.ts'
import { recordsOfCsv } from '../../support/csv.ts'

const ARN =
  'arn:aws-us-gov:acm-pca:us-gov-west-1:111122223333:certificate-authority/0197a1b0-0a5c-7c4e-9c55-8d2f0a6b1c3d'
const SERIAL = '00e8cbd2bedb122329f97706bcfec990'
const at = (text: string): number => Date.parse(text)

const PLAIN: ReportRow = {
  account: '111122223333',
  serial: Buffer.from(SERIAL, 'hex'),
  subject: 'CN=www.example.com',
  notBefore: at('2020-03-02T20:43:57Z'),
  notAfter: at('2021-03-02T21:43:57Z'),
  issuedAt: at('2020-03-02T21:43:57.999Z'),
  revokedAt: undefined,
  reason: undefined,
  managed: false,
  profile: 'tls-server',
}
const FULL: ReportRow = {
  ...PLAIN,
  account: '444455556666',
  subject: '2.5.4.5=#130131,CN=a\\,b "c",O=Größe & Söhne',
  revokedAt: at('2020-05-01T00:00:00Z'),
  reason: 'keyCompromise',
  managed: true,
  profile: 'EndEntityCertificate/V1',
}

const written = (format: ReportFormat, rows: readonly ReportRow[]): string => {
  const text = reportText(format, ARN)
  return text.head + rows.map((row, index) => text.row(row, index === 0)).join('') + text.tail
}

const COLONS = '00:e8:cb:d2:be:db:12:23:29:f9:77:06:bc:fe:c9:90'
test('CSV is AWS’s header, a record a line and quotes where RFC 4180 §2 wants them', () => {
  expect(written('CSV', [PLAIN, FULL])).toBe(
    [
      'awsAccountId,requestedByServicePrincipal,certificateArn,serial,subject,notBefore,notAfter,issuedAt,revokedAt,revocationReason,templateArn',
      `111122223333,,${ARN}/certificate/${SERIAL},${COLONS},CN=www.example.com,2020-03-02T20:43:57+0000,2021-03-02T21:43:57+0000,2020-03-02T21:43:57+0000,,,`,
      `444455556666,acm.amazonaws.com,${ARN}/certificate/${SERIAL},${COLONS},"2.5.4.5=#130131,CN=a\\,b ""c"",O=Größe & Söhne",2020-03-02T20:43:57+0000,2021-03-02T21:43:57+0000,2020-03-02T21:43:57+0000,2020-05-01T00:00:00+0000,KEY_COMPROMISE,arn:aws-us-gov:acm-pca:::template/EndEntityCertificate/V1`,
      '',
    ].join('\r\n'),
  )
})

test('JSON is an array of objects with the same keys, those without a value left out', () => {
  const members = {
    awsAccountId: '111122223333',
    certificateArn: `${ARN}/certificate/${SERIAL}`,
    serial: COLONS,
    subject: 'CN=www.example.com',
    notBefore: '2020-03-02T20:43:57+0000',
    notAfter: '2021-03-02T21:43:57+0000',
    issuedAt: '2020-03-02T21:43:57+0000',
  }
  const text = written('JSON', [PLAIN, FULL])
  expect(JSON.parse(text)).toEqual([
    members,
    {
      ...members,
      awsAccountId: '444455556666',
      requestedByServicePrincipal: 'acm.amazonaws.com',
      subject: FULL.subject,
      revokedAt: '2020-05-01T00:00:00+0000',
      revocationReason: 'KEY_COMPROMISE',
      templateArn: 'arn:aws-us-gov:acm-pca:::template/EndEntityCertificate/V1',
    },
  ])
  // In the order of the columns, which some read by place.
  const [, second = ''] = text.split('\n').slice(1)
  expect(Object.keys(JSON.parse(second.replace(/,$/, '')) as object)).toEqual(REPORT_COLUMNS)
})

test('a report without certificates is a header, or an empty array', () => {
  expect(recordsOfCsv(written('CSV', []))).toEqual([REPORT_COLUMNS])
  expect(JSON.parse(written('JSON', []))).toEqual([])
})

test('every reason has a word of its own', () => {
  expect(new Set(REVOCATION_REASON_NAMES.map((name) => REASON_WORDS[name])).size).toBe(
    REVOCATION_REASON_NAMES.length,
  )
})

const time = fc
  .integer({ min: Date.UTC(1950, 0) / 1000, max: LAST_MOMENT / 1000 })
  .map((seconds) => seconds * 1000)
const aRow: fc.Arbitrary<ReportRow> = fc
  .record({
    account: fc.stringMatching(/^[0-9]{12}$/),
    serial: fc.uint8Array({ minLength: 16, maxLength: 20 }),
    subject: fc.string({ unit: 'grapheme', maxLength: 60 }),
    notBefore: time,
    notAfter: time,
    issuedAt: time,
    revoked: fc.option(fc.record({ at: time, reason: fc.constantFrom(...REVOCATION_REASON_NAMES) })),
    managed: fc.boolean(),
    profile: fc.constantFrom('tls-server', 'CodeSigningCertificate/V1', 'a,"profile"'),
  })
  .map(({ revoked, ...row }) => ({ ...row, revokedAt: revoked?.at, reason: revoked?.reason }))

test('whatever stands in it, both formats read back to the same', () => {
  fc.assert(
    fc.property(fc.array(aRow, { maxLength: 8 }), (rows) => {
      const [header = [], ...records] = recordsOfCsv(written('CSV', rows))
      const objects = JSON.parse(written('JSON', rows)) as Record<string, string>[]
      expect(records.map((record) => Object.fromEntries(header.map((key, i) => [key, record[i]])))).toEqual(
        objects.map((object) => Object.fromEntries(REPORT_COLUMNS.map((key) => [key, object[key] ?? '']))),
      )
      expect(objects.map(({ subject }) => subject)).toEqual(rows.map(({ subject }) => subject))
      expect(objects.map(({ serial = '' }) => serial.replaceAll(':', ''))).toEqual(
        rows.map(({ serial }) => Buffer.from(serial).toString('hex')),
      )
      expect(objects.map(({ notAfter = '' }) => Date.parse(notAfter))).toEqual(
        rows.map((row) => row.notAfter),
      )
    }),
  )
})
