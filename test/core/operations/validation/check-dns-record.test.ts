import { expect, test } from 'vitest'
import { checkDnsRecord } from '../../../../src/core/operations/validation/check-dns-record.ts'
import { RESOLUTION_FAILURES } from '../../../../src/core/ports/resolver.ts'
import { caa, cname, perspectivesOn, zoneResolver, type Zone } from '../../../support/zone-resolver.ts'

const NAME = '_a79865eb4cd1a6ab990a45779b4e0b96.example.com'
const VALUE = '_424c7224e9b0146f9a8808af955727d0.hkmpvcwbzw.acm-validations.example'
const record = { name: NAME, value: VALUE }
const at = 1_000

/** So many CNAMEs, one after the other, from the name to `end`. */
function chain(length: number, end: string): Zone {
  const names = [NAME, ...Array.from({ length: length - 1 }, (_, step) => `a${step + 1}.example`), end]
  return Object.fromEntries(names.slice(0, -1).map((name, at) => [name, [cname(names[at + 1] ?? end)]]))
}

test.each<[string, Zone]>([
  ['the value', { [NAME]: [cname(VALUE)] }],
  ['the value in capitals and with the root’s dot', { [NAME]: [cname(`${VALUE.toUpperCase()}.`)] }],
  ['the value without its leading underscore', { [NAME]: [cname(VALUE.slice(1))] }],
  ['five CNAMEs one after the other', chain(5, VALUE)],
  ['five CNAMEs to the value without its underscore', chain(5, VALUE.slice(1))],
])('passes: %s', async (_, zone) => {
  for (const stops of [false, true]) {
    const check = await checkDnsRecord(perspectivesOn(zoneResolver(zone, { stops })), record, at)
    expect(check).toMatchObject({ verdict: 'passed' })
    expect(check).not.toHaveProperty('reason')
    expect(check.evidence).toMatchObject([
      {
        kind: 'dns',
        perspective: 'primary',
        resolver: 'table',
        question: `CNAME ${NAME}`,
        verdict: 'passed',
        at,
      },
    ])
  }
})

const must = `${NAME} must be a CNAME to ${VALUE}`
test.each<[string, Zone, string]>([
  ['no such name', {}, `${NAME} has no CNAME; ${must}`],
  ['other records there', { [NAME]: [caa('issue', ';')] }, `${NAME} has no CNAME; ${must}`],
  ['another value', { [NAME]: [cname('_x.wrong.example')] }, `${NAME} → _x.wrong.example; ${must}`],
  ['two underscores too few', { [NAME]: [cname(VALUE.slice(2))] }, `${NAME} → ${VALUE.slice(2)}; ${must}`],
  ['a subdomain of the value', { [NAME]: [cname(`x.${VALUE}`)] }, `${NAME} → x.${VALUE}; ${must}`],
  [
    'the record without the underscore in its name',
    { [NAME.slice(1)]: [cname(VALUE)] },
    `${NAME} has no CNAME; ${must}`,
  ],
  [
    'six CNAMEs one after the other',
    chain(6, VALUE),
    `${NAME} → a1.example → a2.example → a3.example → a4.example → a5.example doesn't end within 5 CNAMEs; ${must}`,
  ],
  ['a name that is its own alias', { [NAME]: [cname(NAME)] }, `${NAME} → ${NAME} is a circle; ${must}`],
  [
    'a circle',
    { [NAME]: [cname('a.example')], 'a.example': [cname(NAME)] },
    `${NAME} → a.example → ${NAME} is a circle; ${must}`,
  ],
])('refuses: %s', async (_, zone, reason) => {
  const check = await checkDnsRecord(perspectivesOn(zoneResolver(zone)), record, at)
  expect(check).toMatchObject({ verdict: 'refused', reason, evidence: [{ verdict: 'refused' }] })
})

test.each(RESOLUTION_FAILURES)('is undecided when the resolver fails: %s', async (failure) => {
  for (const zone of [{ [NAME]: failure }, { [NAME]: [cname('a.example')], 'a.example': failure }]) {
    const check = await checkDnsRecord(perspectivesOn(zoneResolver(zone)), record, at)
    expect(check.verdict).toBe('undecided')
    expect(check.reason).toContain(`can't be asked: ${failure}`)
  }
})

test('RFC 2181 §10.1: is undecided when a name has several CNAMEs, the right one among them', async () => {
  const resolver = {
    resolve: async () => ({
      outcome: 'answered' as const,
      exists: true,
      resolver: 'x',
      milliseconds: 0,
      records: [VALUE, 'other.example'].map((data) => ({ type: 'CNAME' as const, name: NAME, ttl: 1, data })),
    }),
  }
  const check = await checkDnsRecord(perspectivesOn(resolver), record, at)
  expect(check).toMatchObject({ verdict: 'undecided' })
})

test('a CNAME of another name in the answer proves nothing', async () => {
  const resolver = {
    resolve: async () => ({
      outcome: 'answered' as const,
      exists: true,
      resolver: 'x',
      milliseconds: 0,
      records: [{ type: 'CNAME' as const, name: 'other.example', ttl: 1, data: VALUE }],
    }),
  }
  expect(await checkDnsRecord(perspectivesOn(resolver), record, at)).toMatchObject({ verdict: 'refused' })
})
