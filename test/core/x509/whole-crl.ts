import type { SignatureAlgorithm } from '../../../src/core/domain/key-algorithms.ts'
import { assembleSigned } from '../../../src/core/x509/certificate.ts'
import { tbsFrame, type CertListDraft } from '../../../src/core/x509/crl.ts'
import { encodeEntries, type CrlEntry } from '../../../src/core/x509/crl-entries.ts'
import { concat } from '../../../src/core/x509/der/writer.ts'
import type { KeptEntries } from '../../../src/core/x509/prepare.ts'

/** A CRL with its entries, which the product never has in one place. */
export type WholeCrlDraft = CertListDraft & { readonly entries: Iterable<CrlEntry> }

export function encodeTbsCertList(draft: WholeCrlDraft): Uint8Array {
  const entries = encodeEntries(draft.entries)
  const { head, tail } = tbsFrame(draft, entries.length)
  return concat(head, entries, tail)
}

/** By the code that puts certificates together. */
export const assembleCrl = (
  tbs: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array => assembleSigned(tbs, algorithm, signature)

/** Entries as they are kept, in pieces of these. */
export const kept = (count: number, ...pieces: readonly Uint8Array[]): KeptEntries => ({
  count,
  length: pieces.reduce((sum, { length }) => sum + length, 0),
  async *[Symbol.asyncIterator]() {
    yield* pieces
  },
})
