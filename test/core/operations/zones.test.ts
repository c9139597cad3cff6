import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import {
  listDnsFaults,
  orderDnsFault,
  withdrawDnsFaults,
} from '../../../src/core/operations/zones/dns-faults.ts'
import {
  deleteRecords,
  listRecords,
  putRecords,
  type PutRecordsRequest,
} from '../../../src/core/operations/zones/record-sets.ts'
import { createZone, deleteZone, describeZone, listZones } from '../../../src/core/operations/zones/zones.ts'
import { zoneText } from '../../../src/core/domain/zone-text.ts'
import type { QueryType } from '../../../src/core/ports/resolver.ts'
import { aPrincipal, barePorts, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

let given: TestPorts
beforeAll(async () => {
  given = await barePorts({ mode: 'simulation' })
})
afterAll(() => given[Symbol.asyncDispose]())

let made = 0
const aZone = async (): Promise<string> => {
  const { apex } = await createZone(given.ports, given.admin, { apex: `zone${++made}.example` })
  return apex
}
const put = (request: Omit<PutRecordsRequest, 'type'> & { type?: PutRecordsRequest['type'] }) =>
  putRecords(given.ports, given.admin, { type: 'A', ...request })
const ask = (name: string, type: QueryType = 'A') =>
  given.ports.perspectives.primary.resolver.resolve({ name, type })
const PAGE = { limit: 100, after: undefined }

const other = aPrincipal({ account: '444455556666' as AccountId, role: 'administrator' })

describe('a zone', () => {
  test('belongs to the account that made it: for others it isn’t there, and can’t be taken or entered', async () => {
    const apex = await aZone()
    expect(await describeZone(given.ports, given.admin, `${apex.toUpperCase()}.`)).toMatchObject({ apex })
    await expectRefusal(describeZone(given.ports, other, apex), 'not_found', [])
    await expectRefusal(deleteZone(given.ports, other, apex), 'not_found', [])
    await expectRefusal(listRecords(given.ports, other, { apex }, PAGE), 'not_found', [])
    const stolen = { apex, name: apex, type: 'A', values: ['192.0.2.66'] } as const
    await expectRefusal(putRecords(given.ports, other, stolen), 'not_found', [])
    await expectRefusal(deleteRecords(given.ports, other, { apex, name: apex }), 'not_found', [])
    await expectRefusal(createZone(given.ports, other, { apex }), 'already_exists', ['apex zone_taken'])
    await expectRefusal(createZone(given.ports, other, { apex: `a.b.${apex}` }), 'state_conflict', [
      'apex zone_foreign',
    ])
    // Beside it there is room, and its own account may cut it further.
    await createZone(given.ports, other, { apex: `x${apex}` })
    await createZone(given.ports, given.admin, { apex: `sub.${apex}` })
    const names = (await listZones(given.ports, other, PAGE)).items.map((zone) => zone.apex)
    expect(names).toEqual([`x${apex}`])
  })

  test('of a single label takes the installation’s administrator', async () => {
    await expectRefusal(createZone(given.ports, other, { apex: 'test' }), 'forbidden', [])
    await createZone(given.ports, given.admin, { apex: 'test' })
  })

  test.each(['', '.', '*.example', 'a..example', 'a b.example', 'ä.example', `${'a'.repeat(64)}.example`])(
    'can’t be called %j',
    async (apex) => {
      await expectRefusal(createZone(given.ports, given.admin, { apex }), 'request_invalid', [
        'apex zone_apex',
      ])
    },
  )

  test('goes with its records', async () => {
    const apex = await aZone()
    await put({ apex, name: '@', values: ['192.0.2.1'] })
    await deleteZone(given.ports, given.admin, apex)
    expect(await ask(apex)).toMatchObject({ exists: false, records: [] })
    await createZone(given.ports, given.admin, { apex })
    expect(await ask(apex)).toMatchObject({ exists: true, records: [] })
  })

  test('tells by an issuer’s token nothing, nor changes', async () => {
    const issuer = aPrincipal({ account: given.admin.account })
    await expectRefusal(createZone(given.ports, issuer, { apex: 'b.example' }), 'forbidden', [])
    await expectRefusal(listZones(given.ports, issuer, PAGE), 'forbidden', [])
  })
})

describe('records', () => {
  test.each([
    ['A', '192.0.2.1', '192.0.2.1'],
    ['AAAA', '2001:DB8:0::1', '2001:db8::1'],
    ['CNAME', 'Target.Example.', 'target.example'],
    ['NS', 'ns.example', 'ns.example'],
    ['MX', '10  Mail.Example', '10 mail.example'],
    ['MX', '0 .', '0 .'],
    ['TXT', 'v=spf1 -all', '"v=spf1 -all"'],
    ['TXT', '"one " "two \\"quoted\\" \\255"', '"one two \\"quoted\\" \\255"'],
    ['TXT', 'grün', '"gr\\195\\188n"'],
    ['CAA', '0 issue "ca.example; account=1"', '0 issue "ca.example; account=1"'],
    ['CAA', '129 IssueWild ;', '129 IssueWild ";"'],
    ['CAA', '128 tbs "\\000\\255"', '128 tbs "\\000\\255"'],
  ] as const)('of type %s: %s', async (type, value, text) => {
    const apex = await aZone()
    const set = await put({ apex, name: `n.${apex}`, type, values: [value] })
    expect(set.data.map((each) => zoneText(each, type))).toEqual([text])
    const { items } = await listRecords(given.ports, given.admin, { apex }, PAGE)
    expect(items).toEqual([set])
    expect(await ask(`n.${apex}`, type)).toMatchObject({
      resolver: 'simulated',
      exists: true,
      records: [{ name: `n.${apex}`, type, data: set.data[0], ttl: 60 }],
    })
  })

  test.each([
    ['A', '192.0.2.256'],
    ['A', '2001:db8::1'],
    ['A', '192.0.2.01'],
    ['AAAA', '192.0.2.1'],
    ['CNAME', '*.example'],
    ['CNAME', 'no host.example'],
    ['NS', ''],
    ['MX', 'mail.example'],
    ['MX', '65536 mail.example'],
    ['TXT', '"open'],
    ['TXT', 'x'.repeat(4097)],
    ['TXT', '"\\256"'],
    ['CAA', 'issue "ca.example"'],
    ['CAA', '256 issue "ca.example"'],
    ['CAA', '0 is-sue "ca.example"'],
    ['CAA', '0 issue'],
    ['CAA', '0 issue "a" "b"'],
  ] as const)('of type %s can’t hold %s', async (type, value) => {
    const apex = await aZone()
    await expectRefusal(put({ apex, name: `n.${apex}`, type, values: [value] }), 'request_invalid', [
      'values[0] record_value',
    ])
  })

  test('everything wrong about a set is named at once', async () => {
    const apex = await aZone()
    await expectRefusal(
      put({
        apex,
        name: 'outside.example',
        type: 'A',
        values: ['x', '192.0.2.1', '192.0.2.1'],
        ttl: -1,
        perspective: 'mars',
      }),
      'request_invalid',
      [
        'name record_name',
        'values[0] record_value',
        'values[2] record_value',
        'ttl record_ttl',
        'perspective perspective',
      ],
    )
    await expectRefusal(
      put({ apex, name: '@', type: 'CNAME', values: ['a.example', 'b.example'] }),
      'request_invalid',
      ['type record_alias', 'values record_count'],
    )
    await expectRefusal(put({ apex, name: '@', values: [] }), 'request_invalid', ['values record_count'])
  })

  test('RFC 1034 §3.6.2: an alias stands alone, whichever came first', async () => {
    const apex = await aZone()
    await put({ apex, name: `a.${apex}`, type: 'CNAME', values: ['b.example'] })
    await expectRefusal(put({ apex, name: `a.${apex}`, values: ['192.0.2.1'] }), 'state_conflict', [
      'type record_alias',
    ])
    await put({ apex, name: `b.${apex}`, values: ['192.0.2.1'] })
    const alias = put({ apex, name: `b.${apex}`, type: 'CNAME', values: ['b.example'] })
    await expectRefusal(alias, 'state_conflict', ['type record_alias'])
    // Another target is another value of the same set.
    await put({ apex, name: `a.${apex}`, type: 'CNAME', values: ['c.example'] })
  })

  test('are replaced as a set, and deleted by type or all', async () => {
    const apex = await aZone()
    await put({ apex, name: '@', values: ['192.0.2.1', '192.0.2.2'] })
    await put({ apex, name: '@', values: ['192.0.2.3'] })
    await put({ apex, name: '@', type: 'TXT', values: ['t'] })
    expect(await ask(apex)).toMatchObject({ records: [{ data: '192.0.2.3' }] })
    await deleteRecords(given.ports, given.admin, { apex, name: apex, type: 'A' })
    expect(await ask(apex)).toMatchObject({ records: [] })
    await deleteRecords(given.ports, given.admin, { apex, name: '@' })
    expect((await listRecords(given.ports, given.admin, { apex }, PAGE)).items).toEqual([])
    await expectRefusal(deleteRecords(given.ports, given.admin, { apex, name: '@' }), 'not_found', [])
  })

  test('are listed in pages, or those of a name', async () => {
    const apex = await aZone()
    for (const label of ['a', 'b', 'c', 'd', 'e'])
      await put({ apex, name: `${label}.${apex}`, values: ['192.0.2.1'] })
    await put({ apex, name: `b.${apex}`, type: 'TXT', values: ['t'] })
    const found: string[] = []
    for (let after: string | undefined; ;) {
      const page = await listRecords(given.ports, given.admin, { apex }, { limit: 2, after })
      found.push(...page.items.map(({ name, type }) => `${name.split('.')[0]} ${type}`))
      after = page.next
      if (after === undefined) break
    }
    expect(found).toEqual(['a A', 'b A', 'b TXT', 'c A', 'd A', 'e A'])
    const of = await listRecords(
      given.ports,
      given.admin,
      { apex, name: `b.${apex}` },
      { limit: 1, after: undefined },
    )
    expect(of).toMatchObject({ items: [{ type: 'A' }], next: expect.any(String) as string })
  })

  test('changes are on the audit trail', async () => {
    const apex = await aZone()
    await put({ apex, name: '@', values: ['192.0.2.1'] })
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(given.database, { readonly: true })
    const records = db.prepare('SELECT name, record FROM AuditEvent ORDER BY id DESC LIMIT 2').all() as {
      name: string
      record: string
    }[]
    db.close()
    expect(records.map(({ name }) => name)).toEqual(['PutRecords', 'CreateZone'])
    expect(JSON.parse(records[0]?.record ?? '')).toMatchObject({
      requestParameters: { name: apex, type: 'A', values: ['192.0.2.1'] },
      resources: [{ ARN: `arn:aws:chancery::${given.admin.account}:zone/${apex}` }],
    })
  })
})

describe('answers from zones', () => {
  test('RFC 4592 §2.2.1: the example zone', async () => {
    const apex = 'example'
    await createZone(given.ports, given.admin, { apex })
    const sets = [
      ['*.example', 'TXT', 'this is a wildcard'],
      ['*.example', 'MX', '10 host1.example'],
      ['host1.example', 'A', '192.0.2.1'],
      ['_ssh._tcp.host1.example', 'TXT', 'srv'],
      ['_ssh._tcp.host2.example', 'TXT', 'srv'],
    ] as const
    for (const [name, type, value] of sets) await put({ apex, name, type, values: [value] })
    // The section's sub.*.example: here a * is a first label or none.
    await expectRefusal(put({ apex, name: 'sub.*.example', values: ['192.0.2.1'] }), 'request_invalid', [
      'name record_name',
    ])
    // Synthesized, as the section lists them.
    expect(await ask('host3.example', 'MX')).toMatchObject({
      exists: true,
      records: [{ name: 'host3.example' }],
    })
    expect(await ask('host3.example', 'A')).toMatchObject({ exists: true, records: [] })
    expect(await ask('foo.bar.example', 'TXT')).toMatchObject({
      exists: true,
      records: [{ name: 'foo.bar.example' }],
    })
    // Not synthesized: the name, or its closest encloser, exists.
    expect(await ask('host1.example', 'MX')).toMatchObject({ exists: true, records: [] })
    expect(await ask('_telnet._tcp.host1.example', 'TXT')).toMatchObject({ exists: false })
    // host2.example is an empty non-terminal: there, with nothing at it.
    expect(await ask('host2.example', 'TXT')).toMatchObject({ exists: true, records: [] })
    expect(await ask('ghost.host2.example', 'MX')).toMatchObject({ exists: false, records: [] })
    // The wildcard itself can be asked for.
    expect(await ask('*.example', 'TXT')).toMatchObject({ exists: true, records: [{ name: '*.example' }] })
    await deleteZone(given.ports, given.admin, apex)
  })

  test('RFC 8020 §2: what lies below a name makes it exist, what lies beside it doesn’t', async () => {
    const apex = await aZone()
    await put({ apex, name: `a.b.${apex}`, values: ['192.0.2.1'] })
    await put({ apex, name: `x-y.${apex}`, values: ['192.0.2.1'] })
    expect(await ask(`b.${apex}`)).toMatchObject({ exists: true, records: [] })
    expect(await ask(`x.${apex}`)).toMatchObject({ exists: false })
    expect(await ask(`c.b.${apex}`)).toMatchObject({ exists: false })
  })

  test('aliases are followed through zones, and the answer shows each', async () => {
    const [one, two] = [await aZone(), await aZone()]
    await put({ apex: one, name: `www.${one}`, type: 'CNAME', values: [`web.${two}`] })
    await put({ apex: two, name: `*.${two}`, type: 'CNAME', values: [`host.${one}`] })
    await put({ apex: one, name: `host.${one}`, values: ['192.0.2.7'] })
    expect(await ask(`www.${one}`)).toMatchObject({
      exists: true,
      records: [
        { name: `www.${one}`, type: 'CNAME', data: `web.${two}` },
        { name: `web.${two}`, type: 'CNAME', data: `host.${one}` },
        { name: `host.${one}`, type: 'A', data: '192.0.2.7' },
      ],
    })
    expect(await ask(`www.${one}`, 'CNAME')).toMatchObject({ records: [{ data: `web.${two}` }] })
    // RFC 6604 §2: the code is about the last name.
    await deleteRecords(given.ports, given.admin, { apex: one, name: `host.${one}` })
    expect(await ask(`www.${one}`)).toMatchObject({ exists: false, records: [{}, {}] })
  })

  test('aliases in a circle, and too many of them, are the resolver’s failure', async () => {
    const apex = await aZone()
    await put({ apex, name: `a.${apex}`, type: 'CNAME', values: [`b.${apex}`] })
    await put({ apex, name: `b.${apex}`, type: 'CNAME', values: [`a.${apex}`] })
    expect(await ask(`a.${apex}`)).toMatchObject({ outcome: 'failed', reason: 'servfail' })
    for (let i = 0; i < 17; i++)
      await put({ apex, name: `c${i}.${apex}`, type: 'CNAME', values: [`c${i + 1}.${apex}`] })
    await put({ apex, name: `c17.${apex}`, values: ['192.0.2.1'] })
    expect(await ask(`c0.${apex}`)).toMatchObject({ outcome: 'failed', reason: 'servfail' })
    expect(await ask(`c1.${apex}`)).toMatchObject({ outcome: 'answered', exists: true })
  })

  test('outside all zones nothing exists, at once; the most specific zone answers', async () => {
    const apex = await aZone()
    expect(await ask('nowhere.invalid')).toMatchObject({ outcome: 'answered', exists: false, records: [] })
    await put({ apex, name: `out.${apex}`, type: 'CNAME', values: ['nowhere.invalid'] })
    expect(await ask(`out.${apex}`)).toMatchObject({ exists: false, records: [{ type: 'CNAME' }] })
    await put({ apex, name: `a.cut.${apex}`, values: ['192.0.2.1'] })
    await createZone(given.ports, given.admin, { apex: `cut.${apex}` })
    expect(await ask(`a.cut.${apex}`)).toMatchObject({ exists: false })
  })

  test('a zone has a SOA record', async () => {
    const apex = await aZone()
    expect(await ask(apex, 'SOA')).toMatchObject({
      exists: true,
      records: [{ name: apex, type: 'other', data: `SOA ns.${apex} hostmaster.${apex} 1 3600 600 86400 5` }],
    })
  })
})

describe('faults on order', () => {
  const order = (request: Parameters<typeof orderDnsFault>[2]) =>
    orderDnsFault(given.ports, given.admin, request)

  test.each([
    ['servfail', { outcome: 'failed', reason: 'servfail' }],
    ['timeout', { outcome: 'failed', reason: 'timeout' }],
    ['truncate-tcp', { outcome: 'failed', reason: 'truncated' }],
    ['truncate', { outcome: 'answered', exists: true, records: [{ data: '192.0.2.1' }] }],
    ['nxdomain', { outcome: 'answered', exists: false, records: [] }],
  ] as const)('%s, until it is withdrawn', async (kind, told) => {
    const apex = await aZone()
    await put({ apex, name: '@', values: ['192.0.2.1'] })
    const { id } = await order({ name: apex, kind })
    for (const _ of [1, 2]) expect(await ask(apex)).toMatchObject(told)
    await withdrawDnsFaults(given.ports, given.admin, id)
    expect(await ask(apex)).toMatchObject({ outcome: 'answered', exists: true })
    await expectRefusal(withdrawDnsFaults(given.ports, given.admin, id), 'not_found', [])
  })

  test('as often as ordered, then the next one, then none', async () => {
    const apex = await aZone()
    await order({ name: apex, kind: 'servfail', times: 2 })
    await order({ name: apex, kind: 'timeout', times: 1 })
    const told = []
    for (let i = 0; i < 4; i++) told.push(await ask(apex))
    expect(told.map((each) => (each.outcome === 'failed' ? each.reason : 'fine'))).toEqual([
      'servfail',
      'servfail',
      'timeout',
      'fine',
    ])
    expect(await listDnsFaults(given.ports, given.admin)).toEqual([])
  })

  test('counts are exact, however many ask at a time', async () => {
    const apex = await aZone()
    await order({ name: apex, kind: 'servfail', times: 7 })
    const told = await Promise.all(Array.from({ length: 20 }, () => ask(apex)))
    expect(told.filter(({ outcome }) => outcome === 'failed')).toHaveLength(7)
  })

  test('for a name, or also what lies below; for one type, or all', async () => {
    const apex = await aZone()
    await order({ name: apex, kind: 'servfail', type: 'CAA' })
    await order({ name: `deep.${apex}`, kind: 'timeout', below: true })
    expect(await ask(apex, 'CAA')).toMatchObject({ reason: 'servfail' })
    expect(await ask(apex, 'A')).toMatchObject({ outcome: 'answered' })
    expect(await ask(`x.${apex}`, 'CAA')).toMatchObject({ outcome: 'answered' })
    expect(await ask(`a.deep.${apex}`, 'A')).toMatchObject({ reason: 'timeout' })
    expect(await ask(`adeep.${apex}`, 'A')).toMatchObject({ outcome: 'answered' })
    await withdrawDnsFaults(given.ports, given.admin, undefined)
    expect(await ask(apex, 'CAA')).toMatchObject({ outcome: 'answered' })
  })

  test('slow: the right answer, late; too late is a time-out', async () => {
    const apex = await aZone()
    await order({ name: apex, kind: 'slow', milliseconds: 30, times: 1 })
    const answer = await ask(apex)
    expect(answer).toMatchObject({ outcome: 'answered', exists: true })
    expect(answer.milliseconds).toBeGreaterThanOrEqual(29)
  })

  test('are the installation administrator’s alone', async () => {
    await expectRefusal(
      orderDnsFault(given.ports, other, { name: 'a.example', kind: 'timeout' }),
      'forbidden',
      [],
    )
    await expectRefusal(withdrawDnsFaults(given.ports, other, undefined), 'forbidden', [])
    await expectRefusal(listDnsFaults(given.ports, other), 'forbidden', [])
  })

  test('everything wrong about one is named at once', async () => {
    await expectRefusal(
      order({ name: 'a..b', kind: 'timeout', milliseconds: 0, times: 0, perspective: 'mars' }),
      'request_invalid',
      [
        'name fault_name',
        'milliseconds fault',
        'milliseconds fault',
        'times fault',
        'perspective perspective',
      ],
    )
  })
})
