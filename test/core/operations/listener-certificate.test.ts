import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY } from '../../../src/core/domain/time.ts'
import { listenerCertificate } from '../../../src/core/operations/installation/listener-certificate.ts'
import { ownRenewalAt } from '../../../src/core/operations/installation/own-certificate.ts'
import { advance, barePorts, type TestPorts } from './ports.ts'

let given: TestPorts
beforeEach(async () => {
  given = await barePorts()
})
afterEach(() => given[Symbol.asyncDispose]())

const NAMES = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] }
const make = (names: Parameters<typeof listenerCertificate>[1] = NAMES, ports = given.ports) =>
  listenerCertificate(ports, names)

test('is used again until two thirds of its life are over, then renewed under the same root', async () => {
  const first = await make()
  expect((await make()).pem).toBe(first.pem)
  advance(given, ownRenewalAt(first) - given.clock.now() - 1)
  expect((await make()).pem).toBe(first.pem)
  advance(given, 1)
  const second = await make()
  expect(new X509Certificate(second.pem).serialNumber).not.toBe(new X509Certificate(first.pem).serialNumber)
  expect(second.authorityPem).toBe(first.authorityPem)
})

test('other names get another hierarchy, however long their list and alike its beginning', async () => {
  const many = (last: string) => ({
    dns: [...Array.from({ length: 30 }, (_, i) => `host-number-${10 + i}.example.com`), last],
  })
  const first = await make()
  const a = await make(many('z1.example.com'))
  const b = await make(many('z2.example.com'))
  expect(new Set([first.authorityPem, a.authorityPem, b.authorityPem]).size).toBe(3)
  expect(new X509Certificate(b.pem).checkHost('z2.example.com')).toBe('z2.example.com')
  expect((await make(many('z1.example.com'))).pem).toBe(a.pem)
})

test('its hierarchy is constrained to the names', async () => {
  const { authorityPem } = await make()
  const authority = await given.ports.store.reads.authorities.all()
  expect(authority[0]?.nameConstraints).toEqual({
    permitted: { dns: ['localhost'], ip: ['127.0.0.1/32', '::1/128'] },
  })
  expect(new X509Certificate(authorityPem).ca).toBe(true)
})

test('twenty years on there is still a listener: authorities that are ending get successors', async () => {
  let roots = new Set<string>()
  for (let day = 0; day < 20 * 365; day += 30) {
    const made = await make()
    const now = given.clock.now()
    expect(made.notAfter - now).toBeGreaterThan(29 * DAY)
    roots = roots.add(made.authorityPem)
    const leaf = new X509Certificate(made.pem)
    expect(leaf.checkHost('localhost')).toBe('localhost')
    advance(given, 30 * DAY)
  }
  expect(roots.size).toBe(3)
})

test('another global region has the same hierarchy', async () => {
  const first = await make()
  const settings = { ...given.ports.settings, globalRegion: 'eu-central-1' as typeof given.admin.region }
  expect((await make(NAMES, { ...given.ports, settings })).authorityPem).toBe(first.authorityPem)
})
