import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DnsFaultKind } from '../../../src/core/domain/dns-faults.ts'
import type { ZoneRecordType } from '../../../src/core/domain/zones.ts'
import type { QueryType, Resolver } from '../../../src/core/ports/resolver.ts'

export const APEX = 'contract.example'
const at = (label: string): string => `${label}.${APEX}`
/** More than fits an UDP answer. */
const MANY = Array.from({ length: 40 }, (_, i) => `"${String(i).padStart(2, '0')}${'x'.repeat(198)}"`)

/** What every stage's zone holds, as in a zone file, names in data without their final dots. */
export const CONTRACT_RECORDS: readonly (readonly [
  name: string,
  type: ZoneRecordType,
  values: readonly string[],
])[] = [
  [APEX, 'MX', ['10 mail.contract.example', '20 mail2.contract.example']],
  [APEX, 'NS', ['www.contract.example']],
  [at('www'), 'A', ['192.0.2.1', '192.0.2.2']],
  [at('www'), 'AAAA', ['2001:db8::1']],
  [at('alias'), 'CNAME', [at('www')]],
  [at('alias2'), 'CNAME', [at('alias')]],
  [at('dangling'), 'CNAME', [at('nowhere')]],
  [at('text'), 'TXT', ['"one " "two \\"q\\" \\\\ \\255\\000"']],
  [at('empty'), 'TXT', ['""']],
  [at('long'), 'TXT', [`"${'a'.repeat(255)}" "${'b'.repeat(255)}" "c"`]],
  [at('many'), 'TXT', MANY],
  [
    at('caa'),
    'CAA',
    ['0 issue "ca.example.net; account=1"', '128 tbs "\\255\\000"', '255 iodef "mailto:a@b.example"'],
  ],
  ['*.wild.contract.example', 'TXT', ['"wild"']],
  [at('a.ent'), 'A', ['192.0.2.3']],
  [at('_validation'), 'CNAME', [at('www')]],
]

export type Stage = {
  readonly resolver: Resolver
  /** The same for questions that nobody answers, which waits a moment only; absent where nothing is waited for. */
  readonly hurried?: Resolver
  /** Orders a fault until it is withdrawn; absent where nobody takes orders. */
  readonly order?: (name: string, kind: DnsFaultKind, milliseconds?: number) => Promise<void>
  close(): Promise<void>
}

/** What every resolver does, real or simulated. */
export function resolverContract(name: string, open: () => Promise<Stage>): void {
  describe(`a resolver: ${name}`, () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await open()
    })
    afterAll(() => stage.close())
    const ask = (label: string, type: QueryType) =>
      stage.resolver.resolve({ name: label === '' ? APEX : at(label), type })
    const dataOf = async (label: string, type: QueryType) => {
      const answer = await ask(label, type)
      if (answer.outcome === 'failed') throw new Error(answer.reason)
      return answer.records.map(({ data }) => data)
    }

    test('answers with all records of a name and a type, and nothing else', async () => {
      const answer = await ask('www', 'A')
      expect(answer).toMatchObject({
        outcome: 'answered',
        exists: true,
        resolver: expect.stringMatching(/./) as string,
      })
      expect(answer.milliseconds).toBeGreaterThanOrEqual(0)
      expect(new Set(await dataOf('www', 'A'))).toEqual(new Set(['192.0.2.1', '192.0.2.2']))
      expect(await dataOf('www', 'AAAA')).toEqual(['2001:db8::1'])
      expect(await dataOf('', 'NS')).toEqual(['www.contract.example'])
      const mx = (await dataOf('', 'MX')) as { preference: number }[]
      expect(mx.toSorted((a, b) => a.preference - b.preference)).toEqual([
        { preference: 10, exchange: 'mail.contract.example' },
        { preference: 20, exchange: 'mail2.contract.example' },
      ])
    })

    test('names come in lower case without the final dot, with their time to live', async () => {
      expect(await ask('www', 'AAAA')).toMatchObject({
        records: [{ name: at('www'), type: 'AAAA', ttl: 60 }],
      })
    })

    test('follows aliases, and shows each', async () => {
      expect(await ask('alias2', 'AAAA')).toMatchObject({
        exists: true,
        records: [
          { name: at('alias2'), type: 'CNAME', data: at('alias') },
          { name: at('alias'), type: 'CNAME', data: at('www') },
          { name: at('www'), type: 'AAAA', data: '2001:db8::1' },
        ],
      })
      expect(await dataOf('_validation', 'CNAME')).toEqual([at('www')])
    })

    test('text comes octet by octet, its strings joined', async () => {
      expect(await dataOf('text', 'TXT')).toEqual(['one two "q" \\ \xff\0'])
      expect(await dataOf('empty', 'TXT')).toEqual([''])
      expect(await dataOf('long', 'TXT')).toEqual(['a'.repeat(255) + 'b'.repeat(255) + 'c'])
    })

    test('RFC 8659 §4.1: CAA properties come with every flag and octet', async () => {
      const found = (await dataOf('caa', 'CAA')) as { flags: number }[]
      expect(found.toSorted((a, b) => a.flags - b.flags)).toEqual([
        { flags: 0, tag: 'issue', value: 'ca.example.net; account=1' },
        { flags: 128, tag: 'tbs', value: '\xff\0' },
        { flags: 255, tag: 'iodef', value: 'mailto:a@b.example' },
      ])
    })

    test('what has no room in UDP comes whole', async () => {
      expect(await dataOf('many', 'TXT')).toHaveLength(MANY.length)
    })

    test('RFC 2308: a name without such records exists, one that isn’t there doesn’t', async () => {
      expect(await ask('www', 'CAA')).toMatchObject({ outcome: 'answered', exists: true, records: [] })
      expect(await ask('nowhere', 'CAA')).toMatchObject({ outcome: 'answered', exists: false, records: [] })
      expect(await ask('a.b.c.nowhere', 'A')).toMatchObject({ exists: false, records: [] })
      // RFC 6604 §2: the code is about the last name.
      expect(await ask('dangling', 'A')).toMatchObject({ exists: false, records: [{ data: at('nowhere') }] })
    })

    test('RFC 4592: wildcards, and names that are there because of what lies below', async () => {
      expect(await ask('x.wild', 'TXT')).toMatchObject({
        exists: true,
        records: [{ name: at('x.wild'), data: 'wild' }],
      })
      expect(await ask('x.y.wild', 'A')).toMatchObject({ exists: true, records: [] })
      expect(await ask('ent', 'A')).toMatchObject({ exists: true, records: [] })
    })

    test('a zone has a SOA record', async () => {
      expect(await ask('', 'SOA')).toMatchObject({
        exists: true,
        records: [
          {
            name: APEX,
            type: 'other',
            data: expect.stringMatching(/^SOA ns\.contract\.example hostmaster/) as string,
          },
        ],
      })
    })

    test('many at once are all answered', async () => {
      const answers = await Promise.all(
        Array.from({ length: 500 }, (_, i) => ask(i % 2 === 0 ? 'www' : 'nowhere', 'AAAA')),
      )
      const told = answers.map((each) => (each.outcome === 'answered' ? each.exists : each.reason))
      expect(new Set(told.filter((_, i) => i % 2 === 0))).toEqual(new Set([true]))
      expect(new Set(told.filter((_, i) => i % 2 === 1))).toEqual(new Set([false]))
    })

    test.each([
      ['nxdomain', { outcome: 'answered', exists: false, records: [] }],
      ['servfail', { outcome: 'failed', reason: 'servfail' }],
      ['timeout', { outcome: 'failed', reason: 'timeout' }],
      ['truncate', { outcome: 'answered', exists: true, records: [{ data: '2001:db8::1' }] }],
      ['truncate-tcp', { outcome: 'failed', reason: 'truncated' }],
      ['slow', { outcome: 'answered', exists: true, records: [{ data: '2001:db8::1' }] }],
    ] as const)('a fault on order: %s', async (kind, told) => {
      if (stage.order === undefined) return
      await stage.order(at('www'), kind, kind === 'slow' ? 50 : undefined)
      const asked = (kind === 'timeout' ? stage.hurried : undefined) ?? stage.resolver
      const answer = await asked.resolve({ name: at('www'), type: 'AAAA' })
      expect(answer).toMatchObject(told)
      if (kind === 'slow') expect(answer.milliseconds).toBeGreaterThanOrEqual(49)
    })
  })
}
