import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuthorityId } from '../../../src/core/domain/ids.ts'
import {
  describeCertificate,
  searchCertificates,
  type CertificateSearch,
} from '../../../src/core/operations/certificates/read-certificates.ts'
import { aLeaf, idOf, testPorts, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

let given: TestPorts
const id: Record<string, string> = {}
beforeAll(async () => {
  given = await testPorts()
  const issue = async (name: string, names: NonNullable<Parameters<typeof aLeaf>[2]>['names'] = {}) => {
    const wishes = { names, subject: {}, profile: 'tls-client' } as const
    id[name] = idOf((await aLeaf(given.ports, given.admin, wishes)).certificate)
  }
  await issue('www', { dns: ['www.example.com', 'api.example.com', 'example.com'] })
  await issue('wild', { dns: ['*.example.com'] })
  await issue('idn', { dns: ['bücher.example'] })
  await issue('ip', { ip: ['2001:db8::1', '192.0.2.1'] })
  await issue('mail', { email: ['Some.One@example.com'] })
  await issue('uri', { uri: ['spiffe://example.com/service'] })
})
afterAll(() => given[Symbol.asyncDispose]())

const search = async (filter: CertificateSearch, limit = 100) => {
  const found: string[] = []
  let after: string | undefined
  do {
    const page = await searchCertificates(given.ports, given.admin, { filter, page: { limit, after } })
    found.push(...page.items.map((each) => Object.keys(id).find((name) => id[name] === idOf(each)) ?? '?'))
    after = page.next
  } while (after !== undefined)
  return found
}

describe('a search by name', () => {
  test.each([
    ['www.example.com', ['www']],
    ['WWW.Example.COM', ['www']],
    [' www.example.com. ', ['www']],
    ['*.example.com', ['wild']],
    ['.example.com', ['www', 'wild']],
    ['.EXAMPLE.com', ['www', 'wild']],
    ['.com', ['www', 'wild']],
    ['bücher.example', ['idn']],
    ['.example', ['idn']],
    ['xn--bcher-kva.example', ['idn']],
    ['2001:DB8:0:0:0:0:0:1', ['ip']],
    ['192.0.2.1', ['ip']],
    ['Some.One@EXAMPLE.com', ['mail']],
    ['some.one@example.com', []],
    ['spiffe://example.com/service', ['uri']],
    ['nothing', []],
    ['.', []],
    ['%', []],
  ])('%s', async (name, expected) => {
    expect((await search({ name })).sort()).toEqual([...expected].sort())
    expect((await search({ name }, 1)).sort()).toEqual([...expected].sort())
  })
})

test('each certificate is described with its chain, by its own id only', async () => {
  const { certificate, chain } = await describeCertificate(given.ports, given.admin, {
    id: id['www'] as string,
  })
  expect(idOf(certificate)).toBe(id['www'])
  expect(chain).toHaveLength(2)
  for (const unknown of ['', 'x', (id['www'] as string).toUpperCase(), `${id['www']}.`, 'a.b.c'])
    await expectRefusal(describeCertificate(given.ports, given.admin, { id: unknown }), 'not_found')
})

test('authorities’ own certificates have the chain above them', async () => {
  const issuing = await given.ports.store.reads.authorities.byName(given.admin, 'issuing')
  const root = await given.ports.store.reads.authorities.byName(given.admin, 'root')
  const read = (authority: AuthorityId | undefined, serial: string | undefined) =>
    describeCertificate(given.ports, given.admin, { id: `${authority}.${serial}` })
  expect((await read(root?.id, issuing?.certificate?.serial)).chain).toHaveLength(1)
  expect((await read(root?.id, root?.certificate?.serial)).chain).toHaveLength(0)
})
