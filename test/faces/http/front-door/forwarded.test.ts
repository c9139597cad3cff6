import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../../src/core/domain/errors.ts'
import { addressSet, type AddressSet } from '../../../../src/faces/http/front-door/addresses.ts'
import { forwardedBy, type ForwardedHeader } from '../../../../src/faces/http/front-door/forwarded.ts'

const PROXY = '10.0.0.1'
const addresses = addressSet(['10.0.0.0/8', '2001:db8:ffff::/48']) as AddressSet
const by = (header: ForwardedHeader, value: string | undefined, proto?: string) =>
  forwardedBy(PROXY, false, { [header]: value, 'x-forwarded-proto': proto }, { addresses, header })
const xff = (value: string | undefined, proto?: string) => by('x-forwarded-for', value, proto)
const forwarded = (value: string | undefined) => by('forwarded', value)

describe('X-Forwarded-For of a trusted proxy', () => {
  test('is read from the right: what the caller wrote himself is not believed', () => {
    expect(xff('198.51.100.7').address).toBe('198.51.100.7')
    expect(xff('127.0.0.1, 10.9.9.9, 198.51.100.7').address).toBe('198.51.100.7')
    expect(xff('127.0.0.1, 198.51.100.7, 10.2.2.2').address).toBe('198.51.100.7')
    expect(xff('198.51.100.7, [2001:db8:ffff::2]:443, 10.2.2.2:1234').address).toBe('198.51.100.7')
  })

  test('may carry ports, brackets, and an IPv4 address within IPv6', () => {
    expect(xff('198.51.100.7:50123').address).toBe('198.51.100.7')
    expect(xff('[2001:DB8::7]:50123').address).toBe('2001:db8::7')
    expect(xff('2001:db8::7').address).toBe('2001:db8::7')
    expect(xff('::ffff:198.51.100.7').address).toBe('198.51.100.7')
  })

  test('missing: the proxy calls for itself, as its health checks do', () => {
    expect(xff(undefined)).toEqual({ address: PROXY, secure: false })
    expect(xff('10.5.5.5, 10.6.6.6').address).toBe('10.5.5.5')
  })

  test.each([
    '',
    'unknown',
    'localhost',
    '198.51.100.7 198.51.100.8',
    '198.51.100.7,',
    '198.51.100',
    '[198.51.100.7]',
    '198.51.100.7:',
    '198.51.100.7:port',
    'fe80::1%eth0',
    '<script>',
    "1.1.1.1' OR 1=1",
    '\u0000',
    '１.１.１.１',
  ])('%j, as the last entry, refuses the request', (value) => {
    expect(() => xff(value)).toThrow(expect.objectContaining({ code: 'request_invalid' }) as Error)
  })

  test('says with X-Forwarded-Proto whether the caller spoke TLS', () => {
    expect(xff('198.51.100.7', 'https').secure).toBe(true)
    // A proxy that appends: the last one is its own word.
    expect(xff('198.51.100.7', 'https, http').secure).toBe(false)
    expect(xff('198.51.100.7').secure).toBe(false)
  })

  test('never lets its caller choose: whatever he writes, his own address is what counts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.ipV4(), (written, caller) => {
        fc.pre(!caller.startsWith('10.'))
        expect(xff(`${written}, ${caller}`).address).toBe(caller)
        expect(forwarded(`${written}, for=${caller};proto=https`)).toEqual({ address: caller, secure: true })
      }),
    )
  })

  test('of any content gives an address or is refused as invalid', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('x-forwarded-for', 'forwarded'),
        (value, header) => {
          try {
            expect(by(header, value).address).toMatch(/^[0-9a-f.:]+$/)
          } catch (error) {
            expect(error).toBeInstanceOf(ChanceryError)
          }
        },
      ),
    )
  })
})

describe('Forwarded (RFC 7239)', () => {
  test('is read from the right, too', () => {
    expect(forwarded('for=127.0.0.1, for=198.51.100.7;proto=https;by=10.0.0.1')).toEqual({
      address: '198.51.100.7',
      secure: true,
    })
    expect(forwarded('For="[2001:db8:cafe::17]:4711", for=10.3.3.3').address).toBe('2001:db8:cafe::17')
  })

  test('an open quotation mark of the caller’s swallows nothing', () => {
    expect(forwarded('for="127.0.0.1, for=198.51.100.7').address).toBe('198.51.100.7')
  })

  test.each(['for=unknown', 'for=_hidden', 'proto=https', 'for', 'for=198.51.100.7;for=127.0.0.1', ''])(
    '%j refuses the request',
    (value) => {
      expect(() => forwarded(value)).toThrow(expect.objectContaining({ code: 'request_invalid' }) as Error)
    },
  )

  test('the header that isn’t configured is not looked at', () => {
    const headers = { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=198.51.100.7' }
    expect(forwardedBy(PROXY, false, headers, { addresses, header: 'forwarded' }).address).toBe(
      '198.51.100.7',
    )
    expect(forwardedBy(PROXY, false, headers, { addresses, header: 'x-forwarded-for' }).address).toBe(
      '127.0.0.1',
    )
  })
})
