import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import * as ext from '../../../src/core/x509/extensions.ts'
import { decodedFrom } from '../../../src/core/x509/lint-rules/decoded.ts'
import { issuerFactsOf } from '../../../src/core/x509/lint.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { oid, sequence } from '../../../src/core/x509/der/writer.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import {
  leafPoliciesHold,
  leavesPolicies,
  namablePolicies,
  policiesBelow,
} from '../../../src/core/x509/policies.ts'
import { forge, newKey, usualValidity, type Party } from '../../../src/testing/forge.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import type { PolicyMapping } from '../../../src/core/x509/policies.ts'
import type { Extension } from '../../../src/core/x509/types.ts'

const A = '1.3.6.1.4.1.99999.1'
const B = '1.3.6.1.4.1.99999.2'
const ANY = OID.anyPolicy

type Wish = {
  readonly policies?: readonly string[]
  readonly mappings?: readonly PolicyMapping[]
  readonly requireExplicitPolicy?: number
  readonly inhibitPolicyMapping?: number
  readonly inhibitAnyPolicy?: number
  readonly selfIssued?: boolean
}
/** A mapping of anyPolicy, which our own encoder refuses to write, must be read. */
const mappingsOf = (mappings: readonly PolicyMapping[]): Extension => ({
  oid: OID.policyMappings,
  critical: true,
  value: sequence(...mappings.map(({ issuer, subject }) => sequence(oid(issuer), oid(subject)))),
})
function extensionsOf(wish: Wish): Extension[] {
  const { policies, mappings, requireExplicitPolicy, inhibitPolicyMapping, inhibitAnyPolicy } = wish
  const constraints = {
    ...(requireExplicitPolicy !== undefined && { requireExplicitPolicy }),
    ...(inhibitPolicyMapping !== undefined && { inhibitPolicyMapping }),
  }
  return [
    ...(policies === undefined ? [] : [ext.certificatePolicies(policies.map((each) => ({ oid: each })))]),
    ...(mappings === undefined ? [] : [mappingsOf(mappings)]),
    ...(Object.keys(constraints).length === 0 ? [] : [ext.policyConstraints(constraints)]),
    ...(inhibitAnyPolicy === undefined ? [] : [ext.inhibitAnyPolicy(inhibitAnyPolicy)]),
  ]
}

const keys = Array.from({ length: 6 }, newKey)
const usual = usualValidity(Date.now())
const CA = [ext.basicConstraints({ ca: true }), ext.keyUsage(['keyCertSign', 'cRLSign'])]
const root = forge({ commonName: 'Root', ...usual, key: keys[5] as Party['key'], extensions: CA })

/** Root, then an authority a wish, then the leaf. */
function chainOf(authorities: readonly Wish[], leaf: Wish): { issuers: Party[]; leaf: Party } {
  const issuers = [root]
  let name = 'Root'
  for (const [place, wish] of authorities.entries()) {
    if (wish.selfIssued !== true) name = `Authority ${place}`
    issuers.push(
      forge({
        commonName: name,
        ...usual,
        key: keys[place] as Party['key'],
        issuer: issuers.at(-1) as Party,
        extensions: [...CA, ...extensionsOf(wish)],
      }),
    )
  }
  const made = forge({
    commonName: 'Leaf',
    ...usual,
    key: keys[4] as Party['key'],
    issuer: issuers.at(-1) as Party,
    extensions: [ext.basicConstraints({ ca: false }), ...extensionsOf(leaf)],
  })
  return { issuers: issuers.reverse(), leaf: made }
}

const stateBelow = (authorities: readonly Wish[]) =>
  issuerFactsOf(chainOf(authorities, {}).issuers.map(({ der }) => parseCertificate(der))).policies
const holds = (authorities: readonly Wish[], leaf: Wish): boolean =>
  leafPoliciesHold(stateBelow(authorities), decodedFrom(extensionsOf(leaf)))

/** [what, authorities from the root down, leaf, whether it is valid] */
const CASES: readonly [string, readonly Wish[], Wish, boolean][] = [
  ['nothing required', [{}], {}, true],
  ['another policy where none is required', [{ policies: [A] }], { policies: [B] }, true],
  ['required, and the leaf has it', [{ policies: [A], requireExplicitPolicy: 0 }], { policies: [A] }, true],
  ['required, and the leaf has none', [{ policies: [A], requireExplicitPolicy: 0 }], {}, false],
  [
    'required, and the leaf has another',
    [{ policies: [A], requireExplicitPolicy: 0 }],
    { policies: [B] },
    false,
  ],
  ['required one further: the leaf is it', [{ policies: [A], requireExplicitPolicy: 1 }], {}, false],
  ['required two further: nobody is', [{ policies: [A], requireExplicitPolicy: 2 }], {}, true],
  [
    'required below, lost in between',
    [{ requireExplicitPolicy: 2 }, {}, { policies: [A] }],
    { policies: [A] },
    false,
  ],
  ['the leaf has any policy', [{ policies: [A], requireExplicitPolicy: 0 }], { policies: [ANY] }, true],
  [
    'any policy is inhibited',
    [{ policies: [A], requireExplicitPolicy: 0, inhibitAnyPolicy: 0 }],
    { policies: [ANY] },
    false,
  ],
  [
    'any policy is inhibited one further',
    [{ policies: [A], requireExplicitPolicy: 0, inhibitAnyPolicy: 1 }, { policies: [ANY] }],
    { policies: [A] },
    true,
  ],
  [
    'inhibited any policy in a self-issued authority (§6.1.3 (d)(2))',
    [
      { policies: [A], requireExplicitPolicy: 0, inhibitAnyPolicy: 0 },
      { policies: [ANY], selfIssued: true },
    ],
    { policies: [A] },
    true,
  ],
  [
    'mapped: the name below is valid',
    [{ policies: [A], requireExplicitPolicy: 0, mappings: [{ issuer: A, subject: B }] }],
    { policies: [B] },
    true,
  ],
  [
    'mapped: the name above is not',
    [{ policies: [A], requireExplicitPolicy: 0, mappings: [{ issuer: A, subject: B }] }],
    { policies: [A] },
    false,
  ],
  [
    'mapped from any policy (§6.1.4 (b)(1))',
    [{ policies: [ANY], requireExplicitPolicy: 0, mappings: [{ issuer: A, subject: B }] }],
    { policies: [B] },
    true,
  ],
  [
    'mapping is inhibited (§6.1.4 (b)(2))',
    [
      { policies: [A], requireExplicitPolicy: 0, inhibitPolicyMapping: 0 },
      { policies: [A], mappings: [{ issuer: A, subject: B }] },
    ],
    { policies: [B] },
    false,
  ],
  [
    'any policy is mapped (§6.1.4 (a))',
    [{ policies: [A], mappings: [{ issuer: ANY, subject: B }] }],
    {},
    false,
  ],
]

/** Chains tried, each with six leaves. */
const RUNS = 40

const files = mkdtempSync(join(tmpdir(), 'chancery-policies-'))
afterAll(() => rmSync(files, { recursive: true }))
const file = (name: string, ...parties: readonly Party[]): string => {
  const path = join(files, name)
  writeFileSync(path, parties.map(({ der }) => pemEncode('CERTIFICATE', der)).join(''))
  return path
}
/** Below one chain, which leaves openssl finds valid; any other fault than one of policies fails the test. */
function validToOpenssl(authorities: readonly Wish[], leaves: readonly Wish[]): boolean[] {
  const { issuers } = chainOf(authorities, {})
  const paths = leaves.map((leaf, n) => file(`leaf-${n}.pem`, chainOf(authorities, leaf).leaf))
  const { stdout, stderr } = runTool('openssl', [
    // Without a set of policies OpenSSL accepts none of them, where RFC 5280 §6.1.1 (c) has any-policy.
    ...['verify', '-policy_check', '-policy', ANY, '-CAfile', file('root.pem', root)],
    ...['-untrusted', file('issuers.pem', ...issuers), ...paths],
  ])
  const valid = paths.map((path) => stdout.includes(`${path}: OK`))
  // 42: invalid or inconsistent certificate policy extension; 43: no explicit policy
  const faults = [...stderr.matchAll(/^error (\d+) at/gm)].map(([, code]) => Number(code))
  for (const fault of faults) expect([42, 43]).toContain(fault)
  expect(faults.length >= valid.filter((each) => !each).length).toBe(true)
  return valid
}

describe('policies of a chain (RFC 5280 §6.1)', () => {
  test.each(CASES)('%s', (_, authorities, leaf, valid) => {
    expect(holds(authorities, leaf)).toBe(valid)
  })

  test.runIf(hasTool('openssl')).each(CASES)('openssl agrees: %s', (_, authorities, leaf, valid) => {
    expect(validToOpenssl(authorities, [leaf])).toEqual([valid])
  })

  test.runIf(hasTool('openssl'))(
    'property: whatever chain, as openssl finds it',
    () => {
      const policy = fc.constantFrom(A, B, ANY)
      const counter = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 2 })
      const list = fc.option(fc.uniqueArray(policy, { minLength: 1, maxLength: 3 }), {
        nil: undefined,
        freq: 4,
      })
      const authority = fc
        .record({
          policies: list,
          mappings: fc.option(
            fc.array(fc.record({ issuer: fc.constantFrom(A, B), subject: fc.constantFrom(A, B) }), {
              minLength: 1,
              maxLength: 2,
            }),
            { nil: undefined, freq: 1 },
          ),
          requireExplicitPolicy: counter,
          inhibitPolicyMapping: counter,
          inhibitAnyPolicy: counter,
          selfIssued: fc.boolean(),
        })
        .map(
          (wish) =>
            Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as Wish,
        )
      const leaves: Wish[] = [{}, ...[[A], [B], [A, B], [ANY], [A, ANY]].map((policies) => ({ policies }))]
      const verdicts = { valid: 0, invalid: 0 }
      fc.assert(
        fc.property(fc.array(authority, { minLength: 1, maxLength: 4 }), (authorities) => {
          const state = stateBelow(authorities)
          const valid = leaves.map((leaf) => leafPoliciesHold(state, decodedFrom(extensionsOf(leaf))))
          for (const each of valid) verdicts[each ? 'valid' : 'invalid']++
          expect(validToOpenssl(authorities, leaves)).toEqual(valid)
        }),
        { numRuns: RUNS },
      )
      expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(RUNS / 2)
    },
    60_000,
  )
})

describe('an authority below', () => {
  const below = (authorities: readonly Wish[], wish: Wish) =>
    leavesPolicies(policiesBelow(stateBelow(authorities), decodedFrom(extensionsOf(wish)), false))

  test('may be without a policy as long as nothing below needs one', () => {
    expect(below([{ policies: [A] }], {})).toBe(true)
    expect(below([{ policies: [A], requireExplicitPolicy: 3 }], {})).toBe(true)
    expect(below([{ policies: [A], requireExplicitPolicy: 2 }], {})).toBe(false)
    expect(below([{ policies: [A], requireExplicitPolicy: 0 }], { policies: [B] })).toBe(false)
    expect(below([{ policies: [A], requireExplicitPolicy: 0 }], { policies: [A] })).toBe(true)
    expect(below([{}], { requireExplicitPolicy: 0 })).toBe(false)
  })

  test('is told which policies it can name', () => {
    expect(namablePolicies(stateBelow([{ policies: [ANY] }]))).toBeUndefined()
    expect(namablePolicies(stateBelow([{ policies: [A] }]))).toEqual([A, ANY])
    expect(namablePolicies(stateBelow([{ policies: [A], inhibitAnyPolicy: 0 }]))).toEqual([A])
    expect(namablePolicies(stateBelow([{ policies: [A], mappings: [{ issuer: A, subject: B }] }]))).toEqual([
      B,
      ANY,
    ])
    expect(namablePolicies(stateBelow([{}]))).toEqual([])
  })
})
