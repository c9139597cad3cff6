import { basename, extname, resolve } from 'node:path'
import type { IssuedCertificateJson, RequestOf } from '../../../contract/index.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from '../../../core/domain/key-algorithms.ts'
import { CliFailure, usage } from '../failure.ts'
import { targetsIn, type Targets } from '../file-names.ts'
import type { NewFile } from '../files.ts'
import { namesGiven } from '../names-given.ts'

export type IssueOptions = {
  readonly csr?: string
  readonly authority?: string
  readonly profile?: string
  readonly template?: string
  readonly passthrough?: string
  readonly signatureAlgorithm?: SignatureAlgorithm
  readonly days?: number
  readonly keyAlgorithm?: KeyAlgorithm
  readonly outDir?: string
  readonly cert?: string
  readonly chain?: string
  readonly key?: string
  readonly namesFile?: string
  readonly force?: true
}
type Body = NonNullable<RequestOf<'issueCertificate'>['body']>

const NOWHERE: Targets = { cert: undefined, chain: undefined, key: undefined }

/**
 * Finds what is wrong with the options as a whole; commander has looked at each by itself.
 * @throws CliFailure with exit code 2
 */
export function checkIssueOptions(names: readonly string[], options: IssueOptions): void {
  const { csr, namesFile, outDir, cert, chain, key } = options
  checkTemplate(names, options)
  const files = { '--cert': cert, '--chain': chain, '--key': key }
  const named = Object.entries(files).find(([, path]) => path !== undefined)?.[0]
  if (outDir !== undefined && named !== undefined)
    throw usage(`--out-dir and ${named} exclude each other: say the directory or each file`)
  if (namesFile !== undefined) {
    if (names.length > 0) throw usage('--names-file: the names are in the file; give none besides')
    if (csr !== undefined) throw usage('--names-file and --csr exclude each other')
    if (named !== undefined) throw usage(`--names-file writes many files: say --out-dir instead of ${named}`)
    if (outDir === undefined) throw usage('--names-file needs --out-dir, where the files go')
    return
  }
  if (csr === undefined) {
    if (names.length > 0) return
    throw usage(
      'say what the certificate is for: names, --csr or --names-file',
      'For example: chancery certificate issue www.example.com',
    )
  }
  if (options.keyAlgorithm !== undefined) throw usage('--key-algorithm: the key is that of the CSR')
  if (key !== undefined) throw usage('--key: the private key of a CSR stays with whoever made it')
  if (csr === '-' && outDir !== undefined && names.length === 0)
    throw usage('--out-dir: a CSR from the standard input has no file name to go by; say --chain FILE')
}

/** A template takes everything from the CSR and from what is passed through. */
function checkTemplate(
  names: readonly string[],
  { csr, profile, template, passthrough }: IssueOptions,
): void {
  if (template === undefined) {
    if (passthrough !== undefined) throw usage('--passthrough goes with --template')
    return
  }
  if (profile !== undefined) throw usage('--template and --profile exclude each other')
  if (csr === undefined) throw usage('--template needs --csr, whose key it certifies')
  if (names.length > 0)
    throw usage('--template: the names are in the CSR or in --passthrough; give none besides')
}

/** Where the files of one certificate go. Without any place: here, or nowhere for a CSR and for `--json`. */
export function targetsOf(
  directory: string,
  names: readonly string[],
  options: IssueOptions,
  json: boolean,
): Targets {
  const { csr, outDir, cert, chain, key } = options
  const full = (path: string | undefined) => (path === undefined ? undefined : resolve(directory, path))
  if ((cert ?? chain ?? key) !== undefined) return { cert: full(cert), chain: full(chain), key: full(key) }
  if (outDir === undefined && (csr !== undefined || json)) return NOWHERE
  const first = names[0] ?? (csr === undefined ? '' : basename(csr, extname(csr)))
  return targetsIn(resolve(directory, outDir ?? '.'), first, csr === undefined)
}

/** The files of a certificate that are wanted. */
export const pathsOf = ({ key, cert, chain }: Targets): string[] =>
  [key, cert, chain].filter((path) => path !== undefined)

/**
 * The body of the call.
 * @param csr PEM
 * @param withKey whether the new private key is to come with the answer
 * @param passthrough what goes through the template
 */
export function bodyOf(
  names: readonly string[],
  csr: string | undefined,
  options: IssueOptions,
  withKey: boolean,
  passthrough?: Body['passthrough'],
): Body {
  return {
    ...(options.authority === undefined ? {} : { authority: options.authority }),
    ...(csr === undefined ? { key: { algorithm: options.keyAlgorithm ?? 'EC_prime256v1' } } : { csr }),
    ...(names.length === 0 ? {} : { names: namesGiven(names) }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.template === undefined ? {} : { template: options.template }),
    ...(passthrough === undefined ? {} : { passthrough }),
    ...(options.signatureAlgorithm === undefined ? {} : { signatureAlgorithm: options.signatureAlgorithm }),
    ...(options.days === undefined ? {} : { validity: { days: options.days } }),
    ...(withKey ? { export: { format: 'pem' as const } } : {}),
  }
}

/** A CSR's bytes as the JSON body takes them: PEM as it is, DER as PEM (RFC 7468 §7). */
export function csrText(bytes: Uint8Array): string {
  const octets = Buffer.from(bytes)
  if (octets.includes('-----BEGIN ')) return octets.toString('latin1')
  const lines = octets.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n')
}

/** As a TLS server sends it: without the root, which whoever verifies has or won't trust (RFC 8446 §4.4.2). */
export const chainPem = ({
  certificate,
  chain,
}: Pick<IssuedCertificateJson, 'certificate' | 'chain'>): string =>
  [certificate, ...chain.slice(0, -1)].map((pem) => (pem.endsWith('\n') ? pem : `${pem}\n`)).join('')

/** What to write for a certificate; the key first, so that where a certificate lies its key lies too. */
export function filesOf(issued: IssuedCertificateJson, targets: Targets): NewFile[] {
  const files: NewFile[] = []
  if (targets.key !== undefined) files.push({ path: targets.key, content: keyPem(issued), secret: true })
  if (targets.cert !== undefined)
    files.push({ path: targets.cert, content: issued.certificate, secret: false })
  if (targets.chain !== undefined)
    files.push({ path: targets.chain, content: chainPem(issued), secret: false })
  return files
}

function keyPem({ exported, id }: IssuedCertificateJson): string {
  const text = Buffer.from(exported?.content ?? '', 'base64').toString('latin1')
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text)?.[0]
  if (key !== undefined) return `${key}\n`
  throw new CliFailure(1, `the server’s answer for certificate ${id} lacks the private key`)
}
