import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isOpensslIndex, opensslIndex, type IndexEntry } from '../../../core/domain/openssl-index.ts'
import { isoOf } from '../../../core/domain/time.ts'
import type { RequestOf } from '../../../contract/index.ts'
import { usage } from '../failure.ts'
import { fileGiven, isDirectory, textIfReadable } from '../files.ts'

/** A certificate with the place it was found in, for messages. */
export type FoundCertificate = { readonly from: string; readonly pem: string }
type RevocationsBody = NonNullable<RequestOf<'importRevocations'>['body']>
export type FoundRevocation = NonNullable<RevocationsBody['revocations']>[number]
export type Issued = {
  readonly certificates: readonly FoundCertificate[]
  readonly revocations: readonly FoundRevocation[]
  /** What can't be put on record, since its certificate isn't there. */
  readonly missing: readonly string[]
}

const CERTIFICATE_FILE = /\.(pem|crt|cer|der)$/i
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g
/** Lines of an index that are wrong: this many are named. */
const MOST_NAMED = 20

/**
 * What an authority issued, from where people keep it: an openssl `index.txt` with the certificates in `newcerts`
 * beside it, a directory of certificates, or a file with many.
 * @param certificatesDir where the certificates of an index are, if not in `newcerts`
 * @param now what had expired by then needn't be there
 * @throws CliFailure with exit code 2 for a path that can't be read, and for wrong lines of an index, each by its number
 */
export async function issuedIn(
  directory: string,
  path: string,
  certificatesDir: string | undefined,
  now: number,
): Promise<Issued> {
  if (await isDirectory(resolve(directory, path))) return inDirectory(directory, path)
  const octets = await fileGiven(directory, path, '--issued')
  const text = octets.toString('latin1')
  if (!isOpensslIndex(text)) {
    const certificates = blocksIn(text, path)
    if (certificates.length === 0)
      throw usage(`--issued: ${path} holds no certificate in PEM, and is no index.txt of openssl`)
    return { certificates, revocations: [], missing: [] }
  }
  const { entries, problems } = opensslIndex(octets.toString('utf8'))
  if (problems.length > 0) {
    const named = problems.slice(0, MOST_NAMED).map(({ line, message }) => `line ${line}: ${message}`)
    const more = problems.length > MOST_NAMED ? [`and ${problems.length - MOST_NAMED} more lines`] : []
    throw usage(`--issued: ${path} has lines that can’t be read; nothing was imported`, ...named, ...more)
  }
  const beside = join(dirname(resolve(directory, path)), 'newcerts')
  return ofIndex(entries, certificatesDir === undefined ? beside : resolve(directory, certificatesDir), now)
}

async function inDirectory(directory: string, path: string): Promise<Issued> {
  const names = (await readdir(resolve(directory, path))).filter((name) => CERTIFICATE_FILE.test(name)).sort()
  const certificates: FoundCertificate[] = []
  for (const name of names) {
    const octets = await fileGiven(directory, join(path, name), '--issued')
    certificates.push(...certificatesIn(octets, name))
  }
  if (certificates.length === 0)
    throw usage(`--issued: ${path} holds no certificates (*.pem, *.crt, *.cer, *.der)`)
  return { certificates, revocations: [], missing: [] }
}

async function ofIndex(
  entries: readonly IndexEntry[],
  certificatesDir: string,
  now: number,
): Promise<Issued> {
  const certificates: FoundCertificate[] = []
  const revocations: FoundRevocation[] = []
  const missing: string[] = []
  for (const { line, serialText, serial, notAfter, revocation } of entries) {
    // `openssl ca` names it after the serial in upper case, with an even number of digits.
    const file = `${serialText}.pem`
    const text = await textIfReadable(join(certificatesDir, file))
    const [found] = text === undefined ? [] : blocksIn(text, `line ${line} (${file})`)
    if (found !== undefined) certificates.push(found)
    // One that was revoked needs no certificate to stand in CRLs.
    else if (revocation === undefined && notAfter > now)
      missing.push(`line ${line}: no certificate in ${join(certificatesDir, file)}`)
    if (revocation === undefined) continue
    const { revokedAt, reason } = revocation
    revocations.push({ serial, revokedAt: isoOf(revokedAt), reason, notAfter: isoOf(notAfter) })
  }
  return { certificates, revocations, missing }
}

function certificatesIn(octets: Buffer, from: string): FoundCertificate[] {
  const text = octets.toString('latin1')
  if (text.includes('-----BEGIN ')) return blocksIn(text, from)
  const lines = octets.toString('base64').replace(/.{1,64}/g, '$&\n')
  return [{ from, pem: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n` }]
}

/** openssl writes a certificate as text in front of its PEM: only the blocks count. */
function blocksIn(text: string, from: string): FoundCertificate[] {
  const blocks = text.match(BLOCK) ?? []
  return blocks.map((pem, at) => ({
    from: blocks.length === 1 ? from : `${from} no. ${at + 1}`,
    pem: `${pem}\n`,
  }))
}
