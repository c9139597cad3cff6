import { DerError } from './der/errors.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { element, explicit, sequence, utf8Octets } from './der/writer.ts'
import { DerReader } from './der/reader.ts'
import { stringText } from './der/strings.ts'

const WHAT = 'the ediPartyName'

/** A party of electronic data interchange (RFC 5280 §4.2.1.6), and who assigned its name. */
export type EdiParty = { readonly partyName: string; readonly nameAssigner?: string }

/** DER of an EDIPartyName. `partyName` and `nameAssigner` are DirectoryStrings, a CHOICE, so their tags are explicit. */
export const encodeEdiParty = ({ partyName, nameAssigner }: EdiParty): Uint8Array =>
  sequence(
    ...(nameAssigner === undefined ? [] : [explicit(0, element(TAG.utf8String, utf8Octets(nameAssigner)))]),
    explicit(1, element(TAG.utf8String, utf8Octets(partyName))),
  )

/** Reads an EDIPartyName. @throws DerError for anything else */
export function readEdiParty(reader: DerReader): void {
  const party = reader.enter(TAG.sequence, WHAT)
  if (party.has(contextConstructed(0))) readText(party, 0)
  readText(party, 1)
  party.finish(WHAT)
}

function readText(party: DerReader, number: number): void {
  const tagged = party.enter(contextConstructed(number), WHAT)
  const tag = tagged.any(WHAT)
  const text = stringText(tag, tagged.content(), WHAT)
  tagged.finish(WHAT)
  if (text === '') throw new DerError('edi', `${WHAT}: must not be empty`)
}

/** The GeneralName of an EDIPartyName given as DER; its tag replaces the SEQUENCE's. @throws DerError */
export function ediPartyName(der: Uint8Array): Uint8Array {
  const reader = new DerReader(der)
  reader.expect(TAG.sequence, WHAT)
  return element(contextConstructed(5), reader.content())
}
