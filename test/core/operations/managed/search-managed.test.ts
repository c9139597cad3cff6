import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  managedStatus,
  isExported,
  type ManagedCertificate,
} from '../../../../src/core/domain/managed-certificates.ts'
import { DAY } from '../../../../src/core/domain/time.ts'
import { associate } from '../../../../src/core/operations/managed/associations.ts'
import { exportManaged } from '../../../../src/core/operations/managed/export-managed.ts'
import { fillVersionFacts } from '../../../../src/core/operations/managed/fill-version-facts.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import { revokeManaged } from '../../../../src/core/operations/managed/revoke-managed.ts'
import { searchManaged } from '../../../../src/core/operations/managed/search-managed.ts'
import {
  MANAGED_ORDERS,
  MOST_SORTED,
  type ManagedCriterion,
  type ManagedSearch,
  type ManagedTest,
} from '../../../../src/core/ports/managed-search.ts'
import { DNS, managedPorts, type ManagedPorts } from './managed.ts'
import Database from 'better-sqlite3'

/** One of every kind, by what a search can tell apart. */
async function population(given: ManagedPorts): Promise<readonly ManagedCertificate[]> {
  const { ports, admin } = given
  const made: ManagedCertificate[] = []
  const request = async (...wishes: Parameters<ManagedPorts['request']>) => {
    given.pass(1000)
    const managed = await given.request(...wishes)
    made.push(managed)
    return managed
  }
  const old = await request({ domainName: 'old.example.com', days: 1 })
  given.pass(2 * DAY)
  await request({ domainName: 'www.example.com', names: ['example.com', '*.example.com'] })
  await request({ domainName: 'rsa.example.com', keyAlgorithm: 'RSA_2048', exportable: false })
  await request({ domainName: 'client.example.com', profile: 'tls-client', days: 20 })
  const used = await request({ domainName: 'used.example.org' })
  await associate(ports, admin, {
    id: used.id,
    resourceArn: `arn:aws:elasticloadbalancing:${admin.region}:${admin.account}:loadbalancer/app/a/1`,
  })
  const exported = await request({ domainName: 'exported.example.org' })
  await exportManaged(ports, admin, { id: exported.id, form: { format: 'pem' } })
  await renewManaged(ports, admin, (await request({ domainName: 'renewed.example.net' })).id)
  const revoked = await request({ domainName: 'revoked.example.net' })
  await revokeManaged(ports, admin, { id: revoked.id, reason: 'superseded' })
  await request({ domainName: 'pending.example.com', ...DNS, managedBy: 'cloudfront' })
  const valid = await request({ domainName: 'valid.example.com', names: ['a-b.example.com'], ...DNS })
  await given.prove(valid)
  await given.turn()
  expect(managedStatus(await given.now(old), given.calendar.now())).toBe('EXPIRED')
  return Promise.all(made.map(given.now))
}

function fits(managed: ManagedCertificate, criterion: ManagedCriterion, now: number): boolean {
  if ('all' in criterion) return criterion.all.every((each) => fits(managed, each, now))
  if ('any' in criterion) return criterion.any.some((each) => fits(managed, each, now))
  if ('not' in criterion) return !fits(managed, criterion.not, now)
  return passes(managed, criterion.test, now)
}

function passes(managed: ManagedCertificate, test: ManagedTest, now: number): boolean {
  const { current, names } = managed
  const like = (text: string, { is, whole }: { is: string; whole: boolean }) =>
    whole ? text === is : text.includes(is)
  switch (test.by) {
    case 'id':
      return managed.id === test.is
    case 'commonName':
      return like(names[0] ?? '', test)
    case 'dnsName':
      return names.some((name) => like(name, test))
    case 'keyUsage':
      return current?.facts?.keyUsages.includes(test.is) ?? false
    case 'extendedKeyUsage':
      return current?.facts?.extendedKeyUsages.includes(test.is) ?? false
    case 'extendedKeyUsageBeside':
      return current?.facts?.extendedKeyUsages.some((oid) => !test.known.includes(oid)) ?? false
    case 'keyAlgorithm':
      return managed.keyAlgorithm === test.is
    case 'serial':
      return current?.serial === test.is
    case 'notBefore':
    case 'notAfter':
      return (
        current !== undefined &&
        current[test.by] >= (test.from ?? 0) &&
        current[test.by] <= (test.until ?? Infinity)
      )
    case 'status':
      return managedStatus(managed, now) === test.is
    case 'renewalStatus':
      return managed.renewal?.status === test.is
    case 'kind':
    case 'managedBy':
    case 'validationMethod':
      return managed[test.by] === test.is
    case 'inUse':
      return managed.inUseBy.length > 0 === test.is
    case 'exported':
      return isExported(managed) === test.is
    case 'exportable':
      return managed.exportable === test.is
    case 'hasVersion':
      return (current !== undefined) === test.is
  }
}

/** Tests that some of the population pass and some don't. */
function testsOn(all: readonly ManagedCertificate[]): fc.Arbitrary<ManagedTest> {
  const someone = fc.constantFrom(...all)
  const flag = fc.boolean()
  const times = all.flatMap(({ current }) =>
    current === undefined ? [] : [current.notBefore, current.notAfter],
  )
  const time = fc.constantFrom(...times)
  const part = fc.constantFrom(
    'example',
    'org',
    'a-b',
    'a_b',
    '%',
    '*.',
    'www.example.com',
    'pending.example.com',
    '',
  )
  const made = <T extends ManagedTest>(shape: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
    fc.record(shape) as unknown as fc.Arbitrary<T>
  return fc.oneof(
    someone.map(({ id }) => ({ by: 'id' as const, is: id })),
    made<ManagedTest & { by: 'commonName' | 'dnsName' }>({
      by: fc.constantFrom('commonName', 'dnsName'),
      is: part,
      whole: flag,
    }),
    fc.constantFrom<ManagedTest[]>(
      { by: 'keyUsage', is: 'digitalSignature' },
      { by: 'keyUsage', is: 'keyEncipherment' },
      { by: 'extendedKeyUsage', is: '1.3.6.1.5.5.7.3.1' },
      { by: 'extendedKeyUsageBeside', known: [] },
      { by: 'extendedKeyUsageBeside', known: ['1.3.6.1.5.5.7.3.2'] },
      { by: 'keyAlgorithm', is: 'RSA_2048' },
      { by: 'renewalStatus', is: 'SUCCESS' },
      { by: 'managedBy', is: 'cloudfront' },
      { by: 'validationMethod', is: 'DNS' },
      { by: 'kind', is: 'validated' },
    ),
    fc
      .constantFrom('ISSUED', 'EXPIRED', 'REVOKED', 'PENDING_VALIDATION', 'FAILED')
      .map((is) => ({ by: 'status', is }) as const),
    someone.map(
      ({ current }) => ({ by: 'serial', is: current?.serial ?? all[0]?.current?.serial }) as ManagedTest,
    ),
    fc
      .tuple(fc.constantFrom('notBefore', 'notAfter'), fc.option(time), fc.option(time))
      .map(([by, from, until]) => ({
        by,
        ...(from === null ? {} : { from }),
        ...(until === null ? {} : { until }),
      })),
    fc
      .tuple(fc.constantFrom('inUse', 'exported', 'exportable', 'hasVersion'), flag)
      .map(([by, is]) => ({ by, is })),
  )
}

const criteriaOn = (all: readonly ManagedCertificate[]): fc.Arbitrary<ManagedCriterion> =>
  fc.letrec<{ tree: ManagedCriterion }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      testsOn(all).map((test) => ({ test })),
      fc.array(tie('tree'), { maxLength: 3 }).map((parts) => ({ all: parts })),
      fc.array(tie('tree'), { maxLength: 3 }).map((parts) => ({ any: parts })),
      tie('tree').map((part) => ({ not: part })),
    ),
  })).tree

/** Every page of a search, each with so many. */
async function whole({ ports, admin }: ManagedPorts, search: ManagedSearch, limit: number) {
  const found: ManagedCertificate[] = []
  let after: string | undefined
  do {
    const page = await searchManaged(ports, admin, { search, page: { limit, after } })
    found.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return found
}

describe('a search of managed certificates', () => {
  it('finds whatever fits, in any order, in pages of any size, each once', async () => {
    await using given = await managedPorts()
    const all = await population(given)
    const now = given.calendar.now()
    await fc.assert(
      fc.asyncProperty(
        criteriaOn(all),
        fc.constantFrom(undefined, ...MANAGED_ORDERS),
        fc.boolean(),
        fc.integer({ min: 1, max: 12 }),
        fc.option(fc.subarray(['RSA_2048', 'EC_prime256v1', 'RSA_1024'], { minLength: 1 })),
        async (criterion, order, ascending, limit, keyAlgorithms) => {
          const search = {
            criterion,
            ascending,
            ...(order === undefined ? {} : { order }),
            ...(keyAlgorithms === null ? {} : { keyAlgorithms }),
          }
          const found = (await whole(given, search, limit)).map(({ id }) => id)
          const expected = all.filter(
            (each) => fits(each, criterion, now) && (keyAlgorithms?.includes(each.keyAlgorithm) ?? true),
          )
          const ids = expected.map(({ id }) => id)
          if (order === undefined || order === 'createdAt')
            expect(found).toEqual(ascending ? ids : ids.toReversed())
          else expect(found.toSorted()).toEqual(ids.toSorted())
        },
      ),
      { numRuns: 300 },
    )
  })

  it('sorts by what it is asked to sort by, what has no value as the smallest', async () => {
    await using given = await managedPorts()
    const all = await population(given)
    const notAfter = await whole(given, { order: 'notAfter', ascending: true }, 3)
    const times = notAfter.map(({ current }) => current?.notAfter ?? 0)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times).toHaveLength(all.length)
    const names = (await whole(given, { order: 'commonName' }, 4)).map(({ names: [name] }) => name)
    expect(names).toEqual(names.toSorted((a = '', b = '') => (a < b ? 1 : -1)))
  })

  it('has the facts of versions from before there were any read by the job', async () => {
    await using given = await managedPorts()
    const managed = await given.request()
    const search = { criterion: { test: { by: 'keyUsage', is: 'digitalSignature' } } } as const
    const db = new Database(given.database)
    db.exec('UPDATE ManagedVersion SET commonName = NULL, keyUsages = NULL, extendedKeyUsages = NULL')
    db.close()
    expect(await whole(given, search, 10)).toEqual([])
    expect(await fillVersionFacts(given.ports)).toEqual({ filled: 1 })
    expect(await fillVersionFacts(given.ports)).toEqual({ filled: 0 })
    const [found] = await whole(given, search, 10)
    expect(found?.current?.facts).toEqual(managed.current?.facts)
  })

  it.each([
    ['too deep', Array.from({ length: 10 }).reduce<ManagedCriterion>((not) => ({ not }), { all: [] })],
    ['too long', { any: Array.from({ length: 250 }, () => ({ all: [] })) }],
  ])('refuses a criterion that is %s', async (_, criterion) => {
    await using given = await managedPorts()
    await expect(whole(given, { criterion }, 10)).rejects.toMatchObject({
      code: 'request_invalid',
      violations: [{ code: 'criterion_size', field: 'criterion' }],
    })
  })

  it('looks at so many rows a page, and sorts no more than the rest of the server can wait for', async () => {
    await using given = await managedPorts()
    const managed = await given.request()
    const db = new Database(given.database)
    const columns = db
      .prepare("SELECT group_concat(name) FROM pragma_table_info('ManagedCertificate') WHERE name <> 'id'")
      .pluck()
      .get()
    db.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MOST_SORTED})
         INSERT INTO ManagedCertificate (id, ${columns as string})
         SELECT printf('ffffffff-0000-7000-8000-%012d', i), ${columns as string} FROM n, ManagedCertificate WHERE id = '${managed.id}'`,
    )
    db.close()
    const { ports, admin } = given
    const search = { criterion: { test: { by: 'id', is: managed.id } } } as const
    const page = await searchManaged(ports, admin, { search, page: { limit: 10, after: undefined } })
    expect(page).toMatchObject({ items: [], next: expect.any(String) as string })
    expect((await whole(given, search, 10)).map(({ id }) => id)).toEqual([managed.id])
    // By the kind of key it is looked up, however many others there are.
    const rsa = await searchManaged(ports, admin, {
      search: { keyAlgorithms: ['RSA_2048', 'RSA_1024'] },
      page: { limit: 10, after: undefined },
    })
    expect(rsa).toEqual({ items: [], next: undefined })
    await expect(whole(given, { order: 'notAfter' }, 10)).rejects.toMatchObject({
      violations: [{ code: 'order_too_many' }],
    })
  })
})
