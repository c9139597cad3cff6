import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketViolations, isBucketName, reportAtKey, reportKey } from '../../../src/core/domain/buckets.ts'
import { REPORT_FORMATS } from '../../../src/core/domain/audit-reports.ts'
import type { AuthorityId, ReportId } from '../../../src/core/domain/ids.ts'
import { repositorySegments } from '../../../src/core/domain/repository-paths.ts'

describe('the name of a bucket', () => {
  test.each(['pki', 'a.b', '3-crls', 'crl', 'a'.repeat(63), 'reports.example.com', '1.2.3'])('%s', (name) => {
    expect(bucketViolations(name, 'bucket')).toEqual([])
  })

  test.each([
    ...[
      '',
      'ab',
      'a'.repeat(64),
      'Pki',
      'p_ki',
      'pki/',
      '/pki',
      '..',
      '...',
      'a..b',
      '.ab',
      'ab.',
      '-ab',
      'ab-',
    ],
    ...[
      'a-.b',
      'a.-b',
      '192.168.5.4',
      'xn--pki',
      'sthree-pki',
      'amzn-s3-demo-pki',
      'pki-s3alias',
      'pki--ol-s3',
    ],
    ...[
      'pki.mrap',
      'pki--x-s3',
      'pki--table-s3',
      'ocsp',
      'validation',
      'p\0ki',
      'pki\n',
      'pkï',
      '%2e%2e',
      'a\\b',
    ],
  ])('not %j', (name) => {
    expect(bucketViolations(name, 'bucket')).toMatchObject([{ code: 'bucket_name', field: 'bucket' }])
  })

  test('is one name of a path, whatever it is made of', () => {
    const near = fc.string({ minLength: 3, maxLength: 6, unit: fc.constantFrom(...'ab1-./%_\\') })
    fc.assert(
      fc.property(near, (name) => {
        if (isBucketName(name))
          expect(repositorySegments(`/${name}/crl/x.crl`)).toEqual([name, 'crl', 'x.crl'])
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the key of an audit report', () => {
  const uuid = fc.uuid().map((id) => id.toLowerCase())
  const place = fc.record({ authority: uuid, report: uuid, format: fc.constantFrom(...REPORT_FORMATS) })

  test('says which one it is', () => {
    fc.assert(
      fc.property(place, ({ authority, report, format }) => {
        const of = { authority: authority as AuthorityId, id: report as ReportId, format }
        expect(reportKey(of)).toMatch(/^audit-report\/[0-9a-f-]{36}\/[0-9a-f-]{36}\.(csv|json)$/)
        expect(reportAtKey(reportKey(of))).toEqual({ authority, report, format })
      }),
    )
  })

  test('is nothing else', () => {
    const id = '0197a1b2-8d10-7a4b-8c2d-5e6f70819203'
    for (const key of [
      `audit-report/${id}/${id}.xml`,
      `audit-report/${id}/../${id}.csv`,
      `/audit-report/${id}/${id}.csv`,
      `audit-report//${id}/${id}.csv`,
      `audit-report/${id}/${id}.csv/`,
      `audit-report/${id}/${id}.csv\n`,
      `audit-report/${id}/${id}.CSV`,
      `audit-report/${id.toUpperCase()}/${id}.csv`,
      `audit-report/${'-'.repeat(36)}/${id}.csv`,
      `crl/${id}.crl`,
      '',
    ])
      expect(reportAtKey(key), key).toBeUndefined()
  })
})
