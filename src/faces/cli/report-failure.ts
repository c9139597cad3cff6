import { CommanderError } from 'commander'
import { ChanceryApiError, type Problem } from '../../contract/index.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import { EXIT_CODE_OF, type ExitCode } from './exit-codes.ts'
import { CliFailure, systemCode } from './failure.ts'
import { coloured, styled } from './style.ts'
import { visible } from './visible.ts'
import type { World } from './world.ts'

/** OpenSSL's and Node's words for a chain that ends at an authority that we don't know. */
const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
])
const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name can’t be looked up now',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  EPIPE: 'the connection was cut',
}

/**
 * Turns whatever a command threw into a failure with an exit code; undefined for what isn't one: help was asked for.
 * @param url the server that was being asked, for the message
 */
export function failureOf(error: unknown, url: string | undefined): CliFailure | undefined {
  if (error instanceof CliFailure) return error
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined
    // Commander has printed its message already, or the help of a command that needs a subcommand.
    return new CliFailure(2, '')
  }
  if (error instanceof ChanceryApiError) return apiFailure(error)
  if (error instanceof ChanceryError) return new CliFailure(EXIT_CODE_OF[error.code], error.message)
  return transportFailure(error, url) ?? new CliFailure(1, messageOf(error), [], error)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const OPTIONS_FOR: Readonly<Record<string, string>> = {
  'validity.days': '--days',
  authority: '--authority',
  parent: '--parent',
  profile: '--profile',
  template: '--template',
  signatureAlgorithm: '--signature-algorithm',
  keyAlgorithm: '--key-algorithm',
  'key.algorithm': '--key-algorithm',
  pathLength: '--path-length',
  name: '--name',
  'subject.commonName': '--common-name',
  'form.passphrase': '--passphrase-file',
  passphrase: '--passphrase-file',
  reason: '--reason',
  expiresAt: '--days',
  csr: '--csr',
  certificate: '--certificate',
  chain: '--chain',
  restoreDays: '--restore-days',
  key: '--key',
  crlNumber: '--crl-number',
  days: '--days',
  'days.days': '--days',
  tags: '--tag',
  validation: '--validate',
  'validation.method': '--validate',
  crl: '--crl',
}

function apiFailure(error: ChanceryApiError): CliFailure {
  const { problem, retryAfterSeconds } = error
  const exitCode: ExitCode = EXIT_CODE_OF[error.code]
  const advice = [...violationLines(problem)]
  if (error.code === 'unauthenticated')
    advice.push('Check CHANCERY_TOKEN or --token-file: the token may have expired or been revoked.')
  if (error.code === 'forbidden') advice.push('Use the token of an administrator, or ask one for this right.')
  if (retryAfterSeconds !== undefined) advice.push(`Try again in ${retryAfterSeconds} s.`)
  if (problem.requestId !== '') advice.push(`Request id: ${problem.requestId}`)
  const violations = problem.violations ?? []
  // The detail of one violation is that violation; of several, their list: said once, below.
  const message = violations.length > 0 ? problem.title : problem.detail
  return new CliFailure(exitCode, `${message} (${error.code})`, advice, error)
}

function violationLines(problem: Problem): string[] {
  return (problem.violations ?? []).map(({ field, message }) => {
    const option = OPTIONS_FOR[field]
    return `${field}${option === undefined ? '' : ` (${option})`}: ${message}`
  })
}

function transportFailure(error: unknown, url: string | undefined): CliFailure | undefined {
  const code = systemCode(error)
  if (url === undefined) return undefined
  if (code !== undefined && UNKNOWN_AUTHORITY.has(code))
    return new CliFailure(3, `the TLS certificate of ${url} is from an authority that isn’t trusted here`, [
      'Name the file that holds its authority: --ca FILE or CHANCERY_CA.',
      'A Chancery writes it to listener-ca.pem in its data directory; copy it from there by a way you trust.',
    ])
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return new CliFailure(3, `the TLS certificate of ${url} is outside its time of validity`, [
      'Compare the clocks of both machines; a Chancery that runs renews its certificate by itself.',
    ])
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new CliFailure(3, `the TLS certificate of ${url} is for other names: ${messageOf(error)}`, [
      'Use a name it has, or add this one to CHANCERY_LISTENER_NAMES of the server.',
    ])
  if (code !== undefined && /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code))
    return new CliFailure(3, `no TLS connection with ${url}: ${messageOf(error)}`, [
      'Is this the API’s port? The public repository speaks plain HTTP.',
    ])
  if (code !== undefined && code in CONNECTION)
    return new CliFailure(3, `no connection with ${url}: ${CONNECTION[code]}`, [
      'Start a server with `chancery serve`, or say where it is: --url URL or CHANCERY_URL.',
    ])
  if (/no answer from .* in time|socket hang up|Parse Error/.test(messageOf(error)))
    return new CliFailure(3, `no answer of ${url}: ${messageOf(error)}`)
  return undefined
}

/** Prints a failure: what happened, then what to do, to the standard error. */
export function printFailure(world: World, failure: CliFailure): void {
  if (failure.message === '') return
  const on = coloured(world, world.stderr)
  // Our own messages may have several lines (all wrong settings); each is made safe by itself.
  const [first = '', ...more] = [...failure.message.split('\n'), ...failure.advice]
  world.stderr.write(`${styled(on, 'red', 'error:')} ${visible(first)}\n`)
  for (const line of more) world.stderr.write(`  ${visible(line.trimEnd())}\n`)
}
