import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Check, Verdict } from '../../../../src/core/domain/evidence.ts'
import type { Perspective } from '../../../../src/core/ports/perspectives.ts'
import { withQuorum } from '../../../../src/core/operations/validation/with-quorum.ts'
import { perspectivesOn, zoneResolver } from '../../../support/zone-resolver.ts'

const VERDICTS: readonly Verdict[] = ['passed', 'refused', 'undecided']
const verdicts = fc.constantFrom(...VERDICTS)
const evidence = (perspective: string, verdict: Verdict): Check => ({
  verdict,
  ...(verdict === 'passed' ? {} : { reason: `${verdict} here` }),
  evidence: [{ kind: 'dns', perspective, resolver: 'x', question: 'q', answer: 'a', verdict, at: 0 }],
})

/** What comes of a primary and remote ones that say this. */
function decided(primary: Verdict, remote: readonly Verdict[], quorum = remote.length): Promise<Check> {
  const said = new Map([
    ['primary', primary],
    ...remote.map((verdict, at) => [`remote-${at + 1}`, verdict] as const),
  ])
  const places = perspectivesOn(
    zoneResolver({}),
    remote.map(() => zoneResolver({})),
    quorum,
  )
  return withQuorum(places, async ({ name }: Perspective) => evidence(name, said.get(name) ?? 'undecided'))
}

const someRemote = fc
  .array(verdicts, { maxLength: 6 })
  .chain((remote) => fc.tuple(fc.constant(remote), fc.nat(7)))

test('nothing passes without the primary and the quorum, and with both everything does', () =>
  fc.assert(
    fc.asyncProperty(verdicts, someRemote, async (primary, [remote, quorum]) => {
      const { verdict } = await decided(primary, remote, quorum)
      const agreed = remote.filter((each) => each === 'passed').length
      expect(verdict === 'passed').toBe(primary === 'passed' && agreed >= quorum)
    }),
    { numRuns: 1_000 },
  ))

test('a verdict is final only if no way in which the undecided may turn out leads to another', () => {
  const ways = (one: Verdict): Verdict[] => (one === 'undecided' ? ['passed', 'refused'] : [one])
  return fc.assert(
    fc.asyncProperty(verdicts, someRemote, async (primary, [remote, quorum]) => {
      let settled: Verdict[][] = ways(primary).map((verdict) => [verdict])
      for (const each of remote) settled = settled.flatMap((way) => ways(each).map((next) => [...way, next]))
      const ends = new Set(
        settled.map(([first, ...others]) =>
          first === 'passed' && others.filter((each) => each === 'passed').length >= quorum
            ? 'passed'
            : 'refused',
        ),
      )
      const { verdict } = await decided(primary, remote, quorum)
      expect(verdict).toBe(ends.size === 2 ? 'undecided' : [...ends][0])
    }),
    { numRuns: 1_000 },
  )
})

test('a single lying perspective passes nothing, and blocks nothing where the quorum leaves room for it', async () => {
  expect((await decided('passed', ['refused', 'refused', 'refused'], 2)).verdict).toBe('refused')
  expect((await decided('refused', ['passed', 'passed', 'passed'], 2)).verdict).toBe('refused')
  expect((await decided('passed', ['refused', 'passed', 'passed'], 2)).verdict).toBe('passed')
  expect((await decided('refused', ['passed', 'refused', 'refused'], 1)).verdict).toBe('refused')
})

test('a quorum of more than there are is never reached', async () => {
  expect((await decided('passed', ['passed'], 2)).verdict).toBe('refused')
})

test('the evidence of every perspective is kept, whatever was decided', () =>
  fc.assert(
    fc.asyncProperty(verdicts, someRemote, async (primary, [remote, quorum]) => {
      const { evidence } = await decided(primary, remote, quorum)
      expect(evidence.map(({ perspective, verdict }) => [perspective, verdict])).toEqual([
        ['primary', primary],
        ...remote.map((verdict, at) => [`remote-${at + 1}`, verdict]),
      ])
    }),
  ))

test('the reason is the primary’s, or says who differs', async () => {
  expect((await decided('refused', ['passed'])).reason).toBe('refused here')
  expect((await decided('passed', ['undecided', 'passed', 'refused'], 2)).reason).toBe(
    '1 of 3 other perspectives agree, and 2 must; from remote-1: undecided here; from remote-3: refused here',
  )
  expect((await decided('passed', ['passed'])).reason).toBeUndefined()
})

test('every perspective is asked at once, the remote ones too when the primary refuses', async () => {
  const asked: string[] = []
  const places = perspectivesOn(zoneResolver({}), [zoneResolver({}), zoneResolver({})])
  let go = (): void => undefined
  const all = new Promise<void>((resolve) => (go = resolve))
  await withQuorum(places, async ({ name }) => {
    asked.push(name)
    if (asked.length === 3) go()
    await all
    return evidence(name, 'refused')
  })
  expect(asked).toEqual(['primary', 'remote-1', 'remote-2'])
})
