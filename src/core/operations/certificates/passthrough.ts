import type { GeneralName } from '../../domain/names.ts'
import { TAG } from '../../x509/der/tags.ts'
import { element, utf8Octets } from '../../x509/der/writer.ts'
import { generalNamesFrom, type PassthroughNames } from '../../x509/passthrough.ts'

/* What goes through a template, for faces: they know nothing of bytes. */
export type { ApiPassthrough, PassthroughNames } from '../../x509/passthrough.ts'
export type { PassthroughSubject } from '../../x509/passthrough-subject.ts'

/** The value of an otherName that is text, as names take it: DER of a UTF8String in hex. */
export const otherNameText = (text: string): string =>
  Buffer.from(element(TAG.utf8String, utf8Octets(text))).toString('hex')

/** Names of any kind in canonical form. @throws request_invalid naming each that is wrong below `field` */
export const namedBy = (names: PassthroughNames, field: string): readonly GeneralName[] =>
  generalNamesFrom(names, field)
