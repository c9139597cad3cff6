import { withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { DESCRIPTORS, nameText } from './distinguished-names.ts'
import { OID } from './oids.ts'

const WHAT = 'the certificate'
/** The types that RFC 2253 §2.3 names: AWS's reports have `2.5.4.5=#…` where RFC 4520 would write serialNumber. */
const RFC_2253 = new Map([...DESCRIPTORS].filter(([oid]) => oid !== OID.serialNumber))

/**
 * The subject of a certificate as RFC 2253 text.
 * @throws request_invalid for what is no certificate
 */
export const reportSubject = (certificateDer: Uint8Array): string =>
  nameText(subjectIn(certificateDer), RFC_2253)

/**
 * DER of a certificate's subject. Steps over what stands before it and reads nothing behind it: a twentieth of a full
 * parse, for certificates that were checked when they were put on record.
 * @throws request_invalid for what is no certificate
 */
export const subjectIn = (certificateDer: Uint8Array): Uint8Array =>
  withDerErrors('request_invalid', 'certificate', () => {
    const tbs = new DerReader(certificateDer).enter(TAG.sequence, WHAT).enter(TAG.sequence, WHAT)
    if (tbs.has(contextConstructed(0))) tbs.any(WHAT)
    // Serial number, signature algorithm, issuer, validity (RFC 5280 §4.1).
    for (let step = 0; step < 4; step++) tbs.any(WHAT)
    return tbs.element(WHAT)
  })
