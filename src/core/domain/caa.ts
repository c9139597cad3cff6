/** RFC 8659 §4.1. */
export type CaaProperty = {
  /** The whole octet; 128 is the critical bit. */
  readonly flags: number
  /** As it stands in the record: tags compare without regard to case. */
  readonly tag: string
  /** Each octet as one character (Latin-1). */
  readonly value: string
}

/** What an `issue` or `issuewild` property says (RFC 8659 §4.2). */
export type IssueValue = {
  /** Lower case; empty: nobody. */
  readonly issuer: string
  /** Tags in lower case, so that no spelling of a restriction is taken for a word that means nothing. */
  readonly parameters: readonly { readonly tag: string; readonly value: string }[]
}

/** Who wants to issue what, and how it was validated. */
export type CaaRequest = {
  readonly wildcard: boolean
  /** A label of RFC 8657 §4, e.g. `ca-dns-cname`. */
  readonly method: string
  /** Of the account that asked (RFC 8657 §3). */
  readonly accountUri: string
  /** The issuer domain names that mean this authority. */
  readonly identities: readonly string[]
}

/** RFC 8659 §4.1: bit 0, the most significant one. */
const CRITICAL = 0x80
const KNOWN_TAGS: readonly string[] = ['issue', 'issuewild', 'iodef']

// RFC 8659 §4.2, label and tag. Each character has one place in it, so no input takes more than one pass.
const WORD = '[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*'
const ISSUER = new RegExp(`^${WORD}(?:[.]${WORD})*$`)
const TAG = new RegExp(`^${WORD}$`)
const VALUE = /^[\x21-\x3a\x3c-\x7e]*$/
// RFC 8657 §4.
const METHODS = /^[A-Za-z0-9-]+(?:,[A-Za-z0-9-]+)*$/

/**
 * Why the relevant CAA records of a name (RFC 8659 §3) keep this authority from issuing for it; undefined when they
 * don't. No record at all restricts nothing.
 */
export function caaRefusal(records: readonly CaaProperty[], request: CaaRequest): string | undefined {
  const unknown = records.find(
    ({ flags, tag }) => (flags & CRITICAL) !== 0 && !KNOWN_TAGS.includes(tag.toLowerCase()),
  )
  // RFC 8659 §4.1: whoever doesn't know a critical property must not issue, whatever the others say.
  if (unknown !== undefined) return `the critical property ${caaText(unknown)} is unknown here`
  const tagged = (tag: string) => records.filter((record) => record.tag.toLowerCase() === tag)
  const wild = request.wildcard ? tagged('issuewild') : []
  // RFC 8659 §4.3: for a wildcard, one issuewild makes every issue count for nothing.
  const relevant = wild.length > 0 ? wild : tagged('issue')
  if (relevant.length === 0) return undefined
  const refusals = relevant.map(({ value }) => valueRefusal(value, request))
  if (refusals.includes(undefined)) return undefined
  const own = refusals.filter((refusal) => refusal !== OTHER)
  const said = relevant.map(caaText).join(', ')
  const why = own.length > 0 ? own.join('; ') : `none of them names ${namesOf(request.identities)}`
  return `${said}: ${why}`
}

const OTHER = 'names another authority'

function valueRefusal(text: string, { identities, accountUri, method }: CaaRequest): string | undefined {
  const value = issueValue(text)
  // RFC 8659 §4.2: what doesn't match the grammar counts as naming nobody.
  if (value === undefined)
    return `${JSON.stringify(text)} isn't what RFC 8659 §4.2 allows, so it allows nobody`
  if (value.issuer === '') return 'an empty issuer allows nobody'
  if (!identities.some((identity) => domainOf(identity) === value.issuer)) return OTHER
  const given = (tag: string) =>
    value.parameters.filter((parameter) => parameter.tag === tag).map((parameter) => parameter.value)
  const [account, ...moreAccounts] = given('accounturi')
  const [methods, ...moreMethods] = given('validationmethods')
  // RFC 8657 §3 and §4: a property with several of one parameter can't be satisfied.
  if (moreAccounts.length > 0) return 'several accounturi allow no account'
  if (moreMethods.length > 0) return 'several validationmethods allow no method'
  // An empty one is no URI, so it is nobody's: not even of an installation that has none to give.
  if (account === '') return 'an empty accounturi allows no account'
  if (account !== undefined && account !== accountUri)
    return `only the account ${account} may, this is ${accountUri}`
  if (methods !== undefined && !(METHODS.test(methods) && methods.split(',').includes(method)))
    return `only the methods ${JSON.stringify(methods)} may, this is ${method}`
  return undefined
}

/** Parses by the grammar of RFC 8659 §4.2; undefined for what it doesn't allow. */
export function issueValue(text: string): IssueValue | undefined {
  const [first = '', ...rest] = text.split(';')
  const issuer = trimmed(first)
  if (issuer !== '' && !ISSUER.test(issuer)) return undefined
  // One semicolon may stand alone; after it, each one separates two parameters.
  const parts = rest.length === 1 && trimmed(rest[0] ?? '') === '' ? [] : rest
  const parameters = parts.map(parameterOf)
  return parameters.every((parameter) => parameter !== undefined)
    ? { issuer: issuer.toLowerCase(), parameters }
    : undefined
}

function parameterOf(part: string): IssueValue['parameters'][number] | undefined {
  const equals = part.indexOf('=')
  if (equals < 0) return undefined
  const [tag, value] = [trimmed(part.slice(0, equals)), trimmed(part.slice(equals + 1))]
  return TAG.test(tag) && VALUE.test(value) ? { tag: tag.toLowerCase(), value } : undefined
}

/** Without RFC 5234's WSP at its ends. By hand: a pattern anchored at the end looks at long blanks again and again. */
function trimmed(text: string): string {
  const blank = (at: number): boolean => text[at] === ' ' || text[at] === '\t'
  let [start, end] = [0, text.length]
  while (start < end && blank(start)) start++
  while (end > start && blank(end - 1)) end--
  return text.slice(start, end)
}

/** Domain names compare without regard to case, and with or without their root. */
const domainOf = (name: string): string => name.toLowerCase().replace(/\.$/, '')

const namesOf = (identities: readonly string[]): string =>
  identities.length === 0 ? 'this authority, which has no CAA identity' : identities.join(' or ')

/** As in a zone file: `0 issue "ca.example.net"`. */
export function caaText({ flags, tag, value }: CaaProperty): string {
  return `${flags} ${printable(tag)} "${printable(value)}"`
}

/** RFC 1035 §5.1: what can't be printed, as backslash and three decimal digits. */
const printable = (text: string): string =>
  text
    .replace(/["\\]/g, (sign) => `\\${sign}`)
    .replace(/[^\x20-\x7e]/g, (sign) => `\\${String(sign.charCodeAt(0)).padStart(3, '0')}`)
