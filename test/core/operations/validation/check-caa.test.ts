import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { askedOnce } from '../../../../src/core/operations/validation/asked-once.ts'
import { checkCaa } from '../../../../src/core/operations/validation/check-caa.ts'
import { RESOLUTION_FAILURES } from '../../../../src/core/ports/resolver.ts'
import { caa, cname, perspectivesOn, zoneResolver, type Zone } from '../../../support/zone-resolver.ts'

const OURS = 'ca.example.net'
const question = {
  domain: 'www.shop.example.com',
  method: 'ca-dns-cname',
  accountUri: 'http://pki.example.net/accounts/1',
  identities: [OURS],
}
const at = 1_000
const ours = caa('issue', OURS)
const theirs = caa('issue', 'ca.other.example')

const check = (zone: Zone, domain = question.domain, stops = false) =>
  checkCaa(perspectivesOn(zoneResolver(zone, { stops })), { ...question, domain }, at)

describe('climbing', () => {
  test.each<[string, Zone, boolean]>([
    ['RFC 8659 §3: nothing anywhere restricts nothing', {}, true],
    ['RFC 8659 §3: the name itself', { 'www.shop.example.com': [theirs], 'example.com': [ours] }, false],
    ['RFC 8659 §3: a parent', { 'shop.example.com': [theirs], 'example.com': [ours] }, false],
    [
      'RFC 8659 §3: the nearest set alone decides',
      { 'shop.example.com': [ours], 'example.com': [theirs] },
      true,
    ],
    [
      'RFC 8659 §3: a set without issue stops the climb',
      { 'shop.example.com': [caa('iodef', 'mailto:a@b')], com: [theirs] },
      true,
    ],
    [
      'RFC 8659 §3: other records are an empty set',
      { 'shop.example.com': [{ type: 'A', data: '192.0.2.1' }], com: [theirs] },
      false,
    ],
    ['RFC 8659 §3: the top-level domain', { com: [theirs] }, false],
    ['RFC 8659 §3: not the root', { '': [theirs] }, true],
    [
      'RFC 8659 §3: not siblings or children',
      { 'a.www.shop.example.com': [theirs], 'other.example.com': [theirs] },
      true,
    ],
    [
      'RFC 8659 §3: an alias is followed',
      { 'www.shop.example.com': [cname('x.host.example')], 'x.host.example': [theirs] },
      false,
    ],
    [
      'RFC 8659 §3: several aliases are followed',
      {
        'www.shop.example.com': [cname('a.example')],
        'a.example': [cname('b.example')],
        'b.example': [theirs],
      },
      false,
    ],
    [
      'RFC 8659 §3: an alias of a parent is followed',
      { 'shop.example.com': [cname('x.host.example')], 'x.host.example': [theirs] },
      false,
    ],
    [
      'RFC 8659 §3: the climb goes on from the name asked, not from the alias’s target',
      { 'www.shop.example.com': [cname('x.host.example')], 'host.example': [theirs], 'example.com': [ours] },
      true,
    ],
    [
      'RFC 8659 §3: an alias to nowhere is an empty set',
      { 'www.shop.example.com': [cname('no.example')], com: [theirs] },
      false,
    ],
    [
      'an alias in a circle',
      { 'www.shop.example.com': [cname('a.example')], 'a.example': [cname('www.shop.example.com')] },
      false,
    ],
    ['an alias of itself', { 'example.com': [cname('example.com')] }, false],
    [
      'more aliases than are followed',
      {
        'example.com': [cname('a0.example')],
        ...Object.fromEntries(
          Array.from({ length: 20 }, (_, n) => [`a${n}.example`, [cname(`a${n + 1}.example`)]]),
        ),
      },
      false,
    ],
  ])('%s', async (_, zone, allowed) => {
    for (const stops of [false, true])
      expect((await check(zone, question.domain, stops)).verdict).toBe(allowed ? 'passed' : 'refused')
  })

  test('RFC 8659 §3: a wildcard is looked up from the name without its asterisk, and issuewild decides', async () => {
    const zone = { 'shop.example.com': [ours, caa('issuewild', ';')], '*.shop.example.com': [theirs] }
    expect((await check(zone, '*.shop.example.com')).verdict).toBe('refused')
    expect((await check(zone, 'shop.example.com')).verdict).toBe('passed')
    expect(
      (await check({ 'shop.example.com': [caa('issuewild', OURS), theirs] }, '*.SHOP.example.com.')).verdict,
    ).toBe('passed')
  })

  test.each(RESOLUTION_FAILURES)(
    'passes nothing when DNS fails, at the name, above it or at an alias: %s',
    async (failure) => {
      const zones: Zone[] = [
        { 'www.shop.example.com': failure, 'example.com': [ours] },
        { com: failure },
        { 'www.shop.example.com': [cname('x.host.example')], 'x.host.example': failure },
      ]
      for (const zone of zones) {
        const result = await check(zone, question.domain, true)
        expect(result.verdict).toBe('undecided')
        expect(result.reason).toContain(failure)
      }
      // What stands above the relevant set isn't asked for.
      expect((await check({ 'example.com': [ours], com: failure })).verdict).toBe('passed')
    },
  )

  test('RFC 2181 §10.1: an answer with two aliases of one name decides nothing', async () => {
    const zone = { 'www.shop.example.com': [cname('a.example')] }
    const resolver = zoneResolver(zone)
    const both = {
      resolve: async (asked: Parameters<typeof resolver.resolve>[0]) => {
        const answer = await resolver.resolve(asked)
        if (answer.outcome !== 'answered') return answer
        const again = answer.records.map((record) => ({ ...record, data: 'b.example' }) as typeof record)
        return { ...answer, records: [...answer.records, ...again] }
      },
    }
    expect((await checkCaa(perspectivesOn(both), question, at)).verdict).toBe('undecided')
  })

  test.each([
    '',
    '.',
    '*.',
    '*.*.example.com',
    'a..example.com',
    'a b.example',
    `${'a'.repeat(64)}.example`,
    `${'x.'.repeat(126)}xx`,
  ])('what is no domain name is refused, and nobody is asked: %j', async (domain) => {
    const resolver = zoneResolver({})
    const result = await checkCaa(perspectivesOn(resolver), { ...question, domain }, at)
    expect(result.verdict).toBe('refused')
    expect(resolver.questions).toEqual([])
  })

  test('a name of 127 labels is as many questions, and its aliases don’t multiply them', async () => {
    const deep = Array.from({ length: 127 }, () => 'a').join('.')
    const resolver = zoneResolver({})
    expect((await checkCaa(perspectivesOn(resolver), { ...question, domain: deep }, at)).verdict).toBe(
      'passed',
    )
    expect(resolver.questions).toHaveLength(127)
    const aliases: Zone = Object.fromEntries(
      Array.from({ length: 127 }, (_, n) => [deep.slice(n * 2), [cname(`x${n}.example`)]]),
    )
    const busy = zoneResolver(aliases, { stops: true })
    expect((await checkCaa(perspectivesOn(busy), { ...question, domain: deep }, at)).verdict).toBe('refused')
    expect(busy.questions.length).toBeLessThan(50)
  })
})

describe('evidence', () => {
  test('has what each node said, iodef too', async () => {
    const zone = {
      'shop.example.com': [cname('x.host.example')],
      'example.com': [theirs, caa('iodef', 'mailto:security@example.com')],
    }
    const result = await check(zone)
    expect(result).toEqual({
      verdict: 'refused',
      reason: `CAA at example.com: 0 issue "ca.other.example": none of them names ${OURS}`,
      evidence: [
        {
          kind: 'caa',
          perspective: 'primary',
          resolver: 'table',
          question: 'CAA www.shop.example.com',
          answer:
            'www.shop.example.com: none\nshop.example.com → x.host.example: none\nexample.com: 0 issue "ca.other.example", 0 iodef "mailto:security@example.com"',
          verdict: 'refused',
          at,
        },
      ],
    })
  })

  test('has at most 2,000 characters, however much stands there', async () => {
    const result = await check({ com: [caa('issue', 'x'.repeat(10_000))] })
    expect(result.evidence[0]?.answer).toHaveLength(2_000)
  })
})

describe('against a naive reading of the RFC', () => {
  const names = ['a', 'b.a', 'c.b.a', 'd.c.b.a', 'x', 'y.x']
  const values = [
    'ours',
    'Ours',
    'theirs',
    ';',
    '',
    '%',
    'ours; accounturi=me',
    'ours; accounturi=you',
    'ours; validationmethods=m,n',
    'ours; validationmethods=n',
  ]
  const property = fc
    .tuple(
      fc.constantFrom('issue', 'issuewild', 'ISSUE', 'iodef', 'tbs'),
      fc.constantFrom(...values),
      fc.constantFrom(0, 0, 0, 128),
    )
    .map(([tag, value, flags]) => caa(tag, value, flags))
  const node: fc.Arbitrary<Zone[string]> = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(property, { minLength: 1, maxLength: 3 }) },
    { weight: 2, arbitrary: fc.constantFrom(...names).map((name) => [cname(name)]) },
    { weight: 1, arbitrary: fc.constant('servfail' as const) },
  )
  const zones: fc.Arbitrary<Zone> = fc.dictionary(fc.constantFrom(...names), node, { maxKeys: names.length })

  /** §3, §4.1 to 4.3 and RFC 8657, as short as it can be said for the values above. */
  function naive(zone: Zone, name: string, wildcard: boolean): string {
    let at = name
    for (let steps = 0; ; steps++) {
      const there = zone[at] ?? []
      const first = typeof there === 'string' ? undefined : there[0]
      if (first?.type !== 'CNAME') break
      if (steps > 9) return 'refused'
      at = first.data
    }
    const here = zone[at] ?? []
    if (typeof here === 'string') return 'undecided'
    const set = here.map(({ data }) => data as { flags: number; tag: string; value: string })
    if (set.length === 0) return name.includes('.') ? naive(zone, name.slice(2), wildcard) : 'passed'
    if (set.some(({ flags, tag }) => flags === 128 && tag === 'tbs')) return 'refused'
    const issue = set.filter(({ tag }) => tag.toLowerCase() === 'issue')
    const issuewild = set.filter(({ tag }) => tag === 'issuewild')
    const counting = wildcard && issuewild.length > 0 ? issuewild : issue
    const good = ['ours', 'Ours', 'ours; accounturi=me', 'ours; validationmethods=m,n']
    return counting.length === 0 || counting.some(({ value }) => good.includes(value)) ? 'passed' : 'refused'
  }

  test('every zone, name and wildcard: the same verdict', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        zones,
        fc.constantFrom(...names),
        fc.boolean(),
        fc.boolean(),
        async (zone, name, wildcard, stops) => {
          const asked = {
            domain: wildcard ? `*.${name}` : name,
            method: 'm',
            accountUri: 'me',
            identities: ['ours'],
          }
          const { verdict } = await checkCaa(perspectivesOn(zoneResolver(zone, { stops })), asked, at)
          seen.add(verdict)
          expect(verdict).toBe(naive(zone, name, wildcard))
        },
      ),
      { numRuns: 5_000 },
    )
    expect([...seen].sort()).toEqual(['passed', 'refused', 'undecided'])
  })
})

describe('a hundred names under one domain', () => {
  const domains = Array.from({ length: 100 }, (_, n) => `host${n}.shop.example.com`)

  test('ask each node once of each perspective, and not all at a time', async () => {
    let under = 0
    let most = 0
    const slow = (zone: Zone) => {
      const inner = zoneResolver(zone)
      return {
        questions: inner.questions,
        resolve: async (asked: Parameters<typeof inner.resolve>[0]) => {
          most = Math.max(most, ++under)
          await new Promise((resolve) => setImmediate(resolve))
          under--
          return inner.resolve(asked)
        },
      }
    }
    const [primary, remote] = [slow({ 'example.com': [ours] }), slow({ 'example.com': [ours] })]
    const places = askedOnce(perspectivesOn(primary, [remote]))
    const results = await Promise.all(domains.map((domain) => checkCaa(places, { ...question, domain }, at)))
    expect(results.every(({ verdict }) => verdict === 'passed')).toBe(true)
    // The hundred names, their parent, and its parent.
    expect(primary.questions).toHaveLength(102)
    expect(remote.questions).toHaveLength(102)
    expect(most).toBe(16)
  })
})
