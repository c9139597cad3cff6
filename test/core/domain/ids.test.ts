import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arns, partitionOf } from '../../../src/core/domain/arns.ts'
import {
  certificateIdOf,
  isAccountId,
  isRegion,
  isSerial,
  serialFrom,
  serialOf,
  splitCertificateId,
  type AccountId,
  type AuthorityId,
  type Region,
} from '../../../src/core/domain/ids.ts'
import { newSerial, newUuid } from '../../../src/core/operations/new-ids.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const AUTHORITY = '01900000-0000-7000-8000-00000000000a' as AuthorityId

describe('serials', () => {
  test('read back from every common spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
        fc.pre(octets.some((octet) => octet !== 0))
        const serial = serialOf(octets)
        expect(serial).toMatch(/^[0-9a-f]{32}$/)
        const colons = serial.replace(/..(?!$)/g, '$&:').toUpperCase()
        const short = serial.replace(/^0+/, '')
        for (const spelling of [serial, colons, `0x${serial}`, `00${serial}`, ` ${short} `, `00:${colons}`])
          expect(serialFrom(spelling), spelling).toBe(serial)
      }),
    )
  })

  test('of certificates from elsewhere have up to 20 octets, and one spelling each (RFC 5280 §4.1.2.2)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (octets) => {
        fc.pre(octets.some((octet) => octet !== 0))
        const serial = serialOf(octets)
        expect(BigInt(`0x${serial}`)).toBe(BigInt(`0x${Buffer.from(octets).toString('hex')}`))
        expect(isSerial(serial)).toBe(true)
        expect(serialOf(Buffer.from(serial, 'hex'))).toBe(serial)
        expect(serialOf(Uint8Array.of(0, ...octets))).toBe(serial)
        expect(serialFrom(serial)).toBe(serial)
      }),
    )
    for (const text of ['00'.repeat(17), `00${'a'.repeat(34)}`, 'a'.repeat(33), 'a'.repeat(42)])
      expect(isSerial(text), text).toBe(false)
  })

  test.each(['', '0', '0x', 'g', '-1', '1'.repeat(41), '1 2'])('%j is none', (text) => {
    expect(serialFrom(text)).toBeUndefined()
  })

  test('are never zero', () => {
    const draws = [new Uint8Array(16), Uint8Array.of(...new Uint8Array(15), 1)]
    expect(newSerial({ bytes: () => draws.shift() ?? new Uint8Array() })[15]).toBe(1)
  })
})

describe('certificate ids', () => {
  test('fall apart into what they were made of', () => {
    const serial = serialOf(seededRandom('x').bytes(16))
    expect(splitCertificateId(certificateIdOf(AUTHORITY, serial))).toEqual({ authority: AUTHORITY, serial })
  })

  test('nothing else does', () => {
    fc.assert(fc.property(fc.string(), (text) => splitCertificateId(text) === undefined))
    for (const text of [
      `${AUTHORITY}.`,
      `.${'a'.repeat(32)}`,
      `${AUTHORITY}.${'A'.repeat(32)}`,
      `${AUTHORITY}.${'a'.repeat(32)}.`,
    ])
      expect(splitCertificateId(text)).toBeUndefined()
  })
})

test('UUIDs are of version 7 and in order of time (RFC 9562 §5.7)', () => {
  const random = seededRandom('uuid')
  const made = [0, 1, 255, 256, 1_900_000_000_000, 1_900_000_000_001, 253_402_300_799_000].map((now) =>
    newUuid(random, now),
  )
  for (const uuid of made)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect([...made].sort()).toEqual(made)
  expect(Number.parseInt((made[4] as string).replace('-', '').slice(0, 12), 16)).toBe(1_900_000_000_000)
})

describe('places', () => {
  test.each([
    ['us-east-1', 'aws'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['cn-north-1', 'aws-cn'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eu-isoe-west-1', 'aws-iso-e'],
  ])('%s is in %s', (region, partition) => {
    expect(isRegion(region)).toBe(true)
    expect(partitionOf(region as Region)).toBe(partition)
    const place = { account: '111122223333' as AccountId, region: region as Region }
    expect(arns.authority(place, AUTHORITY)).toBe(
      `arn:${partition}:acm-pca:${region}:111122223333:certificate-authority/${AUTHORITY}`,
    )
  })

  test.each(['', 'US-east-1', 'us-east', 'us--1', 'us-east-1\n', 'x'.repeat(100)])(
    '%j is no region',
    (text) => {
      expect(isRegion(text)).toBe(false)
    },
  )

  test.each([
    '',
    '11112222333',
    '1111222233334',
    '11112222333a',
    '111122223333\n',
    '１１１１２２２２３３３３',
  ])('%j is no account', (text) => {
    expect(isAccountId(text)).toBe(false)
  })
})
