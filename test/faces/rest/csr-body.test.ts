import { describe, expect, it } from 'vitest'
import { csrInJson } from '../../../src/faces/rest/csr-body.ts'

describe('csrInJson', () => {
  it('takes DER in base64, with or without line breaks', () => {
    const der = Buffer.concat([Buffer.from([0x30, 0x82, 0x01, 0x00]), Buffer.alloc(256, 7)])
    const wrapped = der.toString('base64').replace(/(.{64})/g, '$1\n')
    expect(csrInJson(der.toString('base64'))).toEqual(new Uint8Array(der))
    expect(csrInJson(wrapped)).toEqual(new Uint8Array(der))
  })

  it('leaves everything else as the text it is', () => {
    for (const text of ['', 'MI', '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n', 'hello', 'MI$$'])
      expect(csrInJson(text)).toBe(text)
  })
})
