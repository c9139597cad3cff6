import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authority } from '../../../../src/core/domain/authorities.ts'
import { CACHE_RULES } from '../../../../src/core/domain/cache-rules.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../../src/core/domain/time.ts'
import { answerOcsp } from '../../../../src/core/operations/ocsp/answer-ocsp.ts'
import { renewDueResponders } from '../../../../src/core/operations/ocsp/renew-due-responders.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { describeRepository } from '../../../../src/core/operations/repository/describe-repository.ts'
import { watchRepository } from '../../../../src/core/operations/repository/watch-repository.ts'
import type { WatchedThing } from '../../../../src/core/operations/repository/watched-things.ts'
import { completeScope } from '../../../../src/core/domain/crl-scopes.ts'
import { publishCrl } from '../../../../src/core/operations/revocation/publish-crl.ts'
import { publishDueCrls } from '../../../../src/core/operations/revocation/publish-due-crls.ts'
import { readCrl } from '../../../../src/core/operations/revocation/public-repository.ts'
import type { RepositoryAnswer } from '../../../../src/core/ports/repository-client.ts'
import { serialOf } from '../../../../src/core/domain/ids.ts'
import { parseOcspRequest } from '../../../../src/core/x509/ocsp-request.ts'
import { advance, aLeaf, aRoot, aSubordinate, barePorts, type TestPorts } from '../ports.ts'

let given: TestPorts
let root: Authority
let issuer: Authority
/** What the repository says instead of the truth, by path. */
let instead: Map<string, () => RepositoryAnswer>
let asked: string[]
let last: WatchedThing | undefined

beforeEach(async () => {
  given = await barePorts()
  // Two CRLs and nothing else to look at, so that each test says what it looks for.
  const revocation = { ocsp: { enabled: false } }
  root = await aRoot(given, { revocation })
  issuer = await aSubordinate(given, { revocation })
  instead = new Map()
  asked = []
  last = undefined
  await publishDueCrls(given.ports)
})
afterEach(() => given[Symbol.asyncDispose]())

const found = (octets: Uint8Array, piece = octets.length, status = 200): RepositoryAnswer => ({
  outcome: 'answered',
  status,
  body: (async function* () {
    for (let at = 0; at < octets.length; at += piece) yield octets.slice(at, at + piece)
  })(),
})
const notFound = found(new Uint8Array(), 1, 404)

/** The repository as clients find it. */
const client = {
  get: async (path: string): Promise<RepositoryAnswer> => {
    asked.push(path)
    const other = instead.get(path)
    if (other !== undefined) return other()
    if (path.startsWith('/ocsp/')) {
      const request = Buffer.from(decodeURIComponent(path.slice('/ocsp/'.length)), 'base64')
      return found((await answerOcsp(given.ports, request)).der)
    }
    const der = await crlOf(path)
    return der === undefined ? notFound : found(der)
  },
}
const crlOf = async (path: string) => {
  const [, name = ''] = /([^/]+)\.crl$/.exec(path) ?? []
  return (await readCrl(given.ports, name))?.der
}
const pathOf = ({ id }: Authority) => `/crl/${id}.crl`
const watch = async () => {
  const report = await watchRepository(given.ports, client, CACHE_RULES, last, new AbortController().signal)
  ;({ last } = report)
  return report
}
const alarms = async () =>
  (await describeRepository(given.ports)).alarms.map(({ subject, reason }) => `${subject} ${reason}`)
const events = async () =>
  (await given.ports.store.reads.repository.untold(9)).map(({ alarm, tell }) => `${tell} ${alarm.reason}`)

describe('a CRL', () => {
  test('that is as it must be raises nothing, up to half of its life and what caches may keep', async () => {
    expect(await watch()).toMatchObject({
      looked: 2,
      raised: 0,
      ended: 0,
      lifeUsed: { crl: expect.any(Number) as number },
    })
    expect(asked.toSorted()).toEqual([pathOf(root), pathOf(issuer)].toSorted())
    advance(given, 3.5 * DAY + 6 * MINUTE - SECOND)
    expect(await watch()).toMatchObject({ raised: 0, lifeUsed: { crl: expect.closeTo(0.5, 2) as number } })
    expect(await describeRepository(given.ports)).toEqual({ status: 'healthy', alarms: [] })
  })

  test('stale at half of its life: an alarm, with its event, once; and its end when a new one is there', async () => {
    advance(given, 3.5 * DAY + 6 * MINUTE + SECOND)
    expect(await watch()).toMatchObject({ raised: 2, ended: 0 })
    expect((await alarms()).toSorted()).toEqual([root, issuer].map(({ id }) => `crl/${id} stale`).toSorted())
    expect((await describeRepository(given.ports)).status).toBe('failing')
    expect(await watch()).toMatchObject({ raised: 0, ended: 0 })
    expect(given.log.filter(({ level }) => level === 'error')).toHaveLength(2)
    await publishDueCrls(given.ports)
    expect(await watch()).toMatchObject({ raised: 0, ended: 2 })
    expect(await alarms()).toEqual([])
    expect(await events()).toEqual(['began stale', 'began stale'])
  })

  test('of an hour’s life is stale before it ends, however long caches keep it', async () => {
    await updateAuthority(given.ports, given.admin, {
      reference: issuer.id,
      revocation: { crl: { hours: 1 } },
    })
    await publishCrl(given.ports, completeScope(issuer.id))
    const rules = [{ path: '/crl/*.crl', least: 0, usual: DAY, most: DAY }]
    advance(given, 0.625 * HOUR + SECOND)
    const report = await watchRepository(given.ports, client, rules, undefined, new AbortController().signal)
    expect(report.raised).toBe(1)
    expect(await alarms()).toEqual([`crl/${issuer.id} stale`])
  })

  test.each([
    ['unreachable', (): RepositoryAnswer => ({ outcome: 'failed', detail: 'ECONNREFUSED' })],
    ['unreachable', () => notFound],
    ['invalid', () => found(new TextEncoder().encode('<html>not here</html>'))],
    ['invalid', () => found(new Uint8Array())],
    [
      'unreachable',
      (): RepositoryAnswer => ({
        outcome: 'answered',
        status: 200,
        body: (async function* () {
          yield new Uint8Array(3)
          throw new Error('aborted')
        })(),
      }),
    ],
  ] as const)('%s, whatever is served instead', async (reason, answer) => {
    instead.set(pathOf(issuer), answer)
    expect(await watch()).toMatchObject({ raised: 1 })
    expect(await alarms()).toEqual([`crl/${issuer.id} ${reason}`])
    instead.clear()
    expect(await watch()).toMatchObject({ ended: 1 })
  })

  test('of another authority, or with one bit changed, is invalid, in pieces of any size', async () => {
    const [own, other] = [await crlOf(pathOf(issuer)), await crlOf(pathOf(root))] as [Uint8Array, Uint8Array]
    instead.set(pathOf(issuer), () => found(other))
    expect(await watch()).toMatchObject({ raised: 1 })
    for (const piece of [1, 7, 64, own.length]) {
      instead.set(pathOf(issuer), () => found(own, piece))
      expect(await watch()).toMatchObject({ ended: 1 })
      // A bit of thisUpdate's seconds, which leaves it a time.
      const changed = new Uint8Array(own)
      changed[changed.indexOf(0x5a) - 1]! ^= 1
      instead.set(pathOf(issuer), () => found(changed, piece))
      expect(await watch()).toMatchObject({ raised: 1 })
      expect(await alarms()).toEqual([`crl/${issuer.id} invalid`])
    }
  })

  test('of before is superseded once no cache may have it any more', async () => {
    const before = (await crlOf(pathOf(issuer))) ?? new Uint8Array()
    instead.set(pathOf(issuer), () => found(before))
    advance(given, MINUTE)
    await publishCrl(given.ports, completeScope(issuer.id))
    advance(given, 6 * MINUTE)
    expect(await watch()).toMatchObject({ raised: 0 })
    advance(given, SECOND)
    expect(await watch()).toMatchObject({ raised: 1 })
    expect(await alarms()).toEqual([`crl/${issuer.id} superseded`])
  })

  test('that was never published is missing, after ten minutes', async () => {
    const late = await aSubordinate(given, {
      name: 'late',
      subject: { commonName: 'L' },
      revocation: { ocsp: { enabled: false } },
    })
    expect(await watch()).toMatchObject({ raised: 0 })
    advance(given, 11 * MINUTE)
    expect(await watch()).toMatchObject({ raised: 1 })
    expect(await alarms()).toEqual([`crl/${late.id} missing`])
  })
})

describe('the responder', () => {
  let id: string
  const paths = () => asked.filter((path) => path.startsWith('/ocsp/'))
  const answering = async () => {
    const revocation = { ocsp: { enabled: true } }
    await updateAuthority(given.ports, given.admin, { reference: issuer.id, revocation })
    await renewDueResponders(given.ports)
    ;({ id } = issuer)
  }
  /** The answer to what was asked last, to be served for good. */
  const keepAnswer = async () => {
    asked = []
    await watch()
    const [path = ''] = paths()
    const answer = await client.get(path)
    const octets: Uint8Array[] = []
    if (answer.outcome === 'answered') for await (const piece of answer.body) octets.push(piece)
    const kept = new Uint8Array(Buffer.concat(octets))
    instead.set(path, () => found(kept))
    return { path, kept }
  }

  test('is asked by GET about the newest certificate, its own if need be, and is as it must be', async () => {
    await answering()
    expect(await watch()).toMatchObject({ looked: 3, raised: 0 })
    const { certificate } = await aLeaf(given.ports, given.admin)
    expect(await watch()).toMatchObject({ looked: 3, raised: 0 })
    const serials = paths().map((path) => {
      const request = Buffer.from(decodeURIComponent(path.slice('/ocsp/'.length)), 'base64')
      return serialOf(parseOcspRequest(request).certIds[0]?.serial ?? new Uint8Array())
    })
    const responder = await given.ports.store.reads.ocsp.responder(issuer.id)
    expect(serials).toEqual([responder?.serial, certificate.serial])
  })

  test('an answer is stale at half of its life, when another one is to be made (RFC 9919 §7.1)', async () => {
    await answering()
    await aLeaf(given.ports, given.admin)
    await keepAnswer()
    advance(given, 12 * HOUR + MINUTE)
    expect(await watch()).toMatchObject({ raised: 0 })
    advance(given, SECOND)
    expect(await watch()).toMatchObject({ raised: 1, lifeUsed: { ocsp: expect.closeTo(0.5, 2) as number } })
    expect(await alarms()).toEqual([`ocsp/${id} stale`])
    instead.clear()
    expect(await watch()).toMatchObject({ ended: 1 })
  })

  test('its certificate is stale at half of its life, and when it has ended', async () => {
    await answering()
    await aLeaf(given.ports, given.admin)
    const { notBefore, notAfter } = (await given.ports.store.reads.ocsp.responder(issuer.id)) ?? {
      notBefore: 0,
      notAfter: 0,
    }
    advance(given, notBefore + (notAfter - notBefore) / 2 + 2 * MINUTE - given.calendar.now())
    await publishDueCrls(given.ports)
    expect(await watch()).toMatchObject({ raised: 1 })
    expect(await alarms()).toEqual([`responder/${id} stale`])
    await renewDueResponders(given.ports)
    expect(await watch()).toMatchObject({ ended: 1, raised: 0 })
  })

  test('an answer with one bit changed, about something else, an error, or nothing at all, is invalid', async () => {
    await answering()
    await aLeaf(given.ports, given.admin)
    const { path, kept } = await keepAnswer()
    const changed = new Uint8Array(kept)
    changed[changed.indexOf(0x5a) - 1]! ^= 1
    const other = (await answerOcsp(given.ports, new Uint8Array(3))).der
    for (const octets of [changed, other, new Uint8Array(), kept.slice(0, 100)]) {
      instead.set(path, () => found(octets))
      await watch()
      expect(await alarms()).toEqual([`ocsp/${id} invalid`])
    }
    await aLeaf(given.ports, given.admin)
    asked = []
    instead.clear()
    expect(await watch()).toMatchObject({ ended: 1 })
    instead.set(paths()[0] ?? '', () => found(kept))
    await watch()
    expect(await alarms()).toEqual([`ocsp/${id} invalid`])
  })

  test('that can’t be reached is an alarm of its answers', async () => {
    await answering()
    await watch()
    instead.set(paths()[0] ?? '', () => found(new Uint8Array(), 1, 502))
    expect(await watch()).toMatchObject({ raised: 1 })
    expect(await alarms()).toEqual([`ocsp/${id} unreachable`])
  })
})

describe('shards and deltas', () => {
  test('are looked at by the names that certificates give them', async () => {
    const revocation = { crl: { kind: 'PARTITIONED' as const, deltaHours: 12 } }
    await updateAuthority(given.ports, given.admin, { reference: issuer.id, revocation })
    await aLeaf(given.ports, given.admin)
    await publishDueCrls(given.ports)
    asked = []
    await watch()
    const [shard] = await given.ports.store.reads.shards.living(issuer.id, given.calendar.now())
    expect(asked).toEqual(
      expect.arrayContaining([`/crl/${shard?.name}.crl`, `/crl/${shard?.name}-delta.crl`]),
    )
  })
})

test('one failed connection is no news', async () => {
  let failures = 1
  const der = (await crlOf(pathOf(issuer))) ?? new Uint8Array()
  instead.set(pathOf(issuer), () =>
    failures-- > 0 ? { outcome: 'failed', detail: 'ECONNRESET' } : found(der),
  )
  expect(await watch()).toMatchObject({ raised: 0, looked: 2 })
})

test('an alarm about what nobody fetches any more ends', async () => {
  instead.set(pathOf(issuer), () => notFound)
  expect(await watch()).toMatchObject({ raised: 1 })
  advance(given, 4000 * DAY)
  expect(await watch()).toMatchObject({ looked: 0, ended: 1 })
})

test('rounds go on where the one before ended, what is amiss first', async () => {
  const order = async () => {
    asked = []
    await watch()
    return asked.map((path) => (path === pathOf(root) ? 'root' : 'issuer'))
  }
  expect(await order()).toEqual(['root', 'issuer'])
  expect(await order()).toEqual(['root', 'issuer'])
  const stopped = AbortSignal.abort()
  expect(await watchRepository(given.ports, client, CACHE_RULES, last, stopped)).toMatchObject({ looked: 0 })
  last = { kind: 'crl', authority: root.id, name: root.id, scope: { authority: root.id, shard: undefined } }
  expect(await order()).toEqual(['issuer', 'root'])
  instead.set(pathOf(root), () => found(new Uint8Array(), 1, 410))
  await watch()
  last = { kind: 'crl', authority: root.id, name: root.id, scope: { authority: root.id, shard: undefined } }
  expect(await order()).toEqual(['root', 'issuer'])
})
