import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TEMPLATES, type Template } from '../../../src/core/domain/templates.ts'
import { octetString, sequence } from '../../../src/core/x509/der/writer.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { decodeBasicConstraints } from '../../../src/core/x509/extension-decoders.ts'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  cRLDistributionPoints,
  extKeyUsage,
  keyUsage,
} from '../../../src/core/x509/extensions.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { templateExtensions } from '../../../src/core/x509/template-extensions.ts'
import type { Extension } from '../../../src/core/x509/types.ts'
import { SPKI } from './drafts.ts'

const ISSUER: readonly Extension[] = [
  authorityKeyIdentifier(new Uint8Array(20)),
  cRLDistributionPoints(['http://ca.example/crl']),
  authorityInfoAccess({ caIssuers: ['http://ca.example/ca'] }),
]

/** Extensions that say who gave them. */
const asked = (who: string): fc.Arbitrary<Extension> =>
  fc.constantFrom(
    basicConstraints({ ca: true }),
    keyUsage(who === 'api' ? ['nonRepudiation'] : ['digitalSignature', 'nonRepudiation']),
    extKeyUsage([who === 'api' ? OID.clientAuth : OID.emailProtection]),
    cRLDistributionPoints([`http://${who}.example/crl`]),
    authorityInfoAccess({ ocsp: [`http://${who}.example/ocsp`] }),
    { oid: OID.subjectKeyIdentifier, critical: false, value: octetString(new TextEncoder().encode(who)) },
    { oid: OID.authorityKeyIdentifier, critical: false, value: sequence() },
    { oid: '1.2.3.4', critical: who === 'api', value: octetString(new TextEncoder().encode(who)) },
    { oid: '1.2.3.5', critical: false, value: octetString(new TextEncoder().encode(who)) },
  )
const extensionsOf = (who: string): fc.Arbitrary<ReadonlyMap<string, Extension>> =>
  fc.array(asked(who), { maxLength: 9 }).map((list) => new Map(list.map((each) => [each.oid, each])))

const resolve = (
  template: Template,
  api: ReadonlyMap<string, Extension>,
  csr: ReadonlyMap<string, Extension>,
  issuer = ISSUER,
) =>
  templateExtensions({
    template,
    api,
    csr,
    issuer,
    subject: encodeSubject({ commonName: 'x' }),
    names: [],
    key: { spki: SPKI.rsa, algorithm: 'RSA_2048' },
    awsKeyEncipherment: false,
  })

const templates = fc.constantFrom(...TEMPLATES.values())

test('whatever is passed through: what the template fixes stays, the API wins over the CSR, and each counts only where its variety takes it', () => {
  fc.assert(
    fc.property(templates, extensionsOf('api'), extensionsOf('csr'), (template, api, csr) => {
      const { extensions } = resolve(template, api, csr)
      const found = new Map(extensions.map((each) => [each.oid, each]))
      expect(found.size).toBe(extensions.length)
      expect(decodeBasicConstraints(found.get(OID.basicConstraints)?.value ?? new Uint8Array()).ca).toBe(
        template.kind !== 'leaf',
      )
      const fixed = new Map(
        resolve(
          { ...template, passthrough: { api: false, csr: false } },
          new Map(),
          new Map(),
        ).extensions.map((each) => [each.oid, each]),
      )
      for (const oid of [OID.basicConstraints, OID.subjectKeyIdentifier])
        expect(found.get(oid)).toEqual(fixed.get(oid))
      for (const oid of [OID.keyUsage, OID.extKeyUsage, '1.2.3.4', '1.2.3.5']) {
        const wanted =
          fixed.get(oid) ??
          (template.passthrough.api ? api.get(oid) : undefined) ??
          (template.passthrough.csr ? csr.get(oid) : undefined)
        expect(found.get(oid), oid).toEqual(wanted)
      }
      if (template.kind !== 'root') for (const each of ISSUER) expect(found.get(each.oid)).toBe(each)
    }),
    { numRuns: 3000 },
  )
})

test('what doesn’t count of the API is told, and nothing else is', () => {
  fc.assert(
    fc.property(templates, extensionsOf('api'), extensionsOf('csr'), (template, api, csr) => {
      const { extensions, warnings } = resolve(template, api, csr)
      const lost = [...api.values()].filter((each) => !extensions.includes(each))
      expect(warnings.filter((text) => text.startsWith('passthrough_ignored'))).toHaveLength(lost.length)
    }),
    { numRuns: 1000 },
  )
})

test('an authority without a public URL leaves its places to whom the row names', () => {
  const api = new Map([cRLDistributionPoints(['http://api.example/crl'])].map((each) => [each.oid, each]))
  const csr = new Map([cRLDistributionPoints(['http://csr.example/crl'])].map((each) => [each.oid, each]))
  for (const template of TEMPLATES.values()) {
    const { extensions } = resolve(template, api, csr, ISSUER.slice(0, 1))
    const point = extensions.find(({ oid }) => oid === OID.cRLDistributionPoints)
    const sources = template.crlDistributionPoints
    const wanted = sources.includes('api')
      ? api
      : sources.includes('csr')
        ? csr
        : template.kind === 'root' && template.passthrough.api
          ? api
          : new Map<string, Extension>()
    expect(point, template.name).toEqual(wanted.get(OID.cRLDistributionPoints))
  }
})
