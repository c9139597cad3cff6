import { decode } from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { queryFor, readAnswer } from '../../../src/adapters/dns/exchange.ts'
import { recordFrom } from '../../../src/adapters/dns/record-reader.ts'
import { MalformedMessage, readMessage } from '../../../src/core/domain/dns-message.ts'
import { aResponse, raw } from './messages.ts'

const recordsIn = (packet: Uint8Array) => readMessage(packet).answers.map((each) => recordFrom(packet, each))
const caa = (flags: number, tag: string, value: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([flags, tag.length]), Buffer.from(tag), value])
const CAA = 257

describe('RFC 8659 §4.1: a CAA record', () => {
  test('keeps every flag and every octet, which dns-packet doesn’t', () => {
    const value = Buffer.from([0x63, 0x61, 0xff, 0xfe, 0x00, 0xc3])
    const packet = aResponse({ answers: [raw(CAA, caa(0x8b, 'Issue', value))] })
    expect(recordsIn(packet)).toEqual([
      {
        name: 'www.example.com',
        ttl: 300,
        type: 'CAA',
        data: { flags: 0x8b, tag: 'Issue', value: value.toString('latin1') },
      },
    ])
    const [theirs] = decode(packet).answers ?? []
    expect((theirs as { data: { value: string } }).data.value).not.toBe(value.toString('latin1'))
    expect((theirs as { data: { value: string } }).data.value).toContain('\ufffd')
  })

  test('of any flags, tag and value comes out as it went in', () => {
    const tag = fc.stringMatching(/^[A-Za-z0-9]{1,40}$/)
    fc.assert(
      fc.property(fc.nat(255), tag, fc.uint8Array({ maxLength: 600 }), (flags, name, value) => {
        const [record] = recordsIn(aResponse({ answers: [raw(CAA, caa(flags, name, value))] }))
        expect(record?.data).toEqual({ flags, tag: name, value: Buffer.from(value).toString('latin1') })
      }),
    )
  })

  test.each([
    ['is empty', []],
    ['has flags only', [0]],
    ['has a tag without octets', [0, 0, 0x61]],
    ['has a tag that reaches beyond the data', [0, 9, 0x61, 0x62]],
  ])('that %s is no answer, though dns-packet reads on into what follows', (_, octets) => {
    const packet = aResponse({
      answers: [raw(CAA, Uint8Array.from(octets)), raw(CAA, caa(0, 'issue', Buffer.from('ca.example')))],
    })
    expect(() => recordsIn(packet)).toThrow(MalformedMessage)
  })
})

describe('records', () => {
  test.each([
    ['A', 1, [192, 0, 2, 1], '192.0.2.1'],
    ['AAAA', 28, [0x20, 1, 0x0d, 0xb8, ...Array.from({ length: 11 }, () => 0), 1], '2001:db8::1'],
    ['CNAME', 5, [1, 0x41, 2, 0x62, 0x63, 0], 'a.bc'],
    ['NS', 2, [0], ''],
    ['MX', 15, [0, 10, 1, 0x61, 0], { preference: 10, exchange: 'a' }],
    ['TXT', 16, [2, 0x61, 0xff, 0, 1, 0x62], 'a\xffb'],
    ['other', 65, [1, 2, 3], 'TYPE65 \\# 3 010203'],
    ['other', 65280, [], 'TYPE65280 \\# 0'],
  ])('of type %s (%i)', (type, number, octets, data) => {
    expect(recordsIn(aResponse({ answers: [raw(number, Uint8Array.from(octets))] }))).toMatchObject([
      { type, data },
    ])
  })

  test.each([
    ['A of three octets', 1, [192, 0, 2]],
    ['A of five octets', 1, [192, 0, 2, 1, 1]],
    ['AAAA of four octets', 28, [192, 0, 2, 1]],
    ['CNAME with something behind the name', 5, [1, 0x61, 0, 0]],
    ['CNAME whose name reaches beyond the data', 5, [1]],
    ['MX without a host', 15, [0, 10]],
    ['MX of one octet', 15, [0]],
    ['TXT without a string', 16, []],
    ['TXT whose string reaches beyond the data', 16, [3, 0x61]],
    ['SOA of names alone', 6, [0, 0]],
  ])('%s is no answer', (_, number, octets) => {
    expect(() =>
      recordsIn(
        aResponse({
          answers: [raw(number, Uint8Array.from(octets)), raw(1, Uint8Array.from([192, 0, 2, 1]))],
        }),
      ),
    ).toThrow(MalformedMessage)
  })

  test('RFC 1035 §4.1.4: names are read through pointers, which must lead back', () => {
    const pointing = (target: number) => raw(5, Uint8Array.from([1, 0x61, 0xc0, target]))
    expect(recordsIn(aResponse({ answers: [pointing(16)] }))).toMatchObject([{ data: 'a.example.com' }])
    for (const target of [60, 0xff])
      expect(() => recordsIn(aResponse({ answers: [pointing(target)] }))).toThrow(MalformedMessage)
    const loop = aResponse({ answers: [pointing(0)] })
    // A pointer at itself.
    loop.writeUInt16BE(0xc000 | (loop.length - 2), loop.length - 2)
    expect(() => recordsIn(loop)).toThrow(MalformedMessage)
  })

  test('a dot within a label is another name than a dot between labels', () => {
    const label = Uint8Array.from([3, 0x61, 0x2e, 0x62, 0])
    expect(recordsIn(aResponse({ answers: [raw(5, label)] }))).toMatchObject([{ data: 'a\\.b' }])
  })
})

describe('what came back', () => {
  const question = { name: 'www.example.com', type: 'CAA' } as const
  const query = { ...queryFor(question), id: 7 }

  test('is an answer with the id and the question of the query, in any case of letters', () => {
    expect(readAnswer(query, aResponse())).toMatchObject({ kind: 'answered', exists: true, records: [] })
    const shouting = aResponse({ questions: [{ name: 'WWW.example.COM', type: 'CAA' }] })
    expect(readAnswer(query, shouting)).toMatchObject({ kind: 'answered' })
  })

  test.each([
    ['another id', { id: 8 }],
    ['another name', { questions: [{ name: 'www.example.org', type: 'CAA' as const }] }],
    ['another type', { questions: [{ name: 'www.example.com', type: 'A' as const }] }],
    [
      'another class',
      { questions: [{ name: 'www.example.com', type: 'CAA' as const, class: 'CH' as const }] },
    ],
    ['no question', { questions: [] }],
    ['a query, no answer', { type: 'query' as const }],
    ['another kind of operation', { flags: 0x2980 }],
  ])('RFC 5452 §9: %s is foreign', (_, more) => {
    expect(readAnswer(query, aResponse(more))).toEqual({ kind: 'foreign' })
  })

  test.each([
    [2, 'servfail'],
    [1, 'refused'],
    [4, 'refused'],
    [5, 'refused'],
    [9, 'refused'],
  ] as const)('with code %i is a failure: %s', (code, reason) => {
    expect(readAnswer(query, aResponse({ flags: 0x0180 | code }))).toEqual({ kind: 'failed', reason })
  })

  test('RFC 6891 §6.1.3: the upper bits of the code count', () => {
    const opt = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 1232,
      extendedRcode: 1,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    } as const
    expect(readAnswer(query, aResponse({ additionals: [opt] as never }))).toEqual({
      kind: 'failed',
      reason: 'refused',
    })
  })

  test('with records of another class, or octets behind the last section, is none', () => {
    const chaos = { ...(raw(1, Uint8Array.from([192, 0, 2, 1])) as object), class: 'CH' } as never
    const malformed = { kind: 'failed', reason: 'malformed' }
    expect(readAnswer(query, aResponse({ answers: [chaos] }))).toEqual(malformed)
    expect(readAnswer(query, Buffer.concat([aResponse(), Buffer.of(0)]))).toEqual(malformed)
  })

  test('never throws, whatever octets change', () => {
    const good = aResponse({
      answers: [
        raw(CAA, caa(0, 'issue', Buffer.from('ca.example'))),
        raw(16, Uint8Array.from([2, 0x61, 0x62])),
        raw(5, Uint8Array.from([1, 0x61, 0xc0, 16])),
        { name: 'www.example.com', type: 'SOA', data: { mname: 'a.example', rname: 'b.example' } },
      ],
    })
    expect(readAnswer(query, good)).toMatchObject({ kind: 'answered' })
    const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(changes, fc.nat(good.length), (octets, length) => {
        const mutated = Buffer.from(good)
        for (const [at, octet] of octets) mutated[at] = octet
        const { kind } = readAnswer(query, length % 3 === 0 ? mutated.subarray(0, length) : mutated)
        expect(['foreign', 'failed', 'truncated', 'answered']).toContain(kind)
      }),
      { numRuns: 3000 },
    )
  })
})
