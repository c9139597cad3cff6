import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { z } from 'zod'
import type { SubmissionOptions } from '../adapters/mail/submission.ts'
import type { Mode } from '../core/domain/installation.ts'
import { isRefusal } from '../core/x509/dns-names.ts'
import { canonicalMailbox } from '../core/x509/mailboxes.ts'
import { whole } from './whole-number.ts'

const mailbox = z.string().transform((text, context) => {
  const address = canonicalMailbox(text)
  if (!isRefusal(address)) return address
  context.addIssue({
    code: 'custom',
    message: `must be an address such as chancery@example.com: ${address.message}`,
  })
  return z.NEVER
})
const path = z.string().min(1, 'must be a path')

/** How mails are sent, and where their links lead. */
export const MAIL_SETTINGS = {
  smtpUrl: z.string().optional(),
  smtpUrlFile: path.optional(),
  smtpFrom: mailbox.optional(),
  smtpCaFile: path.optional(),
  smtpPort: whole(0, 65_535).optional(),
  approvalUrl: z.string().optional(),
} as const

type Name = keyof typeof MAIL_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof MAIL_SETTINGS)[Member]> }
type Source = (name: Name) => string
/** Where the server itself is. */
type Listening = { readonly apiPort: number; readonly tls: string; readonly bind: string }

/** Where mails are handed in; holds a password. */
export type Submission = Pick<SubmissionOptions, 'host' | 'port' | 'security' | 'credentials'>

export type MailConfig = {
  /** Who mails are from; undefined where none are sent. */
  readonly from: string | undefined
  /** PEM of the submission server's authorities. */
  readonly ca: string | undefined
  /** Where the simulation's mail server listens; undefined: nowhere. */
  readonly listenerPort: number | undefined
  /** What links in mails begin with, without a trailing slash; undefined: nothing can be approved by mail. */
  readonly approvalUrl: string | undefined
}

/** Who the mails of a simulation are from, where nobody says. */
export const SIMULATED_FROM = 'chancery@simulation.test'

/** Everything but the secret; `submission` says whether there is one. */
export function mailFrom(
  mode: Mode,
  given: Given & Listening,
  submission: boolean,
  source: Source,
  problems: string[],
): MailConfig {
  const { smtpFrom, smtpCaFile, smtpPort } = given
  const problem = (name: Name, what: string): void => void problems.push(`${source(name)}: ${what}`)
  if (submission && smtpFrom === undefined) problem('smtpFrom', `is missing; ${source('smtpUrl')} needs it`)
  if (!submission && smtpFrom !== undefined && mode === 'normal')
    problem('smtpFrom', `goes with ${source('smtpUrl')}, which is missing`)
  if (!submission && smtpCaFile !== undefined)
    problem('smtpCaFile', `goes with ${source('smtpUrl')}, which is missing`)
  if (smtpPort !== undefined && mode === 'normal') problem('smtpPort', 'is for a simulation only')
  return {
    from: smtpFrom ?? (mode === 'simulation' ? SIMULATED_FROM : undefined),
    ca: smtpCaFile === undefined ? undefined : authoritiesIn(smtpCaFile, source('smtpCaFile'), problems),
    listenerPort: smtpPort,
    approvalUrl:
      approvalUrlFrom(given.approvalUrl, source('approvalUrl'), problems) ?? ownApprovalUrl(mode, given),
  }
}

/** The submission server; its URL is a secret, so no problem quotes it. */
export function submissionFrom(given: Given, source: Source, problems: string[]): Submission | undefined {
  const { smtpUrl, smtpUrlFile } = given
  if (smtpUrl !== undefined && smtpUrlFile !== undefined)
    problems.push(`${source('smtpUrl')}: give either the URL or its file, not both`)
  const from = source(smtpUrlFile === undefined ? 'smtpUrl' : 'smtpUrlFile')
  let text = smtpUrl
  if (smtpUrlFile !== undefined) text = contentOf(smtpUrlFile, from, problems)?.trim()
  if (text === undefined) return undefined
  const submission = submissionIn(text)
  if (typeof submission !== 'string') return submission
  problems.push(`${from}: ${submission}`)
  return undefined
}

const SCHEMES = {
  'smtp:': { security: 'starttls', port: 587 },
  'smtps:': { security: 'tls', port: 465 },
  'smtp+plain:': { security: 'none', port: 25 },
} as const

/** What the URL says, or what is wrong with it. */
function submissionIn(text: string): Submission | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const scheme = SCHEMES[url?.protocol as keyof typeof SCHEMES] as (typeof SCHEMES)['smtp:'] | undefined
  if (url === undefined || scheme === undefined || url.hostname === '')
    return 'must be smtp://, which asks for STARTTLS, or smtps://, with a host, such as smtps://user:password@mail.example.com'
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    return 'must have nothing after host and port'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (scheme.security === ('none' as string) && !isLoopback(host))
    return 'smtp+plain:// is possible to this machine only: mails hold what approves certificates'
  if ((url.username === '') !== (url.password === '')) return 'must have a user and a password, or neither'
  const port = url.port === '' ? scheme.port : Number(url.port)
  try {
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
    return {
      host,
      port,
      security: scheme.security,
      credentials: user === '' ? undefined : { user, password },
    }
  } catch {
    return 'has a user or a password with a % that is no escape; write %25'
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** Over TLS: what the link holds approves certificates. */
function approvalUrlFrom(text: string | undefined, source: string, problems: string[]): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  const local = url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
  if (url !== undefined && plain && (url.protocol === 'https:' || local)) return url.href.replace(/\/+$/, '')
  problems.push(
    `${source}: must be an https:// URL without query, such as https://ca.example.com; http:// only on this machine`,
  )
  return undefined
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function authoritiesIn(file: string, source: string, problems: string[]): string | undefined {
  const found = contentOf(file, source, problems)?.match(CERTIFICATE) ?? []
  try {
    found.forEach((pem) => new X509Certificate(pem))
  } catch {
    found.length = 0
  }
  if (found.length > 0) return found.join('\n')
  problems.push(`${source}: ${file} holds no PEM certificate`)
  return undefined
}

function contentOf(file: string, source: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    problems.push(`${source}: can't be read: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** A simulation's links lead to itself; elsewhere only the operator knows how people reach the server. */
function ownApprovalUrl(mode: Mode, { apiPort, tls, bind }: Listening): string | undefined {
  if (mode === 'normal' || apiPort === 0) return undefined
  const host = bind === '0.0.0.0' || bind === '::' ? 'localhost' : bind.includes(':') ? `[${bind}]` : bind
  return `${tls === 'off' ? 'http' : 'https'}://${host}:${apiPort}`
}
