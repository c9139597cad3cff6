import { isAuthorityId, isSerial, type AuthorityId, type Serial } from './ids.ts'

/** How certificates are written: one as DER, as PEM, or a certs-only message (RFC 5280 §4.2.2.1). */
export type CaFileForm = 'cer' | 'pem' | 'p7c'

/** A file of CA certificates, as its URL names it. */
export type CaFile =
  /** What an authority has now; as PKCS #7 with the certificates that others have given its key. */
  | { readonly kind: 'certificate'; readonly authority: AuthorityId; readonly form: CaFileForm }
  /** The valid one for its key by another authority. */
  | {
      readonly kind: 'cross'
      readonly authority: AuthorityId
      readonly issuer: AuthorityId
      readonly form: CaFileForm
    }
  /** Its certificate and its issuers', nearest first. */
  | {
      readonly kind: 'chain'
      readonly authority: AuthorityId
      readonly root: boolean
      readonly form: 'pem' | 'p7c'
    }
  /** The one with that serial, whoever issued it: what this names never changes. */
  | { readonly kind: 'numbered'; readonly authority: AuthorityId; readonly serial: Serial }
  | { readonly kind: 'roots'; readonly form: 'pem' | 'p7c' }

/** Beyond this nothing is a URL of ours: a configured path has 253 characters at most, a file's name far fewer. */
const MOST_PATH = 512
const MOST_SEGMENTS = 16

/**
 * The names in the path of a URL, in order; undefined for one that nothing can be found under. It is taken as it came: a
 * name of ours needs no escapes, and what steps up, hides a slash or stops at a NUL isn't one. Nothing here is ever the
 * path of a file on a disk.
 */
export function repositorySegments(pathname: string): readonly string[] | undefined {
  if (pathname.length > MOST_PATH || !pathname.startsWith('/')) return undefined
  const segments = pathname.slice(1).split('/')
  const strange = (segment: string): boolean =>
    segment === '' || segment === '.' || segment === '..' || !/^[A-Za-z0-9._~-]+$/.test(segment)
  return segments.length > MOST_SEGMENTS || segments.some(strange) ? undefined : segments
}

/**
 * Which file of CA certificates a path names; undefined for none. The file's name decides, with the directory before it
 * for a numbered one; what else comes before is decoration, so that a URL that stands in a certificate is good for as
 * long as the certificate, wherever the repository has moved to.
 */
export function caFileAt(segments: readonly string[]): CaFile | undefined {
  const file = segments.at(-1) ?? ''
  const dot = file.lastIndexOf('.')
  const [name, form] = [file.slice(0, dot), file.slice(dot + 1)]
  if (form !== 'cer' && form !== 'pem' && form !== 'p7c') return undefined
  const directory = segments.at(-2) ?? ''
  if (form === 'cer' && isSerial(name) && isAuthorityId(directory))
    return { kind: 'numbered', authority: directory, serial: name }
  if (isAuthorityId(name)) return { kind: 'certificate', authority: name, form }
  const [authority = '', issuer = '', ...rest] = name.split('-by-')
  if (rest.length === 0 && isAuthorityId(authority) && isAuthorityId(issuer))
    return { kind: 'cross', authority, issuer, form }
  if (form === 'cer') return undefined
  return name === 'roots' ? { kind: 'roots', form } : chainNamed(name, form)
}

function chainNamed(name: string, form: 'pem' | 'p7c'): CaFile | undefined {
  const [, id = '', root] = /^(.{36})-chain(-with-root)?$/.exec(name) ?? []
  return isAuthorityId(id) ? { kind: 'chain', authority: id, root: root !== undefined, form } : undefined
}

/** The path of a file of CA certificates without decoration: what cache rules are about. */
export function caFilePath(file: CaFile): string {
  switch (file.kind) {
    case 'certificate':
      return `/ca/${file.authority}.${file.form}`
    case 'cross':
      return `/ca/${file.authority}-by-${file.issuer}.${file.form}`
    case 'chain':
      return `/ca/${file.authority}-chain${file.root ? '-with-root' : ''}.${file.form}`
    case 'numbered':
      return `/ca/${file.authority}/${file.serial}.cer`
    case 'roots':
      return `/roots.${file.form}`
  }
}
