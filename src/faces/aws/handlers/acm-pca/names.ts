import type { KeyUsage } from '../../../../core/domain/key-usages.ts'
import { otherNameText, type PassthroughNames } from '../../../../core/operations/certificates/passthrough.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type { GeneralName, KeyUsage as KeyUsageShape } from '../../models/acm-pca/shapes.ts'
import { subjectFrom } from './subjects.ts'

/** acm-pca's members by ours. */
const KEY_USAGES = {
  digitalSignature: 'DigitalSignature',
  nonRepudiation: 'NonRepudiation',
  keyEncipherment: 'KeyEncipherment',
  dataEncipherment: 'DataEncipherment',
  keyAgreement: 'KeyAgreement',
  keyCertSign: 'KeyCertSign',
  cRLSign: 'CRLSign',
  encipherOnly: 'EncipherOnly',
  decipherOnly: 'DecipherOnly',
} as const satisfies Record<KeyUsage, keyof ValueOf<typeof KeyUsageShape>>

/** The bits that are set; undefined where none is, which is as if nothing had been said. */
export function keyUsagesFrom(
  given: ValueOf<typeof KeyUsageShape> | undefined,
): readonly KeyUsage[] | undefined {
  if (given === undefined) return undefined
  const set = (Object.keys(KEY_USAGES) as KeyUsage[]).filter((usage) => given[KEY_USAGES[usage]] === true)
  return set.length === 0 ? undefined : set
}

/** Names by kind. */
export function namesFrom(given: readonly ValueOf<typeof GeneralName>[]): PassthroughNames {
  const all = <T>(pick: (name: ValueOf<typeof GeneralName>) => T | undefined): readonly T[] =>
    given.flatMap((name) => pick(name) ?? [])
  return {
    dns: all(({ DnsName }) => DnsName),
    ip: all(({ IpAddress }) => IpAddress),
    email: all(({ Rfc822Name }) => Rfc822Name),
    uri: all(({ UniformResourceIdentifier }) => UniformResourceIdentifier),
    rid: all(({ RegisteredId }) => RegisteredId),
    directory: all(({ DirectoryName }) => DirectoryName && subjectFrom(DirectoryName)),
    edi: all(
      ({ EdiPartyName: edi }) =>
        edi && {
          partyName: edi.PartyName,
          ...(edi.NameAssigner === undefined ? {} : { nameAssigner: edi.NameAssigner }),
        },
    ),
    other: all(
      ({ OtherName }) => OtherName && { oid: OtherName.TypeId, value: otherNameText(OtherName.Value) },
    ),
  }
}
