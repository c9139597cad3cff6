import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { routeOf } from '../../../src/contract/routes.ts'
import type { Principal } from '../../../src/core/domain/access.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import { InteropTable } from '../support/interop-table.ts'
import { CALLS, type Call, type Things } from './calls.ts'
import { CREDENTIALS, tenants, type Credential, type Tenants } from './credentials.ts'
import { said } from './said.ts'
import { furnish, nobodys } from './things.ts'

const PAGE = join(import.meta.dirname, '../../../docs/tenancy.md')

/** While this is set, every caller is taken for somebody of that account: a check that was deliberately broken. */
const broken = vi.hoisted((): { account?: string } => ({}))
vi.mock(import('../../../src/faces/http/authenticate.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    authentication: (...given: Parameters<typeof real.authentication>) => {
      const authenticate = real.authentication(...given)
      return async (...call: Parameters<typeof authenticate>): Promise<Principal> => {
        const principal = await authenticate(...call)
        const { account } = broken
        return account === undefined ? principal : { ...principal, account: account as AccountId }
      }
    },
  }
})

const rowOf = ({ id, of }: Call): string => `${routeOf(id).method} ${routeOf(id).path}, ${of}`
const ROWS = [...new Set(CALLS.map(rowOf))]
const table = new InteropTable(ROWS, CREDENTIALS, 'route, by')

let given: Tenants
let theirs: Things

beforeAll(async () => {
  given = await tenants()
  theirs = await furnish(given.admin, given.server.database)
})
afterAll(() => given.dispose())

describe.each(CREDENTIALS)('an administrator of another account, by %s', (credential) => {
  test('is known', async () => {
    expect((await given.senders[credential]('/v1/installation', 'GET', {}, undefined)).status).toBe(200)
  })

  test.each(CALLS.map((call) => [`${call.id} by ${call.of}`, call] as const))(
    '%s: exactly the answer about what nobody has',
    async (_, call) => {
      const send = given.senders[credential]
      const at = await said(send, call, theirs[call.of], theirs)
      // One whose rights are limited may not change who may do what, be it there or not.
      expect([403, 404]).toContain(at.status)
      expect(at).toEqual(await said(send, call, nobodys(theirs, call.of), theirs))
      table.held(rowOf(call), credential, 1)
    },
  )
})

describe('with the check of the account broken', () => {
  type Owner = { readonly account: string; readonly things: Things }
  let owner: Owner
  let owners = 0
  beforeEach(async () => {
    owner ??= await anOwner()
  })
  afterEach(() => {
    delete broken.account
  })

  /** Another account with one of everything: there is a bound on how much one has. */
  async function anOwner(): Promise<Owner> {
    const { id } = await given.admin.createAccount({ body: { name: 'owner' } })
    const body = { name: 'owner', role: 'administrator', account: id } as const
    const { secret } = await given.admin.createToken({ body })
    const admin = given.clientOf(secret)
    await admin.createAuthority({
      body: { kind: 'root', name: 'own-root', subject: { commonName: 'Own Root' } },
    })
    await admin.createAuthority({
      body: { kind: 'subordinate', parent: 'own-root', name: 'issuing', subject: { commonName: 'Own' } },
    })
    return { account: id, things: await furnish(admin, given.server.database, `theirs-${++owners}`) }
  }

  async function expectRed(credential: Credential, call: Call): Promise<void> {
    const { account, things } = owner
    broken.account = account
    const at = await said(given.senders[credential], call, things[call.of], things)
    const none = await said(given.senders[credential], call, nobodys(things, call.of), things)
    delete broken.account
    expect(at, call.id).not.toEqual(none)
  }

  // Whoever lends has nothing to leave; what a borrower may is asked in test/core/operations/sharing.
  const ofOwners = CALLS.filter(({ id }) => id !== 'leaveShare')
  test.each(ofOwners.map((call) => [`${call.id} by ${call.of}`, call] as const))(
    '%s turns red',
    async (_, call) => {
      await expectRed('token', call)
      // What one call ends, the next one must find again.
      if (routeOf(call.id).method !== 'GET') owner = await anOwner()
    },
  )

  const reads = CALLS.filter(({ id }) => routeOf(id).method === 'GET')
  const oneOfEach = [...new Map(reads.map((call) => [call.of, call])).values()]
  test.each(CREDENTIALS)('each kind of thing turns red for %s', async (credential) => {
    for (const call of oneOfEach) await expectRed(credential, call)
  })
})

describe('the table', () => {
  test('has no cell that nothing was tried for', () => {
    expect(table.empty()).toEqual([])
  })

  test('is what docs/tenancy.md says', () => {
    const written = table.markdown()
    if (process.env['UPDATE_DOCS'] === '1') {
      const page = readFileSync(PAGE, 'utf8')
      writeFileSync(
        PAGE,
        page.replace(/\| route, by .*\n(?:\|.*\n)*/, () => written),
      )
    }
    expect(readFileSync(PAGE, 'utf8')).toContain(written)
  })
})
