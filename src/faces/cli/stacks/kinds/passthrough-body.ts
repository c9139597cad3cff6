import type { RequestOf } from '../../../../contract/index.ts'
import type { JsonProperties } from '../shapes.ts'
import { PURPOSES } from '../types/certificate.ts'
import { keyUsageOf, passedSubjectOf } from './subjects.ts'
import { listIn, optionalText, present, recordIn, textIn } from './values.ts'

type Passthrough = NonNullable<NonNullable<RequestOf<'issueCertificate'>['body']>['passthrough']>
type Extensions = NonNullable<Passthrough['extensions']>
type Names = NonNullable<Extensions['subjectAlternativeNames']>

/** `ApiPassthrough` as the API has it. */
export function passthroughBody(given: JsonProperties): Passthrough {
  const subject = recordIn(given, 'Subject')
  const extensions = recordIn(given, 'Extensions')
  return present({
    subject: subject === undefined ? undefined : passedSubjectOf(subject),
    extensions: extensions === undefined ? undefined : extensionsBody(extensions),
  })
}

function extensionsBody(given: JsonProperties): Extensions {
  const usage = recordIn(given, 'KeyUsage')
  const has = (name: string): boolean => given[name] !== undefined
  return present({
    certificatePolicies: has('CertificatePolicies')
      ? listIn(given, 'CertificatePolicies').map(policyBody)
      : undefined,
    extendedKeyUsage: has('ExtendedKeyUsage') ? listIn(given, 'ExtendedKeyUsage').map(purposeOf) : undefined,
    keyUsage: usage === undefined ? undefined : keyUsageOf(usage),
    subjectAlternativeNames: has('SubjectAlternativeNames')
      ? namesBody(listIn(given, 'SubjectAlternativeNames'))
      : undefined,
    customExtensions: has('CustomExtensions')
      ? listIn(given, 'CustomExtensions').map((extension) =>
          present({
            oid: textIn(extension, 'ObjectIdentifier'),
            value: textIn(extension, 'Value'),
            critical: extension['Critical'] as boolean | undefined,
          }),
        )
      : undefined,
  })
}

function policyBody(policy: JsonProperties): { oid: string; cps?: string } {
  const [qualifier] = listIn(policy, 'PolicyQualifiers')
  const cps = qualifier === undefined ? undefined : textIn(recordIn(qualifier, 'Qualifier') ?? {}, 'CpsUri')
  return { oid: textIn(policy, 'CertPolicyId'), ...(cps === undefined ? {} : { cps }) }
}

const purposeOf = (purpose: JsonProperties): string =>
  optionalText(purpose, 'ExtendedKeyUsageObjectIdentifier') ??
  PURPOSES[textIn(purpose, 'ExtendedKeyUsageType') as keyof typeof PURPOSES]

function namesBody(names: readonly JsonProperties[]): Names {
  const texts = (member: string): string[] | undefined => {
    const found = names.map((name) => optionalText(name, member)).filter((text) => text !== undefined)
    return found.length === 0 ? undefined : found
  }
  const records = <T>(member: string, body: (record: JsonProperties) => T): T[] | undefined => {
    const found = names.map((name) => recordIn(name, member)).filter((it) => it !== undefined)
    return found.length === 0 ? undefined : found.map(body)
  }
  return present({
    dns: texts('DnsName'),
    ip: texts('IpAddress'),
    email: texts('Rfc822Name'),
    uri: texts('UniformResourceIdentifier'),
    rid: texts('RegisteredId'),
    directory: records('DirectoryName', passedSubjectOf),
    edi: records('EdiPartyName', (party) =>
      present({ partyName: textIn(party, 'PartyName'), nameAssigner: optionalText(party, 'NameAssigner') }),
    ),
    other: records('OtherName', (other) => ({
      oid: textIn(other, 'TypeId'),
      value: utf8String(textIn(other, 'Value')),
    })),
  })
}

/** DER of a UTF8String in hex (X.690 §8.23): what the value of an otherName is, if it is a text. */
export function utf8String(text: string): string {
  const octets = Buffer.from(text, 'utf8')
  const length =
    octets.length < 0x80
      ? [octets.length]
      : octets.length < 0x100
        ? [0x81, octets.length]
        : [0x82, octets.length >> 8, octets.length & 0xff]
  return Buffer.concat([Buffer.from([0x0c, ...length]), octets]).toString('hex')
}
