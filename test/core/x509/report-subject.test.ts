import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { nameText } from '../../../src/core/x509/distinguished-names.ts'
import { reportSubject } from '../../../src/core/x509/report-subject.ts'
import { aLeaf, testPorts } from '../operations/ports.ts'

describe('the subject in a report', () => {
  const issued = async (subject: Record<string, string>): Promise<Uint8Array> => {
    await using given = await testPorts()
    return (await aLeaf(given.ports, given.admin, { subject, names: { dns: ['www.example.com'] } }))
      .certificate.der
  }

  test('is RFC 2253’s, the last attribute first, and what that doesn’t name in dotted form with its DER', async () => {
    const der = await issued({
      country: 'DE',
      organization: 'Größe, Söhne + Co',
      serialNumber: '4711',
      commonName: 'www.example.com',
    })
    expect(reportSubject(der)).toBe('2.5.4.5=#130434373131,CN=www.example.com,O=Größe\\, Söhne \\+ Co,C=DE')
    // Elsewhere the product has RFC 4520's name for it.
    expect(nameText(parseCertificate(der).subject)).toContain('serialNumber=4711')
  })

  test('is empty when the certificate’s is', async () => {
    expect(reportSubject(await issued({}))).toBe('')
  })

  test('any octets give a text or the product’s error, never another one', async () => {
    const der = await issued({ commonName: 'www.example.com', organization: 'Example' })
    const place = fc.integer({ min: 0, max: der.length - 1 })
    const mutation = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(mutation, fc.option(place), (changes, end) => {
        const octets = Uint8Array.from(der)
        for (const [index, octet] of changes) octets[index] = octet
        try {
          expect(typeof reportSubject(octets.subarray(0, end ?? undefined))).toBe('string')
        } catch (error) {
          expect(error).toBeInstanceOf(ChanceryError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
