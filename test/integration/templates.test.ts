import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyAlgorithm } from '../../src/core/domain/key-algorithms.ts'
import { TEMPLATES, type Template } from '../../src/core/domain/templates.ts'
import { certificatePem } from '../../src/core/operations/certificates/certificate-facts.ts'
import { issueCertificate } from '../../src/core/operations/certificates/issue-certificate.ts'
import { authorityCsr } from '../../src/core/operations/authorities/authority-csr.ts'
import type { ApiPassthrough } from '../../src/core/x509/passthrough.ts'
import { extKeyUsage, keyUsage } from '../../src/core/x509/extensions.ts'
import { OID } from '../../src/core/x509/oids.ts'
import { aRoot, aSubordinate, barePorts, type TestPorts } from '../core/operations/ports.ts'
import { aRequest } from '../core/operations/requests.ts'
import { hasTool, runTool } from '../support/tools.ts'

/** Each purpose by the name that `openssl verify -purpose` has for it. */
const CHECKS: readonly (readonly [RegExp, string])[] = [
  [/^EndEntityCertificate/, 'sslserver'],
  [/^EndEntityServerAuth/, 'sslserver'],
  [/^EndEntityClientAuth/, 'sslclient'],
  [/^OCSPSigning/, 'ocsphelper'],
  [/^BlankEndEntity/, 'smimesign'],
]

let given: TestPorts
let directory: string
beforeAll(async () => {
  given = await barePorts({ now: Date.now() })
  directory = mkdtempSync(join(tmpdir(), 'chancery-templates-'))
  await aRoot(given)
  await aRoot(given, { name: 'rsa', keyAlgorithm: 'RSA_2048' })
  await aSubordinate(given)
})
afterAll(async () => {
  await given[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

const file = (name: string, content: string): string => {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}

const TRIED = [...TEMPLATES.values()].flatMap((template) =>
  (['EC_prime256v1', 'RSA_2048'] as const).map((algorithm) => [template.name, algorithm, template] as const),
)

/** What the blank templates need to have no finding: the usages of an authority, or of a mailbox. */
async function issue(template: Template, algorithm: KeyAlgorithm) {
  const usages =
    template.kind === 'leaf' ? (['digitalSignature'] as const) : (['keyCertSign', 'cRLSign'] as const)
  const purposes = template.kind === 'leaf' ? [extKeyUsage([OID.emailProtection])] : []
  const passthrough: ApiPassthrough = {
    extensions: {
      keyUsage: [...usages],
      ...(template.kind === 'leaf' && { extendedKeyUsage: ['emailProtection'] }),
    },
  }
  const root = algorithm === 'RSA_2048' ? 'rsa' : 'r'
  const passes = template.passthrough.api && template.keyUsage === undefined
  if (template.kind === 'root')
    return issueCertificate(given.ports, given.admin, {
      authority: root,
      csr: await authorityCsr(given.ports, given.admin, root),
      template: template.name,
      ...(passes && { passthrough }),
    })
  return issueCertificate(given.ports, given.admin, {
    authority: template.kind === 'leaf' ? 's' : 'r',
    csr: aRequest({
      algorithm,
      subject: { commonName: `${template.name.slice(0, 50)} ${algorithm.slice(0, 2)}` },
      names: [
        { type: 'dns', value: 'www.example.com' },
        { type: 'email', value: 'a@example.com' },
      ],
      extensions: [keyUsage(usages), ...purposes],
    }),
    template: template.name,
    ...(passes && { passthrough }),
  })
}

describe.skipIf(!hasTool('openssl'))(
  'openssl verify -x509_strict takes a certificate of each template',
  () => {
    test.each(TRIED)('%s for a key of %s', async (name, algorithm, template) => {
      const { certificate, chain } = await issue(template, algorithm)
      expect(certificate.warnings).toEqual([])
      // A root's own certificate has nobody above it: it is what is trusted.
      const above = chain.length === 0 ? [certificate.der] : chain
      const [root, ...between] = above.map(certificatePem).reverse() as [string, ...string[]]
      const purpose = CHECKS.find(([pattern]) => pattern.test(name))?.[1]
      const { status, stdout, stderr } = runTool('openssl', [
        'verify',
        '-x509_strict',
        ...(purpose === undefined ? [] : ['-purpose', purpose]),
        '-CAfile',
        file('root.pem', root),
        ...(between.length === 0 ? [] : ['-untrusted', file('between.pem', between.join(''))]),
        file('certificate.pem', certificatePem(certificate.der)),
      ])
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' })
    })
  },
)
