import { refuse } from '../domain/errors.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { GeneralName } from '../domain/names.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { ia5Text } from './der/strings.ts'
import { TAG, contextConstructed, contextPrimitive, tagName } from './der/tags.ts'
import { asciiOctets, element, explicit, implicit, oid, sequence } from './der/writer.ts'
import { oidOctets, oidText } from './der/oid.ts'
import { readName } from './distinguished-names.ts'
import { refusal } from './dns-names.ts'
import { ediPartyName } from './edi-parties.ts'
import type { Refusal } from './dns-names.ts'
import { NameCollector, nameOrRefusal, otherNameOrRefusal } from './general-names.ts'
import { ipOctets, ipText } from './ip-addresses.ts'

const hexOf = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
const octetsOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

/**
 * DER of GeneralNames (RFC 5280 §4.2.1.6) from names in canonical form.
 * @throws request_invalid when a name isn't canonical
 */
export function encodeGeneralNames(names: readonly GeneralName[]): Uint8Array {
  return withDerErrors('request_invalid', 'names', () => sequence(...names.map(encodeGeneralName)))
}

/** DER of one GeneralName. @throws DerError when it isn't canonical */
export function encodeGeneralName(name: GeneralName): Uint8Array {
  switch (name.type) {
    case 'other':
      return element(contextConstructed(0), oid(name.oid), explicit(0, octetsOf(name.value)))
    case 'email':
      return implicit(1, asciiOctets(name.value))
    case 'dns':
      return implicit(2, asciiOctets(name.value))
    // directoryName is a CHOICE, so its tag is explicit (X.680 §31.2.7).
    case 'directory':
      return explicit(4, octetsOf(name.value))
    case 'edi':
      return ediPartyName(octetsOf(name.value))
    case 'uri':
      return implicit(6, asciiOctets(name.value))
    case 'ip':
      return implicit(7, known(ipOctets(name.value), name))
    case 'rid':
      return implicit(8, known(oidOctets(name.value), name))
  }
}

function known(octets: Uint8Array | undefined, name: GeneralName): Uint8Array {
  if (octets === undefined) throw new DerError('name', `${name.type} ${name.value} is not in canonical form`)
  return octets
}

/**
 * The names of DER GeneralNames in canonical form and order, without duplicates. Each name's text goes through the
 * same policy as names in a request.
 * @throws `code` naming each bad name as `field[i]`
 */
export function parseGeneralNames(
  der: Uint8Array,
  field = 'subjectAltName',
  code: ErrorCode = 'request_invalid',
): readonly GeneralName[] {
  return withDerErrors(code, field, () => {
    const reader = new DerReader(der)
    const list = reader.enter(TAG.sequence, 'the names')
    reader.finish('the names')
    if (list.done) throw new DerError('names_empty', 'the list of names is empty (RFC 5280 §4.2.1.6)')
    const collector = new NameCollector()
    for (let i = 0; !list.done; i++) {
      const { result, text } = readGeneralName(list, `${field}[${i}]`, code)
      collector.add(result, `${field}[${i}]`, text)
    }
    const { names, violations } = collector.result(field)
    refuse(code, violations)
    return names
  })
}

type Read = { readonly result: GeneralName | Refusal; readonly text: string }

/** Reads one GeneralName; what is no DER throws `code` naming `field`. */
function readGeneralName(list: DerReader, field: string, code: ErrorCode): Read {
  const tag = list.any('the name')
  const content = list.content()
  return withDerErrors(code, field, () => {
    switch (tag) {
      case contextConstructed(0):
        return readOtherName(list.inside('the otherName'))
      case contextPrimitive(1):
        return textual('email', ia5Text(content, 'the rfc822Name'))
      case contextPrimitive(2):
        return textual('dns', ia5Text(content, 'the dNSName'))
      case contextConstructed(4): {
        const inside = list.inside('the directoryName')
        readName(inside, 'the directoryName')
        inside.finish('the directoryName')
        return textual('directory', hexOf(content))
      }
      case contextConstructed(5):
        return textual('edi', hexOf(sequence(content)))
      case contextPrimitive(6):
        return textual('uri', ia5Text(content, 'the URI'))
      case contextPrimitive(7):
        return readAddress(content)
      case contextPrimitive(8):
        return textual('rid', oidText(content, 0, content.length, 'the registeredID'))
      default:
        throw new DerError('name_type', `names of kind ${tagName(tag)} are not supported`)
    }
  })
}

const textual = (type: Parameters<typeof nameOrRefusal>[0], text: string): Read => ({
  result: nameOrRefusal(type, text),
  text,
})

function readOtherName(inside: DerReader): Read {
  const type = inside.oid('the otherName')
  const value = inside.enter(contextConstructed(0), 'the otherName')
  const hex = hexOf(value.checkedElement('the otherName'))
  value.finish('the otherName')
  inside.finish('the otherName')
  return { result: otherNameOrRefusal(type, hex), text: hex }
}

function readAddress(octets: Uint8Array): Read {
  // RFC 5280 §4.2.1.6: four octets or sixteen.
  if (octets.length !== 4 && octets.length !== 16) {
    return { result: refusal('ip', 'is no address: it must have 4 octets or 16'), text: hexOf(octets) }
  }
  return textual('ip', ipText(octets))
}
