import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { approvingAddresses } from '../../../../src/core/domain/email-validation.ts'
import { DAY, HOUR, MINUTE } from '../../../../src/core/domain/time.ts'
import { evidenceOf as storedEvidenceOf } from '../../../../src/core/operations/managed/read-managed.ts'
import { associate } from '../../../../src/core/operations/managed/associations.ts'
import { deleteManaged } from '../../../../src/core/operations/managed/delete-managed.ts'
import { orderMailFault } from '../../../../src/core/operations/simulation/mail-faults.ts'
import {
  decideApproval,
  describeApproval,
} from '../../../../src/core/operations/validation/decide-approval.ts'
import {
  requestApproval,
  resendApproval,
} from '../../../../src/core/operations/validation/request-approval.ts'
import { approvalWorld, tokenIn, type ApprovalWorld } from './approval-world.ts'

const FROM = { sourceAddress: '192.0.2.7', userAgent: 'a browser' }
const HOSTMASTER = 'hostmaster@example.com'

const decide = (world: ApprovalWorld, token: string, what: 'approve' | 'reject') =>
  decideApproval(world.ports, token, what, FROM)
const bounce = (world: ApprovalWorld, target: string, times: number, kind: 'bounce' | 'defer' = 'bounce') =>
  orderMailFault(world.ports, world.admin, { target, kind, times })
const validationOf = async ({ ports }: ApprovalWorld, id: string) =>
  (await ports.store.reads.validations.of(id as never))[0]

/** Every value of every row, octets as Latin-1. */
function everythingIn(database: string): string {
  const db = new Database(database, { readonly: true })
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[]
  const rows = tables.flatMap((table) => db.prepare(`SELECT * FROM "${table}"`).raw().all() as unknown[][])
  db.close()
  return rows
    .flat()
    .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
    .join('\n')
}

describe('asking for approval', () => {
  it('sends one mail to each of the five mailboxes, each with a link of its own and with everything to decide on', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked('www.example.com', ['www.example.com', 'api.example.com'])
    expect(managed.status).toBe('PENDING_VALIDATION')
    const tokens = new Set<string>()
    for (const address of approvingAddresses('example.com')) {
      const [mail] = await world.mails(address)
      expect(mail?.subject).toBe('Certificate for www.example.com: approve or reject')
      for (const words of [
        'www.example.com, api.example.com',
        `account ${world.admin.account} in us-east-1`,
        managed.id,
        '2030-06-18 12:00 UTC',
      ]) {
        expect(mail?.text).toContain(words)
        expect(mail?.html).toContain(words)
      }
      tokens.add(tokenIn(mail?.text ?? ''))
      expect(mail?.html).toContain(`/approvals/${tokenIn(mail?.text ?? '')}"`)
    }
    expect(tokens.size).toBe(5)
    expect(tokens).not.toContain('')
  })

  it('asks once a round, however often the certificate is looked at, from however many servers', async () => {
    await using world = await approvalWorld()
    const managed = await world.request({ domainName: 'example.com', validation: { method: 'EMAIL' } })
    const [validation] = await world.ports.store.reads.validations.of(managed.id)
    await Promise.all([1, 2, 3].map(() => requestApproval(world.ports, managed, validation as never)))
    for (let turn = 0; turn < 3; turn++) {
      world.pass(MINUTE)
      await world.turn()
    }
    expect(world.sent).toHaveLength(5)
  })

  it('asks for d and *.d apart, as each is a name of its own', async () => {
    await using world = await approvalWorld()
    await world.asked('example.com', ['example.com', '*.example.com'])
    const subjects = (await world.mails(HOSTMASTER)).map(({ subject }) => subject)
    expect(subjects.toSorted()).toEqual([
      'Certificate for *.example.com: approve or reject',
      'Certificate for example.com: approve or reject',
    ])
  })

  it('stores a hash of each token and the token nowhere: not in the database, the log or the audit trail', async () => {
    await using world = await approvalWorld()
    await world.asked()
    const token = tokenIn(world.sent[0]?.text ?? '')
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const digest = createHash('sha256').update(token).digest('latin1')
    // A simulated mailbox holds the mail itself; of one that went out nothing is kept.
    for (const address of approvingAddresses('example.com'))
      await world.ports.store.transact((writes) => [writes.mailboxes.remove(world.admin.account, address)])
    const text = everythingIn(world.database)
    expect(text).not.toContain(token)
    expect(text).toContain(digest)
    expect(JSON.stringify(world.log)).not.toContain(token)
  })

  it('fails with NO_AVAILABLE_CONTACTS when no mailbox takes the mail', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked('nobody.test')
    await world.turn()
    expect(await world.now(managed)).toMatchObject({ status: 'FAILED', failure: 'NO_AVAILABLE_CONTACTS' })
  })

  it('goes on with the mailboxes that took it', async () => {
    await using world = await approvalWorld()
    await bounce(world, 'example.com', 4)
    const managed = await world.asked()
    const approvals = await world.ports.store.reads.approvals.of(world.group(managed))
    expect(approvals.map(({ delivery }) => delivery).toSorted()).toEqual([
      'accepted',
      'bounced',
      'bounced',
      'bounced',
      'bounced',
    ])
    const taken = approvals.find(({ delivery }) => delivery === 'accepted')?.mailbox ?? ''
    await decide(world, await world.token(taken), 'approve')
    await world.turn()
    expect((await world.now(managed)).status).toBe('ISSUED')
  })

  it('sends a deferred mail again, later each time, with a new link; and what bounces at last counts', async () => {
    await using world = await approvalWorld()
    await bounce(world, HOSTMASTER, 2, 'defer')
    await world.asked()
    expect(await world.mails(HOSTMASTER)).toHaveLength(0)
    expect(await world.sendDue()).toEqual({ sent: 0 })
    world.pass(5 * MINUTE)
    expect(await world.sendDue()).toEqual({ sent: 1 })
    world.pass(5 * MINUTE)
    expect(await world.sendDue()).toEqual({ sent: 0 })
    world.pass(5 * MINUTE)
    expect(await world.sendDue()).toEqual({ sent: 1 })
    const token = await world.token(HOSTMASTER)
    expect((await decide(world, token, 'approve')).state).toBe('approved')
    const first = tokenIn(world.sent.find(({ to }) => to === HOSTMASTER)?.text ?? '')
    await expect(describeApproval(world.ports, first)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('sends what a server left unsent when it died, and fails when that bounces everywhere', async () => {
    await using world = await approvalWorld()
    await bounce(world, 'example.com', 5, 'defer')
    const managed = await world.asked()
    await bounce(world, 'example.com', 5)
    world.pass(HOUR)
    expect(await world.sendDue()).toEqual({ sent: 5 })
    expect((await validationOf(world, managed.id))?.reason).toBe('NO_AVAILABLE_CONTACTS')
    world.pass(HOUR)
    expect(await world.sendDue()).toEqual({ sent: 0 })
  })

  it('is refused when requested where no mail can be sent, naming the setting', async () => {
    for (const [more, missing] of [
      [{ mailer: undefined }, 'CHANCERY_SMTP_URL'],
      [{ settings: { approvalUrl: undefined } }, 'CHANCERY_APPROVAL_URL'],
    ] as const) {
      await using world = await approvalWorld(more as never)
      await expect(
        world.request({ domainName: 'example.com', validation: { method: 'EMAIL' } }),
      ).rejects.toMatchObject({
        violations: [{ field: 'validation.method', message: expect.stringContaining(missing) }],
      })
    }
  })
})

describe('deciding', () => {
  it('approves: issued at the next turn, with evidence of who, where and when', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    const token = await world.token(HOSTMASTER)
    expect((await describeApproval(world.ports, token)).state).toBe('open')
    expect((await decide(world, token, 'approve')).state).toBe('approved')
    await world.turn()
    expect(await world.now(managed)).toMatchObject({ status: 'ISSUED', current: { number: 1 } })
    const evidence = await storedEvidenceOf(world.ports, world.admin, { id: managed.id, version: 1 })
    const mail = JSON.stringify(evidence)
    expect(mail).toContain('approved from 192.0.2.7')
    expect(mail).toContain(HOSTMASTER)
  })

  it('rejects: the request fails with DOMAIN_VALIDATION_DENIED, and nothing is issued', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    expect((await decide(world, await world.token(HOSTMASTER), 'reject')).state).toBe('rejected')
    await world.turn()
    expect(await world.now(managed)).toMatchObject({
      status: 'FAILED',
      failure: 'DOMAIN_VALIDATION_DENIED',
      current: undefined,
    })
  })

  it('waits until every name is approved', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked('example.com', ['example.com', '*.example.com'])
    const mails = await world.mails(HOSTMASTER)
    for (const [at, { text }] of mails.entries()) {
      await decide(world, tokenIn(text), 'approve')
      await world.turn()
      expect((await world.now(managed)).status).toBe(at === 1 ? 'ISSUED' : 'PENDING_VALIDATION')
    }
  })

  it('happens once: by no second use of a link, no other mailbox’s, no two at one moment', async () => {
    await using world = await approvalWorld()
    await world.asked()
    const tokens = await Promise.all(approvingAddresses('example.com').map((each) => world.token(each)))
    const results = await Promise.allSettled(
      tokens.flatMap((token, at) => [
        decide(world, token, at % 2 === 0 ? 'approve' : 'reject'),
        decide(world, token, 'reject'),
      ]),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const token of tokens)
      await expect(decide(world, token, 'approve')).rejects.toMatchObject({ code: 'state_conflict' })
  })

  it('is over after 72 hours, on the calendar; set back, the calendar gives no second chance to what was replaced', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    const token = await world.token(HOSTMASTER)
    world.pass(72 * HOUR - 1)
    expect((await describeApproval(world.ports, token)).state).toBe('open')
    world.pass(1)
    expect((await describeApproval(world.ports, token)).state).toBe('expired')
    await expect(decide(world, token, 'approve')).rejects.toMatchObject({ details: { state: 'expired' } })
    world.pass(1)
    await world.turn()
    expect((await world.now(managed)).status).toBe('VALIDATION_TIMED_OUT')
    world.pass(-400 * DAY)
    // The certificate's end is final, whatever the calendar says afterwards.
    await decide(world, token, 'approve').catch(() => {})
    await world.turn()
    expect((await world.now(managed)).current).toBeUndefined()
  })

  it('is for one certificate: a link decides nothing about another with the same name', async () => {
    await using world = await approvalWorld()
    const one = await world.asked()
    const token = await world.token(HOSTMASTER)
    const other = await world.asked()
    await decide(world, token, 'approve')
    await world.turn()
    expect([(await world.now(one)).status, (await world.now(other)).status]).toEqual([
      'ISSUED',
      'PENDING_VALIDATION',
    ])
  })

  it('is nothing any more when the certificate is deleted', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    const token = await world.token(HOSTMASTER)
    await deleteManaged(world.ports, world.admin, managed.id)
    await expect(decide(world, token, 'approve')).rejects.toMatchObject({ code: 'not_found' })
    world.pass(HOUR)
    expect(await world.sendDue()).toEqual({ sent: 0 })
  })

  it('is not found for anything that is no link of ours', async () => {
    await using world = await approvalWorld()
    await world.asked()
    const token = await world.token(HOSTMASTER)
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`
    for (const each of [
      '',
      'x',
      changed,
      `${token} `,
      token.slice(1),
      token + token,
      '../../etc',
      '\u0000'.repeat(43),
    ])
      await expect(decide(world, each, 'approve')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('leaves nothing half done when the database refuses', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    const token = await world.token(HOSTMASTER)
    const store = {
      ...world.ports.store,
      transact: (build: never) =>
        world.ports.store.transact((writes) => [
          ...(build as (w: typeof writes) => readonly never[])(writes),
          // The last write of the transaction conflicts: none of it stands.
          writes.managed.wake('00000000-0000-7000-8000-000000000000' as never, 0),
        ]),
    }
    await expect(decideApproval({ ...world.ports, store }, token, 'approve', FROM)).rejects.toMatchObject({
      code: 'state_conflict',
    })
    expect((await describeApproval(world.ports, token)).state).toBe('open')
    expect((await validationOf(world, managed.id))?.status).toBe('PENDING_VALIDATION')
    expect((await decide(world, token, 'approve')).state).toBe('approved')
  })
})

describe('asking again', () => {
  const again = (world: ApprovalWorld, id: string, request: Parameters<typeof resendApproval>[3]) =>
    resendApproval(world.ports, world.admin, id, request)

  it('sends new links, voids the old ones, and gives no more time', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    const old = await world.token(HOSTMASTER)
    world.pass(71 * HOUR)
    await again(world, managed.id, { domain: 'example.com' })
    expect((await describeApproval(world.ports, old)).state).toBe('replaced')
    await expect(decide(world, old, 'approve')).rejects.toMatchObject({ details: { state: 'replaced' } })
    const token = await world.token(HOSTMASTER)
    expect(token).not.toBe(old)
    expect((await describeApproval(world.ports, token)).approval.expiresAt).toBe(managed.validateUntil)
    await decide(world, token, 'approve')
    await world.turn()
    expect((await world.now(managed)).status).toBe('ISSUED')
  })

  it('asks the mailboxes of a domain above, and never those of one that isn’t', async () => {
    await using world = await approvalWorld()
    const domain = 'deep.sub.example.com'
    await bounce(world, domain, 5, 'defer')
    const managed = await world.asked(domain)
    for (const validationDomain of ['com', 'other.example.com', 'ample.com', '*.example.com', 'no domain'])
      await expect(again(world, managed.id, { domain, validationDomain })).rejects.toMatchObject({
        violations: [{ field: 'validationDomain' }],
      })
    expect(world.sent).toHaveLength(5)
    await again(world, managed.id, { domain, validationDomain: 'Example.com' })
    await decide(world, await world.token(HOSTMASTER), 'approve')
    await world.turn()
    expect((await world.now(managed)).status).toBe('ISSUED')
  })

  it('is refused for a name that isn’t there, isn’t asked by mail, or is decided; and when the time is over', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    await expect(again(world, managed.id, { domain: 'other.test' })).rejects.toMatchObject({
      violations: [{ field: 'domain' }],
    })
    const dns = await world.request({ domainName: 'dns.example', validation: { method: 'DNS' } })
    await expect(again(world, dns.id, { domain: 'dns.example' })).rejects.toMatchObject({
      code: 'state_conflict',
    })
    await expect(
      again(world, world.group(managed).managed.replace(/.$/, '0'), { domain: 'x' }),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
    const late = await world.asked()
    world.pass(72 * HOUR)
    await expect(again(world, late.id, { domain: 'example.com' })).rejects.toMatchObject({
      code: 'state_conflict',
    })
    world.pass(-72 * HOUR)
    await decide(world, await world.token(HOSTMASTER), 'approve')
    await expect(again(world, late.id, { domain: 'example.com' })).rejects.toMatchObject({
      code: 'state_conflict',
    })
  })
})

describe('a renewal', () => {
  it('asks anew: an approval is for one version', async () => {
    await using world = await approvalWorld()
    const managed = await world.asked()
    const token = await world.token(HOSTMASTER)
    await decide(world, token, 'approve')
    await world.turn()
    await associate(world.ports, world.admin, {
      id: managed.id,
      resourceArn: `arn:aws:elasticloadbalancing:us-east-1:${world.admin.account}:loadbalancer/app/a/1`,
    })
    world.pass(170 * DAY)
    await world.turn()
    await world.turn()
    expect((await world.now(managed)).renewal?.status).toBe('PENDING_VALIDATION')
    await expect(decide(world, token, 'approve')).rejects.toMatchObject({ code: 'state_conflict' })
    expect(await world.mails(HOSTMASTER)).toHaveLength(2)
    // Rejected, it is asked again in the next round, for the same version.
    await decide(world, await world.token(HOSTMASTER), 'reject')
    await world.turn()
    expect((await world.now(managed)).renewal?.status).toBe('FAILED')
    world.pass(2 * HOUR)
    await world.turn()
    await world.turn()
    expect(await world.mails(HOSTMASTER)).toHaveLength(3)
    await decide(world, await world.token(HOSTMASTER), 'approve')
    await world.turn()
    expect((await world.now(managed)).current?.number).toBe(2)
  })
})

it('no sequence of events issues what nobody approved, or somebody rejected', async () => {
  const event = fc.oneof(
    fc.record({
      what: fc.constant('decide' as const),
      decision: fc.constantFrom('approve' as const, 'reject' as const),
      of: fc.nat(40),
    }),
    fc.constant({ what: 'turn' as const }),
    fc.constant({ what: 'resend' as const }),
    fc.record({ what: fc.constant('pass' as const), hours: fc.integer({ min: -100, max: 100 }) }),
    fc.record({
      what: fc.constant('fault' as const),
      kind: fc.constantFrom('bounce' as const, 'defer' as const),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
      await using world = await approvalWorld({ authorities: true })
      const managed = await world.request({ domainName: 'example.com', validation: { method: 'EMAIL' } })
      let verdict: 'none' | 'approve' | 'reject' = 'none'
      for (const each of events) {
        if (each.what === 'turn') await world.turn()
        else if (each.what === 'pass') world.pass(each.hours * HOUR)
        else if (each.what === 'resend')
          await resendApproval(world.ports, world.admin, managed.id, { domain: 'example.com' }).catch(
            () => {},
          )
        else if (each.what === 'fault') await bounce(world, 'example.com', each.times, each.kind)
        else {
          const mail = world.sent[each.of % Math.max(1, world.sent.length)]
          const done = await decide(world, tokenIn(mail?.text ?? ''), each.decision).then(
            () => true,
            () => false,
          )
          // Only one decision ever counts.
          if (done) {
            expect(verdict).toBe('none')
            verdict = each.decision
          }
        }
        await world.sendDue()
      }
      await world.turn()
      const { current } = await world.now(managed)
      if (current !== undefined) expect(verdict).toBe('approve')
    }),
    { numRuns: 25 },
  )
})
