import { encode, type OptAnswer, type Packet } from 'dns-packet'
import fc from 'fast-check'
import { createSocket } from 'node:dgram'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  DNS_RCODES,
  isTruncated,
  readMessage,
  type DnsMessage,
} from '../../../src/core/domain/dns-message.ts'
import { orderDnsFault, withdrawDnsFaults } from '../../../src/core/operations/zones/dns-faults.ts'
import { outcomeFor } from '../../../src/faces/dns/answer.ts'
import { startDnsListener } from '../../../src/faces/dns/listener.ts'
import { createTcpServer } from '../../../src/faces/dns/tcp.ts'
import { servedZones, type Served } from '../../adapters/dns/stages.ts'

let served: Served
beforeAll(async () => {
  served = await servedZones()
})
afterAll(() => served.close())

const OPT: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 4096,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
}
const query = (more: Partial<Packet> = {}): Buffer =>
  encode({
    type: 'query',
    id: 7,
    flags: 0x0100,
    questions: [{ name: 'www.contract.example', type: 'A' }],
    ...more,
  })
const about = (name: string, type = 'A', edns = true): Buffer =>
  query({ questions: [{ name, type: type as 'A' }], ...(edns ? { additionals: [OPT] } : {}) })

/** What the port makes of a packet, as a message. */
async function told(packet: Uint8Array, transport: 'udp' | 'tcp' = 'udp') {
  const outcome = await outcomeFor(served.given.ports, packet, transport)
  if (typeof outcome === 'string') return outcome
  const message = readMessage(outcome.packet)
  const opt = message.additionals.find(({ type }) => type === 41)
  const rcode = (message.flags & 0xf) | (opt === undefined ? 0 : (opt.ttl >>> 24) << 4)
  return { ...message, rcode, opt, size: outcome.packet.length, packet: outcome.packet }
}
const rcodeOf = async (packet: Uint8Array) => {
  const answer = await told(packet)
  return typeof answer === 'string' ? answer : answer.rcode
}

describe('the DNS port', () => {
  test('answers with authority, repeating the question to the letter', async () => {
    expect(await told(query({ questions: [{ name: 'WwW.Contract.EXAMPLE', type: 'A' }] }))).toMatchObject({
      id: 7,
      // An answer, authoritative; recursion was desired, and isn't available.
      flags: 0x8500,
      answers: [{ name: 'www.contract.example' }, {}],
    })
    const answer = await told(query({ questions: [{ name: 'WwW.Contract.EXAMPLE', type: 'A' }] }))
    expect((answer as { packet: Buffer }).packet.includes('WwW')).toBe(true)
  })

  test('RFC 2308 §3: a negative answer brings the zone’s SOA record', async () => {
    const soa = [{ name: 'contract.example', type: 6, ttl: 5 }]
    expect(await told(about('nowhere.contract.example'))).toMatchObject({
      rcode: 3,
      answers: [],
      authorities: soa,
    })
    expect(await told(about('www.contract.example', 'MX'))).toMatchObject({
      rcode: 0,
      answers: [],
      authorities: soa,
    })
    expect(await told(about('contract.example', 'SOA'))).toMatchObject({ answers: soa, authorities: [] })
  })

  test('RFC 1035 §4.2.1, RFC 6891 §6.2.3: what is too long says so, over TCP it comes whole', async () => {
    const many = 'many.contract.example'
    for (const edns of [true, false]) {
      const short = await told(about(many, 'TXT', edns))
      expect(short).toMatchObject({ answers: [], rcode: 0 })
      expect(isTruncated(short as { flags: number })).toBe(true)
      expect((short as { size: number }).size).toBeLessThan(512)
    }
    expect(await told(about(many, 'TXT'), 'tcp')).toMatchObject({ answers: { length: 40 } })
    // Between 512 and 1,232 octets it depends on what the asker takes.
    const long = 'long.contract.example'
    expect(isTruncated((await told(about(long, 'TXT', false))) as { flags: number })).toBe(true)
    expect(isTruncated((await told(about(long, 'TXT', true))) as { flags: number })).toBe(false)
  })

  test('speaks EDNS to those who do, and no other version of it', async () => {
    expect(await told(about('www.contract.example'))).toMatchObject({ opt: { class: 1232 } })
    expect(await told(query())).toMatchObject({ opt: undefined })
    expect(await rcodeOf(query({ additionals: [{ ...OPT, ednsVersion: 1 }] }))).toBe(DNS_RCODES.BADVERS)
    expect(await rcodeOf(query({ additionals: [OPT, OPT] }))).toBe(DNS_RCODES.FORMERR)
  })

  test.each([
    [
      'two questions (RFC 9619)',
      query({
        questions: [
          { name: 'a', type: 'A' },
          { name: 'b', type: 'A' },
        ],
      }),
      'FORMERR',
    ],
    ['no question', query({ questions: [] }), 'FORMERR'],
    ['a question cut off', query().subarray(0, 20), 'FORMERR'],
    ['octets behind the end', Buffer.concat([query(), Buffer.of(0)]), 'FORMERR'],
    ['a status request', query({ flags: 0x1000 }), 'NOTIMP'],
    ['a notification', query({ flags: 0x2000 }), 'NOTIMP'],
    ['an update', query({ flags: 0x2800 }), 'NOTIMP'],
    ['a zone transfer', about('contract.example', 'AXFR'), 'REFUSED'],
    ['an incremental one', about('contract.example', 'IXFR'), 'REFUSED'],
    [
      'another class',
      query({ questions: [{ name: 'www.contract.example', type: 'A', class: 'CH' }] }),
      'REFUSED',
    ],
    ['a name outside all zones', about('www.example.org'), 'REFUSED'],
    ['the root', about('.', 'NS'), 'REFUSED'],
  ] as const)('%s', async (_, packet, rcode) => {
    expect(await rcodeOf(packet)).toBe(DNS_RCODES[rcode])
  })

  test('says nothing to what is no question: half a header, or an answer, which would go round in circles', async () => {
    expect(await told(query().subarray(0, 11))).toBe('silence')
    expect(await told(query({ type: 'response' }))).toBe('silence')
  })

  test('types that zones don’t hold are not there; RFC 8482: ANY gets one set', async () => {
    expect(await told(about('www.contract.example', 'SRV'))).toMatchObject({ rcode: 0, answers: [] })
    expect(await told(about('www.contract.example', 'UNKNOWN_65'))).toMatchObject({ rcode: 0, answers: [] })
    const any = (await told(about('www.contract.example', 'ANY'))) as DnsMessage
    expect(new Set(any.answers.map(({ type }) => type)).size).toBe(1)
  })

  test('a name with a dot within a label is no name of a zone', async () => {
    const odd = query({ questions: [{ name: 'wwwxcontract.example', type: 'A' }] })
    odd[odd.indexOf('wwwxcontract') + 3] = 0x2e
    expect(await rcodeOf(odd)).toBe(DNS_RCODES.REFUSED)
    const below = query({ questions: [{ name: 'axb.wild.contract.example', type: 'TXT' }] })
    below[below.indexOf('axb') + 1] = 0x2e
    expect(await rcodeOf(below)).toBe(DNS_RCODES.NXDOMAIN)
  })

  test('whatever octets change in a question, it is answered or dropped, never more', async () => {
    const good = about('www.contract.example', 'CAA')
    const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(good.length), fc.boolean(), async (octets, length, cut) => {
        const mutated = Buffer.from(good)
        for (const [at, octet] of octets) mutated[at] = octet
        const packet = cut ? mutated.subarray(0, length) : mutated
        const answer = await told(packet)
        if (answer !== 'silence') expect(answer).toMatchObject({ id: packet.readUInt16BE(0) })
      }),
      { numRuns: 2000 },
    )
    expect(served.given.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})

describe('the DNS port over TCP', () => {
  const framed = (packet: Uint8Array) =>
    Buffer.concat([Buffer.of(packet.length >> 8, packet.length & 0xff), packet])
  const open = async (port = served.listener.port): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('connect', resolve))
    return socket
  }
  /** Everything until the other side hangs up. */
  const rest = (socket: Socket): Promise<Buffer> =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('close', () => resolve(Buffer.concat(chunks)))
    })
  function idsIn(octets: Buffer): number[] {
    const ids: number[] = []
    for (let at = 0; at < octets.length; at += 2 + octets.readUInt16BE(at))
      ids.push(octets.readUInt16BE(at + 2))
    return ids
  }

  test('RFC 7766 §6.2.1: several questions a connection, however they are cut', async () => {
    const socket = await open()
    const ids = Array.from({ length: 300 }, (_, i) => i)
    const octets = Buffer.concat(ids.map((id) => framed(query({ id }))))
    const answers = rest(socket)
    for (let at = 0; at < octets.length; at += 997) socket.write(octets.subarray(at, at + 997))
    socket.end()
    expect(idsIn(await answers).toSorted((a, b) => a - b)).toEqual(ids)
  })

  test.each([
    ['of no octets', Buffer.of(0, 0)],
    ['longer than any question', Buffer.of(0xff, 0xff)],
  ])('hangs up on a message %s', async (_, octets) => {
    const socket = await open()
    socket.write(octets)
    expect(await rest(socket)).toHaveLength(0)
  })

  test('RFC 7766 §6.2.3: hangs up on an idle connection', async () => {
    const server = createTcpServer((packet) => outcomeFor(served.given.ports, packet, 'tcp'), 20)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = await open((server.address() as AddressInfo).port)
    socket.write(framed(query()))
    // What it did say was answered.
    expect(idsIn(await rest(socket))).toEqual([7])
    await new Promise((resolve) => server.close(resolve))
  })

  test('truncate-tcp: hangs up on the question', async () => {
    const { ports, admin } = served.given
    await orderDnsFault(ports, admin, { name: 'www.contract.example', kind: 'truncate-tcp', times: 1 })
    // Over UDP it doesn't count yet.
    expect(isTruncated((await told(query())) as { flags: number })).toBe(true)
    const broken = await open()
    broken.write(framed(query()))
    expect(await rest(broken)).toHaveLength(0)
    expect(await rcodeOf(query())).toBe(DNS_RCODES.NOERROR)
    await withdrawDnsFaults(ports, admin, undefined)
  })
})

describe('the listener', () => {
  test('a port that is taken is an error; whatever was opened is closed again', async () => {
    const { ports } = served.given
    const udp = createSocket('udp4')
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
    const at = { address: '127.0.0.1', port: udp.address().port }
    await expect(startDnsListener(ports, at)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise<void>((resolve) => udp.close(resolve))
    const listener = await startDnsListener(ports, at)
    await expect(startDnsListener(ports, at)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await listener.close()
  })
})
