import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { etagListed, etagMatches, etagOf } from '../../../src/faces/http/etags.ts'
import { negotiate } from '../../../src/faces/http/media-types.ts'
import { queryReader } from '../../../src/faces/http/query.ts'

const OFFERS = ['application/json', 'application/pem-certificate-chain']

describe('negotiate (RFC 9110 §12.5.1)', () => {
  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/html, */*;q=0.1', 'application/json'],
    ['application/pem-certificate-chain', 'application/pem-certificate-chain'],
    ['Application/PEM-Certificate-Chain ; charset=x', 'application/pem-certificate-chain'],
    ['application/json;q=0.5, application/pem-certificate-chain', 'application/pem-certificate-chain'],
    ['application/json;q=0, */*', 'application/pem-certificate-chain'],
  ])('%s gives %s', (accept, type) => {
    expect(negotiate(accept, OFFERS)).toBe(type)
  })

  test.each(['text/html', 'application/json;q=0', '', 'application/json;q=nonsense', ',,,;;;'])(
    '%s gives 406',
    (accept) => {
      expect(() => negotiate(accept, OFFERS)).toThrow(expect.objectContaining({ code: 'not_acceptable' }))
    },
  )
})

describe('ETags', () => {
  const etag = etagOf('content')
  test('are the same for the same octets only', () => {
    expect(etagOf(Buffer.from('content'))).toBe(etag)
    expect(etagOf('other')).not.toBe(etag)
    expect(etag).toMatch(/^"[\w-]+"$/)
  })
  test('If-None-Match compares weakly, If-Match strongly (RFC 9110 §13.1)', () => {
    expect(etagListed(`"x", W/${etag}`, etag)).toBe(true)
    expect(etagListed('"x"', etag)).toBe(false)
    expect(etagListed(undefined, etag)).toBe(false)
    expect(etagListed('*', etag)).toBe(true)
    expect(etagMatches(`W/${etag}`, etag)).toBe(false)
    expect(etagMatches(`"x", ${etag}`, etag)).toBe(true)
    expect(etagMatches('*', etag)).toBe(true)
  })
})

describe('queryReader', () => {
  const read = queryReader(z.strictObject({ limit: z.number().default(5), name: z.string().optional() }))
  test('turns decimal digits into numbers where the schema has numbers', () => {
    expect(read('/x?limit=7&name=7')).toEqual({ limit: 7, name: '7' })
    expect(read('/x?limit=0x10')).toEqual({ limit: '0x10' })
    expect(read('/x?limit=')).toEqual({ limit: '' })
    expect(read('/x')).toEqual({})
    expect(read('/x?&')).toEqual({})
  })
  test('decodes, and keeps __proto__ as a member like any other', () => {
    expect(read('/x?name=a+b%20c%C3%A9')).toEqual({ name: 'a b cé' })
    expect(Object.keys(read('/x?__proto__=1'))).toEqual(['__proto__'])
  })
  test.each(['/x?name=%ff', '/x?name=%', '/x?%zz=1', '/x?name=1&name=1'])('refuses %s', (url) => {
    expect(() => read(url)).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })
})
