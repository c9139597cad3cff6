import { decode, encode, type Packet } from 'dns-packet'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRecursiveResolver } from '../../../src/adapters/dns/recursive-resolver.ts'
import { resolversInOrder } from '../../../src/adapters/dns/resolvers-in-order.ts'
import type { DnsAnswer, Resolver } from '../../../src/core/ports/resolver.ts'

type Asked = { readonly packet: Packet & { id: number }; readonly from: RemoteInfo }
let udp: Socket
let tcp: Server | undefined
const asked: Asked[] = []
/** What the server does with each question. */
let behave: (asked: Asked) => void
beforeEach(async () => {
  asked.length = 0
  udp = createSocket('udp4')
  udp.on('message', (octets, from) => {
    const each = { packet: decode(octets) as Asked['packet'], from }
    asked.push(each)
    behave(each)
  })
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await new Promise<void>((resolve) => udp.close(resolve))
  await new Promise((resolve) => (tcp === undefined ? resolve(undefined) : tcp.close(resolve)))
  tcp = undefined
})

const answerTo = ({ packet }: Asked, more: Partial<Packet> = {}): Buffer =>
  encode({
    type: 'response',
    id: packet.id,
    flags: 0x0180,
    questions: packet.questions ?? [],
    answers: [{ name: 'a.example', type: 'A', ttl: 5, data: '192.0.2.1' }],
    ...more,
  })
const send = (octets: Uint8Array, { from }: Asked): void => udp.send(octets, from.port, from.address)
/** @param timeoutMs short only where nobody answers */
const resolve = (timeoutMs = 5000) =>
  createRecursiveResolver({ address: '127.0.0.1', port: udp.address().port, timeoutMs }).resolve({
    name: 'a.example',
    type: 'A',
  })
/** A TCP server on the same port that does this with each connection's first octets. */
async function alsoOverTcp(reply: (octets: Buffer) => Uint8Array | undefined): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (octets: Buffer) => {
      const given = reply(octets)
      if (given === undefined) socket.destroy()
      else socket.end(given)
    })
  })
  tcp = server
  await new Promise<void>((done) => server.listen(udp.address().port, '127.0.0.1', done))
}
const framed = (packet: Uint8Array) =>
  Buffer.concat([Buffer.of(packet.length >> 8, packet.length & 0xff), packet])

describe('RFC 5452: a question', () => {
  test('comes from another port with another id each time, with EDNS and one question', async () => {
    behave = (each) => send(answerTo(each), each)
    await Promise.all(Array.from({ length: 40 }, () => resolve()))
    expect(new Set(asked.map(({ from }) => from.port)).size).toBeGreaterThan(30)
    expect(new Set(asked.map(({ packet }) => packet.id)).size).toBeGreaterThan(35)
    const [first] = asked
    expect(first?.packet).toMatchObject({
      questions: [{ name: 'a.example', type: 'A', class: 'IN' }],
      additionals: [{ type: 'OPT', udpPayloadSize: 1232 }],
    })
  })

  test('isn’t answered by another id, another question or another port: the right answer still counts', async () => {
    const stranger = createSocket('udp4')
    behave = (each) => {
      const forged = { answers: [{ name: 'a.example', type: 'A' as const, ttl: 5, data: '192.0.2.66' }] }
      send(answerTo(each, { ...forged, id: each.packet.id ^ 1 }), each)
      send(answerTo(each, { ...forged, questions: [{ name: 'b.example', type: 'A' }] }), each)
      stranger.send(answerTo(each, forged), each.from.port, each.from.address, () =>
        send(answerTo(each), each),
      )
    }
    expect(await resolve()).toMatchObject({ outcome: 'answered', records: [{ data: '192.0.2.1' }] })
    await new Promise<void>((done) => stranger.close(done))
  })

  test('that only strangers answer was answered by nobody: malformed', async () => {
    behave = (each) => send(answerTo(each, { id: each.packet.id ^ 1 }), each)
    expect(await resolve(300)).toMatchObject({ outcome: 'failed', reason: 'malformed' })
  })
})

describe('failures', () => {
  test('silence is asked twice, then it is a time-out', async () => {
    behave = () => {}
    expect(await resolve(150)).toMatchObject({ outcome: 'failed', reason: 'timeout' })
    expect(asked).toHaveLength(2)
  })

  test('one lost packet costs nothing but time', async () => {
    behave = (each) => void (asked.length > 1 && send(answerTo(each), each))
    expect(await resolve(1000)).toMatchObject({ outcome: 'answered' })
  })

  test('an error is an answer, and not asked again', async () => {
    behave = (each) => send(answerTo(each, { flags: 0x0182, answers: [] }), each)
    expect(await resolve()).toMatchObject({ outcome: 'failed', reason: 'servfail' })
    expect(asked).toHaveLength(1)
  })

  test('a closed port is unreachable', async () => {
    const closed = createRecursiveResolver({ address: '127.0.0.1', port: 1, timeoutMs: 2000 })
    expect(await closed.resolve({ name: 'a.example', type: 'A' })).toMatchObject({
      outcome: 'failed',
      reason: 'unreachable',
      resolver: '127.0.0.1:1',
    })
  })

  test('junk with the right id is malformed', async () => {
    behave = (each) => send(answerTo(each).subarray(0, 30), each)
    expect(await resolve()).toMatchObject({ outcome: 'failed', reason: 'malformed' })
  })

  test('what the system throws is unreachable, not a crash', async () => {
    const odd = createRecursiveResolver({ address: '203.0.113.53%nowhere', timeoutMs: 200, attempts: 1 })
    expect(await odd.resolve({ name: 'a.example', type: 'A' })).toMatchObject({
      outcome: 'failed',
      reason: 'unreachable',
    })
  })
})

describe('an answer too long for UDP', () => {
  beforeEach(() => {
    behave = (each) => send(answerTo(each, { flags: 0x0380, answers: [] }), each)
  })
  const overTcp = (octets: Buffer, more: Partial<Packet> = {}) =>
    framed(answerTo({ packet: decode(octets.subarray(2)) as Asked['packet'], from: {} as RemoteInfo }, more))

  test('is asked for over TCP', async () => {
    await alsoOverTcp((octets) => overTcp(octets))
    expect(await resolve()).toMatchObject({ outcome: 'answered', records: [{ data: '192.0.2.1' }] })
  })

  test.each<[string, (octets: Buffer) => Uint8Array | undefined]>([
    ['breaks off', () => undefined],
    ['ends in the middle', (octets) => overTcp(octets).subarray(0, 20)],
    ['is truncated again', (octets) => overTcp(octets, { flags: 0x0380 })],
    ['has another id', (octets) => overTcp(octets, { id: 0 })],
  ])('that %s there is truncated: nothing to rely on', async (_, reply) => {
    await alsoOverTcp(reply)
    expect(await resolve()).toMatchObject({ outcome: 'failed', reason: 'truncated' })
  })

  test('where there is no TCP is truncated', async () => {
    expect(await resolve()).toMatchObject({ outcome: 'failed', reason: 'truncated' })
  })
})

describe('resolvers in order', () => {
  const failing = (reason: 'timeout' | 'servfail' | 'unreachable' | 'refused' | 'truncated'): Resolver => ({
    resolve: async () => ({ outcome: 'failed', reason, resolver: reason, milliseconds: 1 }),
  })
  const fine: Resolver = {
    resolve: async () => ({
      outcome: 'answered',
      exists: true,
      records: [],
      resolver: 'fine',
      milliseconds: 1,
    }),
  }
  const told = async (...resolvers: [Resolver, ...Resolver[]]): Promise<DnsAnswer> =>
    resolversInOrder(resolvers).resolve({ name: 'a.example', type: 'A' })

  test('the next is asked where one can’t be reached', async () => {
    expect(await told(failing('timeout'), failing('unreachable'), fine)).toMatchObject({
      resolver: 'fine',
      milliseconds: 3,
    })
    expect(await told(failing('timeout'), failing('unreachable'))).toMatchObject({ reason: 'unreachable' })
  })

  test.each(['servfail', 'refused', 'truncated'] as const)(
    '%s is an answer that no other glosses over',
    async (reason) => {
      expect(await told(failing(reason), fine)).toMatchObject({ outcome: 'failed', reason })
    },
  )
})
