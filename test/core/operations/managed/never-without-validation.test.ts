import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../../../src/core/domain/time.ts'
import { describeManaged } from '../../../../src/core/operations/managed/read-managed.ts'
import { renewManaged } from '../../../../src/core/operations/managed/renew-managed.ts'
import { validateNow } from '../../../../src/core/operations/managed/validate-now.ts'
import type { Resolver } from '../../../../src/core/ports/resolver.ts'
import { caa, cname, perspectivesOn, zoneResolver, type Zone } from '../../../support/zone-resolver.ts'
import { DNS, managedPorts } from './managed.ts'

const NAMES = ['a.example.com', '*.b.example.org'] as const
type Saying = 'yes' | 'no' | 'silent'

const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('record' as const),
      name: fc.nat(1),
      says: fc.constantFrom<Saying>('yes', 'yes', 'no', 'silent'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('caa' as const),
      name: fc.nat(1),
      says: fc.constantFrom<Saying>('yes', 'yes', 'no', 'silent'),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ what: 'turn' as const }) },
  { weight: 2, arbitrary: fc.constant({ what: 'now' as const }) },
  { weight: 2, arbitrary: fc.constant({ what: 'renew' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('pass' as const),
      by: fc.constantFrom(MINUTE, HOUR, 9 * HOUR, 73 * HOUR, 200 * DAY, -HOUR, -400 * DAY),
    }),
  },
)

/**
 * What the resolver was last asked about each name, and what it said: the oracle doesn't look at the product's own
 * records of it.
 */
function watched(zone: Zone): { resolver: Resolver; last: Map<string, Saying> } {
  const inner = zoneResolver(zone)
  const last = new Map<string, Saying>()
  return {
    last,
    resolver: {
      resolve: async (question) => {
        const answer = await inner.resolve(question)
        const said: Saying = answer.outcome === 'failed' ? 'silent' : answer.records.length > 0 ? 'yes' : 'no'
        last.set(`${question.type} ${question.name}`, said)
        return answer
      },
    },
  }
}

it(
  'no sequence of events issues for a name whose latest validation or CAA answer says no',
  { timeout: 120_000 },
  async () => {
    let issued = 0
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 6, maxLength: 30 }), async (events) => {
        const zone: Record<string, Zone[string]> = {}
        const { resolver, last } = watched(zone)
        await using given = await managedPorts({ perspectives: perspectivesOn(resolver) })
        const { ports, admin } = given
        const managed = await given.request({ domainName: NAMES[0], names: NAMES.slice(1), ...DNS })
        const { validations } = await describeManaged(ports, admin, managed.id)
        // What stands at first, so that many sequences get as far as a certificate, and some beyond it.
        for (const { record } of validations)
          if (record !== undefined) zone[record.name] = [cname(record.value)]
        const said: Record<string, Saying> = {}
        let versions = 0
        for (const each of events) {
          if (each.what === 'record') {
            const { record } = validations[each.name] ?? {}
            if (record === undefined) throw new Error('no record')
            zone[record.name] =
              each.says === 'silent' ? 'timeout' : each.says === 'yes' ? [cname(record.value)] : []
          }
          if (each.what === 'caa') {
            const base = NAMES[each.name]?.replace('*.', '') ?? ''
            zone[base] =
              each.says === 'silent'
                ? 'servfail'
                : [caa('issue', each.says === 'yes' ? 'ca.example.net' : 'x.example')]
            said[base] = each.says
          }
          if (each.what === 'pass') given.pass(each.by)
          if (each.what === 'turn') await given.turn()
          if (each.what === 'now') await validateNow(ports, admin, managed.id).catch(() => {})
          if (each.what === 'renew') await renewManaged(ports, admin, managed.id).catch(() => {})
          const number = (await given.now(managed)).current?.number ?? 0
          if (number === versions) continue
          versions = number
          issued++
          for (const { record } of validations) expect(last.get(`CNAME ${record?.name}`)).toBe('yes')
          for (const name of NAMES) expect(said[name.replace('*.', '')] ?? 'yes').toBe('yes')
        }
      }),
      { numRuns: 60 },
    )
    // Sequences that issue nothing would show nothing.
    expect(issued).toBeGreaterThan(30)
  },
)
