import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../../src/core/domain/access.ts'
import type { AccountId } from '../../../../src/core/domain/ids.ts'
import { parsePolicy } from '../../../../src/core/domain/policies/parse-policy.ts'
import { createShare } from '../../../../src/core/operations/sharing/create-share.ts'
import { acceptInvitation, listInvitations } from '../../../../src/core/operations/sharing/invitations.ts'
import { describeShare } from '../../../../src/core/operations/sharing/read-shares.ts'
import { tagShare, untagShare } from '../../../../src/core/operations/sharing/tag-share.ts'
import { deleteShare, updateShare } from '../../../../src/core/operations/sharing/update-share.ts'
import { aPrincipal, barePorts, type TestPorts } from '../ports.ts'

const LENDER = '111122223333' as AccountId
const BORROWER = '444455556666' as AccountId

let given: TestPorts
const of = (account: AccountId, more: Partial<Principal> = {}): Principal =>
  aPrincipal({ account, id: `token/${account}`, ...(more.grants ? {} : { role: 'administrator' }), ...more })
const lender = of(LENDER)
/** Whose only policy holds these statements. */
const limited = (...statements: object[]): Principal => {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  return of(LENDER, { grants: { identity: [parsePolicy(text, 'identity')] } })
}

beforeAll(async () => {
  given = await barePorts()
})
afterAll(() => given[Symbol.asyncDispose]())

const aShare = (tags: Readonly<Record<string, string>>, principals: readonly string[] = []) =>
  createShare(given.ports, lender, { name: 'lent', principals, tags })

describe('tags of shares', () => {
  test('come with the share, are added one by one, and taken off by their keys', async () => {
    const { share } = await aShare({ team: 'web' })
    expect(share.tags).toEqual({ team: 'web' })
    await tagShare(given.ports, lender, { share: share.id, tags: { stage: 'prod', team: 'mail' } })
    const tagged = await describeShare(given.ports, lender, share.id)
    expect(tagged.share).toMatchObject({ revision: 2, tags: { team: 'mail', stage: 'prod' } })
    await untagShare(given.ports, lender, { share: share.id, keys: ['team', 'not there'] })
    expect((await describeShare(given.ports, lender, share.id)).share.tags).toEqual({ stage: 'prod' })
    await updateShare(given.ports, lender, { share: share.id, tags: { all: 'new' } })
    expect((await describeShare(given.ports, lender, share.id)).share.tags).toEqual({ all: 'new' })
  })

  test('are bounded, however they come', async () => {
    const { share } = await aShare({})
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`key${n}`, '']))
    const refused = { code: 'request_invalid' }
    await expect(aShare(many)).rejects.toMatchObject(refused)
    await expect(tagShare(given.ports, lender, { share: share.id, tags: many })).rejects.toMatchObject(
      refused,
    )
    await expect(
      updateShare(given.ports, lender, { share: share.id, tags: { 'aws:x': '' } }),
    ).rejects.toMatchObject(refused)
    expect((await describeShare(given.ports, lender, share.id)).share).toMatchObject({
      revision: 1,
      tags: {},
    })
  })

  test('are nobody’s business but their owner’s', async () => {
    const { share } = await aShare({ team: 'secret' }, [BORROWER])
    const borrower = of(BORROWER)
    const { items } = await listInvitations(given.ports, borrower, { limit: 10, after: undefined })
    await acceptInvitation(given.ports, borrower, items[0]?.id ?? '')
    expect((await describeShare(given.ports, borrower, share.id)).share.tags).toEqual({})
    await expect(
      tagShare(given.ports, borrower, { share: share.id, tags: { mine: '' } }),
    ).rejects.toMatchObject({ code: 'not_found' })
  })

  test('decide: aws:ResourceTag of what is there, aws:RequestTag of what comes', async () => {
    const { share } = await aShare({ stage: 'prod' })
    const { share: other } = await aShare({ stage: 'test' })
    const tester = limited(
      { Effect: 'Allow', Action: 'ram:*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ram:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/stage': 'prod' } },
      },
      {
        Effect: 'Deny',
        Action: 'ram:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestTag/stage': 'prod' } },
      },
    )
    const forbidden = { code: 'forbidden' }
    await expect(describeShare(given.ports, tester, share.id)).rejects.toMatchObject(forbidden)
    await expect(deleteShare(given.ports, tester, share.id)).rejects.toMatchObject(forbidden)
    await expect(untagShare(given.ports, tester, { share: share.id, keys: ['stage'] })).rejects.toMatchObject(
      forbidden,
    )
    await expect(
      tagShare(given.ports, tester, { share: other.id, tags: { stage: 'prod' } }),
    ).rejects.toMatchObject(forbidden)
    await expect(
      updateShare(given.ports, tester, { share: other.id, tags: { stage: 'prod' } }),
    ).rejects.toMatchObject(forbidden)
    await expect(
      createShare(given.ports, tester, { name: 'lent', tags: { stage: 'prod' } }),
    ).rejects.toMatchObject(forbidden)
    await deleteShare(given.ports, tester, other.id)
  })
})
