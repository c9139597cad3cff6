import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  httpValidation,
  readHttpValidation,
} from '../../../../src/core/operations/validation/http-validation.ts'
import { installationSecret } from '../../../../src/core/operations/installation/installation-secret.ts'
import type { AccountId } from '../../../../src/core/domain/ids.ts'
import { testPorts, type TestPorts } from '../../../support/test-ports.ts'

let given: TestPorts
let secret: Uint8Array
beforeAll(async () => {
  given = await testPorts({ authorities: false })
  secret = await installationSecret(given.ports)
})
afterAll(() => given[Symbol.asyncDispose]())

const BASE = 'http://pki.example.com'
const validation = (domain = 'www.example.com', account = given.installation.account) =>
  httpValidation(BASE, secret, account, domain)
const partsOf = (to: string) => {
  const [account = '', domain = '', file = ''] = to.replace(`${BASE}/validation/`, '').split('/')
  return { account, domain, file }
}

test('has the shape of the Baseline Requirements’ path (BR §3.2.2.4.18), and what stands there is read back', async () => {
  const { from, to, content } = validation()
  expect(from).toMatch(/^http:\/\/www\.example\.com\/\.well-known\/pki-validation\/[0-9a-f]{32}\.txt$/)
  expect(to).toMatch(
    /^http:\/\/pki\.example\.com\/validation\/[0-9]{12}\/www\.example\.com\/[0-9a-f]{32}\.txt$/,
  )
  expect(content).toMatch(/^chancery-validation=[0-9a-f]{32}$/)
  expect(await readHttpValidation(given.ports, partsOf(to))).toBe(content)
})

test('is the same each time, and another one for each account, domain and installation', () => {
  expect(validation()).toEqual(validation())
  const others = [
    validation('example.com'),
    validation('www.example.com', '123456789012' as AccountId),
    httpValidation(BASE, new Uint8Array(32), given.installation.account, 'www.example.com'),
  ]
  expect(new Set([validation(), ...others].map(({ content }) => content)).size).toBe(4)
  expect(new Set([validation(), ...others].map(({ from }) => from.slice(-36))).size).toBe(4)
})

test('neither URL gives the content away: a server that echoes what it is asked for proves nothing', () => {
  const { from, to, content } = validation()
  const [, secret = content] = content.split('=')
  expect(from + to).not.toContain(secret)
})

test.each([
  ['another file', (parts: ReturnType<typeof partsOf>) => ({ ...parts, file: `${'0'.repeat(32)}.txt` })],
  ['another domain', (parts: ReturnType<typeof partsOf>) => ({ ...parts, domain: 'example.com' })],
  [
    'the domain in capitals',
    (parts: ReturnType<typeof partsOf>) => ({ ...parts, domain: 'WWW.example.com' }),
  ],
  ['a wildcard', (parts: ReturnType<typeof partsOf>) => ({ ...parts, domain: '*.example.com' })],
  ['another account', (parts: ReturnType<typeof partsOf>) => ({ ...parts, account: '000000000000' })],
  ['no account', (parts: ReturnType<typeof partsOf>) => ({ ...parts, account: '..' })],
  ['nothing', () => ({ account: '', domain: '', file: '' })],
])('under %s stands nothing', async (_, changed) => {
  expect(await readHttpValidation(given.ports, changed(partsOf(validation().to)))).toBeUndefined()
})
